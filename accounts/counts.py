"""How often something happened that nobody was stopped for: numbers for the operator."""

from __future__ import annotations

import logging

import redis

from config.redis import client, key

logger = logging.getLogger(__name__)


def add(name: str) -> None:
    """Add one to the count of this name, shared by all processes; losing one is better than failing a request."""
    try:
        client().hincrby(key("counts"), name, 1)
    except redis.RedisError:
        logger.warning("accounts.counts.unreachable", extra={"count": name})


def of(name: str) -> int:
    """Return how often it happened since Redis was last emptied."""
    return int(client().hget(key("counts"), name) or 0)
