"""What somebody sees who tried to sign in too often."""

from __future__ import annotations

import math
from collections.abc import Mapping

from axes.helpers import get_cool_off
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.http.errors import TooManyRequests
from config.http.failures import wants_page
from config.http.handler import body
from config.http.renderers import dumps


class LockedOut(TooManyRequests):
    """Too many wrong passwords for one name from one address."""

    message = "Too many failed sign-ins; try again in {minutes} minutes"


def answer(
    request: HttpRequest, _response: HttpResponse | None, _credentials: Mapping[str, str] | None
) -> HttpResponse:
    """Return the answer that django-axes gives instead of the view's (setting AXES_LOCKOUT_CALLABLE)."""
    cool_off = get_cool_off(request)
    seconds = math.ceil(cool_off.total_seconds()) if cool_off else 0
    return refusal(request, LockedOut(retry_after=seconds, minutes=math.ceil(seconds / 60)))


def refusal(request: HttpRequest, error: TooManyRequests) -> HttpResponse:
    """Return a 429 as a page to a person and as JSON to a client."""
    if wants_page(request):
        response = render(request, "accounts/locked.html", {"error": error}, status=error.status)
    else:
        told = dumps(body(error, getattr(request, "request_id", "")))
        response = HttpResponse(told, status=error.status, content_type="application/json")
    for name, value in error.headers().items():
        response[name] = value
    return response
