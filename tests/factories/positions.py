"""Positions as their trader tells them, through the book, so that every figure follows from fills; and LEAPS."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import User
from positions import book
from positions.book import Act
from positions.ledger import Trade
from positions.models import Advice, AdviceState, AdviceUrgency, Leaps, Position
from positions.pure.structures import Kind, Leg
from tests.factories.accounts import UserFactory

TEN = datetime(2026, 2, 9, 15, tzinfo=UTC)


def held_call(user: User, *, symbol: str = "SPY", at: datetime = TEN, **about: Any) -> Position:
    """Return an open position of one call that cost 5."""
    leg = Leg(Kind.CALL, 1, Decimal(600), date(2026, 2, 20), symbol)
    made = book.open_position(user.pk, symbol, [Trade(leg=leg, price=Decimal(5))], at=at, now=at, **about)
    return Position.objects.get(pk=made)


def closed_call(user: User) -> Position:
    """Return a position of one call that cost 5 and was sold for 6 an hour later."""
    position, later = held_call(user), TEN + timedelta(hours=1)
    return book.close(user.pk, position.pk, Decimal(6), Act(at=later, now=later))


class AdviceFactory(DjangoModelFactory):
    """Advice to take half of the profit of an open call, told at ten and holding until Friday's close."""

    class Meta:
        model = Advice

    user = factory.SubFactory(UserFactory)
    position = factory.LazyAttribute(lambda advice: held_call(advice.user))
    rule = "profit"
    type = "take_profit"
    state = AdviceState.ACTIVE
    urgency = AdviceUrgency.MEDIUM
    message = "Up 60 % on what was paid."
    action = {"action": "take_partial_profit", "closePct": 50}
    evidence = {"metric": "pnl_pct", "value": 60, "threshold": 50}
    confidence = 0.9
    facts: dict[str, Any] = {}
    value = 60.0
    last_value = 60.0
    notices = 1
    first_told_at = TEN
    notified_at = TEN
    looked_at = TEN
    expires_at = datetime(2026, 2, 20, 21, tzinfo=UTC)
    created_at = TEN


class LeapsFactory(DjangoModelFactory):
    """A call on SPY, bought in January for 52 and worth 60 on a Monday in February, ten months before its expiry."""

    class Meta:
        model = Leaps

    user = factory.SubFactory(UserFactory)
    symbol = "SPY"
    option_type = "CALL"
    strike = Decimal(550)
    entry_price = Decimal(52)
    entry_date = date(2026, 1, 12)
    expiry_date = date(2026, 12, 18)
    quantity = 2
    notes = None
    current_value = Decimal(60)
    current_underlying = Decimal(600)
    current_iv = Decimal("0.2")
    current_delta = Decimal("0.7")
    current_gamma = Decimal("0.002")
    current_vega = Decimal("1.9")
    current_theta = Decimal("-0.07")
    entry_delta = Decimal("0.65")
    value_at = datetime(2026, 2, 9, 15, tzinfo=UTC)
    value_source = "quote"
    underlying_at = datetime(2026, 2, 9, 15, tzinfo=UTC)
    created_at = datetime(2026, 1, 12, 15, tzinfo=UTC)
    updated_at = datetime(2026, 1, 12, 15, tzinfo=UTC)
