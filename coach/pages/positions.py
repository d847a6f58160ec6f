"""Open positions: cards that stay live, what they are together, and what is advised about them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from coach.pages import addresses, positions_plan, positions_view
from coach.pages.panel import show, show_part, signed_in
from coach.pages.positions_view import SORTS
from config.http.errors import NotFound
from market import clock
from positions.book import MOST_OPEN
from positions.models import Position

DEFAULT_SORT: Final = "size"


@require_GET
@signed_in
def positions(request: HttpRequest) -> HttpResponse:
    """Show all of them."""
    sort = request.GET.get("sort", DEFAULT_SORT)
    sort = sort if sort in SORTS else DEFAULT_SORT
    now, user = clock.now(), request.user.pk
    held = positions_view.read(user, now=now)  # type: ignore[arg-type]  # signed in
    cards = positions_view.cards(held, now=now, sort=sort)
    facts = {
        "cards": cards,
        "whole": positions_view.together(held, cards),
        "plan": positions_plan.standing(user, now),  # type: ignore[arg-type]  # signed in
        "sort": sort,
        "sorts": [(name, label) for name, (label, _) in SORTS.items()],
        "now": now,
        "closed_address": addresses.of("positions-closed"),
        "add": addresses.of("positions") + "analyze/",
        "scanner": addresses.of("scanner"),
        "notices": messages.get_messages(request),
        "most": MOST_OPEN,
    }
    return show(request, "positions", facts, template="positions/list")


@require_GET
@signed_in
def rows(request: HttpRequest) -> HttpResponse:
    """Answer with the cards of single positions that are open, and with what all of them are together."""
    now, wanted = clock.now(), set(_ids(request))
    held = positions_view.read(request.user.pk, now=now)  # type: ignore[arg-type]  # signed in
    cards = positions_view.cards(held, now=now)
    facts: dict[str, Any] = {
        "cards": [card for card in cards if card["id"] in wanted],
        "whole": positions_view.together(held, cards),
        "now": now,
        "here": addresses.of("positions"),
    }
    return show_part(request, "positions/rows", facts)


def found(request: HttpRequest, position_id: UUID) -> Position:
    """Return one of the trader's; an address that names no such is not found."""
    row = Position.objects.owned_by(request.user.pk).filter(pk=position_id).first()  # type: ignore[arg-type]  # signed in
    if row is None:
        raise Http404 from NotFound(thing="position")
    return row


def _ids(request: HttpRequest) -> list[UUID]:
    told = []
    for text in request.GET.get("ids", "").split(",")[:MOST_OPEN]:
        try:
            told.append(UUID(text))
        except ValueError:
            continue  # an id that is none has no card
    return told
