"""Answers where no view was reached: unknown addresses, broken pages, missing CSRF tokens."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from config.http.errors import CoachError, Forbidden, NotFound
from config.http.handler import body

logger = logging.getLogger(__name__)


def wants_page(request: HttpRequest) -> bool:
    """Say whether a person's browser asks for a page of ours, rather than a client for the API."""
    return request.path.startswith(("/coach", "/accounts", "/admin")) and request.accepts("text/html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 -- Django's signature
    """Answer an unknown address: 404 with `error` and `message`, also under /api/ without a token."""
    if wants_page(request):
        return render(request, "404.html", status=404)
    error = NotFound(thing="address")
    error.args = (f"Nothing is served at {request.method} {request.path}",)
    return _json(request, error)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an exception that nobody expected, without a word of it."""
    if wants_page(request):
        return render(request, "500.html", status=500)
    error = CoachError()
    error.args = ("Something broke on our side. Please try again.",)
    return _json(request, error)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 -- Django's signature
    """Answer a request that Django itself refuses, such as a forged host."""
    return JsonResponse({"error": "Bad request", "message": "The request cannot be served as it is"}, status=400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a write by cookie that came without its token."""
    logger.warning("http.csrf.refused", extra={"path": request.path, "reason": reason})
    if wants_page(request):
        return render(request, "403.html", status=403)
    return _json(request, Forbidden(reason="The page's security token is missing or old; reload the page"))


def _json(request: HttpRequest, error: CoachError) -> JsonResponse:
    return JsonResponse(body(error, getattr(request, "request_id", "")), status=error.status)
