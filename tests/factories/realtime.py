"""Made-up events and what retention remembers."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import factory
from django.utils import timezone

from realtime.models import Event, Retention
from tests.factories.accounts import UserFactory


class EventFactory(factory.django.DjangoModelFactory[Event]):
    """A user's own event; `user=None` makes a shared one, whose type needs a registered audience to be heard."""

    class Meta:
        model = Event

    user = factory.SubFactory(UserFactory)
    channel = "setups"
    type = "setup_update"
    symbol = "SPX"
    payload = factory.LazyAttribute(lambda event: {"symbol": event.symbol})
    facts = factory.LazyFunction(dict)
    subject = factory.LazyFunction(uuid.uuid4)
    created_at = datetime(2026, 2, 9, 15, 0, tzinfo=UTC)
    written_at = factory.LazyFunction(timezone.now)


class RetentionFactory(factory.django.DjangoModelFactory[Retention]):
    """The row that says how far the log was cut."""

    class Meta:
        model = Retention

    removed_upto = 0
    removed_at = factory.LazyFunction(timezone.now)
