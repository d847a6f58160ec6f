"""Why a position won or lost what it did today: its profit by cause."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from coach.pages.panel import show_part, signed_in
from coach.pages.positions import found
from config.http.errors import NotFound
from market import clock
from positions import explain

CAUSES: Final = (
    ("delta", "The price moved"),
    ("gamma", "It moved far: curvature"),
    ("theta", "Time passed"),
    ("vega", "Volatility changed"),
    ("spread", "Trades, against the mark of their moment"),
    ("fees", "Fees"),
    ("residual", "Everything else"),
)


@require_GET
@signed_in
def day(request: HttpRequest, position_id: UUID) -> HttpResponse:
    """Answer with the profit of the day, or of the last one, by cause; or why there is none."""
    row = found(request, position_id)
    try:
        told = explain.of_day(row.user_id, row.pk, None, now=clock.now())
    except NotFound:
        return show_part(
            request, "positions/day", {"trouble": "Nothing has been kept of this day yet. Ask again soon."}
        )
    parts = told.parts
    facts = {
        "told": told,
        "causes": [(label, getattr(parts, name)) for name, label in CAUSES] if parts else [],
        "total": parts.pnl if parts else None,
        "unexplained": ", ".join(parts.unexplained) if parts else "",
        "trouble": "" if parts else "What is held had no price at one end of the day.",
    }
    return show_part(request, "positions/day", facts)
