"""American options by finite differences: every contract on its own grid, all grids marching in step.

The Black-Scholes equation in x = ln(spot) on a grid that is densest at the strike; Crank-Nicolson in time with steps
that grow away from expiry and from ex-dates; early exercise inside the elimination, which is exact where one side of a
boundary is exercised; the payoff at the strike averaged over its cell; the error in cells and steps taken out by a
second grid of half as many of both. Sources: Brennan and Schwartz, "The valuation of American put options" (1977);
Forsyth and Vetzal, "Quadratic convergence for valuing American options using a penalty method" (2002), section 5, on
the steps; Tavella and Randall, "Pricing Financial Instruments" (2000), on ex-dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from market.pure.bars import Floats
from options_engine.pure.contracts import Bools

_NODES: Final = 161
# Contracts that march together: rows of this many numbers are worth a call of numpy and a grid of them fits the cache.
TOGETHER: Final = 512
_REACH: Final = 5.0  # standard deviations to both sides
# How many steps, and how large in shares of the first one, from expiry backwards; and from an ex-date.
_FROM_EXPIRY: Final = ((4, 1), (4, 3), (4, 8), (6, 16), (18, 24))
_FROM_EX_DATE: Final = ((4, 1), (4, 4), (12, 12))  # fewer ring where the date is a few days before expiry
_TRUST: Final = 0.05  # of what waiting is worth: the most that the coarser grid may correct
_IMPLICIT: Final = 2  # steps that smooth a kink before Crank-Nicolson would make it ring
_LEAST_SPOT: Final = 1e-3  # of the strike: what a dividend leaves at least
_COLUMNS: Final = ("spot", "strike", "t_years", "sigma", "rate", "dividend", "sign")


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Contracts that pay for the same number of dividends, all arrays of shape (n,) but the last two.

    Attributes
    ----------
    spot, strike, t_years, sigma, rate, dividend : float64
    sign : float64
        1 for calls, -1 for puts.
    ex_years, amount : float64, shape (d,)
        The cash dividends within the lives of all of them, ascending. [years from now], [USD]
    """

    spot: Floats
    strike: Floats
    t_years: Floats
    sigma: Floats
    rate: Floats
    dividend: Floats
    sign: Floats
    ex_years: Floats
    amount: Floats

    def take(self, some: slice) -> Self:
        """Return a part of the contracts."""
        return replace(self, **{name: getattr(self, name)[some] for name in _COLUMNS})


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    # Rows run from the side that is exercised to the side that is not: up for puts, down for calls.
    middle: Floats
    scale: Floats
    width: Floats  # of a cell, in units where cells are equal
    strike_at: Floats
    flipped: Bools
    x: Floats
    spot: Floats

    def place(self, x: Floats) -> Floats:
        """Return the row, with its fraction, of each ln(spot). Shape of `x`, (k, n)."""
        row = np.arcsinh((x - self.middle) / self.scale) / self.width + self.strike_at
        return np.asarray(np.clip(np.where(self.flipped, len(self.x) - 1 - row, row), 0.0, len(self.x) - 1.0))


def price_and_delta(problem: Problem) -> tuple[Floats, Floats]:
    """Return the price and the delta of American options, shape (n,) each. [USD], [1]"""
    price, delta = np.empty(len(problem.spot)), np.empty(len(problem.spot))
    for start in range(0, len(price), TOGETHER):
        some = slice(start, start + TOGETHER)
        part = problem.take(some)
        (fine, slope), (coarse, other) = (_solve(part, coarser) for coarser in (1, 2))
        # Beside the boundary, where waiting is worth little, the two differ by where their nodes happen to lie.
        waiting = np.maximum(fine - part.sign * (part.spot - part.strike), 0.0)
        correction = (fine - coarse) / 3.0
        trusted = np.minimum(1.0, _TRUST * waiting / np.maximum(np.abs(correction), 1e-300))
        price[some], delta[some] = fine + trusted * correction, slope + trusted * (slope - other) / 3.0
    return price, delta


def _solve(problem: Problem, coarser: int) -> tuple[Floats, Floats]:
    rows = 1 + (_NODES - 1) // coarser
    grid = _grid(problem, rows)
    payoff = problem.sign * (grid.spot - problem.strike)
    values = np.maximum(payoff, 0.0)
    at_strike = np.where(grid.flipped, rows - 1 - grid.strike_at, grid.strike_at).astype(np.int64)
    # A sixth of a cell is what the kink's projection on the grid's hats is above it.
    values[at_strike, np.arange(len(problem.spot))] += problem.strike * grid.scale * grid.width / 6.0
    below, own, above = _operator(problem, grid)
    edges = [np.zeros(1), *problem.ex_years[:, None], problem.t_years]
    for index in range(len(edges) - 2, -1, -1):
        span = edges[index + 1] - edges[index]
        counts = _FROM_EXPIRY if index == len(edges) - 2 else _FROM_EX_DATE
        steps = [(count // coarser, size) for count, size in counts]
        values = _march(values, payoff, (below * span, own * span, above * span), steps)
        if index:
            after = np.maximum(grid.spot - problem.amount[index - 1], _LEAST_SPOT * problem.strike)
            values = np.maximum(_read(values, grid.place(np.log(after)))[0], payoff)
    return _at_spot(problem, grid, values, payoff)


def _grid(problem: Problem, rows: int) -> _Grid:
    middle, there = np.log(problem.strike), np.log(problem.spot)
    root = problem.sigma * np.sqrt(problem.t_years)
    drift = np.abs(problem.rate - problem.dividend - 0.5 * problem.sigma**2) * problem.t_years
    reach = _REACH * root + drift
    paid = problem.amount.sum() / problem.spot
    low = np.arcsinh((np.minimum(middle, there) - reach - paid - middle) / root)
    high = np.arcsinh((np.maximum(middle, there) + reach - middle) / root)
    # The strike on a node; the grid is stretched a little to reach its ends.
    strike_at = np.clip(np.rint(-low / (high - low) * (rows - 1)), 1, rows - 2)
    width = np.maximum(-low / strike_at, high / (rows - 1 - strike_at))
    x = middle + root * np.sinh((np.arange(rows)[:, None] - strike_at) * width)
    flipped = problem.sign > 0
    x = np.where(flipped, x[::-1], x)
    return _Grid(middle, root, width, strike_at, flipped, x, np.exp(x))


def _operator(problem: Problem, grid: _Grid) -> tuple[Floats, Floats, Floats]:
    """Return what each value and its two neighbours add to it in a year, shapes of the grid."""
    variance = problem.sigma**2
    drift = problem.rate - problem.dividend - 0.5 * variance
    gaps = np.diff(grid.x, axis=0)
    back, ahead = gaps[:-1], gaps[1:]
    below, own, above = (np.zeros_like(grid.x) for _ in range(3))
    below[1:-1] = (variance - drift * ahead) / (back * (back + ahead))
    above[1:-1] = (variance + drift * back) / (ahead * (back + ahead))
    # At the end that is in the money the price is a line in the spot; at the other it stays 0.
    above[0] = (problem.rate - problem.dividend) * grid.spot[0] / (grid.spot[1] - grid.spot[0])
    own[:-1] = -below[:-1] - above[:-1] - problem.rate
    return below, own, above


def _march(
    values: Floats, payoff: Floats, operator: tuple[Floats, Floats, Floats], steps: Sequence[tuple[int, int]]
) -> Floats:
    """Return the values at the start of a span of time from those at its end."""
    below, own, above = operator
    whole = sum(count * size for count, size in steps)
    for count, size in steps:
        factors = None
        for step in range(count):
            implicit = (size, step) < (steps[0][1], _IMPLICIT)
            weight = size / whole * (1.0 if implicit else 0.5)
            if factors is None or step == _IMPLICIT:
                factors = _factors(weight * below, weight * own, weight * above)
            right = values if implicit else _explicit(values, weight, operator)
            values = _exercised(right, payoff, *factors)
    return values


def _explicit(values: Floats, weight: float, operator: tuple[Floats, Floats, Floats]) -> Floats:
    below, own, above = operator
    slope = own * values
    slope[1:] += below[1:] * values[:-1]
    slope[:-1] += above[:-1] * values[1:]
    slope *= weight
    slope += values
    return np.asarray(slope)


def _factors(below: Floats, own: Floats, above: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the elimination of 1 - operator from the last row up: multiplier, scale and coupling of each row."""
    pivot = 1.0 - own
    multiplier = np.zeros_like(own)
    for row in range(len(own) - 2, -1, -1):
        multiplier[row] = -above[row] / pivot[row + 1]
        pivot[row] += multiplier[row] * below[row + 1]
    scale = 1.0 / pivot
    return multiplier, scale, below * scale


def _exercised(right: Floats, payoff: Floats, multiplier: Floats, scale: Floats, coupling: Floats) -> Floats:
    """Return the solution that is nowhere below the payoff."""
    values = right.copy()
    values[-1] = 0.0
    spare = np.empty_like(values[0])
    for row in range(len(values) - 2, -1, -1):
        values[row] -= np.multiply(multiplier[row], values[row + 1], out=spare)
    values *= scale
    np.maximum(values[0], payoff[0], out=values[0])
    for row in range(1, len(values)):
        values[row] += np.multiply(coupling[row], values[row - 1], out=spare)
        np.maximum(values[row], payoff[row], out=values[row])
    return values


def _read(values: Floats, place: Floats) -> tuple[Floats, Floats]:
    """Return values between rows and their slope per row, by the cubic through the four around. Shape of `place`."""
    row = np.clip(np.floor(place).astype(np.int64), 1, len(values) - 3)
    f = place - row
    a, b, c, d = (np.take_along_axis(values, row + offset, axis=0) for offset in (-1, 0, 1, 2))
    third, second, first = (d - a) / 6.0 + (b - c) / 2.0, (a + c) / 2.0 - b, c - a / 3.0 - b / 2.0 - d / 6.0
    return np.asarray(b + f * (first + f * (second + f * third))), np.asarray(
        first + f * (2.0 * second + 3.0 * f * third)
    )


def _at_spot(problem: Problem, grid: _Grid, values: Floats, payoff: Floats) -> tuple[Floats, Floats]:
    """Return price and delta at the spot; in the money what waiting adds is read, which is nothing where it does."""
    x = np.log(problem.spot)
    exercised = problem.sign * (problem.spot - problem.strike)
    place, inside = grid.place(x[None]), exercised > 0
    read, per_row = (each[0] for each in _read(np.where(inside, values - payoff, values), place))
    # Rows per ln(spot): the derivative of `place`.
    stretch = np.hypot(grid.scale, x - grid.middle) * grid.width * problem.spot
    slope = np.where(grid.flipped, -per_row, per_row) / stretch
    return np.where(inside, exercised + read, read), np.where(inside, problem.sign + slope, slope)
