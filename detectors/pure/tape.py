"""The bars of a panel pushed together, so that "the previous bar" is the previous bar that exists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt

from detectors.pure.background import NOTHING, Background
from market.pure.bars import Floats, Ints
from market.pure.panel import Panel

GRIDS = {"open": "open", "high": "high", "low": "low", "close": "close", "volume": "volume", "own_vwap": "vwap"}
FIVE = 5  # minutes of the longer bars whose ATR re-arms a VWAP cross
ATR_BARS = 14

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Tape:
    """Bars of some symbols in one session, one row a symbol, without the minutes that had none.

    What several detectors read is computed once, when the first asks. Every such figure of a bar depends on the bars
    up to it alone.

    Attributes
    ----------
    panel : Panel
        The same bars on the clock grid, with what is known of each symbol.
    close_ts : int
        When the session closes. [Unix seconds, UTC]
    background : Background
        Levels, past gaps and gamma profiles of the symbols.
    count : int64, shape (s,)
        Number of bars of each symbol.
    minute : int64, shape (s, n)
        Minute of the session of each bar, the panel's column; beyond `count` it means nothing.
    open, high, low, close, volume : float64, shape (s, n)
        NaN beyond `count`. n is the largest count.
    own_vwap : float64, shape (s, n)
        What the vendor says the bar's volume traded at on average; NaN where it says nothing.
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
    own_vwap: Floats
    background: Background = NOTHING

    def ts(self, row: int, bar: int) -> int:
        """Return the left edge of a symbol's bar. [Unix seconds, UTC]."""
        return self.panel.ts(int(self.minute[row, bar]))

    def instant(self, row: int, bar: int) -> str:
        """Return the same as a text of the wire, such as 2026-02-09T14:30:00Z."""
        return datetime.fromtimestamp(self.ts(row, bar), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @cached_property
    def volumes(self) -> VolumeSums:
        """Running sums of volume."""
        return VolumeSums.of(self.volume)

    @cached_property
    def has_volume(self) -> Mask:
        """Which symbols have a volume, their own or a proxy's, shape (s,)."""
        return np.array([source is not None for source in self.panel.volume_source], dtype=np.bool_)

    @cached_property
    def vwap(self) -> Floats:
        """Session VWAP as it stood at the end of each bar, shape (s, n); NaN until volume has traded. [price]."""
        return self._base + self._offsets[0]

    @cached_property
    def sigma(self) -> Floats:
        """Volume-weighted standard deviation of the closes around that VWAP, shape (s, n). [price]."""
        mean, close, square = self._offsets
        return np.sqrt(np.maximum(square - 2 * mean * close + mean**2, 0.0))

    @cached_property
    def five_minute_atr(self) -> Floats:
        """Mean true range of the last <= 14 completed five-minute bars of the session, shape (s, n). [price].

        Five minutes by the clock, from the open; a bar belongs to those completed when it ends the fifth minute. NaN
        before the first is complete.
        """
        return _five_minute_atr(self)

    @property
    def _base(self) -> Floats:
        # Measured from the first close, so that squares do not lose the spread in the height of an index.
        return self.close[:, :1]

    @cached_property
    def _offsets(self) -> tuple[Floats, Floats, Floats]:
        # Means from the open on, weighted by volume: of the price a bar traded at, its close, and the close squared.
        weight = np.where(np.isfinite(self.volume), self.volume, 0.0)
        traded = np.cumsum(weight, axis=1)
        typical = (self.high + self.low + self.close) / 3
        price = np.where(np.isfinite(self.own_vwap), self.own_vwap, typical) - self._base
        close = self.close - self._base
        return tuple(
            np.divide(
                np.cumsum(weight * np.nan_to_num(value), axis=1),
                traded,
                out=np.full(traded.shape, np.nan),
                where=traded > 0,
            )
            for value in (price, close, close**2)
        )


def read(panel: Panel, close_ts: int, background: Background = NOTHING) -> Tape:
    """Return the panel's bars without its holes. A session without holes is not copied."""
    present = np.isfinite(panel.close)
    count = present.sum(axis=1)
    width = int(count.max(initial=0))
    grids = {ours: getattr(panel, theirs) for ours, theirs in GRIDS.items()}
    if _has_holes(present):
        order = np.argsort(~present, axis=1, kind="stable")[:, :width]
        grids = {name: np.take_along_axis(grid, order, axis=1) for name, grid in grids.items()}
    else:
        order = np.broadcast_to(np.arange(width), (len(count), width))
        grids = {name: grid[:, :width] for name, grid in grids.items()}
    return Tape(panel=panel, close_ts=close_ts, count=count, minute=order, background=background, **grids)


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


def _five_minute_atr(tape: Tape) -> Floats:
    panel = tape.panel
    groups = panel.minutes // FIVE
    if not groups:
        return np.full(tape.close.shape, np.nan)
    shape = (len(panel.symbols), groups, FIVE)
    high, low, close = (grid[:, : groups * FIVE].reshape(shape) for grid in (panel.high, panel.low, panel.close))
    top, bottom = np.fmax.reduce(high, axis=2), np.fmin.reduce(low, axis=2)
    before = np.full((shape[0], groups), np.nan)
    before[:, 1:] = _last_known(close.reshape(shape[0], -1))[:, FIVE - 1 : -1 : FIVE]
    ranges = np.fmax(top, before) - np.fmin(bottom, before)
    has = np.isfinite(top)
    total, known = _running(np.where(has, ranges, 0.0)), _running(has.astype(np.float64))
    end = np.arange(groups + 1)
    start = np.maximum(end - ATR_BARS, 0)
    count = known - known[:, start]
    mean = np.divide(total - total[:, start], count, out=np.full(count.shape, np.nan), where=count > 0)
    done = np.minimum((tape.minute + 1) // FIVE, groups)  # five-minute bars complete at the end of each bar
    return np.take_along_axis(mean, done, axis=1)


def _last_known(values: Floats) -> Floats:
    """Return each row with its holes filled by the value before them."""
    place = np.maximum.accumulate(np.where(np.isfinite(values), np.arange(values.shape[1]), 0), axis=1)
    return np.take_along_axis(values, place, axis=1)


def _has_holes(present: npt.NDArray[np.bool_]) -> bool:
    return bool((present[:, 1:] > present[:, :-1]).any())


def _running(values: Floats) -> Floats:
    # One column wider, so that entry k is the sum of the first k bars. np.cumsum adds from left to right, so a sum
    # never depends on what comes later.
    sums = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums
