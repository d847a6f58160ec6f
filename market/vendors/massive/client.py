"""Asks Massive and returns its message, or says with a typed error why there is none."""

from __future__ import annotations

import json
import logging
import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import stamina

from market.errors import NotEntitled, ProviderUnavailable, RateLimited
from market.vendors.calls.breaker import Breaker
from market.vendors.calls.bucket import Bucket
from market.vendors.calls.deadline import Deadline
from market.vendors.calls.transport import Answer, NoAnswerError, Transport, target_of
from market.vendors.massive.endpoints import Endpoint
from market.vendors.massive.pure import wire
from market.vendors.massive.pure.failures import Meaning, explanation, meaning, retry_after_s, says_not_authorized
from market.vendors.massive.refusals import Refusals

logger = logging.getLogger(__name__)

ATTEMPTS = 3
WAIT_S, LONGEST_WAIT_S = 0.25, 5.0
LONGEST_RETRY_AFTER_S = 30.0
# How long everybody keeps still after a 429 that does not say.
UNSAID_PAUSE_S = 5.0
TOTAL_S = 20.0

Message = TypeVar("Message")


class NotFoundError(ProviderUnavailable):
    """The vendor knows nothing of this address; who put a name into it knows what is unknown."""


class _PassingError(Exception):
    """Worth another attempt; `retry_after` is how long the vendor wants us to wait, 0 when it does not say."""

    def __init__(self, reason: str, *, throttled: bool = False, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.throttled = throttled
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Question(Generic[Message]):
    """One GET: what kind, where exactly, with which parameters, for how long, and whether prices wait for it."""

    endpoint: Endpoint[Message]
    target: str
    params: Mapping[str, str]
    deadline: Deadline
    urgent: bool
    scope: str

    @property
    def address(self) -> str:
        """The whole question."""
        return f"{self.target}?{json.dumps(dict(self.params), sort_keys=True)}"


class Client:
    """One a process. Asks at the pace of the plan, again where that may help, and not at all where it cannot."""

    def __init__(
        self,
        provider: str,
        transport: Transport,
        bucket: Bucket,
        *,
        refusals: Refusals | None = None,
        configured: bool = True,
        monotonic: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        self.provider = provider
        self.transport = transport
        self._bucket = bucket
        self._configured = configured
        self._monotonic = monotonic
        self._rng = rng or random.Random()  # noqa: S311 -- jitter, not a secret
        self._refusals = refusals or Refusals(provider)
        self._breakers: defaultdict[str, Breaker] = defaultdict(lambda: Breaker(monotonic=monotonic))

    def deadline(self, seconds: float = TOTAL_S) -> Deadline:
        """Return a deadline that begins now, for one question or several."""
        return Deadline(seconds, self._monotonic)

    def get(
        self,
        endpoint: Endpoint[Message],
        path: str = "",
        params: Mapping[str, object] | None = None,
        *,
        deadline: Deadline | None = None,
        urgent: bool = False,
        scope: str = "",
    ) -> Message:
        """Return what an endpoint says.

        Parameters
        ----------
        endpoint : Endpoint
            Which.
        path : str
            Its path with the names filled in; the template's unless given.
        params : mapping
            Query parameters; None is left out.
        deadline : Deadline
            Twenty seconds from now unless given.
        urgent : bool
            May use what of the pace is kept back for prices.
        scope : str
            What a plan refuses together; the endpoint's family unless given.

        Raises
        ------
        NotFoundError
            If the vendor knows no such name.
        ProviderUnavailable, NotEntitled, RateLimited
            As every call of a vendor.
        """
        given = {name: str(value) for name, value in (params or {}).items() if value is not None}
        until = deadline or self.deadline()
        return self._ask(Question(endpoint, path or endpoint.template, given, until, urgent, scope or endpoint.family))

    def follow(
        self, endpoint: Endpoint[Message], next_url: str, *, deadline: Deadline | None = None, urgent: bool = False
    ) -> Message:
        """Return the page behind a `next_url`, which holds all filters and must lie on our own host.

        Raises
        ------
        ProviderUnavailable
            If it lies elsewhere: our key goes nowhere else. And as `get`.
        """
        if not self.transport.is_ours(next_url):
            logger.error("market.massive.foreign_page", extra={"path": endpoint.template})
            raise self._unavailable("its next page lies on another host")
        until = deadline or self.deadline()
        return self._ask(Question(endpoint, target_of(next_url), {}, until, urgent, endpoint.family))

    def _ask(self, question: Question[Message]) -> Message:
        if not self._configured:
            raise self._unavailable("not configured: MARKET_PROVIDER_API_KEY is not set")
        self._raise_if_refused(question)
        try:
            for attempt in stamina.retry_context(
                on=self._worth_waiting(question.deadline), attempts=ATTEMPTS, timeout=None
            ):
                with attempt:
                    return self._once(question)
        except _PassingError as trouble:
            if trouble.throttled:
                raise RateLimited(provider=self.provider, retry_after=max(trouble.retry_after, 1.0)) from None
            raise self._unavailable(str(trouble)) from None
        raise AssertionError("a retry context ends with an answer or an error")

    def _worth_waiting(self, deadline: Deadline) -> Callable[[Exception], bool | float]:
        """Return what tells stamina how long to wait after a failure: full jitter, as asked, or not at all."""
        waits = [WAIT_S]

        def hook(trouble: Exception) -> bool | float:
            if not isinstance(trouble, _PassingError):
                return False
            waits.append(2 * waits[-1])
            wait = trouble.retry_after or self._rng.uniform(0, min(waits[-2], LONGEST_WAIT_S))
            if trouble.throttled:
                # For everybody: who does not know of it would be told the same.
                self._bucket.pause(trouble.retry_after or UNSAID_PAUSE_S)
            if wait > LONGEST_RETRY_AFTER_S or wait >= deadline.left_s:
                return False
            return wait

        return hook

    def _once(self, question: Question[Message]) -> Message:
        breaker = self._breakers[question.endpoint.family]
        if wait := breaker.wait_s():
            raise self._unavailable(f"it failed several times in a row, next attempt in {wait:.0f} s")
        self._bucket.take(within_s=question.deadline.left_s, urgent=question.urgent)
        try:
            message = self._sent(question)
        except _PassingError as trouble:
            breaker.worked() if trouble.throttled else breaker.failed()
            raise
        except ProviderUnavailable:
            breaker.worked()  # somebody is there, and told us something we do not like
            raise
        breaker.worked()
        return message

    def _sent(self, question: Question[Message]) -> Message:
        began = self._monotonic()
        facts: dict[str, object] = {"path": question.endpoint.template}
        try:
            answer = self.transport.get(question.target, question.params, question.deadline)
            facts |= {"status": answer.status, "bytes": len(answer.body)}
            message = self._judged(question, answer)
            facts["request_id"] = getattr(message, "request_id", "")
        except NoAnswerError as trouble:
            facts["status"] = str(trouble)
            if trouble.final:
                raise self._unavailable(str(trouble)) from None
            raise _PassingError(f"no answer ({trouble})") from None
        finally:
            logger.info("market.massive.call", extra={**facts, "ms": round(1000 * (self._monotonic() - began))})
        return message

    def _judged(self, question: Question[Message], answer: Answer) -> Message:
        """Return the message in an answer, or raise what it means."""
        if (what := meaning(answer.status)) is not Meaning.FINE:
            raise self._trouble(what, question, answer)
        try:
            message = wire.decode(answer.body, question.endpoint.kind)
        except ValueError:
            raise _PassingError("an answer that cannot be read") from None
        if getattr(message, "status", "") == "ERROR":
            raise self._unavailable(f"it reports an error: {explanation(answer.body)}")
        return message

    def _trouble(self, what: Meaning, question: Question[Message], answer: Answer) -> Exception:
        """Return the error that an answer without data means."""
        match what:
            case Meaning.PASSING:
                return _PassingError(f"HTTP {answer.status}")
            case Meaning.THROTTLED:
                wait = retry_after_s(answer.retry_after) or 0.0
                return _PassingError("too many requests", throttled=True, retry_after=wait)
            case Meaning.UNKNOWN:
                # Without a name in it the address is at fault, and may be there again in a second.
                if question.endpoint.has_name:
                    self._refusals.remember("name", question.address)
                return self._not_found()
        return self._refused(what, question, answer)

    def _refused(self, what: Meaning, question: Question[Message], answer: Answer) -> ProviderUnavailable:
        """Say what we, or whoever pays, must change, and return the error."""
        told = {"path": question.endpoint.template, "status": answer.status, "why": explanation(answer.body)}
        if what is Meaning.NOT_ENTITLED and says_not_authorized(answer.body):
            logger.warning("market.massive.not_entitled", extra=told)
            self._refusals.remember("plan", question.scope)
            return NotEntitled(provider=self.provider)
        if what is Meaning.KEY_REFUSED:
            logger.error("market.massive.key_refused", extra=told)
            return self._unavailable("it refuses the API key")
        if what is Meaning.BAD_QUESTION:
            logger.error("market.massive.bad_question", extra={**told, "params": dict(question.params)})
            return self._unavailable("it did not understand the question")
        logger.error("market.massive.unexpected", extra=told)
        return self._unavailable(f"an unexpected answer, HTTP {answer.status}")

    def _raise_if_refused(self, question: Question[Message]) -> None:
        match self._refusals.first({"plan": question.scope, "name": question.address}):
            case "plan":
                raise NotEntitled(provider=self.provider)
            case "name":
                raise self._not_found()

    def _not_found(self) -> NotFoundError:
        return NotFoundError(provider=self.provider, reason="it knows no such thing")

    def _unavailable(self, reason: str) -> ProviderUnavailable:
        return ProviderUnavailable(provider=self.provider, reason=reason)
