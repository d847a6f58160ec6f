"""A symbol's volatility surface: a fitted slice an expiry, none with free butterflies, none below the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Self

import numpy as np

from market.pure.bars import Floats
from options_engine.pure import svi
from options_engine.pure.black_scholes import POINT
from options_engine.pure.contracts import Bools
from options_engine.pure.own_volatilities import Source
from options_engine.pure.reading import Reading
from options_engine.pure.svi import Svi, Target

Absence = Literal["expired", "too_few_strikes", "arbitrage", "poor_fit"]
GRID: Final = 200
# How much further from the money than the outermost quotes a slice has to be free of arbitrage too.
_BEYOND: Final = 0.25
# Half a spread in volatility: nobody quotes finer, and what is wider than the last says nothing.
_FINEST, _COARSEST = 0.0005, 0.10
# What misses by a larger share of its volatilities than this tells nobody anything, and would bend the next one.
_WORST: Final = 0.10
NAN: Final = float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Quotes:
    """Volatilities of one expiry out of the money, from quotes that may be believed.

    Attributes
    ----------
    forward : float
        [USD, or index points]
    t_years : float
        0 once it has expired. [years]
    k : float64, shape (n,)
        ln(strike / forward), ascending.
    sigma, tolerance : float64, shape (n,)
        Volatility, and half the quote's spread in it. [1/sqrt(year)]
    """

    forward: float
    t_years: float
    k: Floats
    sigma: Floats
    tolerance: Floats

    @classmethod
    def of_reading(cls, reading: Reading) -> Self:
        """Return the quotes of a reading of one expiry."""
        chain = reading.chain
        used = (reading.source == Source.QUOTE) & (reading.t_years > 0) & np.isfinite(reading.greeks.vega)
        at = np.flatnonzero(used)
        at = at[np.argsort(chain.strike[at], kind="stable")]
        forward = float(reading.forward[0]) if len(reading) else float("nan")
        half = 0.5 * (chain.ask[at] - chain.bid[at])
        with np.errstate(divide="ignore"):
            spread = POINT * half / reading.greeks.vega[at]
        return cls(
            forward=forward,
            t_years=float(reading.t_years[0]) if len(reading) else 0.0,
            k=np.log(chain.strike[at] / forward),
            sigma=reading.sigma[at],
            tolerance=np.clip(spread, _FINEST, _COARSEST),
        )

    @property
    def grid(self) -> Floats:
        """Points of log moneyness as far as quotes reach, and a little beyond. Shape (200,)."""
        low, high = self._ends()
        return np.linspace(low, high, GRID)

    def reaches(self, k: Floats) -> Bools:
        """Say which points of log moneyness lie as far as that."""
        low, high = self._ends()
        return np.asarray((k >= low) & (k <= high))

    def _ends(self) -> tuple[float, float]:
        low, high = float(self.k[0]), float(self.k[-1])
        return low - _BEYOND * max(-low, 0.0), high + _BEYOND * max(high, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """One fitted expiry.

    Attributes
    ----------
    quotes : Quotes
        What it was fitted to.
    svi : Svi
    least_density : float
        The smallest on its grid; at least 0. [1]
    least_gap : float
        By how much total variance exceeds that of the slices before, where it does least; NaN for the first. [1]
    """

    quotes: Quotes
    svi: Svi
    least_density: float
    least_gap: float

    def volatility(self, k: Floats) -> Floats:
        """Return the volatility at log moneyness. [1/sqrt(year)]"""
        return np.asarray(np.sqrt(self.svi.total_variance(k) / self.quotes.t_years))

    @property
    def misses(self) -> Floats:
        """How far each volatility is from the slice. [1/sqrt(year)]"""
        return np.asarray(self.volatility(self.quotes.k) - self.quotes.sigma)

    @property
    def root_mean_square(self) -> float:
        """The usual miss, tight quotes weighing more than wide ones. [1/sqrt(year)]"""
        return float(np.sqrt(np.average(self.misses**2, weights=self.quotes.tolerance**-2.0)))

    @property
    def inside(self) -> float:
        """Which share of the strikes the slice passes between bid and ask. [1]"""
        return float(np.mean(np.abs(self.misses) <= self.quotes.tolerance))


def fit(expiries: Sequence[Quotes]) -> list[Slice | Absence]:
    """Return a slice for each of some expiries, ascending in time, or the reason why there is none.

    Every slice is free of butterflies and verticals on 200 points of its own reach, and nowhere on those and on the
    points of the slice before is it below any earlier slice that reaches there: beyond its reach a slice is a guess
    that nobody quoted, and must not bend the others. Beyond its own quotes it keeps to those of later expiries where it
    can. An expiry that no such slice was found for is left out.
    """
    made: list[Slice | Absence] = []
    for at, each in enumerate(expiries):
        before = [slice_ for slice_ in made if isinstance(slice_, Slice)]
        made.append(_absence(each) or _slice(each, before, [q for q in expiries[at + 1 :] if not _absence(q)]))
    return made


def _absence(quotes: Quotes) -> Absence | None:
    if not quotes.t_years > 0:
        return "expired"
    return "too_few_strikes" if len(quotes.k) < svi.LEAST_STRIKES else None


def _slice(quotes: Quotes, before: list[Slice], after: list[Quotes]) -> Slice | Absence:
    # The quotes' own points too, between two of the grid total variance might fall below 0; and where floors end.
    ends = [each.quotes.grid[[0, -1]] for each in before]
    grid = np.unique(np.concatenate([quotes.grid, quotes.k, *ends, *[each.quotes.grid for each in before[-1:]]]))
    floor = np.zeros(len(grid))
    for each in before:
        floor = np.maximum(floor, np.where(each.quotes.reaches(grid), each.svi.total_variance(grid), 0.0))
    last = before[-1].svi if before else None
    ceiling = _ceiling(grid, quotes, after)
    found = svi.fit(Target(quotes.k, quotes.sigma, quotes.tolerance, quotes.t_years, grid, floor, ceiling, last))
    if found is None:
        return "arbitrage"
    made = Slice(quotes, found, float(found.density(grid).min()), _least_gap(found, grid, floor) if before else NAN)
    return made if made.root_mean_square <= _WORST * float(np.median(quotes.sigma)) else "poor_fit"


def _ceiling(grid: Floats, quotes: Quotes, after: list[Quotes]) -> Floats:
    """Return the least total variance that a later expiry is quoted at, half its spread added.

    Infinite where none is, and as far as the expiry has quotes of its own: those say what it is worth.
    """
    ceiling = np.full(len(grid), np.inf)
    for each in after:
        quoted = (each.sigma + each.tolerance) ** 2 * each.t_years
        ceiling = np.minimum(ceiling, np.interp(grid, each.k, quoted, np.inf, np.inf))
    return np.where((grid >= quotes.k[0]) & (grid <= quotes.k[-1]), np.inf, ceiling)


def _least_gap(found: Svi, grid: Floats, floor: Floats) -> float:
    gap = (found.total_variance(grid) - floor)[floor > 0]
    return float(gap.min()) if len(gap) else NAN
