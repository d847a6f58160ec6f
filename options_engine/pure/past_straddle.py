"""Which straddle lived through a report of the past, and the move that its closes implied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, Literal

from options_engine.pure.report_timing import AFTER, Timing, trades_through

Absence = Literal["no_contracts", "no_bars", "stale_bars"]
Side = tuple[float, bool]

# Last trades of call and put may be hours apart: where they contradict each other by more than this share of the
# straddle, one of them is from before the share moved.
_CONTRADICTION: Final = 0.2
_FRIDAY: Final = 4
_THIRD: Final = range(15, 22)


def last_session_before(report: date, timing: Timing | None, sessions: Sequence[date]) -> date | None:
    """Return the last session that closed without the news; None where the sessions begin after it.

    Parameters
    ----------
    timing : str or None
        After the close, the report's own session closes without it; in all other cases, and where nobody knows, only
        the one before.
    sessions : sequence of date
        Trading days, ascending.
    """
    return next((day for day in reversed(sessions) if (day <= report if timing == AFTER else day < report)), None)


def likely_expiries(report: date, timing: Timing | None, sessions: Sequence[date]) -> list[date]:
    """Return the dates on which options that live through a report may end, in the order in which to look for them.

    The ends of the first two weeks, then the first third Friday: the last is listed for every share, the others for
    those with weekly options. A Friday without a session is the Thursday before it.

    Parameters
    ----------
    sessions : sequence of date
        Trading days, ascending, for six weeks after the report.
    """
    ends: dict[tuple[int, int], date] = {}
    for day in sessions:
        ends[day.isocalendar()[:2]] = day
    alive = sorted(day for day in ends.values() if trades_through(day, report, timing))
    monthly = [day for day in alive if _is_monthly(day)]
    return list(dict.fromkeys([*alive[:2], *monthly[:1]]))


def _is_monthly(day: date) -> bool:
    friday = day.toordinal() + _FRIDAY - day.weekday()
    return date.fromordinal(friday).day in _THIRD


def strike_at(spot: float, contracts: Iterable[Side]) -> float | None:
    """Return the strike nearest to the spot that has a call and a put, the lower of two; None where none has both."""
    sides = set(contracts)
    both = [strike for strike, is_call in sides if is_call and (strike, False) in sides]
    return min(both, key=lambda strike: (abs(strike - spot), strike), default=None)


def implied_pct(spot: float, strike: float, call: float, put: float) -> float | Absence:
    """Return the straddle's closes as a move of the share, or why they are none. [percent].

    Parameters
    ----------
    spot, strike : float
        As they were then, not adjusted for later splits. [USD]
    call, put : float
        Last trades of the session; NaN where there was none. [USD a share]
    """
    if not (call > 0 and put > 0):
        return "no_bars"
    straddle = call + put
    # Call less put is the share less the strike, but for a few days' interest and dividends.
    if abs(call - put - (spot - strike)) > _CONTRADICTION * straddle:
        return "stale_bars"
    return 100.0 * straddle / spot
