"""The way of one driver through the minutes of its days: before the open, in the session, and after it."""

from __future__ import annotations

from enum import Enum
from math import sqrt

import numpy as np

from market.pure.bars import Floats, Ints
from simulation.pure import regimes
from simulation.pure.drivers import Chain, Driver, chain
from simulation.pure.streams import generator

FULL_SESSION = 390  # minutes
# One minute in twenty is a jump; the mixture has variance 1.
_JUMPS, _JUMP, _ORDINARY = 0.05, 2.2, 0.87
# Size of a quiet-hours minute against a usual session minute.
EARLY_SIZE, LATE_SIZE = 0.45, 0.30


class Part(Enum):
    """Which hours of a day."""

    EARLY = "early"
    REGULAR = "regular"
    LATE = "late"


def path(seed: int, driver: Driver, part: Part, days: Ints, minutes: int) -> Floats:
    """Return the driver's log distance from its anchor at the end of each minute.

    Parameters
    ----------
    seed : int
    driver : Driver
    part : Part
    days : int64, shape (d,)
        Day numbers of `timeline`.
    minutes : int
        Length of that part on these days.

    Returns
    -------
    float64, shape (d, minutes)
        The early part ends on the opening level, the regular one on the closing level, exactly; the late one starts
        from it. [1]
    """
    whole = chain(seed, driver)
    steps = _steps(seed, driver, part, days, minutes)
    if part is Part.REGULAR:
        return whole.open[days, None] + _regular(whole, steps, days)
    quiet = steps * (whole.noise[days, None] / sqrt(FULL_SESSION))
    if part is Part.LATE:
        return whole.close[days, None] + LATE_SIZE * np.cumsum(quiet, axis=1, dtype=np.float64)
    return whole.open[days, None] + _early(seed, driver, whole.gap[days], EARLY_SIZE * quiet, days)


def _steps(seed: int, driver: Driver, part: Part, days: Ints, minutes: int) -> Floats:
    steps = np.empty((len(days), minutes))
    jumps = np.empty((len(days), minutes))
    for row, day in enumerate(days.tolist()):
        source = generator(seed, driver.name, part.value, day)
        source.standard_normal(out=steps[row])
        source.random(out=jumps[row])
    sizes: Floats = np.where(jumps < _JUMPS, _JUMP, _ORDINARY)
    return steps * sizes


def _regular(whole: Chain, steps: Floats, days: Ints) -> Floats:
    minutes = steps.shape[1]
    size = regimes.restlessness(minutes)
    wander = np.cumsum(steps * size, axis=1) / sqrt(FULL_SESSION)
    # Pinned to return to 0, so that the session closes where the chain of days says.
    wander -= wander[:, -1:] * (np.cumsum(size**2) / (size**2).sum())
    regime, row = whole.regime[days], whole.swing_row[days]
    drift: Floats = whole.move[days, None] * regimes.progress(minutes)[regime]
    swing: Floats = whole.swing[days, None] * regimes.swings(minutes)[row]
    return drift + swing + whole.noise[days, None] * wander


def _early(seed: int, driver: Driver, gaps: Floats, moves: Floats, days: Ints) -> Floats:
    # Part of the night's news is in the first print; the rest comes in until the open.
    minutes = moves.shape[1]
    t: Floats = np.arange(1, minutes + 1) / minutes
    wander = np.cumsum(moves, axis=1, dtype=np.float64)
    wander -= wander[:, -1:] * t
    unheard = np.array([generator(seed, driver.name, "unheard", day).uniform(0.1, 0.6) for day in days.tolist()])
    still_to_come: Floats = 1.0 - t * t
    return wander - (unheard * gaps)[:, None] * still_to_come
