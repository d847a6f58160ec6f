from __future__ import annotations

import pytest

from market.pure.bars import Bars
from market.pure.opening_range import OpeningRange, opening_range
from tests.market.pure.series import bars

OPEN = 600_000
ROWS = [(101, 100, 100.5), (103, 100, 102), (102, 99, 100), (101, 100, 100), (101, 100, 100), (110, 90, 100)]


def at(minutes_passed: int, *, regular: Bars | None = None) -> OpeningRange | None:
    session = bars(ROWS, first_ts=OPEN) if regular is None else regular
    settled = OPEN + 60 * (minutes_passed - 1)
    return opening_range(session.until(settled), open_ts=OPEN, settled_ts=settled, minutes=5)


def test_the_range_is_that_of_the_first_minutes_only() -> None:
    assert at(6) == OpeningRange(minutes=5, high=103, low=99, from_ts=OPEN, to_ts=OPEN + 300, complete=True)


@pytest.mark.parametrize(("passed", "complete"), [(1, False), (4, False), (5, True)])
def test_the_range_is_complete_when_its_last_minute_is(passed: int, complete: bool) -> None:
    found = at(passed)

    assert found is not None
    assert found.complete is complete


def test_there_is_no_range_before_the_first_minute_is_complete() -> None:
    assert at(0) is None


def test_minutes_are_counted_by_the_clock_and_not_by_bars() -> None:
    late = bars(ROWS, first_ts=OPEN + 60)  # the first minute had no trade

    found = at(6, regular=late)

    assert found is not None
    assert (found.high, found.low) == (103, 99)


def test_too_many_missing_minutes_make_no_range() -> None:
    late = bars(ROWS, first_ts=OPEN + 120)  # three of five minutes

    assert at(6, regular=late) is None
