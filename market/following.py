"""Which symbols are on anybody's list, and whose default list they are on."""

from __future__ import annotations

from market.models import Following


def symbols() -> set[str]:
    """Return every symbol that someone follows."""
    return set(Following.objects.order_by().values_list("symbol", flat=True).distinct())
