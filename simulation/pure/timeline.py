"""The numbered weekdays on which the made-up market has a level."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from market.pure.bars import Ints

# Mondays to Fridays are numbered whether the exchange opens or not: an exchange that closes a day more or less then
# changes nobody's number, and a holiday's news is simply part of the next gap.
FIRST_DAY = date(2020, 1, 6)
LAST_DAY = date(2035, 12, 31)
DAYS = int(np.busday_count(FIRST_DAY, LAST_DAY)) + 1


class OutsideTimeline(ValueError):
    """A day for which the made-up market has no level."""

    def __init__(self, day: date) -> None:
        super().__init__(f"{day}: the made-up market has weekdays from {FIRST_DAY} to {LAST_DAY} only")


def covers(day: date) -> bool:
    """Tell whether the made-up market has a level on this day."""
    return FIRST_DAY <= day <= LAST_DAY and bool(np.is_busday(day))


def numbers(days: Sequence[date]) -> Ints:
    """Return the numbers of these days, counted from 0 on the first one.

    Raises
    ------
    OutsideTimeline
        If a day is before the first, after the last, or on a week-end.
    """
    for day in days:
        if not covers(day):
            raise OutsideTimeline(day)
    return np.atleast_1d(np.busday_count(FIRST_DAY, np.array(days, dtype="datetime64[D]"))).astype(np.int64)
