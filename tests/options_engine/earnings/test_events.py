from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from market import vendors
from market.clock import Standing
from market.errors import ProviderUnavailable
from market.vendors.protocol import SymbolInfo
from market.vendors.reference import CorporateEvent, Told
from options_engine.earnings import calendar, events, history, sources
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


class Announcing(EarningsVendor):
    """A vendor that knows announcements beside the calendar of all companies."""

    def __init__(self) -> None:
        super().__init__()
        self.known[SHARE] = SymbolInfo(SHARE, "Acme Inc.", "stock")
        self.announced: list[CorporateEvent] = []

    def corporate_events(
        self, symbols: Collection[str], first: date, last: date, *, now: datetime
    ) -> Told[CorporateEvent]:
        self._called("corporate_events")
        rows = [each for each in self.announced if each.symbol in symbols and first <= each.date <= last]
        return Told(tuple(rows), now, "tmx")


@pytest.fixture
def announcing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Announcing]:
    made = Announcing()
    monkeypatch.setattr(sources, "ReferenceVendor", Announcing)
    with vendors.using(made):
        yield made


def test_announcements_do_not_stand_in_for_the_calendar_of_all_companies(
    announcing: Announcing, hand: Standing
) -> None:
    announcing.failing["earnings_calendar"] = ProviderUnavailable(provider="fake", reason="no answer")

    told_now = calendar.calendar([SHARE], 14, TONIGHT)
    hand.forward(minutes=16)
    del announcing.failing["earnings_calendar"]
    announcing.coming = [reports_on(SHARE, REPORT)]
    later = calendar.calendar([SHARE], 14, hand.at)

    assert (told_now["degraded"], told_now["events"]) == (True, [])
    assert [(each["name"], bool(each["trouble"])) for each in told_now["sources"]] == [("fake", True), ("tmx", False)]
    assert (later["degraded"], later["count"]) == (False, 1)
    assert announcing.calls["earnings_calendar"] == 2


def test_announcements_that_cannot_be_read_are_told_and_asked_for_a_quarter_of_an_hour_later(
    announcing: Announcing, hand: Standing
) -> None:
    calendar.calendar([SHARE], 14, TONIGHT)
    announcing.failing["corporate_events"] = ProviderUnavailable(provider="tmx", reason="no answer")
    announcing.known["OTHR"] = SymbolInfo("OTHR", "Other Inc.", "stock")
    announcing.announced = [CorporateEvent("OTHR", REPORT, "earnings_announcement_date", "confirmed", "Q4", "after")]

    asked = announcing.calls["corporate_events"]
    away = [calendar.calendar(["OTHR"], 14, TONIGHT) for _ in range(3)]

    assert [told_now["degraded"] for told_now in away] == [True] * 3
    assert announcing.calls["corporate_events"] == asked + 1
    del announcing.failing["corporate_events"]
    hand.forward(minutes=16)
    back = calendar.calendar(["OTHR"], 14, hand.at)
    assert (back["degraded"], [each["symbol"] for each in back["events"]]) == (False, ["OTHR"])


def test_a_history_that_is_known_is_no_calendar(vendor: EarningsVendor) -> None:
    history.past(SHARE, TONIGHT)
    assert EarningsEvent.objects.exists()
    vendor.failing["earnings_calendar"] = ProviderUnavailable(provider="fake", reason="no answer")

    with pytest.raises(ProviderUnavailable):
        calendar.calendar([SHARE], 14, TONIGHT)


def test_what_another_vendor_said_this_morning_is_not_todays_calendar(vendor: EarningsVendor) -> None:
    EarningsSource.objects.create(name="other", tried_at=TONIGHT, answered_at=TONIGHT, trouble="")

    assert calendar.calendar([SHARE], 14, TONIGHT)["count"] == 1
    assert vendor.calls["earnings_calendar"] == 1


def test_three_announcements_of_one_report_are_one_event(announcing: Announcing) -> None:
    kinds = ("earnings_announcement_date", "earnings_results_announcement", "earnings_conference_call")
    announcing.announced = [
        CorporateEvent(SHARE, REPORT + timedelta(days=5), kind, "confirmed", "Q4", "after") for kind in kinds
    ]
    announcing.announced.append(CorporateEvent(SHARE, REPORT + timedelta(days=2), kinds[0], "canceled", "Q4", "after"))

    (event,) = calendar.calendar([SHARE], 14, TONIGHT)["events"]

    assert (event["date"], event["time"], event["confirmed"]) == ("2026-02-17", "AMC", True)
