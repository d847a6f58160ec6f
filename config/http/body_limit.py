"""The largest body we read."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from config.http.errors import TooLarge
from config.http.handler import body


class BodyLimitMiddleware:
    """Refuse a larger body by its declared length, before it is read.

    A body without a length (chunked) is cut off by Django at DATA_UPLOAD_MAX_MEMORY_SIZE, which the base view answers
    in the same words.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuse, or go on."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > settings.BODY_LIMIT_BYTES:
            error = too_large()
            return JsonResponse(body(error, request.request_id), status=error.status)  # type: ignore[attr-defined]
        return self.get_response(request)


def too_large() -> TooLarge:
    """Return the error for a body above the limit."""
    return TooLarge(limit_mb=settings.BODY_LIMIT_BYTES / 1024 / 1024)
