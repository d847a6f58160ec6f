"""The options panel: the chain of one expiry, a contract's drawer, and the rows alone for their refresh."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from coach.pages import addresses, chain_table, quotes
from coach.pages.chain_table import COLUMNS, Asked
from coach.pages.chart import FIRST_SYMBOL, LAST_SYMBOL, symbol_of
from coach.pages.context import preferences
from coach.pages.panel import show, show_part, signed_in
from config.http.errors import CoachError
from market.errors import NoChains, UnknownSymbol
from options_engine import chains, readings, zero_dte
from options_engine.errors import ExpiryNotListed

STRIKES = (5, 10, 15, 20, 30)
# Key, what it is called, its switch, its address, and how often it is read anew. [ms]
CARDS = (
    ("gex", "Gamma exposure", "GEX", "options-gex", 300_000),
    ("zero", "0DTE Pulse", "0DTE card", "options-zero", 30_000),
    ("iv", "IV Intelligence", "IV", "options-iv", 300_000),
)


@require_GET
@signed_in
def options(request: HttpRequest) -> HttpResponse:
    """Show the panel."""
    asked = _asked(request)
    facts = _read(asked, columns(request))
    if facts["table"] and request.session.get(LAST_SYMBOL) != asked.symbol:
        request.session[LAST_SYMBOL] = asked.symbol
    typed = request.GET.get("symbol", "")
    facts |= {
        "asked": asked,
        "refused": typed if typed and symbol_of(typed) is None else "",
        "quote": quotes.with_options(asked.symbol, facts["table"]),
        "strike_choices": _strike_choices(asked),
        "column_choices": [{"key": key, "label": label, "on": key in columns(request)} for key, label in COLUMNS],
        "rows_source": addresses.of("options-rows", **asked.query()),
        "cards": _cards(request, asked),
        "heatmap": addresses.of("heatmap", symbol=asked.symbol),
        "all_dates": asked.address(today=False),
        "only_today": asked.address(today=True, expiry=None, sort=""),
        "prefs_api": "/api/preferences",
    }
    return show(request, "options", facts)


@require_GET
@signed_in
def rows(request: HttpRequest) -> HttpResponse:
    """Answer with the table alone."""
    asked = _asked(request)
    facts = _read(asked, columns(request))
    facts |= {"asked": asked, "quote": quotes.with_options(asked.symbol, facts["table"])}
    part = "chain_today" if asked.today else "chain_table"
    return show_part(request, part, facts, status=200 if facts["table"] else 503)


@require_GET
@signed_in
def contract(request: HttpRequest) -> HttpResponse:
    """Answer with what stands in the drawer of one contract."""
    asked = _asked(request)
    try:
        found = chain_table.contract(asked, request.GET.get("contract", ""))
    except CoachError as problem:
        return show_part(request, "contract", {"contract": None, "trouble": str(problem)}, status=problem.status)
    status = 200 if found else 404
    return show_part(request, "contract", {"contract": found, "trouble": "This contract is not listed."}, status=status)


def columns(request: HttpRequest) -> list[str]:
    """Return the columns that the trader wants to see, in their order."""
    chosen = _kept(request).get("columns")
    known = [key for key, _ in COLUMNS]
    return [key for key in known if key in chosen] if isinstance(chosen, list) and chosen else known[: -len(_LATER)]


_LATER = ("gamma", "theta", "vega")


def _kept(request: HttpRequest) -> dict[str, Any]:
    """Return what the trader has chosen for this panel; what nobody could have chosen counts as nothing."""
    kept = preferences(request).ui.get("options")
    return kept if isinstance(kept, dict) else {}


def _asked(request: HttpRequest) -> Asked:
    last = request.session.get(LAST_SYMBOL)
    symbol = symbol_of(request.GET.get("symbol", "")) or last or FIRST_SYMBOL
    return Asked.of(request.GET, symbol, STRIKES)


def _today(asked: Asked) -> dict[str, Any]:
    """Return what expires today, or what is said where nothing does."""
    try:
        told = zero_dte.analysis(asked.symbol, whole_chain=True)
    except CoachError as problem:
        return {"table": None, "state": "away", "trouble": str(problem)}
    if not told["hasZeroDTE"]:
        following = told["nextExpiry"]
        address = asked.address(today=False, expiry=date.fromisoformat(following)) if following else None
        return {"table": None, "state": "none", "trouble": told["message"], "next": address}
    return {"table": chain_table.of_today(told, asked), "state": "", "trouble": ""}


def _strike_choices(asked: Asked) -> list[tuple[int, str]]:
    """Return how long the table may be: in strikes, or of what expires today in contracts."""
    if asked.today:
        return [(count, f"{chain_table.of_strikes(count)} contracts") for count in STRIKES]
    return [(count, f"{count} strikes each side") for count in STRIKES]


def _cards(request: HttpRequest, asked: Asked) -> list[dict[str, Any]]:
    """Return the cards beside the chain: what each is called, whether it is on, where it comes from and how often."""
    kept = _kept(request)
    return [
        {
            "key": key,
            "label": label,
            "switch": switch,
            "on": kept.get(key) is not False,
            "every_ms": every_ms,
            "source": addresses.of(name, symbol=asked.symbol, expiry=_narrowed(key, asked)),
        }
        for key, label, switch, name, every_ms in CARDS
    ]


def _narrowed(key: str, asked: Asked) -> str | None:
    """Return the expiry that a card is about: a chosen one narrows gamma exposure to it, else all near ones count."""
    return asked.expiry.isoformat() if key == "gex" and asked.expiry else None


def _way_out(asked: Asked) -> dict[str, str] | None:
    """Return where there are options: at the nearest expiry of the symbol, else of the first symbol."""
    if asked.expiry:
        return {"address": asked.address(expiry=None), "label": "Show the nearest expiry"}
    if asked.symbol == FIRST_SYMBOL:
        return None
    return {"address": addresses.of("options", symbol=FIRST_SYMBOL), "label": f"Show {FIRST_SYMBOL}"}


def _read(asked: Asked, shown: list[str]) -> dict[str, Any]:
    """Return the table, or why there is none."""
    if asked.today:
        return _today(asked)
    try:
        chain = chains.chain(asked.symbol, expiry=asked.expiry, strikes=asked.strikes, max_age_s=readings.FRESH_S)
    except (NoChains, UnknownSymbol, ExpiryNotListed) as problem:
        return {"table": None, "state": "none", "trouble": str(problem), "way": _way_out(asked)}
    except CoachError as problem:
        return {"table": None, "state": "away", "trouble": str(problem)}
    return {"table": chain_table.of(chain, asked, shown), "state": "", "trouble": ""}
