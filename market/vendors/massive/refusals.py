"""What the vendor has refused lately, so that nobody asks for it again within the hour."""

from __future__ import annotations

import hashlib
import logging

import redis

from config.redis import key
from market.vendors.calls import patience

logger = logging.getLogger(__name__)

KEPT_S = 3_600


class Refusals:
    """Names of refused things in Redis, for all processes; without Redis nothing is remembered and everything asked."""

    def __init__(self, provider: str) -> None:
        self._provider = provider

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
        # Paths hold whatever was asked for; a digest keeps names short and plain.
        return key("refused", self._provider, kind, hashlib.sha256(what.encode()).hexdigest()[:24])
