from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from simulation.pure.session import Hours
from simulation.pure.variance_clock import days_left
from tests.simulation.days import HALF_DAY, hours

MONDAY, TUESDAY, WEDNESDAY = date(2026, 2, 9), date(2026, 2, 10), date(2026, 2, 11)
WEEK: list[Hours] = [hours(day) for day in (date(2026, 2, 6), MONDAY, TUESDAY, WEDNESDAY)]
OPEN, CLOSE = hours(MONDAY).open_ts, hours(MONDAY).close_ts


def test_from_a_close_each_day_is_one_usual_day() -> None:
    to_open, to_close = days_left(WEEK[0].close_ts, WEEK)

    assert to_open.tolist() == pytest.approx([0.3, 1.3, 2.3])
    assert to_close.tolist() == pytest.approx([1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("now_ts", "to_open", "to_close"),
    [
        (OPEN, [0.0, 1.0, 2.0], [0.7, 1.7, 2.7]),
        (CLOSE, [0.0, 0.3, 1.3], [0.0, 1.0, 2.0]),
        (CLOSE + 30 * 60, [0.0, 0.3 * (17 / 17.5), 1.3 - 0.3 * (0.5 / 17.5)], None),
    ],
)
def test_what_is_over_is_not_still_to_come(now_ts: int, to_open: list[float], to_close: list[float] | None) -> None:
    opens, closes = days_left(now_ts, WEEK)

    assert opens.tolist() == pytest.approx(to_open)
    assert to_close is None or closes.tolist() == pytest.approx(to_close)


def test_time_passes_without_a_jump_and_fastest_at_both_ends_of_a_session() -> None:
    left = np.array([days_left(at, WEEK)[1][1] for at in range(OPEN - 3600, CLOSE + 3600, 60)])

    passed = -np.diff(left)
    assert (passed > 0).all()
    assert passed.max() < 0.02
    assert passed[61] > 2 * passed[250] < 1.5 * passed[60 + 388]


def test_a_half_day_is_worth_its_minutes() -> None:
    before, half = hours(date(2025, 11, 26)), hours(HALF_DAY)

    to_open, to_close = days_left(before.close_ts, [before, half])

    assert (to_close - to_open).tolist() == pytest.approx([0.7 * 210 / 390])


def test_sessions_to_come_are_ever_further_away() -> None:
    for now_ts in range(OPEN - 7200, CLOSE + 7200, 1800):
        to_open, to_close = days_left(now_ts, WEEK)
        both = np.column_stack([to_open, to_close]).ravel()
        assert (np.diff(both[both > 0]) > 0).all()
