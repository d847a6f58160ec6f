"""One symbol's day as a vendor would have recorded it, and what of it was known at an instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from market.pure.bars import Bars, Floats, Ints
from market.pure.panel import MINUTE_S
from simulation.pure.listings import Listing
from simulation.pure.paths import Part
from simulation.pure.prints import PRINT_S, PRINTS, tape
from simulation.pure.timeline import numbers
from simulation.pure.volumes import shares_of_day, traded


@dataclass(frozen=True, slots=True)
class Hours:
    """When a day's parts begin and end. [Unix seconds, UTC]"""

    day: date
    early_ts: int
    open_ts: int
    close_ts: int
    late_ts: int

    def parts(self) -> Mapping[Part, tuple[int, int]]:
        """Return the first and the last edge of each part."""
        return {
            Part.EARLY: (self.early_ts, self.open_ts),
            Part.REGULAR: (self.open_ts, self.close_ts),
            Part.LATE: (self.close_ts, self.late_ts),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """All minutes of a day in which anything happened, with their prints.

    Attributes
    ----------
    bars : Bars, length n
    prints : float64, shape (n, 12)
        Prices at 0, 5, ... 55 s of each minute. [USD, or index points]
    """

    bars: Bars
    prints: npt.NDArray[np.float64]

    def completed(self, at: int) -> Bars:
        """Return the minutes that were over at `at`. [Unix seconds]"""
        return self.bars.until(at - MINUTE_S)

    def latest(self, at: int) -> Bars:
        """Return the newest minute that had begun at `at`, as far as it was known then: 0 or 1 rows. [Unix seconds]"""
        row = int(np.searchsorted(self.bars.ts, at, side="right")) - 1
        if row < 0:
            return Bars.empty()
        seen = _prints_seen(int(self.bars.ts[row]), at)
        one = slice(row, row + 1)
        volume = np.floor(self.bars.volume[one] * seen / PRINTS)
        return bars_of(self.bars.ts[one], self.prints[one, :seen], volume)

    def volume_until(self, at: int) -> float:
        """Return the shares traded so far, the newest minute as far as it was known; NaN for an index. [shares]"""
        if np.isnan(self.bars.volume).all():
            return float("nan")
        latest = self.latest(at)
        return float(self.completed(at).volume.sum() + latest.volume[latest.ts > at - MINUTE_S].sum())


def _prints_seen(minute_ts: int, at: int) -> int:
    return min(PRINTS, (at - minute_ts) // PRINT_S + 1)


def printed_at(minute_ts: int, at: int) -> int:
    """Return when the newest print of a minute was made, as seen at `at`. [Unix seconds]"""
    return minute_ts + PRINT_S * (_prints_seen(minute_ts, at) - 1)


def bars_of(ts: Ints, prints: npt.NDArray[np.float64], volume: Floats) -> Bars:
    """Return the bars of these prints.

    Parameters
    ----------
    ts : int64, shape (n,)
    prints : float64, shape (n, k), k at least 1
    volume : float64, shape (n,)
        NaN where nothing trades: the bar then has no volume-weighted price either.
    """
    mean = np.where(np.isfinite(volume), np.round(prints.mean(axis=1), 4), np.nan)
    return Bars(ts, prints[:, 0].copy(), prints.max(axis=1), prints.min(axis=1), prints[:, -1].copy(), volume, mean)


# A day of one symbol takes about 100 KB; this many cover all symbols of a demo for today and yesterday.
@lru_cache(maxsize=192)
def recording(seed: int, listing: Listing, hours: Hours) -> Recording:
    """Return the whole day of a listing; an index has regular hours only.

    Raises
    ------
    OutsideTimeline
        If the made-up market has no such day.
    """
    day = numbers([hours.day])
    wanted = tuple(Part) if listing.has_volume else (Part.REGULAR,)
    pieces = [_part(seed, listing, part, day, *hours.parts()[part]) for part in wanted]
    ts, prints, volume = (np.concatenate(column) for column in zip(*pieces, strict=True))
    return Recording(bars_of(ts, prints, volume), prints)


def _part(
    seed: int, listing: Listing, part: Part, day: Ints, start: int, end: int
) -> tuple[Ints, npt.NDArray[np.float64], Floats]:
    ts = np.arange(start, end, MINUTE_S, dtype=np.int64)
    prints, volume = (array[0] for array in tape(seed, listing, part, day, len(ts)))
    if part is Part.REGULAR:
        return ts, prints, volume
    usual = listing.price * listing.shares * shares_of_day(part, len(ts))
    there = traded(seed, listing.symbol, part, int(day[0]), usual)
    return ts[there], prints[there], volume[there]
