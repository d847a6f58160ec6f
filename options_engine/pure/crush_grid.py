"""What a straddle is worth after an event, at many volatilities and prices: priced anew at each, never scaled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from market.pure.bars import Floats
from options_engine.pure import black_scholes
from options_engine.pure.event_variance import AtTheMoney

_LEAST_SIGMA, _MOST_SIGMA = 1e-4, 20.0
_STEPS: Final = 200


def straddle(expiry: AtTheMoney, crushes: Sequence[float], moves: Sequence[float], t_years: float) -> Floats:
    """Return what the straddle is worth with some time to go.

    Parameters
    ----------
    expiry : AtTheMoney
        Its strike stays where it is.
    crushes : sequence of float, length c
        Share of itself that the volatility loses, below 1. [1]
    moves : sequence of float, length m
        How the share moves, above -1. [1]
    t_years : float
        Time to go. [years]

    Returns
    -------
    float64, shape (c, m)
        [USD a share]
    """
    sigma = np.maximum(expiry.sigma * (1.0 - np.asarray(crushes, dtype=np.float64)), _LEAST_SIGMA)
    spot = expiry.spot * (1.0 + np.asarray(moves, dtype=np.float64))
    legs = black_scholes.price(
        spot[None, :, None],
        expiry.strike,
        t_years,
        sigma[:, None, None],
        np.array([True, False]),
        rate=expiry.rate,
        dividend=expiry.dividend,
    )
    return np.asarray(legs.sum(axis=-1))


def straddle_sigma(expiry: AtTheMoney, paid: float) -> float:
    """Return the volatility at which the straddle costs what is paid for it; NaN where none does.

    Notes
    -----
    Bisection: a straddle grows with its volatility, without a bound but that of the two prices.
    """
    low, high = _LEAST_SIGMA, _MOST_SIGMA
    if not expiry.straddle(low, expiry.t_years) < paid < expiry.straddle(high, expiry.t_years):
        return math.nan
    for _ in range(_STEPS):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        if expiry.straddle(middle, expiry.t_years) < paid:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def breakeven_crush(expiry: AtTheMoney, paid: float, move: float, t_years: float) -> float:
    """Return the share of its volatility that a straddle may lose and still be worth what was paid; NaN if none.

    Parameters
    ----------
    paid : float
        [USD a share]
    move : float
        How the share has moved by then. [1]
    t_years : float
        Time to go then. [years]
    """
    then = AtTheMoney(
        spot=expiry.spot * (1.0 + move),
        strike=expiry.strike,
        sigma=expiry.sigma,
        t_years=t_years,
        rate=expiry.rate,
        dividend=expiry.dividend,
    )
    return 1.0 - straddle_sigma(then, paid) / expiry.sigma
