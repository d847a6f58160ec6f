"""The prices of an idea that automation may compare, as far as its finder said them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

LARGEST_PRICE = 10**11  # what the columns hold


def prices(opportunity: Mapping[str, Any]) -> dict[str, Decimal | None]:
    """Return entry, stop and target of an idea; None where one is missing.

    Only finite JSON numbers of `suggestedTrade` count: text, or numbers elsewhere in the idea, never move it.
    """
    trade = opportunity.get("suggestedTrade")
    trade = trade if isinstance(trade, Mapping) else {}
    return {
        "entry": price(trade.get("entry")),
        "stop": price(trade.get("stopLoss")),
        "target": price(trade.get("target")),
    }


def target_is_behind(direction: str, target: object, at: object) -> bool:
    """Say whether price has passed the target already, so that the next bar will end the idea."""
    goal, now = price(target), price(at)
    if goal is None or now is None or direction == "neutral":
        return False
    return now >= goal if direction == "bullish" else now <= goal


def price(value: object) -> Decimal | None:
    """Return a JSON number as a price; None for anything else, and for what no column holds."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    exact = Decimal(str(value))
    return exact if exact.is_finite() and abs(exact) < LARGEST_PRICE else None
