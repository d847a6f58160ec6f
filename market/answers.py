"""Computed answers, kept in Redis until a market time and shared by all processes."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import redis

from config.http.renderers import dumps
from config.redis import client, key
from market import clock
from market.asked_once import asked_once
from market.pure.market_time import SETTLE_S

logger = logging.getLogger(__name__)

MINUTE = timedelta(minutes=1)
SKEW = timedelta(seconds=5)
# An answer that lacks something is asked for again soon.
DEGRADED_S = 15


@dataclass(frozen=True, slots=True)
class Answer:
    """A body of plain JSON values, whether it came from the cache, and until when it is good, in market time."""

    body: dict[str, Any]
    cached: bool
    expires_at: datetime


def remembered(
    *name: str, ttl_s: int, now: datetime, compute: Callable[[], dict[str, Any]], once: bool = False, anew: bool = False
) -> Answer:
    """Return the answer of this name, computed anew when the stored one is too old or from a time yet to come.

    Ages are market ages: at thirty times the speed an answer lasts a thirtieth as long on the wall, and a clock that
    was set back forgets what it has not lived through yet. A body that lists anything under `degraded`, or says that
    it is `stale`, lasts 15 s. When Redis is away every answer is computed.

    Parameters
    ----------
    *name : str
    ttl_s : int
        [market seconds]
    now : datetime
        Market time.
    compute : callable
        Returns the body.
    once : bool
        Of all who ask at the same time one computes, and the others wait for him: for what takes long.
    anew : bool
        Only what is computed from now on will do; others get it too.
    """
    full = key("answer", *name)

    def kept() -> Answer | None:
        stored = _read(full)
        if not stored:
            return None
        at, expires_at = _at(stored["computedAt"]), _at(stored["expiresAt"])
        # Who waits for another may have read the clock a little before him.
        late = at - SKEW <= now if once else at <= now
        if not late or not now < expires_at or (anew and at < now):
            return None
        return Answer(stored["body"], cached=True, expires_at=expires_at)

    def ask() -> Answer:
        body = compute()
        expires_at = _expiry(now, min(ttl_s, DEGRADED_S) if body.get("degraded") or body.get("stale") else ttl_s)
        packed = dumps({"computedAt": now, "expiresAt": expires_at, "body": body})
        _write(full, packed, wall_s=math.ceil((expires_at - now).total_seconds() / max(clock.speed(), 1.0)))
        # Read back, so that whoever asks in Python finds the same types whether it was kept or computed.
        return Answer(orjson.loads(packed)["body"], cached=False, expires_at=expires_at)

    return asked_once(full, kept=kept, ask=ask) if once else kept() or ask()


def _expiry(now: datetime, ttl_s: int) -> datetime:
    # Whole minutes end with the settling of the next bar, so that nobody is served a bar less than there is.
    if ttl_s < MINUTE.total_seconds():
        return now + timedelta(seconds=ttl_s)
    settled = now - timedelta(seconds=SETTLE_S)
    return settled.replace(second=SETTLE_S, microsecond=0) + timedelta(seconds=ttl_s)


def _read(full: str) -> dict[str, Any] | None:
    try:
        packed = client().get(full)
    except redis.RedisError:
        logger.warning("market.answers.unread", extra={"key": full})
        return None
    return orjson.loads(packed) if packed else None


def _write(full: str, packed: bytes, *, wall_s: int) -> None:
    try:
        client().set(full, packed, ex=max(1, wall_s))
    except redis.RedisError:
        logger.warning("market.answers.unwritten", extra={"key": full})


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
