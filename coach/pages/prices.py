"""Prices by HTTP, for pages whose socket is down."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from coach.pages import quotes
from coach.pages.panel import signed_in
from market import symbols

MOST = 50


@require_GET
@signed_in
def prices(request: HttpRequest) -> HttpResponse:
    """Answer with the quotes of up to 50 symbols; one without a price is left out."""
    wanted = symbols.sanitise(request.GET.get("symbols", "").split(","), limit=MOST)
    found = [row for row in quotes.rows(wanted).values() if not row.missing]
    return JsonResponse(
        {
            "prices": [
                {
                    "symbol": row.symbol,
                    "price": row.price,
                    "change": row.change,
                    "changePct": row.change_pct,
                    "volume": row.volume,
                    "at": row.at,
                    "stale": row.stale,
                    "delayed": row.delayed,
                }
                for row in found
            ]
        }
    )
