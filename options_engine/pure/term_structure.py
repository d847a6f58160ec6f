"""Volatility by expiry: constant maturities, the slope, what lies between expiries, and which one holds an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from market.pure.bars import Floats, Ints

Shape = Literal["contango", "backwardation", "flat"]
NAN: Final = float("nan")
# Volatility points from the near to the far end before we call it a slope.
SLOPES_FROM: Final = 2.0
NEAR_DAYS, FAR_DAYS = 7, 90
# How many times as much variance a usual day as in the intervals beside it.
KINKS_FROM: Final = 1.5
# In shorter intervals, in usual days, one quote says more than any event: the expiry that ends them is left out.
SHORTEST: Final = 0.5


@dataclass(frozen=True, slots=True)
class Slope:
    """How volatility at the money runs from near to far.

    Attributes
    ----------
    shape : str
        contango where the far end is more than two points above the near one, backwardation where below, else flat.
    near, far : int or None
        Places of the two ends: the expiries nearest to 7 and to 90 days; None with fewer than two.
    inversion : int or None
        In backwardation the place of the first expiry below its predecessor.
    """

    shape: Shape
    near: int | None = None
    far: int | None = None
    inversion: int | None = None


@dataclass(frozen=True, slots=True)
class Kink:
    """An interval between two expiries that holds far more variance than those beside it.

    Attributes
    ----------
    place : int
        Of the expiry that ends it; the one before that is far enough from it, or now, begins it.
    ratio : float
        Variance a usual day, over the larger one beside it. [1]
    move : float
        Standard deviation of what it holds beyond the mean of those beside it, 0.05 for 5 % of the price. [1]
    """

    place: int
    ratio: float
    move: float


def constant_maturity(t_years: Floats, sigma: Floats, wanted_years: float) -> float:
    """Return the volatility to a fixed time ahead, by linear interpolation of total variance.

    Parameters
    ----------
    t_years, sigma : float64, shape (e,)
        Time to expiry, ascending, and volatility at the money; NaN is left out. [years], [1/sqrt(year)]
    wanted_years : float
        [years]

    Returns
    -------
    float
        That of the first expiry where all are later; NaN where all are earlier, or none is known. [1/sqrt(year)]

    Notes
    -----
    Source: Cboe, "Volatility Index Methodology" (the interpolation, not its strip of options).
    """
    known = np.isfinite(sigma) & (t_years > 0)
    if not known.any():
        return NAN
    times, variance = (
        np.concatenate([[0.0], t_years[known]]),
        np.concatenate([[0.0], sigma[known] ** 2 * t_years[known]]),
    )
    return float(np.sqrt(np.interp(wanted_years, times, variance, right=NAN) / wanted_years))


def slope(days: Ints, sigma: Floats) -> Slope:
    """Return the slope of volatilities at the money.

    Parameters
    ----------
    days : int64, shape (e,)
        Calendar days to expiry, ascending.
    sigma : float64, shape (e,)
        Decimals, all known. [1/sqrt(year)]
    """
    if len(days) < 2:  # noqa: PLR2004 -- no slope
        return Slope("flat")
    near, far = int(np.argmin(np.abs(days - NEAR_DAYS))), int(np.argmin(np.abs(days - FAR_DAYS)))
    if near >= far:
        near, far = 0, len(days) - 1
    rise = 100.0 * float(sigma[far] - sigma[near])
    if rise > SLOPES_FROM:
        return Slope("contango", near, far)
    if rise >= -SLOPES_FROM:
        return Slope("flat", near, far)
    falls = np.flatnonzero(np.diff(sigma) < 0)
    return Slope("backwardation", near, far, int(falls[0]) + 1)


def forward_volatilities(t_years: Floats, sigma: Floats) -> Floats:
    """Return the volatility from each expiry to the next, ACT/365; NaN where the later one holds less variance.

    Returns
    -------
    float64, shape (e,)
        The first is that from now to the first expiry. [1/sqrt(year)]
    """
    variance = np.diff(sigma**2 * t_years, prepend=0.0)
    times = np.diff(t_years, prepend=0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sqrt(variance / times))


def kinks(usual_days: Floats, t_years: Floats, sigma: Floats) -> list[Kink]:
    """Return the intervals between expiries that hold more than half as much again as those beside them.

    Parameters
    ----------
    usual_days : float64, shape (e,)
        Sessions and nights to each expiry, by `session_clock.days_left`: by calendar days every weekend would make the
        days beside it look like events. [usual days]
    t_years, sigma : float64, shape (e,)
        Ascending; all known. [years], [1/sqrt(year)]
    """
    kept = _apart(usual_days)
    days = np.diff(usual_days[kept], prepend=0.0)
    rate = np.diff(sigma[kept] ** 2 * t_years[kept], prepend=0.0) / days
    found = []
    for at, place in enumerate(kept):
        beside = np.concatenate([rate[max(0, at - 1) : at], rate[at + 1 : at + 2]])
        beside = beside[beside > 0]
        if len(beside) and rate[at] > KINKS_FROM * beside.max():
            beyond = float(rate[at] - beside.mean()) * float(days[at])
            found.append(Kink(place, float(rate[at] / beside.max()), beyond**0.5))
    return found


def _apart(usual_days: Floats) -> list[int]:
    """Return the places of expiries that lie far enough from the one before, the first from now."""
    kept: list[int] = []
    before = 0.0
    for place, days in enumerate(usual_days.tolist()):
        if days - before >= SHORTEST:
            kept.append(place)
            before = days
    return kept
