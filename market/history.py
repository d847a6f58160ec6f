"""Completed sessions before a date: daily bars, and the two numbers every detector takes from them."""

from __future__ import annotations

import math
import struct
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time

from config.redis import client, key
from market import calendar, clock
from market.errors import UnknownSymbol
from market.pure.bars import Bars
from market.pure.indicators import atr
from market.pure.sessions import in_utc
from market.vendors import vendor
from market.vendors.protocol import NAN

MIDNIGHT = time(0)
USUAL = 251  # a year of sessions, and the one before it for its close
ATR_LENGTH = 14
# A session's past cannot change; it is kept while anybody may look at that session.
KEPT_MARKET_S = 2 * 86_400
LEAST_KEPT_S = 1_800
# A vendor whose newest daily bar is late is asked again after five minutes.
RETRY_MARKET_S = 300

_PACKING = struct.Struct("<2d")


@dataclass(frozen=True, slots=True)
class Past:
    """What a symbol brings into a session: ATR(14) and close of the sessions before it, NaN when unknown."""

    atr14: float = NAN
    prev_close: float = NAN


def daily(symbol: str, before: date, n: int = USUAL) -> Bars:
    """Return up to `n` completed sessions before a New York date, stamped at 00:00 New York of theirs.

    Raises
    ------
    UnknownSymbol
        If the vendor does not know the symbol.
    ProviderUnavailable, RateLimited
        If the vendor is away and nobody asked before.
    """
    span = max(n, USUAL)
    name = key("daily", before.isoformat(), str(span), symbol)
    packed = client().get(name)
    bars = _ask(symbol, before, span, name) if packed is None else Bars.unpack(packed)
    return bars.take(slice(max(0, len(bars) - n), None))


def atr14(symbol: str, before: date) -> float:
    """Return the daily ATR(14) of the completed sessions before a date; NaN with fewer than 15. [USD, or points]."""
    return past([symbol], before)[symbol].atr14


def prev_close(symbol: str, before: date) -> float:
    """Return the close of the last session before a date; NaN when the vendor has none. [USD, or points]."""
    return past([symbol], before)[symbol].prev_close


def past(symbols: Collection[str], before: date) -> dict[str, Past]:
    """Return ATR and previous close for many symbols in one round trip; NaN for a symbol nobody knows."""
    if not symbols:
        return {}
    name = key("past", before.isoformat())
    packed = client().hmget(name, list(symbols))
    known = {symbol: Past(*_PACKING.unpack(pair)) for symbol, pair in zip(symbols, packed, strict=True) if pair}
    missing = {symbol: _past(symbol, before) for symbol in symbols if symbol not in known}
    final = {symbol: pair for symbol, pair in missing.items() if math.isfinite(pair.prev_close)}
    if final and is_past(before):
        pipe = client().pipeline()
        pipe.hset(name, mapping={symbol: _PACKING.pack(pair.atr14, pair.prev_close) for symbol, pair in final.items()})
        pipe.expire(name, kept_s())
        pipe.execute()
    return known | missing


def _past(symbol: str, before: date) -> Past:
    try:
        bars = daily(symbol, before)
    except UnknownSymbol:
        return Past()
    close = float(bars.close[-1]) if _reaches(bars, before) else NAN
    return Past(atr14=atr(bars, ATR_LENGTH), prev_close=close)


def _ask(symbol: str, before: date, span: int, name: str) -> Bars:
    sessions = calendar.sessions_before(before, span)
    bars = vendor().daily_bars(symbol, sessions[0].date, sessions[-1].date, now=clock.now())
    if is_past(before):
        client().set(name, bars.pack(), ex=kept_s() if _reaches(bars, before) else kept_s(RETRY_MARKET_S, 1))
    return bars


def _reaches(bars: Bars, before: date) -> bool:
    newest = in_utc(calendar.previous_session(before).date, MIDNIGHT)
    return bool(len(bars)) and int(bars.ts[-1]) == int(newest.timestamp())


def is_past(before: date) -> bool:
    """Say whether every session before a date is over, so that the answer will not change."""
    return before <= clock.market_date()


def kept_s(market_s: float = KEPT_MARKET_S, least_s: int = LEAST_KEPT_S) -> int:
    """Return for how many wall seconds something lasts that is good for some market seconds."""
    return max(least_s, int(market_s / clock.speed()))
