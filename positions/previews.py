"""What closing, stopping, rolling or converting a position would come to, before anything is done.

Nothing is stored, and nothing goes to a broker. What nobody quotes now is not priced; see docs/positions.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from uuid import UUID

from config.http.errors import InvalidInput, NotFound
from positions import ledger, listed_choices, orders, tracker
from positions.errors import PositionNotOpen
from positions.models import Position
from positions.pure import stops
from positions.pure.conversion import Conversion
from positions.pure.facts import LegFacts, MarkSource, PositionFacts
from positions.pure.holding import UNIT
from positions.pure.roll import Roll
from positions.pure.snapshot import unit_price
from positions.pure.stops import Level, Wanted
from positions.pure.valuation import price as exact

CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingLeg:
    """A leg and what closes it; None where nobody knows.

    Attributes
    ----------
    leg : LegFacts
        As it is held.
    quantity : int
        To trade: above 0 to buy, below 0 to sell. [contracts or shares]
    bid, ask, mid : Decimal or None
        As they were told last, which `ClosePreview.stale` may say is not now. [USD a share]
    limit : Decimal or None
        What to ask for: the middle, of shares their price. None where that would be a guess. [USD a share]
    """

    leg: LegFacts
    quantity: int
    bid: Decimal | None
    ask: Decimal | None
    mid: Decimal | None
    limit: Decimal | None

    @property
    def at_once(self) -> Decimal | None:
        """The ask to buy, the bid to sell; of shares their price."""
        return (self.ask if self.quantity > 0 else self.bid) if self.leg.is_option else self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePreview:
    """A position, or some of its units, closed.

    Attributes
    ----------
    facts : PositionFacts
    version : int
        Of the position that was looked at.
    units : int
    legs : tuple of ClosingLeg
    price, price_at_once : Decimal or None
        Of a unit at the limits, and at bids and asks: what was bought is sold for it, what was sold bought back. None
        where a leg has none; below 0 where a structure has to be paid for to get rid of it. [USD a share]
    realised : Decimal or None
        Won by closing at `price`, before fees, to the cent. [USD]
    fees : Decimal
        Paid for the position so far; those of closing are not known. [USD]
    as_of : datetime
        Of the oldest price in it.
    stale : bool
        Its prices are not of now: nothing is priced from them.
    """

    facts: PositionFacts
    version: int
    units: int
    legs: tuple[ClosingLeg, ...]
    price: Decimal | None
    price_at_once: Decimal | None
    realised: Decimal | None
    fees: Decimal
    as_of: datetime
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPreview:
    """The stop and the target of a position, in its market of now.

    Attributes
    ----------
    facts : PositionFacts
    mark : Decimal or None
        Price of a unit now, above 0 for what was bought and sold alike. [USD a share]
    stop, target : Level or None
    """

    facts: PositionFacts
    mark: Decimal | None
    stop: Level | None
    target: Level | None


def held(user_id: UUID, position_id: UUID, *, now: datetime, what: str = "traded") -> PositionFacts:
    """Return a trader's open position, valued from the market of now.

    Raises
    ------
    NotFound
        If he has no such position.
    PositionNotOpen
        If it has ended.
    """
    found = tracker.live(user_id=user_id, ids=[position_id], now=now)
    if found:
        return found[0]
    status = Position.objects.owned_by(user_id).filter(pk=position_id).values_list("status", flat=True).first()
    if status is None:
        raise NotFound(thing="position")
    raise PositionNotOpen(state=status, what=what)


def of_close(user_id: UUID, position_id: UUID, *, now: datetime, units: int | None = None) -> ClosePreview:
    """Return what closing a position, or some of its units, would come to.

    Raises
    ------
    NotFound, PositionNotOpen
        As `held`.
    InvalidInput
        If it has fewer units.
    """
    facts = held(user_id, position_id, now=now, what="closed")
    stored = Position.objects.owned_by(user_id).filter(pk=position_id).first()
    if stored is None:
        raise NotFound(thing="position")
    units = facts.units if units is None else units
    if not 0 < units <= facts.units:
        raise InvalidInput(issues=[f"quantity: expected 1 to {facts.units}"])
    legs = tuple(_closing(leg, -leg.leg.ratio // facts.units * units, stale=facts.stale) for leg in facts.legs)
    price = _unit(facts, legs, units, [leg.limit for leg in legs])
    realised = None
    if price is not None:
        trades = orders.closing(stored, price, units=units, fees=orders.ZERO)
        realised = ledger.would_realise(stored, trades, at=now).quantize(CENT, ROUND_HALF_UP)
    return ClosePreview(
        facts=facts,
        version=stored.version,
        units=units,
        legs=legs,
        price=price,
        price_at_once=None if facts.stale else _unit(facts, legs, units, [leg.at_once for leg in legs]),
        realised=realised,
        fees=facts.fees,
        as_of=facts.as_of,
        stale=facts.stale,
    )


def of_stop(
    user_id: UUID, position_id: UUID, *, now: datetime, stop: Wanted | None = None, target: Wanted | None = None
) -> StopPreview:
    """Return the stop and target of a position: those that are wanted, else those that it has.

    Raises
    ------
    NotFound, PositionNotOpen
        As `held`.
    InvalidInput
        If a percent cannot be taken, or gives no price above 0.
    """
    facts = held(user_id, position_id, now=now, what="given a stop")
    return StopPreview(
        facts=facts,
        mark=unit_price(facts),
        stop=_level(facts, stop or _kept(facts.stop_price, facts.stop_on_underlying), is_stop=True),
        target=_level(facts, target or _kept(facts.target_price, facts.target_on_underlying), is_stop=False),
    )


def of_roll(
    user_id: UUID,
    position_id: UUID,
    *,
    now: datetime,
    first_days: float | None = None,
    last_days: float | None = None,
    strike: Decimal | None = None,
    expiry: date | None = None,
) -> list[Roll]:
    """Return the ways to roll a position into listed contracts, the best first; empty where none fits.

    Raises
    ------
    NotFound, PositionNotOpen
        As `held`; and all that `listed_choices.rolls` raises.
    """
    facts = held(user_id, position_id, now=now, what="rolled")
    return listed_choices.rolls(
        facts, now=now, first_days=first_days, last_days=last_days, strike=strike, expiry=expiry
    )


def of_conversion(
    user_id: UUID, position_id: UUID, *, now: datetime, strike: Decimal | None = None
) -> list[Conversion]:
    """Return the listed options to sell against a bought one, the nearest to the trader's delta first.

    Raises
    ------
    NotFound, PositionNotOpen
        As `held`; and all that `listed_choices.conversions` raises.
    """
    return listed_choices.conversions(held(user_id, position_id, now=now, what="converted"), now=now, strike=strike)


def _closing(leg: LegFacts, quantity: int, *, stale: bool) -> ClosingLeg:
    bid, ask = _known(leg.bid), _known(leg.ask)
    mid = None if bid is None or ask is None else ((bid + ask) / 2).quantize(UNIT, ROUND_HALF_UP)
    # A trade is a price that was paid. One of our model is none that anybody has offered.
    traded = _known(leg.mark) if leg.source is MarkSource.LAST else None
    limit = traded if mid is None else mid
    return ClosingLeg(leg=leg, quantity=quantity, bid=bid, ask=ask, mid=mid, limit=None if stale else limit)


def _unit(
    facts: PositionFacts, legs: Iterable[ClosingLeg], units: int, prices: Iterable[Decimal | None]
) -> Decimal | None:
    """Return the price of a unit at the prices of its legs, with the sign of `ClosePreview.price`."""
    shares = max(Decimal(str(leg.multiplier)) for leg in facts.legs)
    total = orders.ZERO
    for leg, price in zip(legs, prices, strict=True):
        if price is None:
            return None
        total -= leg.quantity * Decimal(str(leg.leg.multiplier)) * price
    return ((1 if facts.bought else -1) * total / (units * shares)).quantize(UNIT, ROUND_HALF_UP)


def _kept(price: Decimal | None, on_underlying: bool) -> Wanted | None:  # noqa: FBT001 -- as the row has it
    return None if price is None else Wanted(price=price, on_underlying=on_underlying)


def _level(facts: PositionFacts, wanted: Wanted | None, *, is_stop: bool) -> Level | None:
    if wanted is None:
        return None
    try:
        price = stops.price_of(wanted, entry=facts.entry_price, bought=facts.bought, spot=facts.spot)
    except ValueError as refused:
        raise InvalidInput(issues=[f"{'stop' if is_stop else 'target'}: {refused}"]) from refused
    return stops.level(price, facts, on_underlying=wanted.on_underlying, is_stop=is_stop)


def _known(number: float) -> Decimal | None:
    return exact(number) if math.isfinite(number) else None
