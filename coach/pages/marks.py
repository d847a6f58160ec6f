"""Prices that a link wants drawn on a chart, such as a strike and its breakeven, and how an address writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from coach.pure.formats import number

# What an address may call a price, and what the chart calls it.
NAMES = {"": "Level", "strike": "Strike", "breakeven": "Breakeven", "stop": "Stop", "target": "Target"}
MOST = 6


def written(marks: Iterable[tuple[str, float | None]]) -> str:
    """Return the member of an address: `strike:6760,breakeven:6822.05`; a price that is not known is left out."""
    return ",".join(f"{name}:{price:.10g}" for name, price in marks if price is not None)


def of(text: str) -> list[dict[str, Any]]:
    """Return `{label, price}` of what an address names, at most six; what means nothing is left out."""
    found = []
    for part in text.split(","):
        name, _, price = part.rpartition(":")
        at = number(price)
        if at is not None and at > 0 and name in NAMES:
            found.append({"label": NAMES[name], "price": at})
    return found[:MOST]
