"""What legs held together can win and lose when they expire: exactly, or by a model of the legs that live on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final

import numpy as np

from market.pure.bars import Floats

ZERO: Final = Decimal(0)
MODEL_PLACES: Final = 4  # of amounts and prices that a model of floats says


class LegKind(StrEnum):
    """What a leg is made of."""

    CALL = "call"
    PUT = "put"
    STOCK = "stock"


@dataclass(frozen=True, slots=True)
class Leg:
    """Some options of one contract, or some shares.

    Attributes
    ----------
    quantity : Decimal
        Of contracts or shares, negative when sold, not 0.
    price : Decimal
        At which it was entered, not negative. [USD a share]
    multiplier : Decimal
        Shares a contract, 1 for stock.
    strike : Decimal or None
        None for stock. [USD]
    expiry : date or None
        None for stock.
    half_spread : Decimal
        What trading it away from the middle costs. [USD a share]

    Raises
    ------
    ValueError
        If a figure is out of its range, or an option lacks strike or expiry, or stock has one.
    """

    kind: LegKind
    quantity: Decimal
    price: Decimal
    multiplier: Decimal
    strike: Decimal | None = None
    expiry: date | None = None
    half_spread: Decimal = ZERO

    def __post_init__(self) -> None:
        if not (self.quantity.is_finite() and self.quantity != 0):
            raise ValueError(f"quantity={self.quantity}: expected a finite number other than 0")
        if not (self.price.is_finite() and self.price >= 0):
            raise ValueError(f"price={self.price}: expected a finite number not below 0")
        if not (self.multiplier.is_finite() and self.multiplier > 0):
            raise ValueError(f"multiplier={self.multiplier}: expected a finite number above 0")
        if self.kind == LegKind.STOCK:
            if self.strike is not None or self.expiry is not None:
                raise ValueError("stock has neither strike nor expiry")
        elif self.expiry is None or self.strike is None or not (self.strike.is_finite() and self.strike > 0):
            raise ValueError(f"strike={self.strike}, expiry={self.expiry}: an option needs both, the strike above 0")

    @property
    def shares(self) -> Decimal:
        """What it stands for, negative when sold."""
        return self.quantity * self.multiplier

    def payoff(self, spot: Decimal) -> Decimal:
        """Return what it is worth when it expires, stock at any time. [USD]."""
        if self.strike is None:
            return self.shares * spot
        gap = spot - self.strike if self.kind == LegKind.CALL else self.strike - spot
        return self.shares * max(gap, ZERO)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Profit by the price of the underlying: straight lines between knots, and one that runs on after the last.

    Attributes
    ----------
    knots : tuple of (price, profit)
        By ascending prices; the first price is 0 unless a model says otherwise. [USD]
    slope : Decimal
        What is won with each dollar above the last knot. [shares]
    model_based : bool
        Whether legs that live on were valued by a model; between knots it is then an approximation.
    """

    knots: tuple[tuple[Decimal, Decimal], ...]
    slope: Decimal
    model_based: bool = False

    @property
    def max_gain(self) -> Decimal | None:
        """The most that can be won, 0 where nothing can; None where there is no limit. [USD]."""
        return None if self.slope > 0 else max(ZERO, *(profit for _, profit in self.knots))

    @property
    def max_loss(self) -> Decimal | None:
        """The most that can be lost, 0 where nothing can; None where there is no limit. [USD]."""
        return None if self.slope < 0 else max(ZERO, *(-profit for _, profit in self.knots))

    @property
    def risk_reward(self) -> Decimal | None:
        """The dollars to win for each to lose; None where one has no limit or nothing can be lost."""
        return self.max_gain / self.max_loss if self.max_gain is not None and self.max_loss else None

    @property
    def breakevens(self) -> list[Decimal]:
        """The prices at which nothing is won or lost, ascending; of a stretch of such prices its inner ends. [USD]."""
        found = {price for one, other in pairwise(self.knots) for price in _zeros(*one, *other)}
        price, profit = self.knots[-1]
        if self.slope and profit * self.slope <= 0:
            found.add(price - profit / self.slope)
        return sorted(found)

    @property
    def winning(self) -> list[tuple[Decimal, Decimal | None]]:
        """The stretches of prices that win, ascending; the last may have no end. [USD]."""
        edges = [ZERO, *self.breakevens]
        stretches: Iterable[tuple[Decimal, Decimal | None]] = zip(edges, [*edges[1:], None], strict=True)
        return [
            (low, high)
            for low, high in stretches
            if low != high and self.profit_at(low + 1 if high is None else (low + high) / 2) > 0
        ]

    def profit_at(self, spot: Decimal) -> Decimal:
        """Return what is won at a price, negative when it is lost; below the first knot what it says. [USD]."""
        price, profit = self.knots[-1]
        if spot >= price:
            return profit + (spot - price) * self.slope
        for (low, at_low), (high, at_high) in pairwise(self.knots):
            if low <= spot <= high:
                return at_low + (spot - low) * (at_high - at_low) / (high - low)
        return self.knots[0][1]


def _zeros(low: Decimal, at_low: Decimal, high: Decimal, at_high: Decimal) -> list[Decimal]:
    """Return where the line from one knot to the next is at 0, none where it is all along."""
    if at_low == at_high or at_low * at_high > 0:
        return []
    if at_low * at_high == 0:  # a knot, and no division that could miss it by a digit
        return [low if at_low == 0 else high]
    return [low - at_low * (high - low) / (at_high - at_low)]


@dataclass(frozen=True, slots=True)
class Structure:
    """Legs as one position, of one underlying. Amounts are dollars of the whole, exact."""

    legs: tuple[Leg, ...]

    def __post_init__(self) -> None:
        if not self.legs:
            raise ValueError("a structure has at least one leg")

    @property
    def expiries(self) -> list[date]:
        """The days on which some of it expires, ascending; none for stock."""
        return sorted({leg.expiry for leg in self.legs if leg.expiry is not None})

    @property
    def premium(self) -> Decimal:
        """What was received for it at the prices of its legs; negative when it was paid. [USD]."""
        return -sum((leg.shares * leg.price for leg in self.legs), ZERO)

    @property
    def cost(self) -> Decimal:
        """What trading all legs from the middle to the other side of their quotes costs. [USD]."""
        return sum((abs(leg.shares) * leg.half_spread for leg in self.legs), ZERO)

    @property
    def slope(self) -> Decimal:
        """What it wins with each dollar far above all strikes: a call counts there as its shares. [shares]."""
        return sum((leg.shares for leg in self.legs if leg.kind != LegKind.PUT), ZERO)

    def profit_at(self, spot: Decimal, *, cost: Decimal = ZERO) -> Decimal:
        """Return what is won when all of it has expired at one price, negative when it is lost. [USD]."""
        return self.premium - cost + sum((leg.payoff(spot) for leg in self.legs), ZERO)

    def envelope(self, *, cost: Decimal = ZERO) -> Envelope:
        """Return what it can win and lose at its expiry, a cost paid.

        Raises
        ------
        ValueError
            If its legs expire on several days: `envelope_by_model` knows these.
        """
        if len(self.expiries) > 1:
            raise ValueError(
                f"legs expire from {self.expiries[0]} to {self.expiries[-1]}: only a model knows the later ones"
            )
        prices = [ZERO, *sorted({leg.strike for leg in self.legs if leg.strike is not None})]
        return Envelope(tuple((price, self.profit_at(price, cost=cost)) for price in prices), self.slope)


def envelope_by_model(
    structure: Structure, spots: Floats, worth: Callable[[Leg, Floats], Floats], *, cost: Decimal = ZERO
) -> Envelope:
    """Return what a structure can win and lose at the nearest of its expiries, its later legs valued by a model.

    Parameters
    ----------
    spots : float64, shape (n,)
        Prices above 0 to look at, from far below to far above the strikes: what lies outside is taken to go on as the
        first of them says and with the slope of the whole. The strikes of what expires are added. [USD]
    worth : callable
        Takes a later leg and prices, shape (m,), and returns what one share of it is worth on the day of the nearest
        expiry, bought or sold, shape (m,). [USD a share]

    Returns
    -------
    Envelope
        `model_based`, with a knot at each price, rounded to four decimals. The exact one where all expire together.

    Raises
    ------
    ValueError
        If there are no spots, one is not above 0, or the model's values are not finite or not of their shape.
    """
    if len(structure.expiries) <= 1:
        return structure.envelope(cost=cost)
    nearest = structure.expiries[0]
    strikes = [float(leg.strike) for leg in structure.legs if leg.strike is not None and leg.expiry == nearest]
    grid = np.unique(np.round(np.concatenate([np.asarray(spots, np.float64), strikes]), MODEL_PLACES))
    if not (np.size(spots) and np.isfinite(grid).all() and grid[0] > 0):
        raise ValueError("spots: expected finite prices above 0, at least one")
    prices = [_decimal(price) for price in grid]
    later = np.zeros_like(grid)
    for leg in structure.legs:
        if leg.expiry is not None and leg.expiry > nearest:
            later += float(leg.shares) * _checked(worth(leg, grid), leg, grid)
    at_expiry = [leg for leg in structure.legs if leg.expiry is None or leg.expiry == nearest]
    fixed = structure.premium - cost
    knots = tuple(
        (price, fixed + sum((leg.payoff(price) for leg in at_expiry), ZERO) + _decimal(value))
        for price, value in zip(prices, later, strict=True)
    )
    return Envelope(knots, structure.slope, model_based=True)


def _checked(values: Floats, leg: Leg, grid: Floats) -> Floats:
    if np.shape(values) != grid.shape or not np.isfinite(values).all():
        raise ValueError(
            f"the model of {leg.expiry} {leg.strike} {leg.kind} has no finite value for each of {grid.size} prices"
        )
    return values


def _decimal(number: float) -> Decimal:
    """The one place where a model's floats become exact numbers."""
    return Decimal(f"{number:.{MODEL_PLACES}f}")
