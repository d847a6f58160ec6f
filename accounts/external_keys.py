"""The public keys of the external issuer: fetched in the background, renewed before they are old, never in the way."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import cache
from http.client import HTTPException

import jwt

from config.http.errors import Unavailable

logger = logging.getLogger(__name__)

# What a key may verify, whatever the issuer publishes: no shared secrets among public keys.
ALGORITHMS = ("RS256", "ES256", "EdDSA")
TIMEOUT_S = 3.0  # a request with an unknown key waits for this
RENEW_S = 240.0  # known keys are asked for again at this age, so that a withdrawn one is void within five minutes
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
        self._answer: Future[None] = Future()  # to the last question; done when nobody is asking
        self._answer.set_result(None)
        self._turn = threading.Lock()

    def known(self, kid: str) -> jwt.PyJWK | None:
        """Return the key of this id if it is known, without asking anybody."""
        return self._keys.get(kid) if self._now() - self._known_at < KEPT_S else None

    def find(self, kid: str, *, patience_s: float = TIMEOUT_S) -> jwt.PyJWK | None:
        """Return the key of this id, asking the issuer where that is due; None where the issuer has no such key.

        A known key is never waited for.

        Parameters
        ----------
        patience_s
            How long to wait for the issuer where the key is not known. [seconds]

        Raises
        ------
        Unavailable
            If the key is not known and the issuer does not say: the token may be good or bad.
        """
        key = self.known(kid)
        if key is not None:
            self.renew()
            return key
        answer = self.ask()
        wait([answer], timeout=patience_s)
        key = self.known(kid)
        if key is None and (self._is_away or not answer.done()):
            raise Unavailable(provider="The service that issues tokens")
        return key

    def renew(self) -> None:
        """Have the issuer asked, in the background, where what is known grows old."""
        if self._now() - self._known_at >= RENEW_S and self._now() - self._asked_at >= RETRY_S:
            self.ask()

    def ask(self) -> Future[None]:
        """Have the issuer asked, in the background; return what is done when the newest answer is known.

        Many share one question, and the next one is put after a pause: until then the last answer stands.
        """
        with self._turn:
            if self._answer.done() and self._now() - self._asked_at >= PAUSE_S:
                answer: Future[None] = Future()
                answer.set_running_or_notify_cancel()  # one who stops waiting cannot cancel it for the others
                threading.Thread(target=self._ask, args=(answer,), name="issuer", daemon=True).start()
                self._answer = answer
            return self._answer

    def _ask(self, answer: Future[None]) -> None:
        try:
            self._learn(self._client.get_signing_keys())
        except (jwt.PyJWTError, OSError, HTTPException, ValueError) as problem:
            self._is_away = True
            logger.warning("accounts.issuer.away", extra={"problem": repr(problem)})
        except Exception:
            self._is_away = True
            logger.exception("accounts.issuer.failed")
        finally:
            self._asked_at = self._now()  # the pause begins when the answer, or its absence, is known
            answer.set_result(None)

    def _learn(self, published: list[jwt.PyJWK]) -> None:
        usable = [key for key in published if isinstance(key.key_id, str) and key.algorithm_name in ALGORITHMS]
        self._keys = {str(key.key_id): key for key in usable}
        self._known_at = self._now()
        self._is_away = False
        logger.info("accounts.issuer.keys", extra={"usable": len(usable), "published": len(published)})


@cache
def at(url: str) -> Keys:
    """Return the keys at this address, the same for the whole process."""
    return Keys(url)
