"""What positions are worth: from the marks of their legs, many positions at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite, log
from typing import Final
from uuid import UUID

import numpy as np

from market.pure.bars import Floats
from market.pure.sessions import new_york_date
from options_engine.pure.contracts import YEAR_S
from positions.pure import limits
from positions.pure.facts import NAN, Greeks, LegFacts, MarkSource, PositionFacts
from positions.pure.limits import CENT, Later, Limits, Volatilities
from positions.pure.marks import NOTHING, PLACES, LegMark
from positions.pure.structures import Kind, Leg, Strategy

GREEKS: Final = ("delta", "gamma", "theta", "vega", "rho")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLeg:
    """A leg that holds something.

    Attributes
    ----------
    contract : str
        The name at the Options Clearing Corporation, or the ticker.
    leg : Leg
        Its `ratio` is what is open. [signed contracts or shares]
    multiplier : Decimal
        Shares a contract; 1 for stock.
    average_price : Decimal
        [USD a share]
    expires_ts : float
        When it is worth its intrinsic value, NaN for stock. [Unix seconds]
    european : bool
    """

    contract: str
    leg: Leg
    multiplier: Decimal
    average_price: Decimal
    expires_ts: float = NAN
    european: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPosition:
    """A position that holds something, as it is stored; `facts.PositionFacts` says what the members are.

    `version` counts its changes.
    """

    id: UUID
    user_id: UUID
    symbol: str
    strategy: Strategy
    bought: bool
    units: int
    entry_price: Decimal
    cost: Decimal
    realised: Decimal
    fees: Decimal
    opened_at: datetime
    version: int
    legs: tuple[OpenLeg, ...]
    stop_price: Decimal | None = None
    target_price: Decimal | None = None
    stop_on_underlying: bool = False
    target_on_underlying: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A position and what is known of its market.

    Attributes
    ----------
    marks : mapping of str to LegMark
        By contract; one that is missing has no price.
    spot : float
        Of the underlying. [USD, or index points]
    stale : bool
        Somebody knows already that these prices are not of now.
    """

    position: OpenPosition
    marks: Mapping[str, LegMark] = field(repr=False)
    spot: float
    stale: bool = False

    def mark(self, leg: OpenLeg) -> LegMark:
        """Return the mark of a leg."""
        return self.marks.get(leg.contract, NOTHING)

    @property
    def is_priced(self) -> bool:
        """Whether every leg has a price."""
        return all(isfinite(self.mark(leg).mark) for leg in self.position.legs)


def value(marked: Sequence[Marked], *, now: datetime) -> list[PositionFacts]:
    """Return what positions are worth, in their order.

    Notes
    -----
    Money is exact: prices of four places times whole contracts, each amount rounded to the cent once. A position of
    which a leg has no price has no value, and is stale.
    """
    greeks = _greeks(marked)
    limited = [_limits(each, now.timestamp()) for each in marked]
    chances = _chances(marked, limited, now.timestamp())
    today = new_york_date(now)
    return [
        _facts(each, bounds, Greeks(**dict(zip(GREEKS, row, strict=True))), chance, now=now, today=today)
        for each, bounds, row, chance in zip(marked, limited, greeks, chances, strict=True)
    ]


def _greeks(marked: Sequence[Marked]) -> list[list[float | None]]:
    """Return the Greeks of each position in dollars and shares; None where a leg's are not known."""
    which = [row for row, each in enumerate(marked) for _ in each.position.legs]
    shares = [leg.leg.ratio * float(leg.multiplier) for each in marked for leg in each.position.legs]
    told = [[getattr(mark, name) for name in GREEKS] for each in marked for mark in map(each.mark, each.position.legs)]
    found = np.zeros((len(marked), len(GREEKS)))
    if which:
        np.add.at(found, which, np.array(shares)[:, None] * np.array(told))
    return [[number if isfinite(number) else None for number in row] for row in found.tolist()]


def _limits(each: Marked, now_ts: float) -> Limits:
    position = each.position
    legs = tuple((leg.leg, leg.multiplier) for leg in position.legs)
    options = [leg for leg in position.legs if leg.leg.kind is not Kind.STOCK]
    first_ts = min((leg.expires_ts for leg in options), default=NAN)
    # By date, as the payoff has it: what settles that morning is not told from what settles that evening.
    first_day = min((leg.leg.expiry for leg in options if leg.leg.expiry), default=None)
    later = {leg.leg: of_later(each, leg, first_ts, now_ts) for leg in options if leg.leg.expiry != first_day}
    known = {leg: told for leg, told in later.items() if told is not None}
    if not later or len(known) < len(later):
        return limits.of(legs, position.cost)
    return limits.at_first_expiry(legs, position.cost, known, spot=each.spot)


def of_later(each: Marked, leg: OpenLeg, first_ts: float, now_ts: float) -> Later | None:
    """Return how a leg is valued when the position's first option ends; None where too little is known."""
    mark, ahead = each.mark(leg), (leg.expires_ts - now_ts) / YEAR_S
    if not (each.spot > 0 and mark.sigma > 0 and mark.forward > 0 and ahead > 0 and first_ts > now_ts):
        return None
    growth = log(mark.forward / each.spot) / ahead
    return Later(mark.sigma, growth, (leg.expires_ts - first_ts) / YEAR_S, leg.european)


def _chances(marked: Sequence[Marked], limited: Sequence[Limits], now_ts: float) -> list[float | None]:
    forward, years, sigmas = np.full(len(marked), np.nan), np.zeros(len(marked)), []
    for row, each in enumerate(marked):
        options = [leg for leg in each.position.legs if leg.leg.kind is not Kind.STOCK]
        options.sort(key=lambda leg: leg.expires_ts)  # the first forward is that of the first expiry
        marks = [each.mark(leg) for leg in options]
        strikes = tuple(float(leg.leg.strike or 0) for leg in options)
        sigmas.append(Volatilities(strikes, tuple(mark.sigma for mark in marks)))
        forward[row] = next((mark.forward for mark in marks if isfinite(mark.forward)), np.nan)
        years[row] = min((leg.expires_ts - now_ts for leg in options), default=0.0) / YEAR_S
    found: Floats = limits.chances([each.winning for each in limited], forward, sigmas, years)
    return [
        chance if bounds.known and isfinite(chance) else None
        for chance, bounds in zip(found.tolist(), limited, strict=True)
    ]


def _facts(
    each: Marked, bounds: Limits, greeks: Greeks, chance: float | None, *, now: datetime, today: date
) -> PositionFacts:
    position = each.position
    legs = tuple(_leg(leg, each.mark(leg), now=now, today=today) for leg in position.legs)
    exact = _exact(legs, position.legs)
    unrealised = None if exact is None else _cents(exact - position.cost)
    made = [leg.quoted_at for leg in legs if leg.quoted_at is not None]
    return PositionFacts(
        id=position.id,
        user_id=position.user_id,
        symbol=position.symbol,
        strategy=position.strategy,
        bought=position.bought,
        units=position.units,
        entry_price=position.entry_price,
        cost=position.cost,
        opened_at=position.opened_at,
        legs=legs,
        value=None if exact is None else _cents(exact),
        unrealised=unrealised,
        realised=position.realised,
        fees=position.fees,
        pnl_pct=None if unrealised is None or not position.cost else float(100 * unrealised / abs(position.cost)),
        max_gain=bounds.max_gain,
        max_loss=bounds.max_loss,
        limits_known=bounds.known,
        limits_by_model=bounds.by_model,
        breakevens=bounds.breakevens,
        greeks=greeks,
        probability_of_profit=chance,
        spot=each.spot,
        stop_price=position.stop_price,
        target_price=position.target_price,
        stop_on_underlying=position.stop_on_underlying,
        target_on_underlying=position.target_on_underlying,
        stale=each.stale or exact is None or any(each.mark(leg).old for leg in position.legs),
        as_of=min(made, default=now),
    )


def _leg(leg: OpenLeg, mark: LegMark, *, now: datetime, today: date) -> LegFacts:
    expiry = leg.leg.expiry
    return LegFacts(
        contract=leg.contract,
        leg=leg.leg,
        multiplier=float(leg.multiplier),
        average_price=leg.average_price,
        bid=mark.bid,
        ask=mark.ask,
        mark=mark.mark,
        source=mark.source,
        sigma=mark.sigma,
        delta=mark.delta,
        gamma=mark.gamma,
        theta=mark.theta,
        vega=mark.vega,
        rho=mark.rho,
        extrinsic=mark.extrinsic,
        european=leg.european,
        days_to_expiry=None if expiry is None else max((expiry - today).days, 0),
        minutes_to_expiry=max((leg.expires_ts - now.timestamp()) / 60, 0.0) if isfinite(leg.expires_ts) else NAN,
        quoted_at=datetime.fromtimestamp(mark.at_ts, UTC) if isfinite(mark.at_ts) else None,
    )


def _exact(legs: Sequence[LegFacts], held: Sequence[OpenLeg]) -> Decimal | None:
    """Return what the legs are worth together, not rounded; None when one has no price."""
    total = Decimal(0)
    for leg, each in zip(legs, held, strict=True):
        if leg.source is MarkSource.NONE or not isfinite(leg.mark):
            return None
        total += leg.leg.ratio * each.multiplier * price(leg.mark)
    return total


def price(number: float) -> Decimal:
    """Return a mark as an exact number of four places: the one place where floats become money."""
    return Decimal(f"{number:.{PLACES}f}")


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
