"""What is held now, asked by those who serve it with data."""

from __future__ import annotations

from market import clock
from positions.models import Leaps, Position


def symbols() -> set[str]:
    """Return the underlyings of all open positions and LEAPS: their price is watched even when they are on no list."""
    held = set(Position.objects.open().order_by().values_list("symbol", flat=True).distinct())
    return held | set(Leaps.objects.alive(clock.market_date()).order_by().values_list("symbol", flat=True).distinct())
