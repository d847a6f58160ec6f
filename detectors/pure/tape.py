"""The bars of a panel pushed together, so that "the previous bar" is the previous bar that exists."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from market.pure.bars import Floats, Ints
from market.pure.panel import Panel

GRIDS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True, slots=True, eq=False)
class Tape:
    """Bars of some symbols in one session, one row a symbol, without the minutes that had none.

    Attributes
    ----------
    panel : Panel
        The same bars on the clock grid, with what is known of each symbol.
    close_ts : int
        When the session closes. [Unix seconds, UTC]
    count : int64, shape (s,)
        Number of bars of each symbol.
    minute : int64, shape (s, n)
        Minute of the session of each bar, the panel's column; beyond `count` it means nothing.
    open, high, low, close, volume : float64, shape (s, n)
        NaN beyond `count`. n is the largest count.
    """

    panel: Panel
    close_ts: int
    count: Ints
    minute: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def ts(self, row: int, bar: int) -> int:
        """Return the left edge of a symbol's bar. [Unix seconds, UTC]."""
        return self.panel.ts(int(self.minute[row, bar]))


def read(panel: Panel, close_ts: int) -> Tape:
    """Return the panel's bars without its holes. A session without holes is not copied."""
    present = np.isfinite(panel.close)
    count = present.sum(axis=1)
    width = int(count.max(initial=0))
    grids = {name: getattr(panel, name) for name in GRIDS}
    if _has_holes(present):
        order = np.argsort(~present, axis=1, kind="stable")[:, :width]
        grids = {name: np.take_along_axis(grid, order, axis=1) for name, grid in grids.items()}
    else:
        order = np.broadcast_to(np.arange(width), (len(count), width))
        grids = {name: grid[:, :width] for name, grid in grids.items()}
    return Tape(panel=panel, close_ts=close_ts, count=count, minute=order, **grids)


@dataclass(frozen=True, slots=True, eq=False)
class VolumeSums:
    """Running sums of volume along the tape, for the mean of any stretch of bars."""

    total: Floats
    known: Floats

    @classmethod
    def of(cls, volume: Floats) -> VolumeSums:
        """Return the sums of an array of shape (s, n); bars without volume are left out of every mean."""
        has = np.isfinite(volume)
        return cls(total=_running(np.where(has, volume, 0.0)), known=_running(has.astype(np.float64)))

    def mean(self, rows: Ints, start: Ints, stop: Ints) -> Floats:
        """Return the mean volume of the bars in [start, stop) of some rows, in shares; NaN where none has a volume."""
        known = self.known[rows, stop] - self.known[rows, start]
        total = self.total[rows, stop] - self.total[rows, start]
        mean: Floats = np.divide(total, known, out=np.full(len(rows), np.nan), where=known > 0)
        return mean


def minutes_present(panel: Panel, minutes: int) -> Ints:
    """Return how many of a session's first minutes have a bar, for each symbol."""
    count: Ints = np.isfinite(panel.close[:, :minutes]).sum(axis=1)
    return count


def _has_holes(present: npt.NDArray[np.bool_]) -> bool:
    return bool((present[:, 1:] > present[:, :-1]).any())


def _running(values: Floats) -> Floats:
    # One column wider, so that entry k is the sum of the first k bars. np.cumsum adds from left to right, so a sum
    # never depends on what comes later.
    sums = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums
