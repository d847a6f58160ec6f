"""What traders tell of the ends of their options: their brokers know of assignments that nobody else does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db import transaction

from config.http.errors import InvalidInput
from market.symbols import INDEXES
from options_engine.pure.fills import Kind as FillKind
from positions import book, day_marks, lifecycle
from positions.book import Act
from positions.errors import PositionNotOpen
from positions.ledger import spec
from positions.models import FillKind as StoredKind
from positions.models import Leg, Position, Status
from positions.pure import settlement
from positions.pure.settlement import Outcome


class Ending(StrEnum):
    """How an option ended."""

    DELIVERY = "delivery"  # exercised where it was bought, assigned where it was sold
    EXPIRY = "expiry"
    CASH_SETTLEMENT = "cash_settlement"


ENDINGS: Final = tuple(each.value for each in Ending)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldEnding:
    """What became of some contracts of a leg.

    Attributes
    ----------
    quantity : int or None
        How many of them; None means all. [contracts, at least 1]
    value : Decimal or None
        The settlement value, of a cash settlement. [index points]
    at : datetime or None
        When; None means at its end once that is over, else now.
    """

    contract: str
    ending: Ending
    quantity: int | None = None
    value: Decimal | None = None
    fees: Decimal = Decimal(0)
    at: datetime | None = None


def tell(
    user_id: UUID, position_id: UUID, told: ToldEnding, *, now: datetime, reason: str = "", version: int | None = None
) -> Position:
    """Write what a trader says became of an option, and return the position as it is then.

    Raises
    ------
    NotFound, PositionNotOpen, VersionConflict
        As `book.trade`.
    InvalidInput
        If no such option is open, there are fewer, or it cannot have ended so: index options are paid out in cash and
        not before their end, others are delivered.
    """
    with transaction.atomic():
        position = book.locked(user_id, position_id, version)
        if position.status != Status.OPEN:
            raise PositionNotOpen(state=position.status, what="assigned")
        leg = position.legs.exclude(open_quantity=0).exclude(expiry=None).filter(contract=told.contract).first()
        if leg is None:
            raise InvalidInput(issues=[f"contract: no {told.contract} is open in this position"])
        most = abs(leg.open_quantity)
        count = most if told.quantity is None else told.quantity
        if count > most:
            raise InvalidInput(issues=[f"quantity: expected 1 to {most}"])
        quantity = count if leg.open_quantity > 0 else -count
        ending = _outcome(position, leg, quantity, told, now)
        if count == most:
            Leg.objects.filter(pk=leg.pk).update(awaits="")
        assert ending.kind is not None  # noqa: S101 -- told endings have one
        at = told.at or (lifecycle.instant(leg) if _is_over(leg, now) else now)
        act = Act(at=at, now=now, reason=reason or lifecycle.REASONS[StoredKind(ending.kind.value)])
        trades = lifecycle.trades_of(leg, ending, symbol=position.symbol, quantity=quantity, fees=told.fees)
        changed = book.trade(user_id, position_id, trades, act)
    # Outside of it: the event log is free again, and to explain a day can do without.
    spot = float(told.value) if told.value is not None else day_marks.spot_beside(position_id, at)
    if spot is not None:
        day_marks.note_endings(position_id, dict.fromkeys((leg.contract, position.symbol), spot), at=at)
    return changed


def _outcome(position: Position, leg: Leg, quantity: int, told: ToldEnding, now: datetime) -> Outcome:
    in_cash = position.symbol in INDEXES
    if told.ending is not Ending.DELIVERY and not _is_over(leg, now):
        raise InvalidInput(
            issues=[f"outcome: {leg.contract} ends on {leg.expiry}; before that it is delivered or traded"]
        )
    if told.ending is Ending.EXPIRY:
        return Outcome(kind=FillKind.EXPIRY)
    if in_cash != (told.ending is Ending.CASH_SETTLEMENT):
        how = "paid out in cash" if in_cash else "settled in shares"
        raise InvalidInput(issues=[f"outcome: options of {position.symbol} are {how}"])
    if told.value is not None:
        return settlement.in_cash(spec(leg, quantity), told.value)
    return settlement.delivered(spec(leg, quantity), leg.multiplier)


def _is_over(leg: Leg, now: datetime) -> bool:
    assert leg.expiry is not None  # noqa: S101 -- only options end
    return now >= lifecycle.ended_at(leg.expiry, at_open=leg.settles_at_open)
