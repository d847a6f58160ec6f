"""Which symbols any socket looks at, kept in Redis for all processes: symbol by the wall time it is forgotten."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection

from django.conf import settings

from config.redis import client, key

logger = logging.getLogger(__name__)
REFRESH_S = 10.0
FORGOTTEN_AFTER_S = 35.0  # three refreshes may fail


def look(symbols: Collection[str]) -> None:
    """Say that somebody looks at these for another while; new ones find room only below the global limit."""
    if not symbols:
        return
    now, name = time.time(), _name()
    until = dict.fromkeys(symbols, now + FORGOTTEN_AFTER_S)
    with client().pipeline() as pipe:
        pipe.zremrangebyscore(name, "-inf", now)
        pipe.zadd(name, until, xx=True)
        pipe.zmscore(name, list(until))
        pipe.zcard(name)
        *_, scores, held = pipe.execute()
    new = [symbol for symbol, score in zip(until, scores, strict=True) if score is None]
    room = max(0, settings.SOCKET_LIMITS["looked_at"] - held)
    if new[:room]:
        client().zadd(name, {symbol: until[symbol] for symbol in new[:room]})
    if len(new) > room:
        logger.warning("realtime.looking.full", extra={"held": held, "turned_away": len(new) - room})


def symbols() -> set[str]:
    """Return every symbol that some socket looks at now."""
    return {symbol.decode() for symbol in client().zrangebyscore(_name(), time.time(), "+inf")}


def _name() -> str:
    return key("rt", "looking")
