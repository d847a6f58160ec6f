"""The one Redis connection pool of a process, and how our keys are named."""

from __future__ import annotations

from functools import lru_cache

import redis
from django.conf import settings
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry


@lru_cache(maxsize=1)
def client() -> redis.Redis:
    """Return the process's Redis client: bytes in and out, three quick retries when the server restarts."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=5,
        socket_connect_timeout=2,
        retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), 3),
        health_check_interval=15,
    )


def key(*parts: str) -> str:
    """Return the full name of one of our keys, such as `coach:bars:SPX`."""
    return ":".join((settings.REDIS_PREFIX, *parts))
