"""The trading chart: one symbol, one timeframe, and everything drawn over it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from coach.pages import addresses, chart_data, gex_levels, marks, quotes
from coach.pages.context import preferences
from coach.pages.panel import show, signed_in
from config.http.errors import CoachError
from market import symbols
from market.errors import InvalidSymbol

FRAMES = {"1m": "1m", "5m": "5m", "15m": "15m", "1h": "1H", "4h": "4H", "1D": "1D"}
FRAME_WORDS = {"1m": "1 minute", "5m": "5 minutes", "15m": "15 minutes", "1h": "1 hour", "4h": "4 hours", "1D": "1 day"}
# Overlay, label, where its switch is kept (None: the account's chart indicators), and whether it starts on.
OVERLAYS = (
    ("vwap", "VWAP", None),
    ("ema8", "EMA 8", None),
    ("ema21", "EMA 21", None),
    ("openingRange", "Opening range", None),
    ("volume", "Volume", True),
    ("levels", "Key levels", False),
    ("gex", "GEX levels", False),
    ("setups", "Setups", False),
    ("rsi", "RSI 14", None),
    ("macd", "MACD 12, 26, 9", None),
)
FIRST_SYMBOL = "SPX"
LAST_SYMBOL = "coach_symbol"


@require_GET
@signed_in
def chart(request: HttpRequest) -> HttpResponse:
    """Show the chart."""
    symbol, frame, setup = _asked(request)
    plot = _plot(request)
    level = request.GET.get("level", "") if plot["marks"] else ""
    quote, overlays = quotes.row(symbol), _overlays(request, wanted=request.GET.get("show", ""))
    if plot["state"] != "unknown" and request.session.get(LAST_SYMBOL) != symbol:
        request.session[LAST_SYMBOL] = symbol
    asked = request.GET.get("symbol", "")
    facts = {
        "symbol": symbol,
        "refused": asked if asked and symbol_of(asked) is None else "",
        "name": quote.name,
        "frame": frame,
        "frame_label": FRAME_WORDS[frame],
        "frames": [_frame(symbol, frame, setup, level, name) for name in FRAMES],
        "quote": quote,
        "plot": plot,
        "plot_label": f"Candles of {symbol}. Left and right arrows read bars, plus and minus zoom, space speaks.",
        "state": plot["state"],
        "state_title": plot["title"],
        "state_text": plot["text"],
        "levels": plot["levels"],
        "levels_shown": any(overlay["on"] for overlay in overlays if overlay["key"] == "levels"),
        "overlays": overlays,
        "source": addresses.of("chart-data", symbol=symbol, tf=frame, setup=setup, level=level),
        "gex_source": addresses.of("chart-gex", symbol=symbol),
        "prefs_api": "/api/preferences",
        "chosen": setup,
        "setups": plot["setups"],
        "table": chart_data.table(plot["bars"], frame),
        "has_volume": plot["hasVolume"],
        "volume_note": plot["volumeNote"],
    }
    return show(request, "chart", facts)


@require_GET
@signed_in
def data(request: HttpRequest) -> HttpResponse:
    """Answer with the chart's data alone."""
    return JsonResponse(_plot(request))


def _plot(request: HttpRequest) -> dict[str, Any]:
    symbol, frame, setup = _asked(request)
    drawn = chart_data.read(request.user, preferences(request), symbol, frame, setup)
    return drawn | {"marks": marks.of(request.GET.get("level", ""))}


@require_GET
@signed_in
def gex(request: HttpRequest) -> HttpResponse:
    """Answer with the levels that dealers' hedging makes, or why there are none."""
    symbol, _, _ = _asked(request)
    try:
        return JsonResponse(gex_levels.read(symbol))
    except CoachError as problem:
        return JsonResponse({"message": str(problem)}, status=problem.status)


def _asked(request: HttpRequest) -> tuple[str, str, str]:
    frame = {name.lower(): name for name in FRAMES}.get(request.GET.get("tf", "").lower())
    symbol = symbol_of(request.GET.get("symbol", "")) or request.session.get(LAST_SYMBOL, FIRST_SYMBOL)
    return symbol, frame or preferences(request).default_chart_timeframe, request.GET.get("setup", "")


def symbol_of(text: str) -> str | None:
    """Return the symbol that a text in an address names, None where it names none."""
    try:
        return symbols.normalise(text) if text else None
    except InvalidSymbol:
        return None


def _frame(symbol: str, current: str, setup: str, level: str, name: str) -> dict[str, Any]:
    address = addresses.chart(symbol, frame=name, setup=setup, level=level)
    return {"value": name, "label": FRAMES[name], "current": name == current, "address": address}


def _overlays(request: HttpRequest, *, wanted: str) -> list[dict[str, Any]]:
    """Return the switches; an overlay that the address wants is on in this view, whatever is kept."""
    row = preferences(request)
    others = row.ui.get("chart") if isinstance(row.ui.get("chart"), dict) else {}
    return [
        {
            "key": key,
            "label": label,
            "group": "indicators" if first is None else "others",
            "on": key == wanted or (row.chart_indicators[key] if first is None else others.get(key, first) is True),
        }
        for key, label, first in OVERLAYS
    ]
