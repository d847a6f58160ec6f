"""What the vendor has refused lately to whom, so that nobody asks for it again within the hour."""

from __future__ import annotations

import hashlib
import logging

import redis

from config.redis import key
from market.vendors.calls import patience

logger = logging.getLogger(__name__)

KEPT_S = 3_600


class Refusals:
    """Names of refused things in Redis, for all processes; without Redis nothing is remembered and everything asked.

    They are of one API key: a new one may belong to another plan.
    """

    def __init__(self, provider: str, api_key: str = "") -> None:
        self._provider = provider
        self._whose = _digest(api_key)

    def remember(self, kind: str, what: str) -> None:
        """Remember for an hour that something was refused."""
        try:
            patience.ask(lambda shared: shared.set(self._key(kind, what), b"1", ex=KEPT_S))
        except redis.RedisError:
            logger.warning("market.massive.refusals_unreachable")

    def first(self, kinds: dict[str, str]) -> str | None:
        """Return the first kind whose thing is refused, None when all may be asked for."""
        try:
            found = patience.ask(lambda shared: shared.mget([self._key(kind, what) for kind, what in kinds.items()]))
        except redis.RedisError:
            return None
        return next((kind for kind, packed in zip(kinds, found, strict=True) if packed), None)

    def _key(self, kind: str, what: str) -> str:
        return key("refused", self._provider, self._whose, kind, _digest(what))


def _digest(text: str) -> str:
    # Paths hold whatever was asked for, and a key is nobody's business: a digest is short and plain.
    return hashlib.sha256(text.encode()).hexdigest()[:24]
