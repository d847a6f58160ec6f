"""Changes to LEAPS by plain forms, for pages with and without scripts: post, change, redirect back."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST

from coach.pages import addresses
from coach.pages import leaps as page
from coach.pages.panel import show, signed_in
from config.http.handler import issues_of
from market import clock
from positions import leaps as held
from positions import leaps_outlook
from positions.api.leaps_serializers import LeapsChange, LeapsCreation
from positions.errors import TooManyLeaps
from positions.models.leaps import LONGEST_NOTES

WRONG_INPUT: Final = 422
NUMBERS: Final = ("strike", "entry_price", "quantity")
TEXTS: Final = ("symbol", "option_type", "entry_date", "expiry_date", "notes")
# What a field is called on the page.
LABELS: Final = {
    "symbol": "Symbol",
    "option_type": "Type",
    "strike": "Strike",
    "entry_price": "Entry price",
    "quantity": "Contracts",
    "entry_date": "Entry date",
    "expiry_date": "Expiry",
    "notes": "Thesis",
}


@require_POST
@signed_in
def add(request: HttpRequest) -> HttpResponse:
    """Add one, or show the form again with what is wrong."""
    body = LeapsCreation(data=_said(request, (*TEXTS, *NUMBERS)))
    if not body.is_valid():
        return page.panel(request, _form(request, body.errors), status=WRONG_INPUT)
    try:
        row = held.add(request.user.pk, body.validated_data, now=clock.now())  # type: ignore[arg-type]  # signed in
    except TooManyLeaps as refused:
        messages.error(request, f"{refused.label}. {refused}.")
        return HttpResponseRedirect(addresses.of("leaps"))
    messages.success(request, f"{row.symbol} {row.expiry_date:%b %-d, %Y} added.")
    if leaps_outlook.days_left(row, clock.now()) <= held.LEAST_DAYS:
        messages.warning(request, f"It expires within {held.LEAST_DAYS} days: hardly a LEAPS.")
    return HttpResponseRedirect(addresses.of("leaps"))


@require_http_methods(["GET", "POST"])
@signed_in
def edit(request: HttpRequest, leaps_id: UUID) -> HttpResponse:
    """Show what may be changed of one, or change it."""
    row = page.found(request, leaps_id)
    facts: dict[str, Any] = {"row": page.card(row, clock.now()), "notes_limit": LONGEST_NOTES}
    if request.method == "GET":
        values = {"entry_price": f"{row.entry_price.normalize():f}", "quantity": row.quantity, "notes": row.notes or ""}
        return show(request, "leaps", facts | {"form": {"values": values}}, template="leaps_edit")
    body = LeapsChange(data=_said(request, ("notes", "entry_price", "quantity")))
    if not body.is_valid():
        facts |= {"form": _form(request, body.errors)}
        return show(request, "leaps", facts, template="leaps_edit", status=WRONG_INPUT)
    held.change(request.user.pk, leaps_id, body.validated_data, now=clock.now())  # type: ignore[arg-type]  # signed in
    messages.success(request, f"{row.symbol} changed.")
    return HttpResponseRedirect(addresses.of("leaps"))


@require_http_methods(["GET", "POST"])
@signed_in
def delete(request: HttpRequest, leaps_id: UUID) -> HttpResponse:
    """Ask whether one is to go, or remove it."""
    row = page.found(request, leaps_id)
    if request.method == "GET":
        return show(request, "leaps", {"row": page.card(row, clock.now())}, template="leaps_delete")
    held.remove(request.user.pk, leaps_id)  # type: ignore[arg-type]  # signed in
    messages.success(request, f"{row.symbol} deleted.")
    return HttpResponseRedirect(addresses.of("leaps"))


def _said(request: HttpRequest, names: tuple[str, ...]) -> dict[str, Any]:
    # Browsers send line ends as CR LF and count them as one character against maxlength.
    texts = {name: request.POST.get(name, "").strip().replace("\r\n", "\n") for name in names}
    return {name: page.number(text) if name in NUMBERS else text for name, text in texts.items()}


def _form(request: HttpRequest, errors: Any) -> dict[str, Any]:
    issues = (each.partition(": ") for each in issues_of(errors))
    return {
        "values": {name: request.POST.get(name, "") for name in (*TEXTS, *NUMBERS)},
        "issues": [f"{LABELS.get(name, name)}: {said}" for name, _, said in issues],
    }
