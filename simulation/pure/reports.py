"""When the made-up companies report, and what they earn; their prices and options know nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Literal

from simulation.pure.listings import STOCK, Listing
from simulation.pure.streams import generator
from simulation.pure.timeline import FIRST_DAY, LAST_DAY

PURPOSE: Final = "reports"
# Days from a quarter's end to its report: a habit of the company, and some days of the quarter's own.
EARLIEST, LATEST, WANDERS = 14, 48, 3
AFTER_THE_CLOSE: Final = 0.55
# A year's earnings cost this many times themselves, and come in this near to what was expected.
MULTIPLE, SURPRISE = 24.0, 0.06


@dataclass(frozen=True, slots=True)
class MadeUpReport:
    """One quarter's report; `actual` is known from its date on. [USD a share]."""

    day: date
    fiscal_end: date
    timing: Literal["before", "after"]
    estimate: float
    actual: float


@lru_cache(maxsize=256)
def reports(seed: int, listing: Listing, is_session: Callable[[date], bool]) -> tuple[MadeUpReport, ...]:
    """Return every report of a listing, ascending; none of what is no company."""
    if listing.type != STOCK:
        return ()
    habit = generator(seed, listing.symbol, PURPOSE)
    waits = int(habit.integers(EARLIEST, LATEST))
    timing: Literal["before", "after"] = "after" if habit.random() < AFTER_THE_CLOSE else "before"
    made = []
    for number, end in enumerate(_quarter_ends(), start=1):
        draw = generator(seed, listing.symbol, PURPOSE, number)
        day = end + timedelta(days=waits + int(draw.integers(-WANDERS, WANDERS + 1)))
        while not is_session(day):
            day += timedelta(days=1)
        estimate = round(listing.price / MULTIPLE / 4.0, 2)
        actual = round(estimate * (1.0 + SURPRISE * float(draw.standard_normal())), 2)
        made.append(MadeUpReport(day, end, timing, estimate, actual))
    return tuple(made)


def _quarter_ends() -> Iterator[date]:
    for year in range(FIRST_DAY.year, LAST_DAY.year):
        for month in (4, 7, 10, 13):
            first = date(year + month // 13, (month - 1) % 12 + 1, 1)
            yield first - timedelta(days=1)
