"""What completed sessions say about a symbol: the fixed part of its levels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

import numpy as np

from market import calendar, history
from market.errors import ProviderUnavailable
from market.pure import indicators, levels, resample
from market.pure.bars import Bars
from market.pure.levels import Period, Pivots
from market.pure.sessions import NEW_YORK
from market.vendors import vendor

# In the evening a trader looks at tomorrow.
ROLLS_AT = time(20)

# A year of sessions settles a daily ATR(14), three years the same of weekly bars.
WEEKLY_SESSIONS = 780


@dataclass(frozen=True, slots=True)
class Reference:
    """Completed periods before a date; stands until the levels' date rolls. [USD, or index points; NaN when unknown].

    `atr14` and `atr7` are of the view's own bars, daily or weekly. `atr_of_day` is the daily ATR(14) in every view:
    touches are measured with it.
    """

    session_date: date
    day: Period
    week: Period | None
    recent: Period | None
    pivots: Pivots
    atr14: float
    atr7: float
    atr_of_day: float


def levels_date(at: datetime) -> date:
    """Return the session that levels are for: today's until 20:00 New York, then the next one."""
    eastern = at.astimezone(NEW_YORK)
    if calendar.is_trading_day(eastern.date()) and eastern.time() < ROLLS_AT:
        return eastern.date()
    return calendar.next_session(eastern.date()).date


def reference(symbol: str, before: date, view: str = "intraday") -> Reference:
    """Return what the sessions completed before a date say, for the intraday, daily or weekly view.

    Raises
    ------
    ProviderUnavailable
        If there is none.
    """
    weekly = view == "weekly"
    days = history.daily(symbol, before, n=WEEKLY_SESSIONS if weekly else history.USUAL)
    day = levels.period(days.take(slice(-1, None)))
    if day is None:
        raise ProviderUnavailable(provider=vendor().name)
    weeks = completed_weeks(days, before)
    week = levels.period(weeks.take(slice(-1, None)))
    ranges = weeks if weekly else days
    return Reference(
        session_date=_date_of(days.ts[-1]),
        day=day,
        week=week,
        recent=levels.period(days.take(slice(-levels.RANGE_DAYS, None))) if view == "daily" else None,
        pivots=levels.pivots(week if weekly and week else day),
        atr14=indicators.atr(ranges, 14),
        atr7=indicators.atr(ranges, 7),
        atr_of_day=indicators.atr(days, 14),
    )


def completed_weeks(days: Bars, before: date) -> Bars:
    """Return daily bars as weeks, without the week that `before` itself lies in."""
    weeks = resample.fold(days, resample.week_edges(days.ts))
    running = before.isocalendar()[:2]
    return weeks.take(np.array([_date_of(ts).isocalendar()[:2] != running for ts in weeks.ts], dtype=bool))


def _date_of(ts: int) -> date:
    return datetime.fromtimestamp(int(ts), NEW_YORK).date()
