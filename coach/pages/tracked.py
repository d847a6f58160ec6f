"""Tracked setups: the list, and single rows of it for events."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from coach.pages import addresses, tracked_view
from coach.pages.panel import show, show_part, signed_in
from coach.pages.tracked_view import ALL, Filters
from detectors.api.serializers import LONGEST_NOTES, MOST_IN_BULK
from detectors.models import Direction, TrackedSetup

PAGE = 100
EMPTY = {
    "active": "No active setups. What the detectors find on your default list is tracked here.",
    "triggered": "No setup has reached its target yet.",
    "invalidated": "No setup has been stopped yet.",
    "archived": "Nothing is archived.",
    ALL: "Nothing is tracked yet. What the detectors find on your default list comes here.",
}


@require_GET
@signed_in
def tracked(request: HttpRequest) -> HttpResponse:
    """Show a page of the list."""
    filters, page = Filters.of(request), _page(request)
    own = TrackedSetup.objects.owned_by(request.user.pk)
    start = PAGE * (page - 1)
    rows = tracked_view.read(filters.apply(own)[start : start + PAGE + 1])
    found = tracked_view.counts(filters.but_status(own))
    facts = {
        "filters": filters,
        "rows": rows[:PAGE],
        "statuses": tracked_view.status_tabs(filters, found),
        "symbols": list(own.order_by("symbol").values_list("symbol", flat=True).distinct()),
        "directions": Direction.values,
        "empty_text": EMPTY[filters.status],
        "newer": _at(filters, page - 1) if page > 1 else None,
        "older": _at(filters, page + 1) if len(rows) > PAGE else None,
        "export": filters.address().replace(addresses.of("tracked"), addresses.of("tracked-export")),
        "api": "/api/tracked-setups",
        "notes_limit": LONGEST_NOTES,
        "notices": messages.get_messages(request),
        "scanner": addresses.of("scanner"),
    }
    return show(request, "tracked", facts)


@require_GET
@signed_in
def rows(request: HttpRequest) -> HttpResponse:
    """Answer with single rows, by id, and the counts of the filters."""
    own = TrackedSetup.objects.owned_by(request.user.pk)
    found = tracked_view.read(own.filter(pk__in=_ids(request)).newest_first())
    counts = tracked_view.counts(Filters.of(request).but_status(own))
    facts: dict[str, Any] = {"rows": found, "counts": json.dumps(counts), "here": addresses.of("tracked")}
    return show_part(request, "tracked_rows", facts)


def _at(filters: Filters, page: int) -> str:
    address = filters.address()
    return f"{address}{'&' if '?' in address else '?'}page={page}"


def _page(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= 4 else 1  # noqa: PLR2004 -- 400,000 rows


def _ids(request: HttpRequest) -> list[UUID]:
    found = []
    for text in request.GET.get("ids", "").split(",")[:MOST_IN_BULK]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue  # an id that is none has no row
    return found
