"""The bars of the running session in Redis: one packed value a symbol, and how far each symbol is."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from redis.client import Pipeline

from config.redis import client, key
from market import clock
from market.pure.bars import Bars
from market.pure.intake import Progress

_PACKING = struct.Struct("<4q")
_NONE = -1

MINUTE_S = 60
# Sessions are kept for some market days, however fast these go by.
KEPT_MARKET_S = 4 * 86_400
LEAST_KEPT_S = 3_600


def read(day: date, symbols: Collection[str]) -> dict[str, Bars]:
    """Return the stored bars of a New York date; a symbol without any is left out."""
    if not symbols:
        return {}
    packed = client().mget([_bars_key(day, symbol) for symbol in symbols])
    return {symbol: Bars.unpack(rows) for symbol, rows in zip(symbols, packed, strict=True) if rows is not None}


def lend(day: date, bars: Mapping[str, Bars]) -> None:
    """Keep bars of symbols the feed does not serve for a market minute, without touching those it does."""
    pipe = client().pipeline(transaction=False)
    for symbol, rows in bars.items():
        pipe.set(_bars_key(day, symbol), rows.pack(), px=max(1, int(1000 * MINUTE_S / clock.speed())), nx=True)
    pipe.execute()


def progress(day: date) -> dict[str, Progress]:
    """Return how far each symbol served today is; nothing when any of its bars got lost."""
    name = _progress_key(day)
    found = {symbol.decode(): _unpack(packed) for symbol, packed in client().hgetall(name).items()}
    with_bars = [_bars_key(day, symbol) for symbol, at in found.items() if at.newest is not None]
    # Redis may have dropped single values under memory pressure; then all are read again from what is left.
    return found if not with_bars or client().exists(*with_bars) == len(with_bars) else {}


def note(pipe: Pipeline, day: date, progress: Mapping[str, Progress]) -> None:
    """Queue how far symbols are."""
    if progress:
        pipe.hset(_progress_key(day), mapping={symbol: _pack(at) for symbol, at in progress.items()})
        pipe.expire(_progress_key(day), _kept_s())


def append(pipe: Pipeline, day: date, symbol: str, fresh: Bars) -> None:
    """Queue bars behind those stored. Twice the same bar does no harm: reading keeps one."""
    pipe.append(_bars_key(day, symbol), fresh.pack())


def write(pipe: Pipeline, day: date, symbol: str, bars: Bars) -> None:
    """Queue all bars of a symbol's session anew."""
    pipe.set(_bars_key(day, symbol), bars.pack(), ex=_kept_s())


def drop(pipe: Pipeline, day: date, symbols: Iterable[str]) -> None:
    """Queue the end of serving symbols; their bars would grow old unnoticed."""
    for symbol in symbols:
        pipe.hdel(_progress_key(day), symbol)
        pipe.delete(_bars_key(day, symbol))


def served(day: date) -> list[str]:
    """Return the symbols whose session the feed has stored."""
    return sorted(symbol.decode() for symbol in client().hkeys(_progress_key(day)))


def _kept_s() -> int:
    return max(LEAST_KEPT_S, int(KEPT_MARKET_S / clock.speed()))


def _bars_key(day: date, symbol: str) -> str:
    return key("bars", day.isoformat(), symbol)


def _progress_key(day: date) -> str:
    return key("feed", day.isoformat())


def _pack(at: Progress) -> bytes:
    newest, covered = (_NONE if edge is None else edge for edge in (at.newest, at.covered))
    return _PACKING.pack(newest, covered, at.asked, at.tries)


def _unpack(packed: bytes) -> Progress:
    newest, covered, asked, tries = _PACKING.unpack(packed)
    return Progress(None if newest == _NONE else newest, None if covered == _NONE else covered, asked, tries)
