"""Intraday bars of completed sessions, folded once and kept in Redis: they never change."""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
import redis

from config.redis import client, key
from market import calendar
from market.pure.bars import Bars, Floats
from market.pure.indicators import volume_at
from market.pure.session_folds import Folded, fold_sessions
from market.pure.sessions import Session
from market.pure.timeframes import Timeframe
from market.symbols import PROXIES
from market.vendors import vendor

logger = logging.getLogger(__name__)

# Longer than anybody looks at one chart, and short enough that a fast clock does not fill Redis with past days.
KEPT_S = 3600


def sessions_before(day: date, count: int) -> list[Session]:
    """Return the last `count` sessions before a date for which the vendor has data, ascending."""
    if not count:
        return []
    known = vendor().market_days()
    if known is None:
        return calendar.sessions_before(day, count)
    earlier = known[: bisect_left(known, day)][-count:]
    return [session for known_day in earlier if (session := calendar.session(known_day))]


def folded(
    symbol: str,
    timeframe: Timeframe,
    sessions: Sequence[Session],
    *,
    weighed_from: date,
    extended: bool,
    now: datetime,
) -> Folded:
    """Return the bars of completed sessions, with VWAP from `weighed_from` on.

    Raises
    ------
    ProviderUnavailable, RateLimited, UnknownSymbol
        As the vendor does.
    """
    if not sessions or timeframe.step_s is None:
        return Folded.empty()
    first, last = sessions[0].date.isoformat(), sessions[-1].date.isoformat()
    hours = "extended" if extended else "regular"
    name = key("candles", symbol, timeframe.name, hours, first, last, weighed_from.isoformat())
    packed = _read(name)
    if packed is not None:
        return Folded.unpack(packed)
    minutes = vendor().minute_bars(symbol, sessions[0].pre_at, sessions[-1].post_at, now=now)
    weighed = [session for session in sessions if session.date >= weighed_from]
    made = fold_sessions(
        minutes,
        sessions,
        step_s=timeframe.step_s,
        extended=extended,
        volume=_volume(symbol, minutes, weighed, now),
    )
    _write(name, made.pack())
    return made


def _volume(symbol: str, minutes: Bars, weighed: Sequence[Session], now: datetime) -> Floats | None:
    # An index weighs with its proxy, which is asked only for the sessions whose VWAP is drawn.
    if symbol not in PROXIES or np.isfinite(minutes.volume).any():
        return None
    if not weighed:
        return np.full(len(minutes), np.nan)
    proxy = vendor().minute_bars(PROXIES[symbol], weighed[0].open_at, weighed[-1].close_at, now=now)
    return volume_at(minutes.ts, proxy)


def _read(name: str) -> bytes | None:
    try:
        packed: bytes | None = client().get(name)
    except redis.RedisError:
        logger.warning("market.intraday_history.unread", extra={"key": name})
        return None
    return packed


def _write(name: str, packed: bytes) -> None:
    try:
        client().set(name, packed, ex=KEPT_S)
    except redis.RedisError:
        logger.warning("market.intraday_history.unwritten", extra={"key": name})
