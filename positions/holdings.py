"""What is held now, asked by those who serve it with data."""

from __future__ import annotations

from positions.models import Position


def symbols() -> set[str]:
    """Return the underlyings of all open positions: their price is watched even when they are on no list."""
    return set(Position.objects.open().order_by().values_list("symbol", flat=True).distinct())
