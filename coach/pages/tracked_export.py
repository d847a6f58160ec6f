"""Tracked setups as a CSV file, with the filters of the list it was asked from."""

from __future__ import annotations

import csv
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from coach.pages.panel import signed_in
from coach.pages.tracked_view import Filters
from coach.pure import plan as plans
from detectors import wire
from detectors.models import TrackedSetup
from market import clock

MOST = 10_000
OWN = ("id", "symbol", "setup_type", "direction", "status", "origin")
PLAN = ("score", "entry", "stop", "target")
INSTANTS = ("tracked_at", "triggered_at", "invalidated_at")
# A spreadsheet runs a cell that begins so.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@require_GET
@signed_in
def export(request: HttpRequest) -> HttpResponse:
    """Answer with the file; instants in UTC, empty where there is nothing."""
    own = TrackedSetup.objects.owned_by(request.user.pk)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="tracked-{clock.market_date():%Y-%m-%d}.csv"'
    writer = csv.writer(response)
    writer.writerow([*OWN, *PLAN, *INSTANTS, "notes"])
    for row in wire.tracked(Filters.of(request).apply(own)[:MOST]):
        writer.writerow(_cells(row))
    return response


def _cells(row: dict[str, Any]) -> list[object]:
    plan = plans.read(row["opportunity_data"])
    instants = [row[name].isoformat() if row[name] else "" for name in INSTANTS]
    texts = [_harmless(str(row[name])) for name in OWN]
    return [*texts, *(getattr(plan, name) for name in PLAN), *instants, _harmless(row["notes"] or "")]


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
