"""Which web pages may call us: the same rule for HTTP and for the socket."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from config.http.errors import Forbidden
from config.http.handler import body


def is_allowed(origin: str | None, host: str) -> bool:
    """Say whether a page of `origin` may call this server, addressed as `host` (with its port).

    No Origin header means no browser page: allowed. `null` (a sandboxed or blank page) only where the tokens of
    end-to-end tests are on. Our own pages always.
    """
    if not origin or settings.CORS_ALLOW_ALL_ORIGINS:
        return True
    if origin == "null":
        return settings.E2E_BYPASS_AUTH
    return origin in settings.ALLOWED_ORIGINS or origin.split("://")[-1] == host


class OriginMiddleware:
    """Answer 403 to API calls from pages that are not on the list, before anything else is looked at."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuse, or go on."""
        origin = request.headers.get("Origin")
        if request.path.startswith("/api/") and not is_allowed(origin, request.get_host()):
            error = Forbidden(reason=f"Pages of {origin} may not call this service")
            return JsonResponse(body(error, request.request_id), status=error.status)  # type: ignore[attr-defined]
        return self.get_response(request)
