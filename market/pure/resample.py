"""Longer bars from shorter ones: minutes to hours from the session's open, days to weeks and months."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from market.pure.bars import Bars, Ints
from market.pure.indicators import bar_price

_NEW_YORK = ZoneInfo("America/New_York")


def fold(bars: Bars, edges: Ints) -> Bars:
    """Merge neighbouring bars that share a left edge.

    Parameters
    ----------
    bars : Bars
        Bars of a shorter period.
    edges : int64, shape (n,)
        Left edge of the longer bar that each belongs to, ascending. [Unix seconds]

    Returns
    -------
    Bars
        One bar an edge: first open, highest high, lowest low, last close. Volume is the sum of what is known, NaN
        when none is; vwap weighs each bar's price with its volume, so that sum(vwap * volume) stays what it was.
    """
    if not len(bars):
        return bars
    starts = np.flatnonzero(np.diff(edges, prepend=edges[0] - 1))
    ends = np.append(starts[1:], len(bars)) - 1
    known = np.isfinite(bars.volume)
    volume = np.add.reduceat(np.where(known, bars.volume, 0.0), starts)
    money = np.add.reduceat(np.where(known, bars.volume * bar_price(bars), 0.0), starts)
    any_known = np.logical_or.reduceat(known, starts)
    vwap = np.full(len(starts), np.nan)
    np.divide(money, volume, out=vwap, where=volume > 0)
    return Bars(
        ts=edges[starts],
        open=bars.open[starts],
        high=np.maximum.reduceat(bars.high, starts),
        low=np.minimum.reduceat(bars.low, starts),
        close=bars.close[ends],
        volume=np.where(any_known, volume, np.nan),
        vwap=vwap,
    )


def session_edges(ts: Ints, *, starts: Ints, opens: Ints, step_s: int) -> Ints:
    """Return the left edge of the `step_s` bar that each minute belongs to.

    Parameters
    ----------
    ts : int64, shape (n,)
        Left edges of minutes, none before the first of `starts`. [Unix seconds]
    starts, opens : int64, shape (k,)
        For each session where its first bar may lie (04:00 New York, or the open) and its regular open, ascending.
    step_s : int
        Length of the longer bar. [seconds]

    Returns
    -------
    int64, shape (n,)
        open + step_s * floor((ts - open) / step_s): a bar never spans the open, and 4-hour bars begin 09:30 and 13:30.
    """
    session = np.searchsorted(starts, ts, side="right") - 1
    first = opens[session]
    return first + step_s * ((ts - first) // step_s)


def day_edges(ts: Ints) -> Ints:
    """Return each daily bar's own left edge. [Unix seconds]."""
    return ts


def week_edges(ts: Ints) -> Ints:
    """Return for each daily bar the first session of its calendar week (Monday to Sunday, New York). [Unix seconds]."""
    return _first_of(ts, [moment.isocalendar()[:2] for moment in _moments(ts)])


def month_edges(ts: Ints) -> Ints:
    """Return for each daily bar the first session of its calendar month (New York). [Unix seconds]."""
    return _first_of(ts, [(moment.year, moment.month) for moment in _moments(ts)])


def _moments(ts: Ints) -> list[datetime]:
    return [datetime.fromtimestamp(at, _NEW_YORK) for at in ts.tolist()]


def _first_of(ts: Ints, periods: list[tuple[int, int]]) -> Ints:
    firsts: dict[tuple[int, int], int] = {}
    for at, period in zip(ts.tolist(), periods, strict=True):
        firsts.setdefault(period, at)
    return np.array([firsts[period] for period in periods], dtype=np.int64)
