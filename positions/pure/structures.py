"""What legs make up which structure, and how a structure of the form reads as legs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a leg consists of."""

    CALL = "call"
    PUT = "put"
    STOCK = "stock"


class Strategy(StrEnum):
    """The structures that the wire has a word for."""

    CALL = "call"
    PUT = "put"
    CALL_SPREAD = "call_spread"
    PUT_SPREAD = "put_spread"
    IRON_CONDOR = "iron_condor"
    STOCK = "stock"
    OTHER = "other"


MOST_LEGS: Final = 8
STRIKES: Final = {
    Strategy.CALL: 1,
    Strategy.PUT: 1,
    Strategy.CALL_SPREAD: 2,
    Strategy.PUT_SPREAD: 2,
    Strategy.IRON_CONDOR: 4,
}


@dataclass(frozen=True, slots=True)
class Leg:
    """One contract of a structure and how many of it one unit of the structure has.

    Attributes
    ----------
    kind : Kind
    ratio : int
        Above 0 bought, below 0 sold; never 0. [contracts or shares a unit]
    strike : Decimal or None
        None for stock. [USD, or index points]
    expiry : date or None
        New York date; None for stock.
    root : str
        What comes before the date in the contract's name; for stock its ticker.
    """

    kind: Kind
    ratio: int
    strike: Decimal | None
    expiry: date | None
    root: str

    def __post_init__(self) -> None:
        if self.ratio == 0:
            raise ValueError("a leg of nothing: its ratio is 0")
        if (self.kind is Kind.STOCK) != (self.strike is None) or (self.strike is None) != (self.expiry is None):
            raise ValueError(f"{self.kind} of {self.root}: options have a strike and an expiry, stock has neither")
        if self.strike is not None and not (self.strike.is_finite() and self.strike > 0):
            raise ValueError(f"strike={self.strike}: expected a price above 0")


def strategy_of(legs: Sequence[Leg]) -> Strategy:
    """Return the wire's word for a structure, `other` where it has none."""
    if len(legs) == 1:
        return Strategy(legs[0].kind.value)
    if len({(leg.expiry, leg.root, abs(leg.ratio)) for leg in legs}) > 1 or not all(leg.strike for leg in legs):
        return Strategy.OTHER
    match sorted(legs, key=lambda leg: (leg.strike or 0, leg.kind is Kind.CALL)):
        case [low, high] if low.kind is high.kind and _is_spread(low, high):
            return Strategy.CALL_SPREAD if low.kind is Kind.CALL else Strategy.PUT_SPREAD
        case [low, below, above, high] if _is_spread(low, below) and _is_spread(above, high):
            puts_first = [leg.kind for leg in (low, below, above, high)] == [Kind.PUT, Kind.PUT, Kind.CALL, Kind.CALL]
            return Strategy.IRON_CONDOR if puts_first and low.ratio == high.ratio else Strategy.OTHER
        case _:
            return Strategy.OTHER


def of_form(
    strategy: Strategy, *, bought: bool, strikes: Sequence[Decimal], expiry: date | None, root: str
) -> list[Leg]:
    """Return the legs of a structure that is told by its strikes alone, as the wire's form tells it.

    A spread that is bought costs a debit: its dearer option is bought, in whatever order the strikes come. An iron
    condor is the one that everybody means, sold for a credit with its wings bought, whatever sign its quantity has;
    the other must be told leg by leg.

    Raises
    ------
    ValueError
        If the number of strikes is wrong, two are the same where they must differ, or it is `other`.
    """
    if strategy is Strategy.STOCK:
        return [Leg(Kind.STOCK, 1 if bought else -1, None, None, root)]
    wanted = STRIKES.get(strategy)
    if wanted is None:
        raise ValueError(f"{strategy}: tell its legs one by one")
    ordered = sorted(strikes)
    if len(ordered) != wanted:
        raise ValueError(f"{strategy}: expected {wanted} strike{'s' * (wanted > 1)}, got {len(ordered)}")
    sign = 1 if bought else -1
    if strategy in (Strategy.CALL, Strategy.PUT):
        return [Leg(Kind(strategy.value), sign, ordered[0], expiry, root)]
    if ordered[0] == ordered[1] or ordered[-2] == ordered[-1]:
        raise ValueError(f"{strategy}: what is bought and what is sold must have different strikes")
    if strategy is Strategy.IRON_CONDOR:
        shape = zip((Kind.PUT, Kind.PUT, Kind.CALL, Kind.CALL), (1, -1, -1, 1), ordered, strict=True)
        return [Leg(kind, side, strike, expiry, root) for kind, side, strike in shape]
    kind = Kind.CALL if strategy is Strategy.CALL_SPREAD else Kind.PUT
    dear, cheap = ordered if kind is Kind.CALL else ordered[::-1]
    return [Leg(kind, sign, dear, expiry, root), Leg(kind, -sign, cheap, expiry, root)]


def _is_spread(one: Leg, other: Leg) -> bool:
    return one.ratio == -other.ratio and one.strike != other.strike
