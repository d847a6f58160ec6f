"""When price tests a level: the one definition that the levels table and the level-test detector share.

A bar touches a level when the level lies in [low - tolerance, high + tolerance]. A touch is a new test only after an
excursion: since the touch before it some bar that did not touch reached at least `excursion` away from the level. Price
that rests on a level has therefore tested it once, however long it rests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from market.pure.bars import Floats

Flags = npt.NDArray[np.bool_]

TOLERANCE_ATR = 0.12
TOLERANCE_OF_PRICE = 0.0007
EXCURSION_ATR = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Touches:
    """What each bar did to each level, both of the broadcast shape of level and bars.

    Attributes
    ----------
    touched : bool
        The bar came within tolerance.
    tested : bool
        The bar came within tolerance for the first time, or for the first time since an excursion.
    """

    touched: Flags
    tested: Flags


def touches(
    high: Floats,
    low: Floats,
    level: Floats | float,
    *,
    tolerance: Floats | float,
    excursion: Floats | float,
) -> Touches:
    """Mark the bars that touch a level and those that test it.

    Parameters
    ----------
    high, low : float64, shape (..., n)
        Completed bars, oldest first; NaN where a minute has no bar, which neither touches nor moves away.
    level : float64, broadcast to (..., n)
        One price, one a row as shape (k, 1), or one a bar for a level that moves (VWAP). NaN is never touched.
    tolerance, excursion : float64, broadcast to (..., n)
        How near is a touch, and how far away price must have been before the next one counts. [price]

    Returns
    -------
    Touches
        Entry i depends on bars 0..i only, so a prefix of the bars gives a prefix of the answer.
    """
    above, below, outside = high - level, level - low, -tolerance
    touched = (above >= outside) & (below >= outside)
    away = ~touched & (np.maximum(above, below) >= excursion)
    return Touches(touched=touched, tested=touched & _fresh(touched, away))


@overload
def tolerance(price: Floats, atr: Floats | float) -> Floats: ...
@overload
def tolerance(price: float, atr: float) -> float: ...
def tolerance(price: Floats | float, atr: Floats | float) -> Floats | float:
    """Return how near counts as a touch: max(0.12 ATR, 0.07 % of price); NaN where either is NaN. [price]."""
    return np.maximum(TOLERANCE_ATR * atr, TOLERANCE_OF_PRICE * price)


def excursion(atr: Floats | float) -> Floats | float:
    """Return how far price must leave before it can test again: 0.25 daily ATR. [price]."""
    return EXCURSION_ATR * atr


def _fresh(touched: Flags, away: Flags) -> Flags:
    # Fresh: the last thing that happened before this bar was an excursion, or nothing has happened yet. Each bar that
    # did something gets a number that grows with time, odd for a touch, so the maximum so far says what came last.
    number = np.arange(2, 2 * touched.shape[-1] + 2, 2, dtype=np.int32)
    last = np.maximum.accumulate((number + touched) * (touched | away), axis=-1)
    fresh = np.ones(touched.shape, dtype=np.bool_)
    np.equal(last[..., :-1] & 1, 0, out=fresh[..., 1:])
    return fresh
