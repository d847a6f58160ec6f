"""Requests a minute, counted in Redis for all processes together."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

import redis
from django.conf import settings
from django.utils.module_loading import import_string
from rest_framework.request import Request

from config.http.errors import TooManyRequests
from config.redis import client, key

logger = logging.getLogger(__name__)
WINDOW_S = 60


@dataclass(frozen=True)
class Allowed:
    """What the RateLimit headers of an answer say."""

    limit: int
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        """Return the standard headers."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
            "RateLimit-Policy": f"{self.limit};w={WINDOW_S}",
        }


def take(request: Request, groups: tuple[str, ...]) -> Allowed | None:
    """Count one request in each group and return the tightest; None where the counter cannot be reached.

    A fixed window of a wall-clock minute. The key is the user when a token's signature verifies, else the address.

    Raises
    ------
    TooManyRequests
        If a group's minute is used up.
    """
    who = import_string(settings.THROTTLE_KEY)(request)
    now = time.time()
    window, reset_s = int(now // WINDOW_S), WINDOW_S - int(now % WINDOW_S)
    try:
        with client().pipeline(transaction=False) as pipe:
            for group in groups:
                name = key("rate", group, who, str(window))
                pipe.incr(name)
                pipe.expire(name, 2 * WINDOW_S)
            counts = pipe.execute()[::2]
    except redis.RedisError:
        # The contract: if the counter cannot be read the request goes through.
        logger.warning("http.throttle.unreachable")
        return None
    states = []
    for group, count in zip(groups, counts, strict=True):
        limit = settings.RATE_LIMITS[group]
        if count > limit:
            error = TooManyRequests(limit=limit, retry_after=reset_s)
            error.allowed = Allowed(limit, 0, reset_s)  # type: ignore[attr-defined]
            raise error
        states.append(Allowed(limit, limit - count, reset_s))
    return min(states, key=lambda state: state.remaining, default=None)
