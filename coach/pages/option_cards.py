"""The cards beside the chain; each is asked for, fails and refreshes by itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from coach.pages import addresses, gex_levels
from coach.pages.chart import FIRST_SYMBOL
from coach.pages.panel import show_part, signed_in
from coach.pure.formats import number
from config.http.errors import CoachError
from market import symbols
from options_engine import exposure, volatility, zero_dte

# The plot of decay, in its own units.
WIDTH, HEIGHT = 300.0, 90.0
GEX_STRIKES = 9  # on each side of the spot
SKEW_WIDTH = 10.0  # what fills half of a skew's bar, unless one is larger [volatility points]


@require_GET
@signed_in
def zero(request: HttpRequest) -> HttpResponse:
    """Answer with what is left of today's options."""
    return _card(request, "zero_dte", lambda symbol: _zero(symbol, number(request.GET.get("strike", ""))))


@require_GET
@signed_in
def iv(request: HttpRequest) -> HttpResponse:
    """Answer with how dear options are: against a year, side against side, date against date."""
    return _card(request, "iv", _iv)


@require_GET
@signed_in
def gex(request: HttpRequest) -> HttpResponse:
    """Answer with what dealers must trade when the price moves; `force=1` reads the chain anew."""
    expiry = _day(request.GET.get("expiry", ""))
    return _card(request, "gex", lambda symbol: _gex(symbol, expiry, force=request.GET.get("force") == "1"))


def _card(request: HttpRequest, part: str, read: Callable[[str], dict[str, Any]]) -> HttpResponse:
    try:
        symbol = symbols.normalise(request.GET.get("symbol") or FIRST_SYMBOL)
        return show_part(request, part, {"symbol": symbol, **read(symbol)})
    except CoachError as problem:
        # A card says what is wrong in its own place; the rest of the page is well.
        return show_part(request, "card_failed", {"trouble": str(problem)})


def _zero(symbol: str, strike: float | None) -> dict[str, Any]:
    told = zero_dte.analysis(symbol, strike=strike)
    if not told["hasZeroDTE"]:
        following = told["nextExpiry"]
        return {
            "active": False,
            "message": told["message"],
            "next": addresses.of("options", symbol=symbol, expiry=following) if following else None,
            "next_day": date.fromisoformat(following) if following else None,
        }
    move, clock, gamma = told["expectedMove"], told["thetaClock"], told["gammaProfile"]
    known = _known(move)
    return {
        "active": True,
        "message": told["message"],
        "move": known,
        "used_width": _share(known["usedPct"]),
        "clock": clock,
        "line": _line(clock["projections"]) if clock else "",
        "marks": clock["projections"] if clock else [],
        "gamma": _known(gamma) if gamma else None,
        "top": [_known(row) for row in told["topContracts"]],
        "as_of": datetime.fromisoformat(told["asOf"]),
        "stale": told["stale"],
        "width": WIDTH,
        "height": HEIGHT,
    }


def _gex(symbol: str, expiry: date | None, *, force: bool) -> dict[str, Any]:
    told = exposure.gex(symbol, expiry=expiry, strikes=GEX_STRIKES, force=force)
    return {
        **told,
        "asked": expiry,
        "whole": addresses.of("options", symbol=symbol),
        "positive": told["regime"] == "positive_gamma",
        "levels": gex_levels.of(told),
        "plot": {
            "strikes": [row["strike"] for row in told["gexByStrike"]],
            "values": [row["gexValue"] for row in told["gexByStrike"]],
            "spot": told["spotPrice"],
            "flip": told["flipPoint"],
            "max": told["maxGEXStrike"],
        },
        "dates": [date.fromisoformat(each) for each in told["expirationsAnalyzed"]],
        "chart": addresses.chart(symbol, show="gex"),
        "as_of": datetime.fromisoformat(told["asOf"]),
        "open_as_of": date.fromisoformat(told["oiAsOf"]) if told["oiAsOf"] else None,
    }


def _iv(symbol: str) -> dict[str, Any]:
    told = volatility.answer(symbol)
    rank, term = told["ivRank"], told["termStructure"]
    dates = term["expirations"]
    return {
        "rank": rank,
        "rank_width": _share(rank["ivRank"]),
        "skew": told["skew"],
        "skews": _skews(told["skew"]),
        "shape": term["shape"],
        "inversion": date.fromisoformat(term["inversionPoint"]) if "inversionPoint" in term else None,
        "dates": [each | {"day": date.fromisoformat(each["date"])} for each in dates],
        "kinks": [each | {"day": date.fromisoformat(each["to"])} for each in term["eventKinks"]],
        "line": _curve([(each["dte"], each["atmIV"]) for each in dates]),
        "method": told["method"],
        "as_of": datetime.fromisoformat(told["asOf"]),
        "stale": told["stale"],
        "width": WIDTH,
        "height": HEIGHT,
    }


def _skews(skew: dict[str, Any]) -> list[dict[str, Any]]:
    """Return both skews as bars from the middle of a hundred: puts dearer to the right, calls dearer to the left."""
    values = [("25-delta skew", skew["skew25delta"]), ("10-delta skew", skew["skew10delta"])]
    longest = max([SKEW_WIDTH, *(abs(value) for _, value in values if value is not None)])
    return [
        {
            "label": label,
            "value": value,
            "width": 50.0 * abs(value or 0.0) / longest,
            "left": 50.0 + min(0.0, 50.0 * (value or 0.0) / longest),
            "word": "" if not value else "puts dearer" if value > 0 else "calls dearer",
        }
        for label, value in values
    ]


def _curve(points: list[tuple[int, float]]) -> str:
    """Return the points of volatility by expiry: the root of the days to the right, volatility to the top."""
    if len(points) < 2:  # noqa: PLR2004 -- a line has two ends
        return ""
    across = [math.sqrt(days) for days, _ in points]
    low, high = min(sigma for _, sigma in points), max(sigma for _, sigma in points)
    wide, tall = across[-1] - across[0] or 1.0, high - low or 1.0
    return " ".join(
        f"{WIDTH * (x - across[0]) / wide:.1f},{HEIGHT - HEIGHT * (sigma - low) / tall:.1f}"
        for x, (_, sigma) in zip(across, points, strict=True)
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _share(pct: float | None) -> float:
    """Return how much of a bar of a hundred is full."""
    return 0.0 if pct is None else min(100.0, max(0.0, pct))


def _known(row: dict[str, Any]) -> dict[str, Any]:
    """Return what nobody knows as None, also where the wire wants a 0."""
    return {name: None if name in row["unavailable"] else value for name, value in row.items()}


def _line(projections: list[dict[str, Any]]) -> str:
    """Return the points of the decay's line; time runs to the right, value to the top."""
    most = max(point["estimatedValue"] for point in projections) or 1.0
    step = WIDTH / max(1, len(projections) - 1)
    return " ".join(
        f"{at * step:.1f},{HEIGHT - HEIGHT * point['estimatedValue'] / most:.1f}"
        for at, point in enumerate(projections)
    )
