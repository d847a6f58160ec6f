"""Writing fills, and everything that follows from them, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from config.http.errors import InvalidInput
from options_engine.pure import fills
from positions import contracts
from positions.models import Direction, Fill, FillKind, Leg, Position, Status, Strategy
from positions.pure import structures
from positions.pure.holding import UNIT, Held, holding
from positions.pure.structures import Kind

ZERO: Final = Decimal(0)
DELIVERIES: Final = (FillKind.EXERCISE, FillKind.ASSIGNMENT)
# What a position says before its first fill is written.
EMPTY: Final[dict[str, Any]] = {
    "strategy": Strategy.OTHER,
    "direction": Direction.LONG,
    "quantity": 0,
    "entry_price": ZERO,
    "cost": ZERO,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """Some contracts or shares that changed hands.

    Attributes
    ----------
    leg : structures.Leg
        What; its `ratio` is how many: above 0 bought, below 0 sold.
    price : Decimal
        Of one share. [USD, or index points]
    fees : Decimal
        Of all of them. [USD]
    kind : FillKind
    """

    leg: structures.Leg
    price: Decimal
    fees: Decimal = Decimal(0)
    kind: FillKind = FillKind.TRADE


def write(position: Position, trades: Iterable[Trade], *, at: datetime, now: datetime) -> None:
    """Store fills and bring the position and its legs up to date; the caller holds the position's row.

    Raises
    ------
    InvalidInput
        If a leg would turn from bought to sold: that is another position.
    """
    legs = {leg.contract: leg for leg in position.legs.all()}
    written = []
    for trade in trades:
        contract = contracts.name(trade.leg)
        if contract not in legs:
            legs[contract] = _leg(position, trade.leg, contract, number=len(legs))
        written.append(
            Fill(
                leg=legs[contract],
                kind=trade.kind,
                quantity=trade.leg.ratio,
                price=trade.price,
                fees=trade.fees,
                filled_at=at,
                recorded_at=now,
            )
        )
    # Shares that are delivered come whether it suits us or not.
    came = {fill.leg.contract for fill in written if fill.kind in DELIVERIES and fill.leg.kind == Kind.STOCK}
    if len(legs) > structures.MOST_LEGS and not came:
        raise InvalidInput(issues=[f"legs: at most {structures.MOST_LEGS} in one position"])
    Fill.objects.bulk_create(written)
    derive(position, list(legs.values()), at=at, now=now, may_turn=came)


def derive(
    position: Position, legs: Sequence[Leg], *, at: datetime, now: datetime, may_turn: Collection[str] = ()
) -> None:
    """Work out the position and its legs from all of their fills, and store them.

    Raises
    ------
    InvalidInput
        If a leg turns from bought to sold that is none of `may_turn`, or fills contradict each other in their order.
    """
    fees = ZERO
    for leg, ledger in zip(legs, _ledgers(legs), strict=True):
        before = leg.open_quantity
        leg.open_quantity = int(ledger.quantity)
        if before * leg.open_quantity < 0 and leg.contract not in may_turn:
            raise InvalidInput(issues=[f"{leg.contract}: {abs(before)} are open; more cannot be closed"])
        leg.average_price = None if ledger.average_price is None else ledger.average_price.quantize(UNIT, ROUND_HALF_UP)
        leg.cost, leg.realised = ledger.cost, ledger.realised
        fees += ledger.fees
    Leg.objects.bulk_update(legs, ["open_quantity", "average_price", "cost", "realised"])
    held = [Held(spec(leg, leg.open_quantity), leg.multiplier, leg.cost) for leg in legs if leg.open_quantity]
    position.cost = sum((each.cost for each in held), ZERO)
    position.realised, position.fees = sum((leg.realised for leg in legs), ZERO), fees
    if held:
        whole = holding(held)
        position.strategy, position.quantity = Strategy(whole.strategy.value), whole.units
        position.direction = Direction.LONG if whole.bought else Direction.SHORT
        position.entry_price = whole.entry_price
    else:
        position.quantity, position.status, position.closed_at = 0, _ended(legs), at
    position.version += 1
    position.updated_at = now
    position.save()


def would_realise(position: Position, trades: Iterable[Trade], *, at: datetime) -> Decimal:
    """Return what trades in what is open would win if they were written now, before fees; nothing is. [USD]."""
    legs = list(position.legs.all())
    by_contract = {leg.contract: leg for leg in legs}
    told = [
        fills.Fill(
            contract=contracts.name(trade.leg),
            at=at,
            quantity=Decimal(trade.leg.ratio),
            price=trade.price,
            multiplier=by_contract[contracts.name(trade.leg)].multiplier,
        )
        for trade in trades
    ]
    written = [each for own in _fills(legs).values() for each in own]
    return fills.total(fills.ledgers([*written, *told]).values()).gross - position.realised


def spec(leg: Leg, quantity: int) -> structures.Leg:
    """Return a stored leg as a value, of this many contracts or shares."""
    return structures.Leg(Kind(leg.kind), quantity, leg.strike, leg.expiry, leg.root)


def _leg(position: Position, told: structures.Leg, contract: str, *, number: int) -> Leg:
    leg = Leg(
        position=position,
        number=number,
        kind=told.kind.value,
        root=told.root,
        contract=contract,
        strike=told.strike,
        expiry=told.expiry,
        settles_at_open=contracts.settles_at_open(told),
        multiplier=contracts.multiplier(told),
        open_quantity=0,
        cost=ZERO,
        realised=ZERO,
    )
    leg.save(force_insert=True)
    return leg


def _ledgers(legs: Sequence[Leg]) -> list[fills.Ledger]:
    by_leg = _fills(legs)
    try:
        return [fills.ledgers(by_leg[leg.pk])[leg.contract] for leg in legs]
    except ValueError as problem:
        # Most of all a trade that was told after the option's end was written, and lies before it.
        raise InvalidInput(issues=[f"at: {problem}"]) from problem


def _fills(legs: Sequence[Leg]) -> dict[int, list[fills.Fill]]:
    """Return all fills of legs as values, by leg."""
    by_leg: dict[int, list[fills.Fill]] = defaultdict(list)
    for row in Fill.objects.filter(leg__in=legs).select_related("leg"):
        by_leg[row.leg_id].append(
            fills.Fill(
                contract=row.leg.contract,
                at=row.filled_at,
                quantity=Decimal(row.quantity),
                price=row.price,
                multiplier=row.leg.multiplier,
                fees=row.fees,
                kind=fills.Kind(row.kind),
            )
        )
    return by_leg


def _ended(legs: Sequence[Leg]) -> Status:
    """Return how a position ended: by what happened to it last."""
    last = Fill.objects.filter(leg__in=legs).order_by("-filled_at", "-id").values_list("kind", flat=True)[0]
    match fills.Kind(last):
        case fills.Kind.EXPIRY | fills.Kind.CASH_SETTLEMENT:
            return Status.EXPIRED
        case fills.Kind.ASSIGNMENT | fills.Kind.EXERCISE:
            return Status.ASSIGNED
        case _:
            return Status.CLOSED
