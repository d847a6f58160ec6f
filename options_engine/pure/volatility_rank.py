"""Where today's volatility stands among those of the past year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from market.pure.bars import Floats

Trend = Literal["rising", "falling", "stable", "unknown"]
WINDOW: Final = 252
# Fewer say nothing about a year.
LEAST: Final = 10
RECENT: Final = 20
RISING, FALLING = 1.1, 0.9
RETURNS: Final = 20  # a realised volatility is made of
TRADING_DAYS: Final = 252.0
_FLAT: Final = 50.0
# Relative: a market whose volatility never changed is flat although its last digits differ.
_ROUNDING: Final = 1e-9
NAN: Final = float("nan")


@dataclass(frozen=True, slots=True)
class Rank:
    """Today's volatility among earlier ones.

    Attributes
    ----------
    rank : float
        Its place between the lowest and the highest, 0 to 100; 50 where they are the same.
    percentile : float
        How many of a hundred were not above it.
    high, low : float
        Of the earlier ones. [1/sqrt(year)]
    trend : str
        Against the mean of the last 20: rising from 1.1 times it on, falling up to 0.9 times.
    days : int
        How many there were.
    """

    rank: float
    percentile: float
    high: float
    low: float
    trend: Trend
    days: int


def rank(current: float, history: Floats) -> Rank | None:
    """Return where a volatility stands among up to 252 earlier ones; None with fewer than ten, or if it is unknown.

    Parameters
    ----------
    current : float
        [1/sqrt(year)]
    history : float64, shape (n,)
        Ascending in time, without today's; the last 252 that are known count. [1/sqrt(year)]
    """
    known = history[np.isfinite(history)][-WINDOW:]
    if len(known) < LEAST or not np.isfinite(current):
        return None
    low, high = float(known.min()), float(known.max())
    slack = _ROUNDING * high
    flat = high - low <= slack
    place = _FLAT if flat else float(np.clip(100.0 * (current - low) / (high - low), 0.0, 100.0))
    percentile = 100.0 * float(np.mean(known <= current + slack))
    return Rank(place, percentile, high, low, _trend(current, known), len(known))


def realised(closes: Floats) -> Floats:
    """Return realised volatilities, each of the last 20 daily returns up to one close.

    Parameters
    ----------
    closes : float64, shape (n,)
        Of consecutive sessions, ascending, above 0. [USD, or index points]

    Returns
    -------
    float64, shape (max(0, n - 20),)
        Population standard deviation of log returns, times the root of 252. [1/sqrt(year)]
    """
    returns = np.diff(np.log(closes))
    if len(returns) < RETURNS:
        return np.empty(0)
    windows = np.lib.stride_tricks.sliding_window_view(returns, RETURNS)
    return np.asarray(windows.std(axis=1) * np.sqrt(TRADING_DAYS))


def _trend(current: float, history: Floats) -> Trend:
    usual = float(history[-RECENT:].mean())
    if current >= RISING * usual:
        return "rising"
    return "falling" if current <= FALLING * usual else "stable"
