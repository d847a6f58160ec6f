"""Daily bars: each the aggregate of its session's regular minutes, for many sessions in one go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from market.pure.bars import Bars, Floats, Ints
from simulation.pure.listings import Listing
from simulation.pure.paths import Part
from simulation.pure.prints import tape
from simulation.pure.timeline import numbers


@dataclass(frozen=True, slots=True)
class TradingDay:
    """A session's date, its length in minutes and the stamp of its bar. [Unix seconds]"""

    day: date
    minutes: int
    stamp: int


# A quarter of one symbol takes 4 KB; this many cover five years of thirty symbols, or one of all.
@lru_cache(maxsize=640)
def daily_bars(seed: int, listing: Listing, days: tuple[TradingDay, ...]) -> Bars:
    """Return one bar a session, ascending.

    Raises
    ------
    OutsideTimeline
        If the made-up market has no such day.
    """
    rows = [_of_length(seed, listing, days, minutes) for minutes in sorted({day.minutes for day in days})]
    return Bars.from_rows(np.concatenate(rows)) if rows else Bars.empty()


def _of_length(seed: int, listing: Listing, days: tuple[TradingDay, ...], minutes: int) -> Floats:
    # Sessions of one length are made together, as arrays of days by minutes.
    alike = [day for day in days if day.minutes == minutes]
    stamps: Ints = np.array([day.stamp for day in alike], dtype=np.int64)
    prints, volume = tape(seed, listing, Part.REGULAR, numbers([day.day for day in alike]), minutes)
    total = volume.sum(axis=1)
    minute_mean = np.round(prints.mean(axis=2), 4)
    mean = np.round((minute_mean * volume).sum(axis=1) / total, 4)
    flat = prints.reshape(len(alike), -1)
    return np.column_stack([stamps, flat[:, 0], flat.max(axis=1), flat.min(axis=1), flat[:, -1], total, mean])
