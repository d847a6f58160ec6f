"""Command Center: the phase of the day, SPX, today's counts, the latest detections and the watchlist."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from coach.pages import addresses, detections, quotes
from coach.pages.context import preferences
from coach.pages.detections import Wanted
from coach.pages.panel import show, show_part, signed_in
from coach.pure import formats, words
from detectors.models import Status, TrackedSetup
from market import clock, watchlists
from positions import tracker

NEW_YORK = ZoneInfo("America/New_York")
LATEST = 12


@require_GET
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Show the Command Center."""
    watchlist = watchlists.default_list(request.user)
    found = quotes.rows(["SPX", *watchlist.symbols], named=True)
    wanted = Wanted(own_period=preferences(request).orb_period, limit=LATEST)
    facts = {
        "greeting": words.greeting(clock.now().astimezone(NEW_YORK).hour, _name(request.user)),
        "spx": found["SPX"],
        "spx_chart": addresses.chart("SPX"),
        "today": counts(request.user),
        "watchlist": watchlist,
        "quotes": [found[symbol] for symbol in watchlist.symbols],
        "detections": detections.feed(request.user, wanted),
        "scanner": addresses.of("scanner"),
    }
    return show(request, "home", facts)


@require_GET
@signed_in
def today(request: HttpRequest) -> HttpResponse:
    """Answer with the Today strip alone."""
    return show_part(request, "today", {"today": counts(request.user)})


def counts(user: Any) -> list[dict[str, Any]]:
    """Return the counts of the Today strip and where each leads."""
    since = datetime.combine(detections.session_date(), time(0), NEW_YORK)
    setups = TrackedSetup.objects.owned_by(user.pk).aggregate(
        active=Count("id", filter=Q(status=Status.ACTIVE)),
        hit=Count("id", filter=Q(triggered_at__gte=since)),
        stopped=Count("id", filter=Q(invalidated_at__gte=since)),
    )
    found = detections.of_session(user).count()
    held, made = _held(user)
    tracked = "tracked"
    return [
        _count("positions", held, f"open positions, {made}" if made else "open positions", addresses.of("positions")),
        _count("active", setups["active"], "active setups", addresses.of(tracked)),
        _count("hit", setups["hit"], "targets hit today", addresses.of(tracked, status=Status.TRIGGERED)),
        _count("stopped", setups["stopped"], "stopped today", addresses.of(tracked, status=Status.INVALIDATED)),
        _count("detections", found, "detections today", addresses.of("scanner")),
    ]


def _held(user: Any) -> tuple[int, str | None]:
    """Return how many positions are open and what they have made by the tracker's last look, None without a price."""
    held = tracker.facts_of(user_id=user.pk, now=clock.now())
    known = [each.unrealised for each in held if each.unrealised is not None]
    return len(held), formats.pnl(sum(known)) if known else None


def _count(key: str, value: int, label: str, address: str) -> dict[str, Any]:
    return {"key": key, "value": value, "label": label, "address": address}


def _name(user: Any) -> str:
    return user.first_name or user.get_username().title()
