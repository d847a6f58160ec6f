from __future__ import annotations

from datetime import UTC, date, datetime, time

import numpy as np
import pytest

from market.pure.sessions import Session, make_session
from options_engine.pure.contracts import days_to_expiry, expires_ts, settles_at_open, years_left

FRIDAY = date(2026, 2, 20)
HALF_DAY = date(2026, 11, 27)
SESSIONS: dict[date, Session] = {FRIDAY: make_session(FRIDAY), HALF_DAY: make_session(HALF_DAY, time(13))}


def ts(day: date, hour: int, minute: int, *, offset: int) -> int:
    """Return a New York wall-clock time whose offset from UTC is written out. [Unix seconds]"""
    return int(datetime(day.year, day.month, day.day, hour + offset, minute, tzinfo=UTC).timestamp())


def days(*dates: date) -> np.ndarray:
    return np.array(dates, dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("day", "at_open", "expected"),
    [
        (FRIDAY, False, ts(FRIDAY, 16, 0, offset=5)),
        (FRIDAY, True, ts(FRIDAY, 9, 30, offset=5)),
        (HALF_DAY, False, ts(HALF_DAY, 13, 0, offset=5)),
        (HALF_DAY, True, ts(HALF_DAY, 9, 30, offset=5)),
        (date(2026, 7, 17), False, ts(date(2026, 7, 17), 16, 0, offset=4)),  # in summer, and in no calendar
    ],
)
def test_a_contract_ends_at_the_close_or_the_open_of_its_date(day: date, at_open: bool, expected: int) -> None:
    assert expires_ts(days(day), np.array([at_open]), SESSIONS).tolist() == [expected]


def test_contracts_of_several_dates_each_have_their_own_end() -> None:
    ends = expires_ts(days(HALF_DAY, FRIDAY, FRIDAY), np.array([False, True, False]), SESSIONS)

    assert ends.tolist() == [
        ts(HALF_DAY, 13, 0, offset=5),
        ts(FRIDAY, 9, 30, offset=5),
        ts(FRIDAY, 16, 0, offset=5),
    ]


def test_no_contracts_have_no_ends() -> None:
    assert expires_ts(days(), np.empty(0, dtype=bool), SESSIONS).tolist() == []


@pytest.mark.parametrize(
    ("root", "at_open"),
    [("SPX", True), ("SPXW", False), ("NDX", True), ("NDXP", False), ("RUT", True), ("XSP", False), ("SPY", False)],
)
def test_monthly_index_roots_settle_at_the_open(root: str, at_open: bool) -> None:
    assert settles_at_open(np.array([root])).tolist() == [at_open]


EXPIRY = date(2026, 2, 10)
MOMENTS = (
    # market date, hour and minute in New York, calendar days, years to 16:00 by the specification's table
    (date(2026, 2, 6), 10, 0, 4, 0.01164384),
    (date(2026, 2, 9), 10, 0, 1, 0.00342466),
    (date(2026, 2, 9), 18, 30, 1, 0.00245434),
    (date(2026, 2, 10), 9, 45, 0, 0.00071347),
    (date(2026, 2, 10), 15, 30, 0, 0.00005708),
)


@pytest.mark.parametrize(("day", "hour", "minute", "calendar_days", "years"), MOMENTS)
def test_days_are_new_yorks_and_years_run_to_the_second(
    day: date, hour: int, minute: int, calendar_days: int, years: float
) -> None:
    end = expires_ts(days(EXPIRY), np.array([False]), {})
    now = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC).timestamp() + 5 * 3600

    assert days_to_expiry(days(EXPIRY), day).tolist() == [calendar_days]
    assert years_left(end, now).tolist() == pytest.approx([years], abs=1e-8)


def test_a_past_expiry_is_no_days_away() -> None:
    assert days_to_expiry(days(date(2026, 2, 6), EXPIRY), date(2026, 2, 9)).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("seconds", "counted"), [(61.0, 61.0), (60.0, 60.0), (59.0, 60.0), (0.5, 60.0), (0.0, 0.0), (-1.0, 0.0)]
)
def test_the_last_minute_lasts_until_the_end_and_then_nothing_is_left(seconds: float, counted: float) -> None:
    end = np.array([1_770_000_000])

    assert years_left(end, 1_770_000_000 - seconds).tolist() == pytest.approx([counted / (365 * 86_400)], rel=1e-12)
