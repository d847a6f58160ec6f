"""What an answer that is no data means."""

from __future__ import annotations

from enum import Enum
from http import HTTPStatus

from market.vendors.massive.pure import wire

PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY)
SERVER = 500
LONGEST_TEXT = 200
NOT_AUTHORIZED = "NOT_AUTHORIZED"


class Meaning(Enum):
    """What a status means for whoever asked."""

    FINE = "fine"
    PASSING = "passing"
    THROTTLED = "throttled"
    BAD_QUESTION = "bad_question"
    KEY_REFUSED = "key_refused"
    NOT_ENTITLED = "not_entitled"
    UNKNOWN = "unknown"
    BROKEN = "broken"


_MEANINGS: dict[int, Meaning] = {
    HTTPStatus.OK: Meaning.FINE,
    HTTPStatus.BAD_REQUEST: Meaning.BAD_QUESTION,
    HTTPStatus.UNAUTHORIZED: Meaning.KEY_REFUSED,
    HTTPStatus.FORBIDDEN: Meaning.NOT_ENTITLED,
    HTTPStatus.NOT_FOUND: Meaning.UNKNOWN,
    HTTPStatus.TOO_MANY_REQUESTS: Meaning.THROTTLED,
}


def meaning(status: int) -> Meaning:
    """Return what an HTTP status means; one nobody expects is broken, and not asked for again."""
    if status >= SERVER or status in PASSING:
        return Meaning.PASSING
    return _MEANINGS.get(status, Meaning.BROKEN)


def explanation(body: bytes) -> str:
    """Return what the vendor says of an error, cut short; nothing when it says nothing that can be read."""
    try:
        told = wire.decode(body, wire.Failure)
    except ValueError:
        return ""
    return (told.error or told.message or "")[:LONGEST_TEXT]


def says_not_authorized(body: bytes) -> bool:
    """Say whether the vendor itself refuses what a plan does not include: a proxy on the way answers 403 as well."""
    try:
        return wire.decode(body, wire.Failure).status == NOT_AUTHORIZED
    except ValueError:
        return False


def retry_after_s(header: str | None) -> float | None:
    """Return the seconds of a `Retry-After`; None without one, or with a date, which is another clock's."""
    if header is None or not header.strip().isdecimal():
        return None
    return float(header)
