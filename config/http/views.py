"""The base of every API view: the contract's order of checks, its limits and its labels."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.module_loading import import_string
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from config.http.body_limit import too_large
from config.http.errors import TooManyRequests
from config.http.throttles import Allowed, take


class ContractChecks:
    """Origin (a middleware), body, request limits, token, allowance; then validation and the work.

    Class attributes
    ----------------
    failure_label : str or dict of method to str
        The `error` of an unexpected 500.
    counts_as_query : bool
        Whether a call uses up the member's allowance.
    throttle_groups : tuple of str
        Which of `RATE_LIMITS` apply.
    """

    failure_label: ClassVar[str | dict[str, str]] = "Internal server error"
    counts_as_query: ClassVar[bool] = False
    throttle_groups: ClassVar[tuple[str, ...]] = ("general",)
    # Without options: CORS preflights are answered before any view, and nothing else asks so.
    http_method_names: ClassVar[list[str]] = ["get", "post", "put", "patch", "delete", "head"]
    allowed: Allowed | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 -- DRF's signature
        """Run the checks in the contract's order; each raises its own error."""
        read_body(request)
        self.format_kwarg = None
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request, force=True)  # type: ignore[attr-defined]
        self._limit(request)
        self.perform_authentication(request)  # type: ignore[attr-defined]
        self.check_permissions(request)  # type: ignore[attr-defined]
        if self.counts_as_query and request.method in self.allowed_methods:  # type: ignore[attr-defined]
            import_string(settings.SPEND_ALLOWANCE)(request.user)

    def _limit(self, request: Request) -> None:
        try:
            self.allowed = take(request, self.throttle_groups)
        except TooManyRequests as error:
            self.allowed = error.allowed  # type: ignore[attr-defined]
            raise

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Add the RateLimit headers, to refusals too."""
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        for name, value in (self.allowed.headers() if self.allowed else {}).items():
            response[name] = value
        return response


def read_body(request: Request) -> None:
    """Parse the body now, so that a bad one is refused before anything else is asked."""
    raw = request._request  # noqa: SLF001 -- DRF has no way to what it wraps
    try:
        if "CONTENT_LENGTH" not in raw.META:
            # Sent in chunks: DRF would take it for empty.
            raw.META["CONTENT_LENGTH"] = str(len(raw.body))
        _ = request.data
    except RequestDataTooBig:
        raise too_large() from None


class ApiView(ContractChecks, APIView):
    """A computed answer."""


class ApiViewSet(ContractChecks, GenericViewSet):
    """An owned resource."""
