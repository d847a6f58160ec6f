"""Positions as their trader tells them: through the book, so that every figure follows from fills."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from accounts.models import User
from positions import book
from positions.ledger import Trade
from positions.models import Position
from positions.pure.structures import Kind, Leg

TEN = datetime(2026, 2, 9, 15, tzinfo=UTC)


def held_call(user: User, *, symbol: str = "SPY", at: datetime = TEN, **about: Any) -> Position:
    """Return an open position of one call that cost 5."""
    leg = Leg(Kind.CALL, 1, Decimal(600), date(2026, 2, 20), symbol)
    made = book.open_position(user.pk, symbol, [Trade(leg=leg, price=Decimal(5))], at=at, now=at, **about)
    return Position.objects.get(pk=made)
