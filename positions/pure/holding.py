"""What open legs are together: structure, units, direction and price of a unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from math import gcd
from typing import Final

from positions.pure.structures import Leg, Strategy, strategy_of

UNIT: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Held:
    """An open leg.

    Attributes
    ----------
    leg : Leg
        Its `ratio` is what is open. [signed contracts or shares]
    multiplier : Decimal
        Shares a contract; 1 for stock.
    cost : Decimal
        What it cost, below 0 where it was received. [USD]
    """

    leg: Leg
    multiplier: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Holding:
    """Open legs as one structure.

    Attributes
    ----------
    legs : tuple of Leg
        Of one unit.
    strategy : Strategy
    units : int
        Above 0: the largest number of equal structures that the legs make.
    bought : bool
        A single leg by its sign; a structure if it cost something. One that cost nothing counts as bought.
    multiplier : Decimal
        Shares that prices of a unit are of: those of its options, 1 for stock alone.
    cost : Decimal
        [USD]
    entry_price : Decimal
        Cost of one share of one unit, four places: above 0 paid, below 0 received. [USD, or index points]
    """

    legs: tuple[Leg, ...]
    strategy: Strategy
    units: int
    bought: bool
    multiplier: Decimal
    cost: Decimal
    entry_price: Decimal


def holding(held: Sequence[Held]) -> Holding:
    """Return what open legs are together.

    Raises
    ------
    ValueError
        If there are none.
    """
    if not held:
        raise ValueError("no open legs: nothing is held")
    units = gcd(*(each.leg.ratio for each in held))
    legs = tuple(replace(each.leg, ratio=each.leg.ratio // units) for each in held)
    cost = sum((each.cost for each in held), Decimal(0))
    multiplier = max(each.multiplier for each in held)
    return Holding(
        legs=legs,
        strategy=strategy_of(legs),
        units=units,
        bought=legs[0].ratio > 0 if len(legs) == 1 else cost >= 0,
        multiplier=multiplier,
        cost=cost,
        entry_price=(cost / (units * multiplier)).quantize(UNIT, ROUND_HALF_UP),
    )


def shares(net: Decimal, ratios: Sequence[int]) -> list[Decimal]:
    """Return prices of legs that make one price of the whole: one leg carries it, the others count as 0.

    Only the sum is known, so that each leg's own gain means nothing until all of them are closed.

    Parameters
    ----------
    net : Decimal
        Of one unit: above 0 paid, below 0 received. [USD a share]
    ratios : sequence of int
        Of the legs of a unit.

    Raises
    ------
    ValueError
        If money was paid and nothing bought, or received and nothing sold.
    """
    side = 1 if net >= 0 else -1
    carriers = [index for index, ratio in enumerate(ratios) if ratio * side > 0]
    if not carriers and net != 0:
        paid = "paid, and nothing bought" if net > 0 else "received, and nothing sold"
        raise ValueError(f"{abs(net)} was {paid}")
    # Of several, one whose ratio divides it into no smaller part.
    carrier = min(carriers, key=lambda index: abs(ratios[index]), default=0)
    return [abs(net) / abs(ratios[carrier]) if index == carrier else Decimal(0) for index in range(len(ratios))]
