"""Trades as an advice suggests them: which contract, how many, at which limit between which bid and ask."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from positions.pure.facts import LegFacts, PositionFacts


@dataclass(frozen=True, slots=True)
class Order:
    """One contract to trade; prices of one share, NaN where nobody quotes. [USD]

    `quantity` is above 0 to buy, below 0 to sell.
    """

    contract: str
    quantity: int
    bid: float
    ask: float
    mark: float

    @property
    def limit(self) -> float:
        """The middle of its quote, else what it is marked at."""
        middle = 0.5 * (self.bid + self.ask)
        return middle if math.isfinite(middle) else self.mark

    @property
    def worst(self) -> float:
        """What can be had at once: the ask to buy, the bid to sell."""
        return self.ask if self.quantity > 0 else self.bid

    def as_wire(self) -> Mapping[str, Any]:
        """Return it as JSON values."""
        return {
            "contract": self.contract,
            "side": "buy" if self.quantity > 0 else "sell",
            "quantity": abs(self.quantity),
            "limitPrice": cents(self.limit),
            "bid": cents(self.bid),
            "ask": cents(self.ask),
        }


def closing(facts: PositionFacts, *, units: int | None = None) -> dict[str, Any]:
    """Return what closes a position, or some of its units: `orders`, `quantity` and `limitPrice`.

    `limitPrice` is of one share of one unit: above 0 is received, below 0 is paid. None where a leg has no price.
    """
    wanted = facts.units if units is None else units
    orders = [_order(leg, -leg.leg.ratio // facts.units * wanted) for leg in facts.legs]
    return {
        "quantity": wanted,
        "limitPrice": cents(net_limit(orders, wanted, facts.legs)),
        "orders": [each.as_wire() for each in orders],
    }


def net_limit(orders: Iterable[Order], units: int, legs: Iterable[LegFacts]) -> float:
    """Return what one share of a unit brings at the limits, below 0 what it takes; a leg an order. [USD]"""
    pairs = list(zip(orders, legs, strict=True))
    multiplier = max(leg.multiplier for _, leg in pairs)
    total = sum(-each.quantity * leg.multiplier * each.limit for each, leg in pairs)
    return total / (units * multiplier)


def unit_price(facts: PositionFacts) -> float:
    """Return what one share of a unit costs to have or to buy back; NaN where a leg has no price. [USD]"""
    if facts.value is None:
        return math.nan
    multiplier = max(leg.multiplier for leg in facts.legs)
    worth = float(facts.value) / (facts.units * multiplier)
    return worth if facts.bought else -worth


def cents(amount: float) -> float | None:
    """Return an amount to the cent, None where it is not known."""
    return round(amount, 2) + 0.0 if math.isfinite(amount) else None


def _order(leg: LegFacts, quantity: int) -> Order:
    return Order(leg.contract, quantity, leg.bid, leg.ask, leg.mark)
