"""Scanner: the trader's watchlists, and everything the detectors found in the session."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from coach.pages import addresses, detections, quotes
from coach.pages.detections import HELD_BACK, TRACKED, Wanted
from coach.pages.panel import show, signed_in
from coach.pure import words
from detectors.pure.engine import REGISTRY
from market import watchlists
from market.models import Watchlist


@require_GET
@signed_in
def scanner(request: HttpRequest) -> HttpResponse:
    """Show the scanner with one list in its editor."""
    lists = watchlists.lists(request.user)
    chosen = next((one for one in lists if str(one.pk) == request.GET.get("list")), lists[0])
    wanted = Wanted(**{name: detections.asked(request, name) for name in ("symbol", "type", "fate")})
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
    found = detections.fates(user, wanted)
    symbols = detections.of_session(user).order_by("symbol").values_list("symbol", flat=True).distinct()
    return {
        "detections": detections.lines(found, wanted),
        "feed_address": addresses.of("detections", symbol=wanted.symbol, type=wanted.type, fate=wanted.fate),
        "feed_symbols": list(symbols),
        "feed_types": setup_types(),
        "feed_fates": _fates(detections.fate_counts(found), wanted.fate),
        "chosen_symbol": wanted.symbol,
        "chosen_type": wanted.type,
        "feed_empty": "Nothing matches these filters."
        if wanted.symbol or wanted.type or wanted.fate
        else "Nothing has been detected in this session yet.",
    }


def _fates(counts: dict[str, int], chosen: str) -> dict[str, list[dict[str, Any]]]:
    """Return the options of the third filter: told or not, and each reason that occurs, the most frequent first."""
    wholes = {"": "All", TRACKED: "Tracked", HELD_BACK: "Held back"}
    reasons = sorted(counts.keys() - wholes.keys(), key=lambda reason: (-counts[reason], reason))
    # A reason that was asked for stays in the list, or the select would say something else than the feed shows.
    if chosen not in (*wholes, *reasons):
        reasons.append(chosen)
    named = {reason: words.held_back_short(reason) for reason in reasons}
    options = [
        {
            "value": value,
            "label": label if value == "" else f"{label} ({counts.get(value, 0)})",
            "chosen": value == chosen,
        }
        for value, label in (wholes | named).items()
    ]
    return {"wholes": options[: len(wholes)], "reasons": options[len(wholes) :]}


def _list(one: Watchlist) -> dict[str, Any]:
    return {
        "pk": one.pk,
        "name": one.name,
        "is_default": one.is_default,
        "address": addresses.of("scanner", list=one.pk),
    }
