"""The clock that intraday variance runs on: session minutes, by how much the market usually moves in them."""

from __future__ import annotations

from typing import Final

import numpy as np

from market.pure.bars import Floats, Ints
from options_engine.pure.inputs import finite

MINUTE_S: Final = 60
REGULAR_MINUTES: Final = 390  # 09:30 to 16:00; a half day has 210
TRADING_DAYS_A_YEAR: Final = 252.0
MARK_S: Final = 15 * MINUTE_S
_WHOLE: Final = 1e-9  # how far a table's sum may be from 1


def share_left(
    now_ts: float | Floats, open_ts: int, close_ts: int, *, minutes: Floats | None = None, end_ts: int | None = None
) -> Floats:
    """Return how much of a session's variance is still to come.

    Parameters
    ----------
    now_ts : float or array
        [Unix seconds]
    open_ts, close_ts : int
        Of the session, a half day's own close. [Unix seconds]
    minutes : float64, shape (m,), optional
        The share of each minute of this session, at least 0 and 1 in all; without it all are alike. See `fitted`.
    end_ts : int, optional
        Where the contract ends, if that is not the close: an AM-settled one ends at the open and has nothing left.

    Returns
    -------
    float64, shape of `now_ts`
        1 until the open, falling to 0 at the end. [1]

    Raises
    ------
    ValueError
        If the session has no minute, or the table is not of its length, not 1 in all or anywhere below 0.
    """
    edges, behind = _behind(open_ts, close_ts, minutes)
    now = np.asarray(now_ts, dtype=np.float64)
    beyond = 0.0 if end_ts is None else float(np.interp(end_ts, edges, behind))
    return np.asarray(np.maximum(np.interp(now, edges, behind) - beyond, 0.0))


def years_then(t_years: float | Floats, left_now: float | Floats, left_then: float | Floats) -> Floats:
    """Return the time to expiry at which an option of today's last session is worth what it will be worth then.

    Its implied total variance, sigma^2 * t_years, is used up as the shares fall, the volatility stays as it is quoted.

    Parameters
    ----------
    t_years : float or array
        Time to expiry now, ACT/365, which the volatility was read with. [years]
    left_now, left_then : float or array
        By `share_left`. [1]

    Returns
    -------
    float64
        0 where nothing is left then; NaN where nothing is left now, but then. [years]
    """
    now, then = np.broadcast_arrays(np.asarray(left_now, dtype=np.float64), np.asarray(left_then, dtype=np.float64))
    ratio = np.divide(then, now, out=np.full(now.shape, np.nan), where=now > 0)
    return np.asarray(t_years * np.where(then <= 0, 0.0, ratio))


def days_left(
    now_ts: float,
    before_ts: int,
    open_ts: Ints,
    close_ts: Ints,
    *,
    night_share: float,
    minutes: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Return the variance until each session's open and until its close, in that of a usual day.

    Parameters
    ----------
    now_ts : float
        [Unix seconds]
    before_ts : int
        The close before the first session. [Unix seconds]
    open_ts, close_ts : int64, shape (s,)
        Sessions in their order. A half day weighs as much less as it is shorter; a weekend is one night.
    night_share : float
        Of a usual day's variance, what comes between the close before and the open, evenly. Inside [0, 1). [1]
    minutes : float64, shape (390,), optional
        The share of each minute of a regular session, fitted to shorter ones.

    Returns
    -------
    to_open, to_close : float64, shape (s,)
        0 once over. Divided by `TRADING_DAYS_A_YEAR`, years of trading time. [usual days]

    Raises
    ------
    ValueError
        If the night's share is outside of its range, or as in `share_left`.
    """
    if not 0 <= night_share < 1:
        raise ValueError(f"night_share={night_share:g}: expected a number from 0 to below 1")
    befores = np.concatenate([[before_ts], close_ts[:-1]])
    nights = night_share * np.clip((open_ts - now_ts) / (open_ts - befores), 0.0, 1.0)
    sessions = np.zeros(len(open_ts))
    for index, (opens, closes) in enumerate(zip(open_ts.tolist(), close_ts.tolist(), strict=True)):
        length = (closes - opens) // MINUTE_S
        table = None if minutes is None else fitted(minutes, length)
        left = float(share_left(now_ts, opens, closes, minutes=table))
        sessions[index] = (1.0 - night_share) * length / REGULAR_MINUTES * left
    to_close = np.cumsum(nights + sessions)
    return to_close - sessions, to_close


def minutes_left(now_ts: float, open_ts: int, close_ts: int) -> int:
    """Return the whole minutes of the session that are left: all of them until the open, 0 from the close on."""
    return int(max(0.0, close_ts - max(now_ts, float(open_ts))) // MINUTE_S)


def marks(now_ts: float, open_ts: int, close_ts: int, *, step_s: int = MARK_S) -> Floats:
    """Return the instants that a clock of decay shows: now, or the open before it, every mark, and the close.

    Returns
    -------
    float64, shape (k,)
        Ascending; only the close once it is over. [Unix seconds]
    """
    start = max(now_ts, float(open_ts))
    if start >= close_ts:
        return np.array([float(close_ts)])
    first = open_ts + step_s * (1 + (start - open_ts) // step_s)
    return np.concatenate([[start], np.arange(first, close_ts, step_s), [close_ts]])


def with_event(minutes: Floats, minute: int, share: float) -> Floats:
    """Return a table in which one minute, that of an announcement, has this share and the others what it leaves.

    Raises
    ------
    ValueError
        If the share is not inside [0, 1), or the table has no such minute.
    """
    if not 0 <= share < 1 or not 0 <= minute < len(minutes):
        raise ValueError(
            f"share={share:g} of minute {minute}: expected a share below 1 of one of {len(minutes)} minutes"
        )
    others = np.where(np.arange(len(minutes)) == minute, 0.0, minutes)
    table: Floats = others * ((1.0 - share) / others.sum())
    table[minute] = share
    return table


def fitted(minutes: Floats, length: int) -> Floats:
    """Return a table of the same shape for a session of another length, 1 in all. Shape (length,)."""
    if length == len(minutes):
        return minutes
    sums = np.concatenate([[0.0], np.cumsum(minutes)])
    edges, ours = np.linspace(0.0, 1.0, length + 1), np.linspace(0.0, 1.0, len(sums))
    return np.asarray(np.diff(np.interp(edges, ours, sums)))


def _behind(open_ts: int, close_ts: int, minutes: Floats | None) -> tuple[Floats, Floats]:
    """Return instants, and how much of the variance comes after each."""
    length = (close_ts - open_ts) // MINUTE_S
    if length < 1:
        raise ValueError(f"a session from {open_ts} to {close_ts} has no minute")
    if minutes is None:
        return np.array([open_ts, close_ts], dtype=np.float64), np.array([1.0, 0.0])
    table = finite("minutes", minutes)
    if len(table) != length or not np.abs(table.sum() - 1.0) <= _WHOLE or (table < 0).any():
        raise ValueError(
            f"a table of {len(table)} minutes, {table.sum():g} in all: expected {length}, none below 0, 1 in all"
        )
    # From the back, so that the last minutes keep their digits.
    behind = np.concatenate([np.cumsum(table[::-1])[::-1], [0.0]])
    return open_ts + MINUTE_S * np.arange(length + 1.0), behind
