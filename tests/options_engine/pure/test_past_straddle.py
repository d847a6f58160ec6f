from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from options_engine.pure.past_straddle import implied_pct, last_session_before, likely_expiries, strike_at


def weekdays(first: date, count: int, closed: tuple[date, ...] = ()) -> list[date]:
    days = (first + timedelta(days=each) for each in range(count))
    return [day for day in days if day.weekday() < 5 and day not in closed]


GOOD_FRIDAY = date(2026, 4, 3)
FEBRUARY, APRIL = weekdays(date(2026, 2, 2), 55), weekdays(date(2026, 3, 23), 45, (GOOD_FRIDAY,))


@pytest.mark.parametrize(
    ("report", "timing", "day"),
    [
        (date(2026, 2, 12), "AMC", date(2026, 2, 12)),
        (date(2026, 2, 12), "BMO", date(2026, 2, 11)),
        (date(2026, 2, 12), "DURING", date(2026, 2, 11)),
        (date(2026, 2, 12), None, date(2026, 2, 11)),
        (date(2026, 2, 9), "BMO", date(2026, 2, 6)),
        (date(2026, 2, 14), "AMC", date(2026, 2, 13)),
        (date(2026, 2, 2), "BMO", None),
    ],
)
def test_the_last_close_without_the_news(report: date, timing: str | None, day: date | None) -> None:
    assert last_session_before(report, timing, FEBRUARY) == day  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("report", "timing", "expiries"),
    [
        (date(2026, 2, 12), "AMC", [date(2026, 2, 13), date(2026, 2, 20)]),
        # A Friday's options die before the news of its evening, and before news of an unknown hour.
        (date(2026, 2, 13), "AMC", [date(2026, 2, 20), date(2026, 2, 27)]),
        (date(2026, 2, 13), None, [date(2026, 2, 20), date(2026, 2, 27)]),
        (date(2026, 2, 13), "BMO", [date(2026, 2, 13), date(2026, 2, 20)]),
        (date(2026, 2, 23), "AMC", [date(2026, 2, 27), date(2026, 3, 6), date(2026, 3, 20)]),
    ],
)
def test_where_the_straddle_of_a_report_is_looked_for(report: date, timing: str | None, expiries: list[date]) -> None:
    assert likely_expiries(report, timing, FEBRUARY) == expiries  # type: ignore[arg-type]


def test_a_week_that_ends_on_thursday_has_its_options_end_then() -> None:
    assert likely_expiries(date(2026, 4, 1), "AMC", APRIL)[0] == date(2026, 4, 2)


def test_the_strike_nearest_to_the_spot_that_has_both_sides() -> None:
    listed = [(95.0, True), (95.0, False), (100.0, True), (105.0, True), (105.0, False)]

    assert strike_at(100.2, listed) == 105.0
    assert strike_at(100.0, listed) == 95.0
    assert strike_at(100.0, [(100.0, True)]) is None


def test_the_straddles_closes_as_a_move_of_the_share() -> None:
    assert implied_pct(200.0, 200.0, 5.1, 4.9) == pytest.approx(5.0)


@pytest.mark.parametrize("call", [math.nan, 0.0])
def test_half_a_straddle_is_none(call: float) -> None:
    assert implied_pct(200.0, 200.0, call, 4.9) == "no_bars"


def test_trades_that_contradict_each_other_are_of_different_hours() -> None:
    # At the money call and put cost about the same: this call traded before the share fell by four dollars.
    assert implied_pct(200.0, 200.0, 7.0, 4.9) == implied_pct(200.0, 200.0, 4.9, 7.0) == pytest.approx(5.95)
    assert implied_pct(200.0, 200.0, 9.0, 4.9) == "stale_bars"
