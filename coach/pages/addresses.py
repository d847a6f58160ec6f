"""Addresses of panels with the query that restores the exact view."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse


def of(name: str, **query: object) -> str:
    """Return the address of a page of ours; empty members of the query are left out."""
    wanted = {key: value for key, value in query.items() if value not in (None, "")}
    return reverse(f"coach:{name}") + (f"?{urlencode(wanted)}" if wanted else "")


def chart(symbol: str, *, frame: str = "", setup: UUID | str | None = None, show: str = "", level: str = "") -> str:
    """Return the address of a symbol's chart, with the overlay `show` on and the prices of `level` drawn."""
    return of("chart", symbol=symbol, tf=frame, setup=setup, show=show, level=level)


def detection(found: UUID | str) -> str:
    """Return the address of the page of a detection."""
    return reverse("coach:detection", args=[found])


def tracked_row(setup: UUID | str) -> str:
    """Return the address of the list of all setups, at one of them."""
    return f"{of('tracked', status='all')}#setup-{setup}"
