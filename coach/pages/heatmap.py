"""The heatmap panel: strikes by expiry dates in six modes, its numbers alone for their refresh, and one cell's pane."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from coach.pages import addresses, heat_cells, quotes
from coach.pages.chart import FIRST_SYMBOL, LAST_SYMBOL, symbol_of
from coach.pages.context import preferences
from coach.pages.heat_cells import Asked
from coach.pages.panel import show, show_part, signed_in
from coach.pure.formats import number
from config.http.errors import CoachError
from market import clock
from market.errors import NoChains, UnknownSymbol
from options_engine import matrix, readings


@require_GET
@signed_in
def heatmap(request: HttpRequest) -> HttpResponse:
    """Show the panel."""
    asked = _asked(request)
    facts = _read(asked)
    if facts["map"] and request.session.get(LAST_SYMBOL) != asked.symbol:
        request.session[LAST_SYMBOL] = asked.symbol
    typed = request.GET.get("symbol", "")
    facts |= {
        "asked": asked,
        "refused": typed if typed and symbol_of(typed) is None else "",
        "quote": quotes.with_options(asked.symbol, facts["map"]),
        "modes": _links(asked, "mode", [(key, label) for key, label, _ in heat_cells.MODES]),
        "scales": _links(asked, "scale", heat_cells.SCALES),
        "expiration_choices": heat_cells.EXPIRATIONS,
        "strike_choices": heat_cells.STRIKES,
        "source": addresses.of("heatmap-data", symbol=asked.symbol),
        "cell_source": addresses.of("heatmap-cell", symbol=asked.symbol),
        "prefs_api": "/api/preferences",
    }
    return show(request, "heatmap", facts)


@require_GET
@signed_in
def data(request: HttpRequest) -> HttpResponse:
    """Answer with the numbers and what is said about them; `fresh` wants them as new as those of the chain."""
    asked = _asked(request)
    facts = _read(asked, fresh=bool(request.GET.get("fresh")))
    return show_part(request, "heatmap_data", {"asked": asked, **facts}, status=200 if facts["map"] else 503)


@require_GET
@signed_in
def cell(request: HttpRequest) -> HttpResponse:
    """Answer with what stands in the pane of one cell."""
    asked = _asked(request)
    try:
        whole = matrix.matrix(asked.symbol, expirations=asked.expirations, strikes=asked.strikes)
    except CoachError as problem:
        return show_part(request, "heat_cell", {"cell": None, "trouble": str(problem)}, status=problem.status)
    found = heat_cells.cell(whole, asked, request.GET.get("expiry", ""), number(request.GET.get("strike", "")))
    trouble = "This strike is not listed any more."
    return show_part(request, "heat_cell", {"cell": found, "trouble": trouble}, status=200 if found else 404)


def _asked(request: HttpRequest) -> Asked:
    kept = preferences(request).ui.get("heatmap")
    symbol = symbol_of(request.GET.get("symbol", "")) or request.session.get(LAST_SYMBOL) or FIRST_SYMBOL
    return Asked.of(request.GET, kept if isinstance(kept, dict) else {}, symbol)


def _links(asked: Asked, name: str, choices: Any) -> list[dict[str, Any]]:
    return [
        {
            "key": key,
            "label": label,
            "current": getattr(asked, name) == key,
            "address": addresses.of("heatmap", **asked.query(**{name: key})),
        }
        for key, label in choices
    ]


def _read(asked: Asked, *, fresh: bool = False) -> dict[str, Any]:
    """Return the map, or why there is none."""
    wanted = {"expirations": asked.expirations, "strikes": asked.strikes}
    try:
        found = matrix.matrix(asked.symbol, **wanted)
        age = clock.now() - datetime.fromisoformat(found["generatedAt"])
        if fresh and age.total_seconds() > readings.FRESH_S:
            found = matrix.matrix(asked.symbol, **wanted, force=True)
    except (NoChains, UnknownSymbol) as problem:
        return {"map": None, "state": "none", "trouble": str(problem)}
    except CoachError as problem:
        return {"map": None, "state": "away", "trouble": str(problem)}
    return {"map": heat_cells.of(found, asked), "state": "ready", "trouble": ""}
