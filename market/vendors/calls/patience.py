"""Redis for vendor calls, which have deadlines: it answers at once, or is left alone for a while."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

# Its answers take a millisecond. A call of the vendor has four seconds at the least, and asks twice.
ANSWERS_WITHIN_S = 0.5
LEFT_ALONE_S = 5.0

Told = TypeVar("Told")


class Patience:
    """Asks Redis, and after silence nobody for `LEFT_ALONE_S`. One a process; safe to share between threads."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._alone_until = float("-inf")

    def ask(self, question: Callable[[redis.Redis], Told]) -> Told:
        """Return what a question put to a client of Redis is answered with.

        Raises
        ------
        redis.RedisError
            If there is no answer within half a second, or was none a moment ago: then at once.
        """
        if self._monotonic() < self._alone_until:
            raise redis.ConnectionError("left alone: it did not answer a moment ago")
        try:
            return question(_client(settings.REDIS_URL))
        except (redis.ConnectionError, redis.TimeoutError) as trouble:
            self._alone_until = self._monotonic() + LEFT_ALONE_S
            logger.warning("market.vendors.redis_silent", extra={"why": type(trouble).__name__})
            raise


@lru_cache(maxsize=1)
def _client(url: str) -> redis.Redis:
    # Once more at once where a connection of the pool was closed by a restart; never where nobody answered in time.
    retry = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
    return redis.Redis.from_url(
        url, socket_timeout=ANSWERS_WITHIN_S, socket_connect_timeout=ANSWERS_WITHIN_S, retry=retry
    )


_patience = Patience()
ask = _patience.ask
