from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from market.clock import Standing
from market.errors import ProviderUnavailable
from options_engine.earnings import events, sources
from options_engine.earnings.sources import Answer, Report
from options_engine.models import EarningsEvent, EarningsSource
from options_engine.pure.report_dates import Candidate
from tests.options_engine.earnings_market import REPORT, SHARE, TONIGHT, EarningsVendor, reports_on

pytestmark = pytest.mark.django_db
LATER = TONIGHT + timedelta(days=1)


def told(source: str, day: date, status: str = "estimated", time: str | None = None, at: datetime = TONIGHT) -> Answer:
    found = Candidate(source, day, time, status, at.isoformat())  # type: ignore[arg-type]
    return Answer(source, (Report(SHARE, found, name="Acme Inc."),))


def only() -> EarningsEvent:
    return EarningsEvent.objects.get()


def test_the_same_calendar_twice_changes_nothing(vendor: EarningsVendor) -> None:
    events.refresh(TONIGHT)
    before = EarningsEvent.objects.values().get()

    assert events.refresh(LATER) == {"fake": 1}
    assert EarningsEvent.objects.values().get() == before
    assert (before["time"], before["status"], before["name"]) == ("AMC", "estimated", "ACME Inc.")


def test_two_sources_of_one_quarter_are_one_row_with_the_other_date_kept() -> None:
    events.keep(told("alpha_vantage", REPORT), TONIGHT)
    events.keep(told("tmx", REPORT + timedelta(days=2), "confirmed", "BMO"), TONIGHT)

    row = only()
    assert (row.date, row.time, row.status, row.source) == (REPORT + timedelta(days=2), "BMO", "confirmed", "tmx")
    assert row.candidates["alpha_vantage"]["date"] == "2026-02-12"


def test_a_canceled_or_postponed_report_is_not_the_next_one() -> None:
    for status in ("canceled", "postponed"):
        EarningsEvent.objects.all().delete()
        events.keep(told("tmx", REPORT, status), TONIGHT)

        assert events.next_report(SHARE, REPORT) is None
    assert [row.status for row in events.coming([SHARE], REPORT, REPORT)] == ["postponed"]


def test_an_unconfirmed_announcement_is_an_estimate() -> None:
    events.keep(told("tmx", REPORT, "estimated"), TONIGHT)

    assert only().status == "estimated"


def test_a_pinned_date_outlives_every_source() -> None:
    events.keep(told("alpha_vantage", REPORT), TONIGHT)
    row = only()
    row.date = REPORT + timedelta(days=5)
    events.pin(row, TONIGHT)
    row.save()

    events.keep(told("alpha_vantage", REPORT + timedelta(days=1), at=LATER), LATER)
    events.keep(told("tmx", REPORT, "confirmed", at=LATER), LATER)

    assert (only().date, only().source) == (REPORT + timedelta(days=5), "manual")


def test_a_report_that_moves_takes_its_row_along_and_one_that_nobody_names_goes(vendor: EarningsVendor) -> None:
    next_quarter = REPORT + timedelta(days=85)
    vendor.coming.append(reports_on(SHARE, next_quarter))
    events.refresh(TONIGHT)
    vendor.coming = [reports_on(SHARE, REPORT + timedelta(days=6))]

    events.refresh(LATER)

    assert only().date == REPORT + timedelta(days=6)


def test_an_answer_with_lost_rows_removes_nothing() -> None:
    events.keep(told("alpha_vantage", REPORT), TONIGHT)

    far = told("alpha_vantage", REPORT + timedelta(days=90))
    events.keep(replace(far, whole=False), TONIGHT)

    assert EarningsEvent.objects.count() == 2


def test_a_source_that_is_away_is_written_down_and_what_it_said_stays(vendor: EarningsVendor) -> None:
    events.refresh(TONIGHT)
    vendor.failing["earnings_calendar"] = ProviderUnavailable(provider="fake", reason="no answer")

    assert events.refresh(LATER) == {"fake": 0}

    state = EarningsSource.objects.get()
    assert (state.answered_at, state.tried_at) == (TONIGHT, LATER)
    assert "no answer" in state.trouble
    assert only().date == REPORT


def test_the_calendar_is_asked_for_once_a_day_and_after_trouble_every_quarter_of_an_hour(
    vendor: EarningsVendor, hand: Standing
) -> None:
    vendor.failing["earnings_calendar"] = ProviderUnavailable(provider="fake")
    for minutes, calls in ((0, 1), (5, 1), (11, 2)):
        hand.forward(minutes=minutes)
        events.ensure([SHARE], hand.at)
        assert vendor.calls["earnings_calendar"] == calls
    del vendor.failing["earnings_calendar"]
    for minutes, calls in ((16, 3), (60, 3), (24 * 60, 4)):
        hand.forward(minutes=minutes)
        events.ensure([SHARE], hand.at)
        assert vendor.calls["earnings_calendar"] == calls


@pytest.mark.django_db(transaction=True)
def test_a_hundred_users_at_once_are_one_call(vendor: EarningsVendor) -> None:
    def one(number: int) -> int:
        try:
            events.ensure([SHARE, f"S{number}"], TONIGHT)
            return len(events.coming([SHARE], REPORT, REPORT))
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(one, range(100)))

    assert found == [1] * 100
    assert vendor.calls["earnings_calendar"] == 1


@pytest.mark.django_db(transaction=True)
def test_two_writers_make_one_row() -> None:
    def one(source: str) -> None:
        try:
            events.keep(told(source, REPORT), TONIGHT)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, ["alpha_vantage", "tmx"] * 10))

    assert set(only().candidates) == {"alpha_vantage", "tmx"}


def test_reports_of_the_evening_are_of_the_market_date() -> None:
    half_past_midnight_utc = datetime(2026, 2, 13, 0, 30, tzinfo=UTC)

    assert [answer.reports[0].candidate.date for answer in sources.coming([SHARE], half_past_midnight_utc)] == [REPORT]
