"""A trader's stop or target: told as a price or in percent, and how far it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from positions.pure.facts import PositionFacts
from positions.pure.holding import UNIT
from positions.pure.rules.stops import wins_upwards
from positions.pure.snapshot import unit_price

HUNDRED: Final = Decimal(100)
PERCENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Where a trader wants to be told to get out: a price or a percent, one of the two.

    Attributes
    ----------
    price : Decimal or None
        Of a unit, above 0 for what was bought and sold alike; or of the underlying. [USD, or index points]
    pct : Decimal or None
        Of a unit: gain on the premium that was paid or received, below 0 a loss. Of the underlying: how far from where
        it is now, below 0 lower.
    on_underlying : bool
    """

    price: Decimal | None = None
    pct: Decimal | None = None
    on_underlying: bool = False

    def __post_init__(self) -> None:
        if (self.price is None) == (self.pct is None):
            raise ValueError("tell a price or a percent, one of the two")


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A stop or target as it stands.

    Attributes
    ----------
    price, on_underlying
        As the position keeps them.
    pct : Decimal or None
        The same as `Wanted.pct` has it; None where there is nothing to take percents of.
    away : Decimal or None
        From the price of now to it, below 0 when it lies below; None where that is not known. [USD, or index points]
    away_pct : Decimal or None
        The same in percent of the price of now.
    reached : bool or None
        It would be told at once; None where nobody knows.
    """

    price: Decimal
    on_underlying: bool
    pct: Decimal | None
    away: Decimal | None
    away_pct: Decimal | None
    reached: bool | None


def price_of(wanted: Wanted, *, entry: Decimal, bought: bool, spot: float = math.nan) -> Decimal:
    """Return the price that is wanted, at four places.

    Parameters
    ----------
    entry : Decimal
        Price of a unit, whatever its sign. [USD a share]
    bought : bool
        What was bought gains when a unit costs more, what was sold when it costs less.
    spot : float
        Of the underlying now; NaN will do where no percent of it is asked for.

    Raises
    ------
    ValueError
        If there is nothing to take a percent of, or no price above 0 comes of it.
    """
    if wanted.price is not None:
        found = wanted.price
    elif wanted.on_underlying:
        if not (math.isfinite(spot) and spot > 0):
            raise ValueError("the price of the underlying is not known, so that there is no percent of it")
        found = Decimal(str(spot)) * (1 + _part(wanted))
    else:
        if not entry:
            raise ValueError("it cost nothing, so that there is no percent of it")
        found = abs(entry) * (1 + (_part(wanted) if bought else -_part(wanted)))
    found = found.quantize(UNIT, ROUND_HALF_UP)
    if found <= 0:
        raise ValueError(f"comes to {found}; expected a price above 0")
    return found


def level(price: Decimal, facts: PositionFacts, *, on_underlying: bool, is_stop: bool) -> Level:
    """Return a stop or target of a position as it stands in the market of now."""
    at = _spot(facts) if on_underlying else unit_price(facts)
    known = at is not None and at != 0
    return Level(
        price=price,
        on_underlying=on_underlying,
        pct=_pct(price, facts, on_underlying=on_underlying),
        away=price - at if at is not None else None,
        away_pct=_percent(price - at, abs(at)) if at is not None and known else None,
        reached=None if at is None else _reached(price, at, facts, on_underlying=on_underlying, is_stop=is_stop),
    )


def _part(wanted: Wanted) -> Decimal:
    assert wanted.pct is not None  # noqa: S101 -- it has no price
    return wanted.pct / HUNDRED


def _pct(price: Decimal, facts: PositionFacts, *, on_underlying: bool) -> Decimal | None:
    base = _spot(facts) if on_underlying else abs(facts.entry_price)
    if not base:
        return None
    gained = price - base if on_underlying or facts.bought else base - price
    return _percent(gained, base)


def _reached(price: Decimal, at: Decimal, facts: PositionFacts, *, on_underlying: bool, is_stop: bool) -> bool | None:
    up = wins_upwards(facts, float(price)) if on_underlying else facts.bought
    if up is None:
        return None
    return at >= price if up != is_stop else at <= price


def _spot(facts: PositionFacts) -> Decimal | None:
    return Decimal(str(facts.spot)).quantize(UNIT, ROUND_HALF_UP) if facts.spot > 0 else None


def _percent(amount: Decimal, base: Decimal) -> Decimal:
    return (HUNDRED * amount / base).quantize(PERCENT, ROUND_HALF_UP)
