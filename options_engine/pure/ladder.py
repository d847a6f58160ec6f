"""Which of a symbol's expiry dates tell its term structure, when only so many are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

# What volatilities are quoted for, in calendar days, the most telling first.
_ANCHORS: Final = (7, 90, 60, 14, 180, 120, 365)
MONTH: Final = 30


def pick(listed: Sequence[date], today: date, count: int) -> list[date]:
    """Return so many dates, ascending: the nearest, the two around thirty days, those nearest to 7, 90, 60 and so on.

    An index has six dates within eight days; taken as they come they would say nothing about the month.

    Parameters
    ----------
    listed : sequence of date
        Ascending, each once.
    today : date
        New York date.
    count : int
        At least 1.
    """
    found = list(dict.fromkeys([*listed[:1], *around_month(listed, today)]))
    for days in _ANCHORS:
        nearest = min(listed, key=lambda day: (abs((day - today).days - days), day), default=None)
        if nearest is not None and nearest not in found:
            found.append(nearest)
    found += [day for day in listed if day not in found]
    return sorted(found[:count])


def around_month(listed: Sequence[date], today: date) -> list[date]:
    """Return the last date up to thirty days ahead and the first one after it; one or none where there are fewer."""
    up_to = [day for day in listed if (day - today).days <= MONTH]
    after = [day for day in listed if (day - today).days > MONTH]
    return [*up_to[-1:], *after[:1]]


def nearest_month(listed: Sequence[date], today: date) -> date | None:
    """Return the date nearest to thirty days ahead, the earlier of two; None where there is none."""
    return min(listed, key=lambda day: (abs((day - today).days - MONTH), day), default=None)
