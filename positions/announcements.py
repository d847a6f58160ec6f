"""How the events of positions read: what a frame says, and what the journal needs to retell it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from positions.models import Fill, Leg, Position, Status
from realtime.events import NewEvent
from realtime.messages import PositionChanged, PositionClosed

FACTS_VERSION = 1


def opened(position: Position) -> NewEvent:
    """Return the event of a new position."""
    reason = "opened" if position.rolled_from_id is None else "rolled"
    return _changed(position, previous=None, status=position.status, reason=reason, at=position.opened_at)


def traded(position: Position, *, reason: str, **more: Any) -> NewEvent:
    """Return the event of trades in a position that was open: its end, when they ended it; `more` goes to its facts."""
    if position.status == Status.OPEN:
        at, reason = position.updated_at, reason or "traded"
        return _changed(position, previous=Status.OPEN, status=position.status, reason=reason, at=at, **more)
    assert position.closed_at is not None  # noqa: S101 -- the table's constraint
    message = PositionClosed(
        position_id=position.id,
        user_id=position.user_id,
        symbol=position.symbol,
        status=position.status,
        realized_pnl=float(round(position.realised - position.fees, 2)),
        closed_at=position.closed_at,
    )
    facts = {**_facts(position), "reason": reason, **more}
    return NewEvent.telling(
        message, user_id=position.user_id, subject=position.id, facts=facts, market_at=position.closed_at
    )


def amended(position: Position, columns: Sequence[str], *, at: datetime) -> NewEvent:
    """Return the event of a position about which its trader says something else."""
    return _changed(
        position, previous=position.status, status=position.status, reason="amended", at=at, amended=list(columns)
    )


def removed(position: Position, *, at: datetime) -> NewEvent:
    """Return the event of a position that is about to be deleted."""
    return _changed(position, previous=position.status, status=None, reason="removed", at=at)


def _changed(
    position: Position, *, previous: str | None, status: str | None, reason: str, at: datetime, **more: Any
) -> NewEvent:
    message = PositionChanged(
        position_id=position.id,
        user_id=position.user_id,
        symbol=position.symbol,
        previous_status=previous,
        status=status,
        reason=reason,
        changed_at=at,
    )
    facts = {**_facts(position), **more}
    return NewEvent.telling(message, user_id=position.user_id, subject=position.id, facts=facts, market_at=at)


def _facts(position: Position) -> dict[str, Any]:
    legs = list(position.legs.all())
    return {
        "version": FACTS_VERSION,
        "positionId": position.id,
        "strategy": position.strategy,
        "direction": position.direction,
        "quantity": position.quantity,
        "entryPrice": position.entry_price,
        "realised": position.realised,
        "fees": position.fees,
        "setup": position.setup,
        "rolledFrom": position.rolled_from_id,
        "legs": [_leg(leg) for leg in legs],
        "fills": [_fill(fill) for fill in Fill.objects.filter(leg__in=legs).select_related("leg")],
    }


def _leg(leg: Leg) -> dict[str, Any]:
    return {
        "contract": leg.contract,
        "kind": leg.kind,
        "strike": leg.strike,
        "expiry": leg.expiry,
        "multiplier": leg.multiplier,
        "open": leg.open_quantity,
        "realised": leg.realised,
    }


def _fill(fill: Fill) -> dict[str, Decimal | str | int | datetime]:
    return {
        "contract": fill.leg.contract,
        "kind": fill.kind,
        "quantity": fill.quantity,
        "price": fill.price,
        "fees": fill.fees,
        "at": fill.filled_at,
    }
