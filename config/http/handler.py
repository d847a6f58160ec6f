"""From an exception to the contract's error body, in one place for the whole API."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from config.http.errors import CoachError, Forbidden, InvalidInput, NotFound, TimedOut, Unauthorized

logger = logging.getLogger(__name__)
REQUEST_TIMEOUT_S = 30


def body(error: CoachError, request_id: str) -> dict[str, object]:
    """Return the body of an error answer: `error`, `code`, `message`, `requestId`, `timestamp` and its extras."""
    return {
        "error": error.label,
        "code": error.code,
        "message": str(error),
        "requestId": request_id,
        "timestamp": timezone.now(),
        **error.extra(),
    }


def handle(raised: Exception, context: dict[str, Any]) -> Response:
    """Return the answer to an exception that left a view; ours and the framework's speak one language."""
    view, request = context["view"], context["request"]
    set_rollback()
    error = as_ours(raised, where="query" if request.method in ("GET", "HEAD") else "body")
    if error is None:
        logger.error("http.unexpected", exc_info=raised, extra={"path": request.path, "method": request.method})
        error = CoachError()
        error.label = label_of(view, request.method)
        error.args = ("Something broke on our side. Please try again.",)
    response = Response(body(error, getattr(request, "request_id", "")), status=error.status)
    for name, value in error.headers().items():
        response[name] = value
    return response


def label_of(view: Any, method: str) -> str:
    """Return the label that the contract gives to a 500 of this endpoint."""
    label = getattr(view, "failure_label", CoachError.label)
    if isinstance(label, dict):
        return str(label.get(method, CoachError.label))
    return str(label)


def as_ours(raised: Exception, *, where: str) -> CoachError | None:  # noqa: PLR0911 -- a table, one line a case
    """Return the framework's exception as one of ours; None when it is unexpected."""
    match raised:
        case CoachError():
            return raised
        case exceptions.ValidationError():
            return InvalidInput(issues=issues_of(raised.detail), where=where)
        case exceptions.ParseError():
            return InvalidInput(issues=[f"body: {raised.detail}"])
        case exceptions.UnsupportedMediaType():
            return InvalidInput(issues=["body: expected application/json"])
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return Unauthorized(reason="Sign in, or send a bearer token")
        case exceptions.MethodNotAllowed() | Http404() | exceptions.NotFound():
            return NotFound(thing="address")
        case PermissionDenied() | exceptions.PermissionDenied():
            return Forbidden(reason=str(raised) or "This is not yours to change")
        case OperationalError() if "statement timeout" in str(raised):
            return TimedOut(seconds=REQUEST_TIMEOUT_S)
    return None


def issues_of(detail: Any, path: str = "") -> list[str]:
    """Return a serializer's nested errors as flat `path.to.field: reason` lines."""
    if isinstance(detail, dict):
        parts = ((f"{path}.{name}" if path else str(name), inner) for name, inner in detail.items())
        return [issue for inside, inner in parts for issue in issues_of(inner, _without_generic(inside))]
    if isinstance(detail, list):
        return [issue for inner in detail for issue in issues_of(inner, path)]
    return [f"{path or 'body'}: {detail}"]


def _without_generic(path: str) -> str:
    return path.removesuffix(".non_field_errors").removesuffix("non_field_errors")
