"""Changes to tracked setups by plain forms, for pages without scripts: post, change, redirect back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from coach.pages import addresses
from coach.pages.panel import back, came_from, show, show_part, signed_in
from coach.pure import words
from config.http.errors import InvalidInput, NotFound
from detectors import bulk as many
from detectors import tracked, wire
from detectors.api.serializers import LONGEST_NOTES, MOST_IN_BULK, BulkChange, SetupChange
from detectors.models import TrackedSetup
from market import clock

WRONG_INPUT = 422


@require_POST
@signed_in
def status(request: HttpRequest, setup_id: UUID) -> HttpResponse:
    """Give a setup another status."""
    row = _row(request, setup_id)
    body = SetupChange(data={"status": request.POST.get("status")})
    if not body.is_valid():
        messages.error(request, "That is not a status.")
        return back(request, addresses.of("tracked"))
    try:
        tracked.change(request.user.pk, setup_id, body.validated_data, now=clock.now())
    except InvalidInput as refused:
        messages.error(request, f"{row['symbol']} stays as it is: {refused}")
    else:
        messages.success(request, f"{row['symbol']} is now in {words.status(body.validated_data['status']).text}.")
    return back(request, addresses.of("tracked"))


@require_http_methods(["GET", "POST"])
@signed_in
def notes(request: HttpRequest, setup_id: UUID) -> HttpResponse:
    """Show the form of the notes, or save them."""
    row = _row(request, setup_id)
    if request.method == "GET":
        facts = _notes_facts(request, row, row["notes"])
        return show_part(request, "notes_form", facts) if request.GET.get("part") else _notes_page(request, facts, 200)
    # Browsers send line ends as CR LF and count them as one character against maxlength.
    text = request.POST.get("notes", "").replace("\r\n", "\n")
    body = SetupChange(data={"notes": text})
    if not body.is_valid():
        facts = _notes_facts(request, row, text) | {"error": f"Notes have at most {LONGEST_NOTES} characters."}
        return _notes_page(request, facts, WRONG_INPUT)
    tracked.change(request.user.pk, setup_id, body.validated_data, now=clock.now())
    messages.success(request, f"Notes on {row['symbol']} saved.")
    return back(request, addresses.of("tracked"))


@require_http_methods(["GET", "POST"])
@signed_in
def delete(request: HttpRequest, setup_id: UUID) -> HttpResponse:
    """Ask whether a setup is to go, or remove it."""
    row = _row(request, setup_id)
    if request.method == "GET":
        return show(request, "tracked", {"row": row, "here": addresses.of("tracked")}, template="tracked_delete")
    tracked.delete(request.user.pk, setup_id, now=clock.now())
    messages.success(request, f"{row['symbol']} deleted.")
    return back(request, addresses.of("tracked"))


@require_POST
@signed_in
def bulk(request: HttpRequest) -> HttpResponse:
    """Do one thing to the ticked setups."""
    action, ids = request.POST.get("action", ""), request.POST.getlist("ids")[:MOST_IN_BULK]
    erasing = action == "delete"
    asked = {"action": action} if erasing else {"action": "set_status", "status": action}
    body = BulkChange(data={**asked, "ids": ids})
    if not body.is_valid():
        messages.error(request, "Tick the setups first, then choose what to do." if not ids else "That cannot be done.")
        return back(request, addresses.of("tracked"))
    now, wanted = clock.now(), body.validated_data["ids"]
    report = (
        many.delete(request.user.pk, wanted, now=now)
        if erasing
        else many.set_status(request.user.pk, wanted, action, now=now)
    )
    messages.success(request, _words(report, "deleted" if erasing else "changed"))
    return back(request, addresses.of("tracked"))


def _row(request: HttpRequest, setup_id: UUID) -> dict[str, Any]:
    rows = wire.tracked(TrackedSetup.objects.owned_by(request.user.pk).filter(pk=setup_id))
    if not rows:
        raise Http404 from NotFound(thing="tracked setup")
    return rows[0]


def _notes_facts(request: HttpRequest, row: dict[str, Any], text: str | None) -> dict[str, Any]:
    here = came_from(request, addresses.of("tracked"))
    return {"row": row, "notes": text, "notes_limit": LONGEST_NOTES, "here": here}


def _notes_page(request: HttpRequest, facts: dict[str, Any], status: int) -> HttpResponse:
    return show(request, "tracked", facts, template="tracked_notes", status=status)


def _words(report: many.BulkReport, done: str) -> str:
    parts = (
        (report.updated, done),
        (report.unchanged, "already so"),
        (report.conflicts, "left because another active setup has the same source"),
        (report.not_found, "gone already"),
    )
    return ", ".join(f"{len(ids)} {word}" for ids, word in parts if ids) + "."
