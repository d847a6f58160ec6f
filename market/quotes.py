"""The latest quote of every symbol the feed serves, in one Redis hash."""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from redis.client import Pipeline

from config.redis import client, key
from market.vendors.protocol import Quote

# price, previous close, volume of the day and of the minute, instant [Unix s], delayed, stale
_PACKING = struct.Struct("<5d2?")


def read(symbols: Collection[str]) -> dict[str, Quote]:
    """Return the stored quotes of these symbols; one without a quote is left out."""
    if not symbols:
        return {}
    packed = client().hmget(key("quotes"), list(symbols))
    return {symbol: _unpack(symbol, fields) for symbol, fields in zip(symbols, packed, strict=True) if fields}


def plan_is_delayed() -> bool:
    """Say whether the vendor's plan is without real time, as the newest quotes told."""
    return bool(client().get(key("quotes-delayed")) == b"1")


def replace_all(pipe: Pipeline, quotes: Mapping[str, Quote]) -> None:
    """Queue these as the only quotes: what nobody needs any more must not be taken for a price of now."""
    pipe.delete(key("quotes"))
    if quotes:
        pipe.hset(key("quotes"), mapping={symbol: _pack(quote) for symbol, quote in quotes.items()})
        # One late quote is enough: stocks and indexes may be on different plans.
        pipe.set(key("quotes-delayed"), int(any(quote.delayed for quote in quotes.values())))


def _pack(quote: Quote) -> bytes:
    return _PACKING.pack(
        quote.price,
        quote.prev_close,
        quote.volume_today,
        quote.volume_minute,
        quote.at.timestamp(),
        quote.delayed,
        quote.stale,
    )


def _unpack(symbol: str, packed: bytes) -> Quote:
    price, prev_close, volume_today, volume_minute, at_s, delayed, stale = _PACKING.unpack(packed)
    return Quote(
        symbol=symbol,
        price=price,
        prev_close=prev_close,
        volume_today=volume_today,
        at=datetime.fromtimestamp(at_s, UTC),
        delayed=delayed,
        volume_minute=volume_minute,
        stale=stale,
    )
