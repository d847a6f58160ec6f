"""The public keys of the external issuer, fetched once and asked for again only when that can help."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from functools import cache
from http.client import HTTPException

import jwt

from config.http.errors import Unavailable

logger = logging.getLogger(__name__)

# What a key may verify, whatever the issuer publishes: no shared secrets among public keys.
ALGORITHMS = ("RS256", "ES256", "EdDSA")
TIMEOUT_S = 3.0  # a request waits for this
FRESH_S = 300.0  # how long a key that was withdrawn may live on
PAUSE_S = 5.0  # between two questions, so that tokens with invented key ids cannot make us a nuisance
RETRY_S = 30.0  # between two tries to renew what is known while the issuer is away
KEPT_S = 86_400.0  # how long known keys are trusted while the issuer is away


class Keys:
    """The keys at one address, as this process knows them; safe for many threads.

    Parameters
    ----------
    url
        Where the issuer publishes its JSON Web Key Set. Redirects are not followed.
    now
        Seconds of a clock that never goes back.
    """

    def __init__(self, url: str, *, now: Callable[[], float] = time.monotonic) -> None:
        # Its own cache is off: it forgets good keys while the issuer is away.
        self._client = jwt.PyJWKClient(url, cache_jwk_set=False, timeout=TIMEOUT_S)
        self._now = now
        self._keys: dict[str, jwt.PyJWK] = {}
        self._known_at = self._asked_at = -math.inf
        self._is_away = False
        self._asking = threading.Lock()

    def known(self, kid: str) -> jwt.PyJWK | None:
        """Return the key of this id if it is known, without asking anybody."""
        return self._keys.get(kid) if self._now() - self._known_at < KEPT_S else None

    def find(self, kid: str) -> jwt.PyJWK | None:
        """Return the key of this id, asking the issuer where that is due; None where the issuer has no such key.

        Raises
        ------
        Unavailable
            If the key is not known and the issuer cannot be asked: the token may be good or bad.
        """
        if self.known(kid) is None:
            with self._asking:  # many wait for one answer: the first page after a start sends ten requests
                if self._asked_ago() >= PAUSE_S:
                    self._ask()
        elif self._is_old() and self._asking.acquire(blocking=False):
            try:
                self._ask()
            finally:
                self._asking.release()
        key = self.known(kid)
        if key is None and self._is_away:
            raise Unavailable(provider="The service that issues tokens")
        return key

    def _is_old(self) -> bool:
        return self._now() - self._known_at >= FRESH_S and self._asked_ago() >= RETRY_S

    def _asked_ago(self) -> float:
        return self._now() - self._asked_at

    def _ask(self) -> None:
        try:
            keys = self._client.get_signing_keys()
        except (jwt.PyJWTError, OSError, HTTPException, ValueError) as problem:
            self._is_away = True
            logger.warning("accounts.issuer.away", extra={"problem": repr(problem)})
        else:
            usable = [key for key in keys if isinstance(key.key_id, str) and key.algorithm_name in ALGORITHMS]
            self._keys = {str(key.key_id): key for key in usable}
            self._known_at = self._now()
            self._is_away = False
            logger.info("accounts.issuer.keys", extra={"usable": len(usable), "published": len(keys)})
        finally:
            self._asked_at = self._now()  # the pause begins when the answer, or its absence, is known


@cache
def at(url: str) -> Keys:
    """Return the keys at this address, the same for the whole process."""
    return Keys(url)
