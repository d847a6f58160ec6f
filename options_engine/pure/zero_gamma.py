"""Where a book's gamma exposure changes its sign, found by re-pricing it at other spots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from market.pure.bars import Floats
from options_engine.pure.book import Book
from options_engine.pure.dealers import USUAL, Model

STEPS: Final = 121
# Nobody trades on a flip a third of the price away: with nothing inside the last range there is none.
REACHES: Final = (0.10, 0.30)
PRECISION: Final = 1e-6  # of the spot
ONE_PERCENT: Final = 0.01


@dataclass(frozen=True, slots=True)
class ZeroLevel:
    """A spot at which the exposure is 0; `rising` when it is negative below and positive above."""

    level: float
    rising: bool


@dataclass(frozen=True, slots=True, eq=False)
class NetGamma:
    """A book as a function of the spot alone: each contract keeps its implied volatility and its time.

    With d1 = slope ln(spot) + shift, the exposure is spot * sum(weight * exp(-d1^2 / 2)).

    Attributes
    ----------
    slope, shift, weight : float64, shape (n,)
    """

    slope: Floats
    shift: Floats
    weight: Floats

    @classmethod
    def of(cls, book: Book, model: Model = USUAL) -> NetGamma:
        """Return the function of a book: of its live contracts with a volatility and open interest."""
        with np.errstate(invalid="ignore"):
            known = book.take(book.is_live & np.isfinite(book.sigma) & (book.open_interest > 0))
        root = known.sigma * np.sqrt(known.t_years)
        drift = (known.rate - known.dividend) * known.t_years
        contracts = model.sides(known.is_call) * known.open_interest * known.multiplier * ONE_PERCENT
        return cls(
            slope=1.0 / root,
            shift=(drift - np.log(known.strike)) / root + 0.5 * root,
            weight=contracts * np.exp(-known.dividend * known.t_years) / (root * np.sqrt(2.0 * np.pi)),
        )

    def at(self, spot: float) -> float:
        """Return the net exposure at a spot. [USD of delta per 1 % move]"""
        d1 = np.log(spot) * self.slope
        d1 += self.shift
        d1 *= d1
        d1 *= -0.5
        # Not a dot product: BLAS starts threads for long vectors, whose sums differ in the last digits.
        np.exp(d1, out=d1)
        d1 *= self.weight
        return float(spot * d1.sum())

    def over(self, spots: Floats) -> Floats:
        """Return the net exposure at each spot, shape of `spots`. [USD of delta per 1 % move]"""
        # A loop over spots with long vectors: they stay in the cache, a matrix of all would not.
        return np.array([self.at(spot) for spot in spots.tolist()])


def zero_levels(book: Book, spot: float, model: Model = USUAL) -> tuple[ZeroLevel, ...]:
    """Return every spot within a tenth of this one at which the net exposure changes its sign, ascending.

    With none there, the search goes out to three tenths; with none there either the result is empty.

    Parameters
    ----------
    book : Book
        All expiries that count.
    spot : float
        Above 0. [USD, or index points]
    model : Model
        What dealers are taken to hold.

    Raises
    ------
    ValueError
        If the spot is not above 0.
    """
    if not spot > 0:
        raise ValueError(f"spot={spot:g}: expected a number above 0")
    net = NetGamma.of(book, model)
    if not (net.weight > 0).any() or not (net.weight < 0).any():
        return ()  # one sign everywhere, which takes no search
    for reach in REACHES:
        # The same density of points in every range, or a narrow double crossing would be seen in one only.
        spots = spot * np.linspace(1.0 - reach, 1.0 + reach, 1 + round((STEPS - 1) * reach / REACHES[0]))
        if found := _crossings(net, spots, PRECISION * spot):
            return found
    return ()


def nearest(levels: tuple[ZeroLevel, ...], spot: float) -> float | None:
    """Return the level nearest to the spot, None without any."""
    return min((each.level for each in levels), key=lambda level: abs(level - spot), default=None)


def _crossings(net: NetGamma, spots: Floats, precision: float) -> tuple[ZeroLevel, ...]:
    values = net.over(spots)
    # Where every contract is too far away to count the exposure is 0 without having crossed anything.
    there = np.flatnonzero(values)
    signs = np.sign(values[there])
    turns = np.flatnonzero(signs[1:] != signs[:-1])
    lows, highs = spots[there[turns]].tolist(), spots[there[turns + 1]].tolist()
    return tuple(
        ZeroLevel(_root(net, low, high, precision), rising=rising)
        for low, high, rising in zip(lows, highs, (signs[turns] < 0).tolist(), strict=True)
    )


def _root(net: NetGamma, low: float, high: float, precision: float) -> float:
    below, above = net.at(low), net.at(high)
    while high - low > precision:
        middle = 0.5 * (low + high)
        value = net.at(middle)
        if value * below > 0:
            low, below = middle, value
        else:
            high, above = middle, value
    return low + (high - low) * below / (below - above) if below != above else low
