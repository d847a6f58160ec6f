"""When each job's message went out last, kept in Redis: a beat that takes over goes on where the dead one stopped."""

from __future__ import annotations

import time
from datetime import datetime
from typing import NamedTuple

import orjson

from config.redis import client, key


class Sent(NamedTuple):
    """When a job's message went out last, by the market and by this process's own watch. [s]."""

    market_at: datetime
    wall_s: float


def note(job: str, market_at: datetime) -> None:
    """Write down that the job's message goes out now."""
    client().hset(_key(), job, orjson.dumps([market_at, time.time()]))


def noted(*, wall_s: float) -> dict[str, Sent]:
    """Return what was written down, as a process sees it whose watch shows `wall_s`."""
    found = {}
    for job, packed in client().hgetall(_key()).items():
        market_at, at = orjson.loads(packed)
        found[job.decode()] = Sent(datetime.fromisoformat(market_at), wall_s - max(0.0, time.time() - at))
    return found


def _key() -> str:
    return key("beat", "sent")
