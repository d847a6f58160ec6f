"""When a company reports, and which options live through it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, Literal

Timing = Literal["BMO", "AMC", "DURING"]
Surprise = Literal["beat", "miss", "in-line", "unknown"]

BEFORE: Final = "BMO"
AFTER: Final = "AMC"
DURING: Final = "DURING"
# Earnings a share that differ by less agree. [USD]
IN_LINE_USD: Final = 1e-5


def trades_through(expiry: date, report: date, timing: Timing | None) -> bool:
    """Say whether an option that ends at the close of `expiry` is still traded after a report.

    Parameters
    ----------
    expiry, report : date
        New York dates.
    timing : str or None
        None where nobody knows the time of day: it may be after the close.
    """
    return expiry >= report if timing in (BEFORE, DURING) else expiry > report


def living_through(expiries: Iterable[date], report: date, timing: Timing | None) -> list[date]:
    """Return the dates whose options live through a report, ascending."""
    return sorted(day for day in set(expiries) if trades_through(day, report, timing))


def first_open_after(report: date, timing: Timing | None, sessions: Sequence[date]) -> date | None:
    """Return the session that opens with the news known; None where the sessions end before that.

    Parameters
    ----------
    sessions : sequence of date
        Trading days, ascending.
    """
    return next((day for day in sessions if (day >= report if timing == BEFORE else day > report)), None)


def surprise(actual: float | None, estimate: float | None) -> Surprise:
    """Say how earnings a share compare with what analysts expected. [USD]."""
    if actual is None or estimate is None:
        return "unknown"
    gap = actual - estimate
    return "beat" if gap > IN_LINE_USD else "miss" if gap < -IN_LINE_USD else "in-line"
