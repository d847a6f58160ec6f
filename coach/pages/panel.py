"""How a view becomes a panel: sign-in first, one template for the whole page and for the fragment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django_htmx.http import HttpResponseClientRedirect

from coach.pages import context

View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """Send whoever is not signed in to the sign-in page and back afterwards."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        here = request.get_full_path() if request.method == "GET" else came_from(request, settings.LOGIN_REDIRECT_URL)
        if request.htmx:  # type: ignore[attr-defined]
            return HttpResponseClientRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': here})}")
        return redirect_to_login(here, str(settings.LOGIN_URL))

    return checked


def show(
    request: HttpRequest, panel: str, facts: Mapping[str, Any], *, template: str | None = None, status: int = 200
) -> HttpResponse:
    """Render a panel: the whole page, or only the panel when htmx swaps it."""
    htmx = request.htmx  # type: ignore[attr-defined]
    # Going back asks for the whole page and takes the panel out of it.
    whole = not htmx or htmx.history_restore_request
    shared = {
        "panel": panel,
        "layout": "coach/shell.html" if whole else "coach/fragment.html",
        "shell": context.shell(request, whole=whole),
        "here": request.get_full_path(),
    }
    response = _in_own_zone(request, f"coach/{template or panel}.html", {**shared, **facts}, status)
    patch_vary_headers(response, ("HX-Request", "HX-History-Restore-Request", "Cookie"))
    return response


def show_part(request: HttpRequest, part: str, facts: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a partial that a script puts into the page."""
    return _in_own_zone(request, f"coach/parts/{part}.html", dict(facts), status)


def back(request: HttpRequest, fallback: str) -> HttpResponseRedirect:
    """Redirect after a form to where it was sent from, within this site only."""
    return HttpResponseRedirect(came_from(request, fallback))


def came_from(request: HttpRequest, fallback: str) -> str:
    """Return the page that a form says it was sent from, if that is one of ours."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe and target else fallback


def _in_own_zone(request: HttpRequest, template: str, facts: dict[str, Any], status: int) -> HttpResponse:
    with timezone.override(ZoneInfo(context.preferences(request).timezone)):
        response = render(request, template, facts, status=status)
    response["Cache-Control"] = "private, no-cache"
    return response
