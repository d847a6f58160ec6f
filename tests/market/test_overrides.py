from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from market import calendar, overrides
from market.models import SessionOverride
from tests.factories.market import SessionOverrideFactory

DAY = date(2026, 2, 10)
CLOSED = SessionOverride(date=DAY, kind="closed", reason="a storm")


def elsewhere(**fields: object) -> None:
    """Write an override the way another process does: this one hears nothing of it."""
    SessionOverride.objects.bulk_create([SessionOverride(date=DAY, **fields)])


@pytest.mark.django_db
def test_an_override_of_another_process_is_heard_within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overrides, "monotonic", lambda: 1000.0)
    overrides.forget()
    assert calendar.is_trading_day(DAY)
    elsewhere(kind="closed", reason="a storm")

    assert calendar.is_trading_day(DAY)
    monkeypatch.setattr(overrides, "monotonic", lambda: 1031.0)
    assert not calendar.is_trading_day(DAY)


@pytest.mark.django_db
def test_many_questions_cost_one_query() -> None:
    overrides.forget()
    with CaptureQueriesContext(connection) as queries:
        for _ in range(50):
            calendar.session(DAY)

    assert len(queries) == 1


def test_without_a_database_the_last_known_overrides_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_query: object) -> None:
        raise OperationalError("connection refused")

    overrides.remember({DAY: CLOSED}, for_s=-1)
    monkeypatch.setattr("market.off_loop.read", away)

    assert not calendar.is_trading_day(DAY)


@pytest.mark.django_db(transaction=True)
def test_an_event_loop_may_ask() -> None:
    SessionOverrideFactory()

    async def ask() -> bool:
        return calendar.is_trading_day(DAY)

    assert asyncio.run(ask()) is False


@pytest.mark.django_db
@pytest.mark.parametrize("close", [None, time(9, 30), time(16, 1), time(3)])
def test_an_early_close_needs_a_time_within_the_session(close: time | None) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SessionOverrideFactory(early=True, close_time=close)


@pytest.mark.django_db
def test_an_override_moves_the_state_of_the_running_day() -> None:
    at = datetime(2026, 2, 10, 18, 30, tzinfo=UTC)
    SessionOverrideFactory(early=True)

    assert calendar.state(at).status == "after-hours"
    assert calendar.state(at - timedelta(hours=1)).closes_at == datetime(2026, 2, 10, 18, tzinfo=UTC)
