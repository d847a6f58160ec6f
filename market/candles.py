"""The bars behind a chart: those shown, and those before them that let its averages settle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

import numpy as np

from market import calendar, clock, history, intraday_history, references, session_minutes
from market.pure import resample
from market.pure.bars import Bars, Floats
from market.pure.session_folds import Folded, fold_sessions
from market.pure.sessions import NEW_YORK, Session, in_utc, new_york_date
from market.pure.timeframes import WARM_UP, Timeframe
from market.session_minutes import Minutes

# The longest history a chart asks a vendor for: ten years of sessions.
MOST_SESSIONS = 2600
PERIODS = {"1D": resample.day_edges, "1W": resample.week_edges, "1M": resample.month_edges}


@dataclass(frozen=True, slots=True, eq=False)
class Candles:
    """Bars of a chart.

    Attributes
    ----------
    bars : Bars
        Warm-up and shown, ascending.
    first_shown : int
        Index of the first bar shown.
    forming : bool
        The last bar's period is not over; the bar is made of its completed minutes.
    vwap, sigma : float64, shape (len(bars),)
        Session VWAP and its spread at the end of each regular intraday bar; NaN where there is none.
    session : Session
        The latest session there are minutes for.
    minutes : Minutes
        Its completed minutes.
    """

    bars: Bars
    first_shown: int
    forming: bool
    vwap: Floats
    sigma: Floats
    session: Session
    minutes: Minutes

    @property
    def shown(self) -> Bars:
        """The bars of the answer."""
        return self.bars.take(slice(self.first_shown, None))


def candles(symbol: str, timeframe: Timeframe, *, bars: int | None, extended: bool, now: datetime) -> Candles:
    """Return the bars of a symbol's chart.

    Parameters
    ----------
    bars : int or None
        How many to show; None for the timeframe's own look-back.
    extended : bool
        Whether an intraday chart shows the hours before the open and after the close.

    Raises
    ------
    ProviderUnavailable, RateLimited, UnknownSymbol
        As the vendor does.
    """
    session = latest_session(now, extended=extended and timeframe.step_s is not None)
    minutes = session_minutes.of(symbol, session)
    if timeframe.step_s is None:
        return _long(symbol, timeframe, bars or timeframe.look_back, session, minutes, now)
    return _intraday(symbol, timeframe, bars, session, minutes, extended=extended, now=now)


def latest_session(now: datetime, *, extended: bool) -> Session:
    """Return the session of the newest completed minute: today's, or the last one before its first minute."""
    day = new_york_date(now)
    today = calendar.session(day)
    if today and clock.settle(now) >= (today.pre_at if extended else today.open_at).timestamp():
        return today
    return calendar.previous_session(day)


def _intraday(
    symbol: str,
    timeframe: Timeframe,
    count: int | None,
    session: Session,
    minutes: Minutes,
    *,
    extended: bool,
    now: datetime,
) -> Candles:
    shown = timeframe.sessions_shown(count)
    earlier = intraday_history.sessions_before(session.date, shown - 1 + timeframe.sessions_before)
    first = [*earlier, session][-shown:][0]
    past = intraday_history.folded(symbol, timeframe, earlier, weighed_from=first.date, extended=extended, now=now)
    today = fold_sessions(
        minutes.all_hours,
        [session],
        step_s=timeframe.step_s or 0,
        extended=extended,
        volume=minutes.volume if minutes.is_lent else None,
    )
    both = past.followed_by(today)
    since = int(in_utc(first.date, time(0)).timestamp())
    start = int(np.searchsorted(both.bars.ts, since)) if count is None else max(0, len(both.bars) - count)
    return Candles(
        bars=both.bars,
        first_shown=start,
        forming=_is_forming(both, timeframe, session, now),
        vwap=both.vwap,
        sigma=both.sigma,
        session=session,
        minutes=minutes,
    )


def _is_forming(folded: Folded, timeframe: Timeframe, session: Session, now: datetime) -> bool:
    done = clock.settle(now) + 60
    if not len(folded.bars) or done >= session.post_at.timestamp():
        return False
    end = int(folded.bars.ts[-1]) + (timeframe.step_s or 0)
    return done < (min(end, session.close_ts) if folded.bars.ts[-1] < session.close_ts else end)


def _long(symbol: str, timeframe: Timeframe, count: int, session: Session, minutes: Minutes, now: datetime) -> Candles:
    running = references.levels_date(now)
    sessions = min((count + WARM_UP) * timeframe.sessions_a_bar, MOST_SESSIONS)
    days = history.daily(symbol, running, n=sessions)
    # With all that was asked for there may be more, and the first week or month is a part of one.
    cut = len(days) >= sessions and timeframe.sessions_a_bar > 1
    if session.date >= running and len(minutes.regular):
        days = days.extended(_as_day(minutes.regular, session))
    edges = PERIODS[timeframe.name](days.ts)
    bars = resample.fold(days, edges).take(slice(1 if cut else 0, None))
    nothing = np.full(len(bars), np.nan)
    return Candles(
        bars=bars,
        first_shown=max(0, len(bars) - count),
        forming=_contains(timeframe, bars, running) and not (timeframe.name == "1D" and now >= session.close_at),
        vwap=nothing,
        sigma=nothing,
        session=session,
        minutes=minutes,
    )


def _as_day(regular: Bars, session: Session) -> Bars:
    midnight = int(in_utc(session.date, time(0)).timestamp())
    return resample.fold(regular, np.full(len(regular), midnight, dtype=np.int64))


def _contains(timeframe: Timeframe, bars: Bars, day: date) -> bool:
    # Whether the last bar's period holds a date: put that date behind it and see if they share an edge.
    if not len(bars):
        return False
    pair = np.array([bars.ts[-1], int(datetime.combine(day, time(0), NEW_YORK).timestamp())])
    first, second = PERIODS[timeframe.name](pair)
    return bool(first == second)
