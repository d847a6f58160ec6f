"""The errors we expect: each has a status, a label for the wire, a stable code and one sentence with its facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial


class CoachError(Exception):
    """Base of every error raised on purpose: keyword facts in, one sentence out.

    Class attributes: `code` names the error for machines, `message` is its sentence with `{facts}`, `status` and
    `label` are what an API answer carries.
    """

    code = "INTERNAL_ERROR"
    message = ""
    status = 500
    label = "Internal server error"

    def __init__(self, **facts: object) -> None:
        super().__init__(self.message.format(**facts))
        self.facts = facts
        vars(self).update(facts)

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild from the facts; else keyword-only errors die in Celery's pickling."""
        return partial(type(self), **self.facts), ()

    def extra(self) -> dict[str, object]:
        """Return members of the answer's body beside `error`, `code` and `message`."""
        return {}

    def headers(self) -> dict[str, str]:
        """Return headers of the answer."""
        return {}


class NotFound(CoachError):
    """No such row of this member: someone else's looks the same."""

    code, label, status = "NOT_FOUND", "Not found", 404
    message = "There is no such {thing}"


class InvalidInput(CoachError):
    """A request whose shape is wrong; `issues` lists every problem as `path: reason`."""

    code = label = "VALIDATION_ERROR"
    status = 400

    def __init__(self, *, issues: Sequence[str], where: str = "body") -> None:
        self.message = {
            "body": "The request body is not valid: {first}",
            "query": "The query parameters are not valid: {first}",
            "path": "The address is not valid: {first}",
        }[where]
        super().__init__(first=issues[0] if issues else "unreadable", issues=list(issues), where=where)

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild from what the constructor takes."""
        return partial(type(self), issues=self.facts["issues"], where=self.facts["where"]), ()

    def extra(self) -> dict[str, object]:
        """Return every issue; they are facts about the request, not about us, so production sends them too."""
        return {"details": {"issues": self.facts["issues"]}}


class Unauthorized(CoachError):
    """No credentials, or bad ones."""

    code, label, status = "UNAUTHORIZED", "Unauthorized", 401
    message = "{reason}"

    def headers(self) -> dict[str, str]:
        """Return which credentials would do."""
        return {"WWW-Authenticate": "Bearer"}


class Forbidden(CoachError):
    """A foreign origin, or a cookie without its CSRF token."""

    code, label, status = "FORBIDDEN", "Forbidden", 403
    message = "{reason}"


class TooLarge(CoachError):
    """A body above the limit."""

    code, label, status = "PAYLOAD_TOO_LARGE", "Payload too large", 413
    message = "The body is larger than {limit_mb:g} MB"


class TooManyRequests(CoachError):
    """The minute's requests are used up."""

    code, label, status = "RATE_LIMITED", "Too many requests", 429
    message = "More than {limit} requests in a minute; try again in {retry_after} s"

    def extra(self) -> dict[str, object]:
        """Return the wait in seconds."""
        return {"retryAfter": self.facts["retry_after"]}

    def headers(self) -> dict[str, str]:
        """Return the wait where proxies look for it."""
        return {"Retry-After": str(self.facts["retry_after"])}


class QueryLimitExceeded(CoachError):
    """The tier's allowance for the billing period is used up."""

    code, label, status = "QUERY_LIMIT_EXCEEDED", "Query limit exceeded", 429
    message = "Your plan's {limit} queries for this period are used up"
    count: int
    limit: int
    reset_at: datetime

    def extra(self) -> dict[str, object]:
        """Return what the usage bar is drawn from."""
        return {"queryCount": self.count, "queryLimit": self.limit, "resetDate": self.reset_at}


class Unavailable(CoachError):
    """A provider is out of reach; nothing is invented in its place."""

    code, label, status = "EXTERNAL_SERVICE_ERROR", "Data provider error", 503
    message = "{provider} cannot be reached at the moment"
    wait_s = 30  # the contract's literal value

    def extra(self) -> dict[str, object]:
        """Return the wait in seconds."""
        return {"retryAfter": self.wait_s}


class TimedOut(CoachError):
    """The work took longer than a request may."""

    code, label, status = "TIMEOUT", "Request timeout", 408
    message = "The answer took longer than {seconds:g} s"
