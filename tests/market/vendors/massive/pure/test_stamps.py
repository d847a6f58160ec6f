from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from market.vendors.massive.pure.stamps import exchange_date, from_millis, from_nanos, known_s, midnight_s, told_at

NOW = datetime(2026, 2, 9, 15, tzinfo=UTC)


def test_nanoseconds_keep_every_microsecond() -> None:
    # As a float this stamp would be a microsecond off.
    assert from_nanos(1770756059123456789) == datetime(2026, 2, 10, 20, 40, 59, 123456, tzinfo=UTC)


def test_a_stamp_that_went_through_javascript_still_names_its_moment() -> None:
    at = from_nanos(1.770756059123456789e18)

    assert at is not None
    assert abs(at - datetime(2026, 2, 10, 20, 40, 59, 123456, tzinfo=UTC)) < timedelta(microseconds=2)


@pytest.mark.parametrize("stamp", [None, 0, -1])
def test_no_stamp_is_no_moment(stamp: int | None) -> None:
    assert from_nanos(stamp) is None
    assert from_millis(stamp) is None


@pytest.mark.parametrize(
    ("stamp", "day"),
    [
        (datetime(2026, 2, 9, 5, tzinfo=UTC), date(2026, 2, 9)),  # a stock, winter
        (datetime(2026, 2, 9, 6, tzinfo=UTC), date(2026, 2, 9)),  # an index, winter
        (datetime(2026, 7, 9, 4, tzinfo=UTC), date(2026, 7, 9)),  # a stock, summer
        (datetime(2026, 7, 9, 5, tzinfo=UTC), date(2026, 7, 9)),  # an index, summer
        (datetime(2026, 3, 6, 6, tzinfo=UTC), date(2026, 3, 6)),  # the last session before summer time
        (datetime(2026, 3, 9, 5, tzinfo=UTC), date(2026, 3, 9)),  # the first of it
        (datetime(2026, 10, 30, 5, tzinfo=UTC), date(2026, 10, 30)),
        (datetime(2026, 11, 2, 6, tzinfo=UTC), date(2026, 11, 2)),  # the first of winter time
        (datetime(2026, 2, 9, 21, tzinfo=UTC), date(2026, 2, 9)),  # the previous day's bar, at 16:00 New York
        (datetime(2026, 2, 10, 0, 30, tzinfo=UTC), date(2026, 2, 9)),  # tomorrow in UTC, still today there
    ],
)
def test_a_daily_stamp_means_its_exchange_date(stamp: datetime, day: date) -> None:
    assert exchange_date(int(stamp.timestamp() * 1000)) == day


def test_our_daily_bars_stand_at_midnight_new_york() -> None:
    assert midnight_s(date(2026, 2, 9)) == int(datetime(2026, 2, 9, 5, tzinfo=UTC).timestamp())
    assert midnight_s(date(2026, 7, 9)) == int(datetime(2026, 7, 9, 4, tzinfo=UTC).timestamp())


def test_a_delayed_plan_knows_the_market_of_a_quarter_of_an_hour_ago() -> None:
    assert known_s(NOW, delayed=False) - known_s(NOW, delayed=True) == 900


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (NOW - timedelta(hours=1), NOW - timedelta(hours=1)),
        (NOW + timedelta(seconds=3), NOW),  # the vendor's clock is a little ahead
        (NOW + timedelta(seconds=61), None),  # this has not happened
        (None, NOW),
    ],
)
def test_nothing_is_made_later_than_now(made: datetime | None, told: datetime | None) -> None:
    assert told_at(made, NOW) == told
