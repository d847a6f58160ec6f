"""Billing periods: one month after another, counted from the old end so that they never drift."""

from __future__ import annotations

import calendar
from datetime import datetime

MONTHS = 12


def next_end(end: datetime, *, billing_day: int) -> datetime:
    """Return when the period that begins at `end` is over.

    Parameters
    ----------
    end : datetime
        End of the old period, aware.
    billing_day : int
        Day of the month on which periods begin, 1 to 31; a shorter month ends on its last day.

    Returns
    -------
    datetime
        The same time of day in the following month.
    """
    year, month = (end.year + 1, 1) if end.month == MONTHS else (end.year, end.month + 1)
    last_day = calendar.monthrange(year, month)[1]
    return end.replace(year=year, month=month, day=min(billing_day, last_day))


def containing(now: datetime, *, start: datetime, end: datetime, billing_day: int) -> tuple[datetime, datetime]:
    """Return the period that holds `now`, reached from a known one in whole months.

    Parameters
    ----------
    now, start, end : datetime
        The moment asked for and a known period, aware. Periods are half-open: `now == end` is in the next one.
    billing_day : int
        Day of the month on which periods begin, 1 to 31.

    Returns
    -------
    (start, end) : tuple of datetime
        The known period itself while it is running or has not begun.
    """
    while end <= now:
        start, end = end, next_end(end, billing_day=billing_day)
    return start, end
