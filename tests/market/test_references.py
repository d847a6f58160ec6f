from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest

from market import calendar, clock, history, references, vendors
from market.errors import ProviderUnavailable
from market.pure.bars import Bars
from market.pure.levels import Period
from tests.market.fakes import FakeVendor
from tests.market.past import days, eastern

pytestmark = pytest.mark.django_db
TUESDAY = date(2026, 2, 10)
# Wednesday to Friday of the week before, and the Monday of this one.
LAST = [(111.0, 109.0, 110.0), (112.0, 108.0, 110.0), (113.0, 107.0, 109.0), (105.0, 103.0, 104.0)]


@pytest.fixture(autouse=True)
def vendor() -> Iterator[FakeVendor]:
    fake = FakeVendor(daily={"SPY": days(TUESDAY, LAST, count=900)})
    with vendors.using(fake), clock.standing(eastern("2026-02-10T12:00")):
        yield fake


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-02-10T00:00", "2026-02-10"),
        ("2026-02-10T03:59", "2026-02-10"),
        ("2026-02-10T15:59", "2026-02-10"),
        ("2026-02-10T19:30", "2026-02-10"),
        ("2026-02-10T19:59:59", "2026-02-10"),
        ("2026-02-10T20:00", "2026-02-11"),
        ("2026-02-10T20:30", "2026-02-11"),
        ("2026-02-10T23:59", "2026-02-11"),
        ("2026-02-13T20:00", "2026-02-17"),  # Friday before Presidents' Day
        ("2026-02-14T12:00", "2026-02-17"),
        ("2026-02-16T12:00", "2026-02-17"),
        ("2026-03-08T23:59", "2026-03-09"),  # clocks went forward that morning
        ("2026-11-01T23:59", "2026-11-02"),  # and back on this one
        ("2026-11-27T18:30", "2026-11-27"),  # a half day
        ("2025-01-09T12:00", "2025-01-10"),  # a day of mourning
        ("2026-07-03T12:00", "2026-07-06"),
        ("2027-07-05T12:00", "2027-07-06"),
        ("2027-12-24T12:00", "2027-12-27"),
    ],
)
def test_levels_are_for_today_until_eight_in_the_evening(at: str, day: str) -> None:
    assert references.levels_date(eastern(at)) == date.fromisoformat(day)


def test_the_previous_day_is_the_last_completed_session() -> None:
    found = references.reference("SPY", TUESDAY)

    assert found.session_date == date(2026, 2, 9)
    assert found.day == Period(105.0, 103.0, 104.0)
    assert found.pivots.standard["pp"] == 104.0


def test_the_previous_week_is_the_completed_calendar_week() -> None:
    assert references.reference("SPY", TUESDAY).week == Period(113.0, 99.0, 109.0)


def test_on_a_monday_the_previous_week_ended_on_friday() -> None:
    found = references.reference("SPY", date(2026, 2, 9))

    assert found.week == Period(113.0, 99.0, 109.0)
    assert found.day == Period(113.0, 107.0, 109.0)


def test_the_atr_is_that_of_the_detectors() -> None:
    found = references.reference("SPY", TUESDAY)

    assert found.atr14 == found.atr_of_day == history.atr14("SPY", TUESDAY)


def test_the_daily_view_knows_the_extremes_of_twenty_sessions() -> None:
    assert references.reference("SPY", TUESDAY, "daily").recent == Period(113.0, 99.0, 104.0)
    assert references.reference("SPY", TUESDAY).recent is None


def test_the_weekly_view_measures_with_weeks() -> None:
    found = references.reference("SPY", TUESDAY, "weekly")

    assert found.pivots.standard["pp"] == pytest.approx((113 + 99 + 109) / 3)
    # 2 points in each quiet week, 14 in the last one: (2 * 13 + 14) / 14.
    assert found.atr14 == pytest.approx(40 / 14)
    assert found.atr_of_day == history.atr14("SPY", TUESDAY)


def test_a_young_listing_has_levels_and_no_atr(vendor: FakeVendor) -> None:
    vendor.daily["NEW"] = days(TUESDAY, [(10.0, 8.0, 9.0)], count=3)

    found = references.reference("NEW", TUESDAY)

    assert found.day == Period(10.0, 8.0, 9.0)
    assert np.isnan(found.atr14)


def test_without_any_session_there_is_nothing_to_say(vendor: FakeVendor) -> None:
    vendor.daily["NEW"] = Bars.empty()

    with pytest.raises(ProviderUnavailable):
        references.reference("NEW", TUESDAY)


def test_the_reference_is_the_same_from_four_in_the_morning_to_eight_in_the_evening() -> None:
    session = calendar.session(TUESDAY)
    assert session is not None
    found = []
    for at in ("04:00", "09:29", "09:30", "12:00", "15:59", "16:01", "19:59"):
        with clock.standing(eastern(f"2026-02-10T{at}")):
            found.append(references.reference("SPY", references.levels_date(clock.now())))

    assert all(one == found[0] for one in found)
