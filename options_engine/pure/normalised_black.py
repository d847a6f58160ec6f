"""The Black formula in the two numbers it depends on, to the last digits in the wings and minutes before the end.

With x = -|ln(F / K)|, s = sigma * sqrt(T), m = x / s and h = s / 2, an option out of the money costs, undiscounted and
in units of sqrt(F K),

    b(x, s) = exp(x / 2) N(m + h) - exp(-x / 2) N(m - h) = phi(m) exp(-h^2 / 2) (Y(m + h) - Y(m - h)),

where Y = N / phi is a Mills ratio: what is small, phi(m), stands outside of the difference. Source: Jaeckel, "Let's be
rational" (2015), section 3 and appendix A.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.special import erfcx  # type: ignore[import-untyped]  # scipy ships no types

from market.pure.bars import Floats

ROOT_TAU: Final = float(np.sqrt(2.0 * np.pi))
_ROOT_HALF: Final = float(np.sqrt(0.5))
_ROOT_HALF_PI: Final = float(np.sqrt(0.5 * np.pi))
# Below this h the difference of two ratios is taken from its series, whose fourth term is then 1e-15 of the first.
_SERIES_BELOW: Final = 0.01


def log_ratio(over: Floats, under: Floats) -> Floats:
    """Return ln(over / under), both above 0, to its last digit however near they are."""
    # Their quotient is rounded to 1e-16 of 1, which minutes before the end is a visible part of its logarithm.
    near = np.abs(over - under) < 0.5 * under
    return np.where(near, np.log1p(np.where(near, over - under, 0.0) / under), np.log(over / under))


def time_value(x: Floats, s: Floats) -> Floats:
    """Return b(x, s), what an option out of the money costs. [units of discounted sqrt(F K)]

    Parameters
    ----------
    x : float64, shape (n,)
        -|ln(forward / strike)|, at most 0. [1]
    s : float64, shape (n,)
        sigma * sqrt(T), above 0. [1]
    """
    middle = x / s
    half = 0.5 * s
    return np.asarray(np.exp(-0.5 * (middle * middle + half * half)) / ROOT_TAU * mills_difference(middle, half))


def mills_difference(middle: Floats, half: Floats) -> Floats:
    """Return Y(middle + half) - Y(middle - half), which is b over its own slope in s. Shape (n,)."""
    near = half < _SERIES_BELOW
    if not near.any():
        return mills(middle + half) - mills(middle - half)
    if near.all():
        return _series(middle, half)
    # Each ratio is the better part of the time: none is computed that is not used.
    apart, found = np.flatnonzero(~near), np.empty(len(half))
    found[near] = _series(middle[near], half[near])
    m, h = middle[apart], half[apart]
    found[apart] = mills(m + h) - mills(m - h)
    return found


def mills(z: Floats) -> Floats:
    """Return N(z) / phi(z)."""
    return np.asarray(_ROOT_HALF_PI * erfcx(-_ROOT_HALF * z))


def _series(middle: Floats, half: Floats) -> Floats:
    # Taylor in `half`: 2 h (Y' + h^2 Y''' / 6 + h^4 Y''''' / 120), with Y' = 1 + z Y and what follows from it.
    ratio, square, step = mills(middle), middle * middle, half * half
    first = 1.0 + middle * ratio
    third = 2.0 + square + middle * (3.0 + square) * ratio
    fifth = 8.0 + square * (9.0 + square) + middle * (15.0 + square * (10.0 + square)) * ratio
    return np.asarray(2.0 * half * (first + step * (third / 6.0 + step * fifth / 120.0)))
