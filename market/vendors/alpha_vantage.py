"""The earnings calendar of Alpha Vantage: the whole of it once a day, within the few calls that the key is worth."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import redis
import stamina
from django.conf import settings

from config.redis import client, key
from market.errors import ProviderUnavailable, RateLimited
from market.pure import alpha_vantage as answers
from market.pure.alpha_vantage import EarningsDate, EarningsResult, RefusedError
from market.pure.sessions import new_york_date
from market.vendors.calls.bucket import Bucket, Limit
from market.vendors.calls.deadline import Deadline
from market.vendors.calls.transport import NoAnswerError, Transport
from market.vendors.reference import Told

logger = logging.getLogger(__name__)

NAME = "alpha_vantage"
CALLS_A_DAY = 25
LIMITS = (Limit(CALLS_A_DAY, 86_400.0), Limit(1, 1.0))
TOTAL_S = 15.0
ATTEMPTS = 2  # each is one of the day's calls
KEPT_S = 36 * 3_600
# Its texts name the key when they refuse it, and its key travels in the address: neither reaches a log.
THROTTLED_S, REFUSED = 3_600.0, "it refused the question or the key"

Row = TypeVar("Row")


class AlphaVantage:
    """What companies will report, and have reported. An error that comes as data is an error here, never no data."""

    def __init__(self, transport: Transport | None = None, bucket: Bucket | None = None) -> None:
        self._transport = transport or Transport(settings.ALPHA_VANTAGE_BASE_URL, {}, read_s=TOTAL_S)
        self._bucket = bucket or Bucket(NAME, LIMITS)

    def earnings_calendar(self, *, now: datetime) -> Told[EarningsDate]:
        """Return when companies report in the coming three months; asked for once a New York day by all processes.

        Raises
        ------
        ProviderUnavailable, RateLimited
            As every call of a vendor.
        """
        name = key(NAME, "calendar", new_york_date(now).isoformat())
        text = _kept(name)
        if text is None:
            text = self._ask("EARNINGS_CALENDAR", _checked, horizon="3month")
            _keep(name, text)
        rows, dropped = answers.calendar(text)
        if dropped:
            logger.warning("market.alpha_vantage.rows_dropped", extra={"dropped": dropped, "read": len(rows)})
        return Told(tuple(rows), as_of=now, source=NAME, partial=dropped > 0)

    def earnings_history(self, symbol: str, *, now: datetime) -> Told[EarningsResult]:
        """Return what a company has reported, ascending.

        Raises
        ------
        ProviderUnavailable, RateLimited
            As every call of a vendor.
        """
        return Told(tuple(self._ask("EARNINGS", answers.history, symbol=symbol)), as_of=now, source=NAME)

    def _ask(self, function: str, read: Callable[[str], Row], **params: str) -> Row:
        api_key = settings.ALPHA_VANTAGE_API_KEY
        if not api_key:
            raise _unavailable("not configured: ALPHA_VANTAGE_API_KEY is not set")
        deadline = Deadline(TOTAL_S)
        try:
            for attempt in stamina.retry_context(on=NoAnswerError, attempts=ATTEMPTS, timeout=TOTAL_S):
                with attempt:
                    body = self._body({"function": function, **params, "apikey": api_key}, deadline)
            return read(body)
        except NoAnswerError as trouble:
            raise _unavailable(f"no answer ({trouble})") from None
        except RefusedError as refused:
            logger.warning("market.alpha_vantage.refused", extra={"function": function, "throttled": refused.throttled})
            if refused.throttled:
                raise RateLimited(provider=NAME, retry_after=THROTTLED_S) from None
            raise _unavailable(REFUSED) from None
        except ValueError:
            raise _unavailable("an answer that cannot be read") from None

    def _body(self, params: dict[str, str], deadline: Deadline) -> str:
        self._bucket.take(within_s=deadline.left_s, urgent=True)
        answer = self._transport.get("/query", params, deadline)
        logger.info("market.alpha_vantage.call", extra={"function": params["function"], "status": answer.status})
        if answer.status != 200:  # noqa: PLR2004 -- its only good status
            raise NoAnswerError(f"HTTP {answer.status}")
        return answer.body.decode("utf-8", "replace")


def _unavailable(reason: str) -> ProviderUnavailable:
    return ProviderUnavailable(provider=NAME, reason=reason)


def _kept(name: str) -> str | None:
    try:
        packed = client().get(name)
    except redis.RedisError:
        return None
    return str(packed, "utf-8") if isinstance(packed, bytes) else None


def _keep(name: str, text: str) -> None:
    try:
        client().set(name, text, ex=KEPT_S)
    except redis.RedisError:
        logger.warning("market.alpha_vantage.unwritten")


def _checked(body: str) -> str:
    """Return an earnings calendar as it came, once it is known to be one."""
    answers.calendar(body)
    return body
