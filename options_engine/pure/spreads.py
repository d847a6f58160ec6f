"""Options held together until they expire: premium, most that can be won and lost, and where it breaks even."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Leg:
    """Some options of one strike, all legs with one expiry.

    Attributes
    ----------
    is_call : bool
    quantity : int
        Negative when sold.
    strike, price : Decimal
        [USD a share]
    half_spread : Decimal
        What trading it away from the middle costs. [USD a share]
    """

    is_call: bool
    quantity: int
    strike: Decimal
    price: Decimal
    half_spread: Decimal = ZERO

    def payoff(self, spot: Decimal) -> Decimal:
        """Return what it is worth at expiry. [USD a share]."""
        gap = spot - self.strike if self.is_call else self.strike - spot
        return self.quantity * max(gap, ZERO)


@dataclass(frozen=True, slots=True)
class Spread:
    """Legs as one position. Every amount is exact, of one share. [USD]."""

    legs: tuple[Leg, ...]

    @property
    def premium(self) -> Decimal:
        """What is received for it at the middle of the quotes; negative when it is paid."""
        return -sum((leg.quantity * leg.price for leg in self.legs), ZERO)

    @property
    def cost(self) -> Decimal:
        """What trading all legs from the middle to the other side of their quotes costs."""
        return sum((abs(leg.quantity) * leg.half_spread for leg in self.legs), ZERO)

    def profit(self, spot: Decimal, *, cost: Decimal = ZERO) -> Decimal:
        """Return what is won at expiry, negative when it is lost."""
        return self.premium - cost + sum((leg.payoff(spot) for leg in self.legs), ZERO)

    @property
    def most_won(self) -> Decimal | None:
        """The most that can be won, None where there is no limit."""
        return None if self._slope > 0 else max(map(self.profit, self._knots))

    @property
    def most_lost(self) -> Decimal | None:
        """The most that can be lost, as a positive number; None where there is no limit."""
        return None if self._slope < 0 else max(ZERO, -min(map(self.profit, self._knots)))

    def breakevens(self, *, cost: Decimal = ZERO) -> list[Decimal]:
        """Return the prices at which nothing is won or lost, ascending."""
        knots = self._knots
        found = {
            low
            - self.profit(low, cost=cost) * (high - low) / (self.profit(high, cost=cost) - self.profit(low, cost=cost))
            for low, high in zip(knots, [*knots[1:], knots[-1] + 1], strict=True)
            if _crosses(self.profit(low, cost=cost), self.profit(high, cost=cost), last=high > knots[-1])
        }
        return sorted(found)

    def winning(self, *, cost: Decimal = ZERO) -> list[tuple[Decimal, Decimal | None]]:
        """Return the stretches of prices that win, ascending; the last may have no end."""
        edges = [ZERO, *self.breakevens(cost=cost)]
        stretches: Iterable[tuple[Decimal, Decimal | None]] = zip(edges, [*edges[1:], None], strict=True)
        return [
            (low, high)
            for low, high in stretches
            if low != high and self.profit(low + 1 if high is None else (low + high) / 2, cost=cost) > 0
        ]

    @property
    def _knots(self) -> list[Decimal]:
        return [ZERO, *sorted({leg.strike for leg in self.legs})]

    @property
    def _slope(self) -> int:
        """How much it wins with each dollar above the highest strike."""
        return sum(leg.quantity for leg in self.legs if leg.is_call)


def _crosses(low: Decimal, high: Decimal, *, last: bool) -> bool:
    if low == high:
        return False
    if last:  # the line runs on for ever
        return low == 0 or (low < 0) == (high > low)
    return low == 0 or high == 0 or (low < 0) != (high < 0)


def nearest(strikes: Sequence[float], wanted: float) -> float:
    """Return the listed strike nearest to a price, the lower of two."""
    return min(strikes, key=lambda strike: (abs(strike - wanted), strike))
