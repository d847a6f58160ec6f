"""What the shell of every page shows: clock, market, source of the data, the trader's zone and symbols."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Preferences
from coach.pages.rail import RAIL
from coach.pure import words
from coach.templatetags.formats import zone_letters
from market import clock, feed, watchlists
from market.market_state import MarketState
from market.vendors import vendor
from realtime import log

STYLESHEETS = tuple(
    f"css/{name}.css"
    for name in (
        "tokens",
        "base",
        "components",
        "symbol_box",
        "shell",
        "layers",
        "home",
        "scanner",
        "tracked",
        "chart",
        "detection",
        "options",
        "heatmap",
        "earnings",
        "leaps",
        "analyzer",
        "positions",
        "settings",
    )
)


def preferences(request: HttpRequest) -> Preferences:
    """Return the trader's preferences, read once a request."""
    if not hasattr(request, "coach_preferences"):
        request.coach_preferences = Preferences.of(request.user)  # type: ignore[attr-defined]
    return request.coach_preferences  # type: ignore[attr-defined,no-any-return]


def shell(request: HttpRequest, *, whole: bool) -> dict[str, Any]:
    """Return the shell's facts; those that only a whole page shows are left out of a fragment's."""
    zone = preferences(request).timezone
    facts: dict[str, Any] = {
        "market": market(clock.state()),
        "zone": zone,
        "zone_letters": zone_letters(clock.now().astimezone(ZoneInfo(zone))),
        "chart": reverse("coach:chart"),
        "own_symbols": ",".join(watchlists.default_list(request.user).symbols),
    }
    return facts | (_frame() if whole else {})


def market(state: MarketState) -> dict[str, Any]:
    """Return what the market pill and the phase line say."""
    wire = state.as_wire()
    return {
        "status": state.status,
        "word": words.market(state.status),
        "phase_line": words.PHASE_LINES[state.status],
        "message": state.message,
        "title": state.message,
        "detail": market_detail(wire),
    }


def market_detail(wire: dict[str, Any]) -> str:
    """Return what stands behind the pill's word: when the market closes or opens, the holiday's name."""
    if wire["status"] == "open":
        return f"early close {wire['closingTime']}" if wire["isEarlyClose"] else f"until {wire['closingTime']}"
    if wire["status"] == "pre-market" and "timeUntilOpen" in wire:
        return f"opens in {wire['timeUntilOpen']}"
    return wire.get("holidayName") or (f"opens {wire['nextOpen']}" if "nextOpen" in wire else "")


def source_tag() -> str:
    """Return the tag of data that is not the live market, with its speed; empty when it is."""
    mode = clock.mode()
    word = "Simulated" if vendor().simulated else "Replay" if mode == "replay" else ""
    if not word or mode == "live":
        return word
    return f"{word}, paused" if clock.paused() else f"{word} {clock.speed():g}x" if clock.speed() != 1 else word


def _frame() -> dict[str, Any]:
    return {
        "delayed": feed.plan_is_delayed(),
        "stylesheets": STYLESHEETS,
        "rail": [
            {
                "name": group.name,
                "tabs": [
                    {"key": tab.key, "label": tab.label, "letter": tab.letter, "address": reverse(tab.url_name)}
                    for tab in group.tabs
                ],
            }
            for group in RAIL
        ],
        "home": reverse("coach:home"),
        "prices": reverse("coach:prices"),
        "sign_in": str(settings.LOGIN_URL),
        "sign_out": reverse("accounts:sign-out"),
        "since": log.newest(),
        "source_tag": source_tag(),
        "source_title": "Prices come from a simulated market; none of them is real" if vendor().simulated else "",
    }
