"""The characters that a session can have, and the shapes that they give it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np

from market.pure.bars import Floats


class Regime(IntEnum):
    """What kind of day it is."""

    TREND = 0
    OPENING_DRIVE = 1
    REVERSAL = 2
    RANGE = 3
    QUIET = 4
    VOLATILE = 5


@dataclass(frozen=True, slots=True)
class Character:
    """How a regime moves, in units of the driver's usual day.

    Attributes
    ----------
    share : how often it is drawn
    noise : size of the wandering
    sure : size of the move from open to close that has one side from the start
    free : standard deviation of the rest of that move
    activity : factor on the volume
    """

    share: float
    noise: float
    sure: float
    free: float
    activity: float


CHARACTERS = {
    Regime.TREND: Character(share=0.20, noise=1.0, sure=1.5, free=0.35, activity=1.15),
    Regime.OPENING_DRIVE: Character(share=0.15, noise=1.1, sure=1.2, free=0.40, activity=1.25),
    Regime.REVERSAL: Character(share=0.17, noise=1.1, sure=0.0, free=0.70, activity=1.10),
    Regime.RANGE: Character(share=0.22, noise=0.8, sure=0.0, free=0.30, activity=0.90),
    Regime.QUIET: Character(share=0.16, noise=0.5, sure=0.0, free=0.30, activity=0.70),
    Regime.VOLATILE: Character(share=0.10, noise=1.7, sure=0.0, free=2.00, activity=1.60),
}

# Rows of `swings`: none, a reversal early, at mid-morning, before noon, and two waves.
STILL, REVERSALS, WAVES = 0, (1, 2, 3), (4, 5)
_REVERSAL_PEAKS = (0.12, 0.22, 0.36)
_REVERSAL_BACK = 0.45
_DRIVE_SHARE = 0.08


def column(name: str) -> Floats:
    """Return one attribute of all characters, by regime number. Shape (6,)."""
    return np.array([getattr(CHARACTERS[regime], name) for regime in Regime], dtype=np.float64)


def usual_move() -> float:
    """Return the root mean square of the move from open to close over all regimes, in units of the noise."""
    square = column("sure") ** 2 + column("free") ** 2
    return float(np.sqrt((column("share") * square).sum()))


def _smooth(x: Floats) -> Floats:
    s = np.clip(x, 0.0, 1.0)
    return s * s * (3.0 - 2.0 * s)


def _frozen(table: Floats) -> Floats:
    table.setflags(write=False)  # cached and shared by every caller
    return table


@lru_cache(maxsize=16)
def progress(minutes: int) -> Floats:
    """Return how much of its move each regime has made at the end of each minute. Shape (6, minutes), last column 1."""
    t = np.arange(1, minutes + 1) / minutes
    drive = (1.0 - np.exp(-t / _DRIVE_SHARE)) / (1.0 - np.exp(-1.0 / _DRIVE_SHARE))
    return _frozen(np.stack([drive if regime is Regime.OPENING_DRIVE else t for regime in Regime]))


@lru_cache(maxsize=16)
def swings(minutes: int) -> Floats:
    """Return the excursions that end where they began, of height 1. Shape (6, minutes), last column 0."""
    t = np.arange(1, minutes + 1) / minutes
    there_and_back = [
        _smooth(t / peak) * _smooth((peak + _REVERSAL_BACK - t) / _REVERSAL_BACK) for peak in _REVERSAL_PEAKS
    ]
    waves = [np.sin(3.0 * np.pi * t), np.sin(4.0 * np.pi * t)]
    table = np.stack([np.zeros(minutes), *there_and_back, *waves])
    table[:, -1] = 0.0
    return _frozen(table)


@lru_cache(maxsize=16)
def restlessness(minutes: int) -> Floats:
    """Return the usual size of a minute's move through the session, lively at both ends. Shape (minutes,), RMS 1."""
    t = (np.arange(minutes) + 0.5) / minutes
    size = 1.0 + 1.0 * np.exp(-t / 0.07) + 0.5 * np.exp((t - 1.0) / 0.10)
    return _frozen(size / np.sqrt((size**2).mean()))
