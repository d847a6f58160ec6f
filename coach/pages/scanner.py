"""Scanner: the trader's watchlists, and everything the detectors found in the session."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from coach.pages import addresses, detections, quotes
from coach.pages.detections import Wanted
from coach.pages.panel import show, signed_in
from detectors.pure.engine import REGISTRY
from market import watchlists
from market.models import Watchlist


@require_GET
@signed_in
def scanner(request: HttpRequest) -> HttpResponse:
    """Show the scanner with one list in its editor."""
    lists = watchlists.lists(request.user)
    chosen = next((one for one in lists if str(one.pk) == request.GET.get("list")), lists[0])
    wanted = Wanted(symbol=detections.asked(request, "symbol"), type=detections.asked(request, "type"))
    facts = {
        "lists": [_list(one) for one in lists],
        "chosen": chosen,
        "quotes": list(quotes.rows(chosen.symbols).values()),
        "limit": watchlists.MOST_SYMBOLS,
        "detector_count": len(REGISTRY),
        **_feed(request.user, wanted),
    }
    return show(request, "scanner", facts)


def setup_types() -> list[str]:
    """Return the types that the detectors yield."""
    return [name for detector in REGISTRY for name in detector.setup_types]


def _feed(user: Any, wanted: Wanted) -> dict[str, Any]:
    filtered = wanted.symbol or wanted.type
    symbols = detections.of_session(user).order_by("symbol").values_list("symbol", flat=True).distinct()
    return {
        "detections": detections.feed(user, wanted),
        "feed_address": addresses.of("detections", symbol=wanted.symbol, type=wanted.type),
        "feed_symbols": list(symbols),
        "feed_types": setup_types(),
        "chosen_symbol": wanted.symbol,
        "chosen_type": wanted.type,
        "feed_empty": "Nothing matches these filters."
        if filtered
        else "Nothing has been detected in this session yet.",
    }


def _list(one: Watchlist) -> dict[str, Any]:
    return {
        "pk": one.pk,
        "name": one.name,
        "is_default": one.is_default,
        "address": addresses.of("scanner", list=one.pk),
    }
