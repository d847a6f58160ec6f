"""What came of advice, and how long it is kept."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from positions import advice_outcomes, book, retention
from positions.book import Act
from positions.models import Advice
from tests.positions.conftest import Opener, traded
from tests.positions.pure.made_up import CLOSE
from tests.positions.test_advisor import CYCLE, START, Cycles

pytestmark = pytest.mark.django_db
TOLD = START + CYCLE


@pytest.fixture
def cycles(opens: Opener) -> Cycles:
    """Tell of a gain of 60 %, 3,600 dollars."""
    cycles = Cycles(opens(("+2C5900", "30")))
    cycles(60, 60)
    return cycles


def record(cycles: Cycles, pct: float, at, **more) -> Advice:
    cycles.now = at
    advice_outcomes.record([cycles.facts(pct, **more)], now=at)
    return Advice.objects.get()


@pytest.mark.parametrize(("minutes", "known"), [(59, False), (60, True), (90, True), (91, False)])
def test_an_hour_later(cycles: Cycles, minutes: int, known: bool) -> None:
    row = record(cycles, 30, TOLD + timedelta(minutes=minutes))

    assert row.pnl == Decimal(3600)
    assert row.pnl_hour == (Decimal(1800) if known else None)


@pytest.mark.parametrize(("minutes", "known"), [(-1, False), (0, True), (30, True), (31, False)])
def test_at_the_close(cycles: Cycles, minutes: int, known: bool) -> None:
    row = record(cycles, 90, CLOSE + timedelta(minutes=minutes))

    assert row.pnl_close == (Decimal(5400) if known else None)


def test_the_first_number_stands(cycles: Cycles) -> None:
    record(cycles, 30, TOLD + timedelta(minutes=60))

    assert record(cycles, 10, TOLD + timedelta(minutes=61)).pnl_hour == Decimal(1800)


def test_of_what_is_stale_nothing_is_noted(cycles: Cycles) -> None:
    assert record(cycles, 30, TOLD + timedelta(minutes=60), stale=True).pnl_hour is None


def test_when_the_position_has_ended(cycles: Cycles) -> None:
    book.trade(cycles.row.user_id, cycles.row.pk, [traded("-2C5900", "40", fees="3")], Act(at=TOLD, now=TOLD))

    assert advice_outcomes.record([], now=TOLD) == 1
    assert Advice.objects.get().pnl_end == Decimal(1997)
    assert advice_outcomes.record([], now=TOLD) == 0


def test_it_takes_two_statements(cycles: Cycles) -> None:
    with CaptureQueriesContext(connection) as seen:
        record_at = TOLD + timedelta(minutes=60)
        advice_outcomes.record([cycles.facts(30)] * 3, now=record_at)

    assert len(seen) == 2


def test_the_report_of_a_month_reproduces_its_fixture(opens: Opener) -> None:
    for now_pct in (30, 60, 90):
        each = Cycles(opens(("+2C5900", "30")))
        each(60, 60)
        each.now = CLOSE
        advice_outcomes.record([each.facts(now_pct)], now=CLOSE)

    (found,) = advice_outcomes.report(START, START + timedelta(days=28))
    assert (found.rule, found.told, found.judged, found.right) == ("profit", 3, 3, 2)
    assert found.mean_change == 0
    (hours,) = advice_outcomes.report(START, START + timedelta(days=28), horizon="hour")
    assert (hours.told, hours.judged, hours.share) == (3, 0, None)
    assert advice_outcomes.report(TOLD + timedelta(seconds=1), START + timedelta(days=28)) == []


def test_what_is_over_is_forgotten_after_ninety_days(cycles: Cycles) -> None:
    Advice.objects.update(written_at=timezone.now() - timedelta(days=91))
    assert retention.prune() == 0

    cycles(20, 20)
    assert Advice.objects.get().state == "resolved"
    assert retention.prune() == 1
    Advice.objects.all().delete()
    cycles(60, 60, 20, 20)
    Advice.objects.update(written_at=timezone.now() - timedelta(days=89))
    assert retention.prune() == 0
