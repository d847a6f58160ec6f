from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta

import pytest

from market import calendar, clock, demand, published, tasks, vendors
from market.errors import CalendarTooShort, ProviderUnavailable
from market.models import ClockState, SessionBars
from market.vendors.massive.reference import ReferenceCalls
from market.vendors.protocol import SymbolInfo
from market.vendors.reference import Holiday, Told
from tests.market.fakes import FakeVendor, bars

pytestmark = pytest.mark.django_db

OPEN = datetime(2026, 2, 9, 14, 30, tzinfo=UTC)


class Knowing(ReferenceCalls):
    """A vendor that knows holidays, or is away."""

    name = "knowing"

    def __init__(self, told: list[Holiday] | Exception) -> None:
        self._told = told

    def holidays(self, *, now: datetime) -> Told[Holiday]:
        if isinstance(self._told, Exception):
            raise self._told
        return Told(tuple(self._told), as_of=now, source=self.name)


@pytest.fixture
def spy(vendor: FakeVendor, wanted: set[str]) -> None:
    wanted.add("SPY")
    vendor.minutes["SPY"] = bars(OPEN, [600.0] * 390)


def test_the_feed_reports_what_it_did(spy: None) -> None:
    with clock.standing(OPEN + timedelta(minutes=5)):
        assert tasks.refresh_feed(some_later_argument=1) == {
            "symbols": 1,
            "quotes": 1,
            "completed": 5,
            "stale": 0,
            "unanswered": 0,
            "repaired": 1,
            "failed_calls": 0,
        }


def test_a_round_in_which_the_vendor_never_answered_fails(vendor: FakeVendor, spy: None) -> None:
    vendor.failing["snapshot"] = ProviderUnavailable(provider="fake")

    with clock.standing(OPEN), pytest.raises(ProviderUnavailable):
        tasks.refresh_feed()


def test_an_outage_of_the_vendor_is_no_error_of_ours_and_leaves_no_traceback(
    vendor: FakeVendor, spy: None, caplog: pytest.LogCaptureFixture
) -> None:
    vendor.failing["snapshot"] = ProviderUnavailable(provider="fake")

    with clock.standing(OPEN), caplog.at_level(logging.WARNING):
        result = tasks.refresh_feed.apply()

    assert isinstance(result.result, ProviderUnavailable)
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("WARNING", None)]


def test_with_nobody_to_serve_a_round_is_fine(vendor: FakeVendor, wanted: set[str]) -> None:
    with clock.standing(OPEN):
        assert tasks.refresh_feed()["symbols"] == 0
    assert vendor.calls == {}


def test_a_round_notes_how_far_the_clock_has_come(spy: None) -> None:
    clock.set_state(mode="simulated", market_at=OPEN, speed=1)
    ClockState.objects.update(noted_at=None)

    tasks.refresh_feed()

    assert ClockState.objects.get().noted_at - OPEN < timedelta(minutes=1)


def test_the_session_is_kept(spy: None) -> None:
    with clock.standing(OPEN + timedelta(minutes=5)):
        tasks.refresh_feed()
        assert tasks.keep_session_bars() == {"symbols": 1}
        assert tasks.keep_session_bars() == {"symbols": 1}

    assert SessionBars.objects.count() == 1


def test_a_calendar_that_reaches_a_year_ahead_is_fine() -> None:
    with clock.standing(OPEN):
        assert tasks.check_calendar() == {"days": (calendar.horizon() - date(2026, 2, 9)).days}


def test_a_calendar_that_ends_within_a_year_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "LAST", date(2027, 2, 8))

    with clock.standing(OPEN), pytest.raises(CalendarTooShort, match="ends on 2027-02-08, 364 days from now"):
        tasks.check_calendar()


def test_symbols_in_demand_are_looked_up_and_one_failure_is_not_the_others(
    vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demand, "_needs", {"test": lambda: ["SPX", "ABNB"]})
    vendor.known["ABNB"] = SymbolInfo("ABNB", "Airbnb, Inc.", "stock")
    with clock.standing(OPEN) as hand:
        assert tasks.refresh_symbols() == {"symbols": 3, "failed": 0}
        assert tasks.refresh_symbols() == {"symbols": 3, "failed": 0}
        assert vendor.calls["lookup"] == 1
        hand.forward(minutes=60 * 25)
        vendor.failing["lookup"] = ProviderUnavailable(provider="fake")
        assert tasks.refresh_symbols() == {"symbols": 3, "failed": 1}


def test_a_calendar_is_held_against_the_vendors(caplog: pytest.LogCaptureFixture) -> None:
    friday = date(2026, 2, 13)
    told = [Holiday(date(2026, 2, 16), "NYSE", "Presidents' Day", True, None), Holiday(friday, "NYSE", "?", True, None)]
    with vendors.using(Knowing(told)), clock.standing(OPEN):
        answer = tasks.check_calendar()

    assert (answer["compared"], answer["mismatches"]) == (2, 1)
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    facts = {name: getattr(record, name) for name in ("day", "ours", "theirs", "holiday", "vendor")}
    assert record.getMessage() == "market.calendar.differs"
    assert facts == {"day": friday, "ours": "regular", "theirs": "closed", "holiday": "?", "vendor": "knowing"}
    assert calendar.is_trading_day(friday)  # ours stays in force


def test_a_vendor_that_is_away_is_no_mismatch(caplog: pytest.LogCaptureFixture) -> None:
    with vendors.using(Knowing(ProviderUnavailable(provider="knowing", reason="HTTP 500"))), clock.standing(OPEN):
        assert tasks.check_calendar() == {"days": (calendar.horizon() - date(2026, 2, 9)).days}

    assert [record.getMessage() for record in caplog.records] == ["market.calendar.unchecked"]


def test_a_round_that_failed_says_why(vendor: FakeVendor, spy: None) -> None:
    vendor.failing["snapshot"] = ProviderUnavailable(provider="fake", reason="not configured")

    with (
        clock.standing(OPEN),
        pytest.raises(ProviderUnavailable, match=r"^fake cannot be used at the moment: not configured$"),
    ):
        tasks.refresh_feed()
