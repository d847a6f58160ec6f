"""Gaps between sessions: how large they are, and how often one like today's was filled the same day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from market.pure.bars import Bars, Floats, Ints

SESSIONS = 250
# Where size classes begin; the last one is open. [percent of the previous close, absolute]
CLASS_EDGES_PCT = (0.2, 0.5, 1.0, 2.0)
MOST_PCT = 25.0  # beyond it prices were restated, as by a split: nobody traded such a gap
PCT_DECIMALS = 9


@dataclass(frozen=True, slots=True, eq=False)
class GapHistory:
    """The gaps of completed sessions.

    Attributes
    ----------
    pct : float64, shape (n,)
        Open against the close before, oldest first. [percent of that close]
    filled : bool, shape (n,)
        The session traded back to that close.
    """

    pct: Floats
    filled: npt.NDArray[np.bool_]

    @classmethod
    def empty(cls) -> Self:
        """Return the history of a symbol without one."""
        return cls(np.empty(0), np.empty(0, dtype=np.bool_))

    def __len__(self) -> int:
        return len(self.pct)

    def fill_rate(self, gap_pct: float) -> tuple[float | None, int]:
        """Return the share of comparable gaps that were filled, 0..1, and how many there are.

        Comparable is what had the same sign and size class. Without any, as for NaN, the share is None.
        """
        like = (np.sign(self.pct) == np.sign(gap_pct)) & (size_class(self.pct) == size_class(gap_pct))
        count = int(like.sum())
        return (float(self.filled[like].mean()) if count else None), count


def history(days: Bars) -> GapHistory:
    """Return the gaps of daily bars, completed and ascending.

    Only the last 250 sessions count, and of them only gaps up to 25 %: one day of restated prices is no gap. A session
    filled its gap when its low (gap up) or high (gap down) reached the close before.
    """
    before, after = days.close[:-1][-SESSIONS:], days.take(slice(1, None)).take(slice(-SESSIONS, None))
    pct = size_pct(after.open, before)
    filled = np.where(pct > 0, after.low <= before, after.high >= before)
    traded = np.abs(pct) <= MOST_PCT
    return GapHistory(pct=pct[traded], filled=filled[traded])


def size_pct(opened: Floats, before: Floats) -> Floats:
    """Return the gaps from closes to the opens after them, rounded to 9 decimals. [percent of that close].

    Without rounding an open of 10.02 after a close of 10 lies a hair below 0.2 %. NaN where either is NaN, or the close
    is no price.
    """
    priced = np.isfinite(before) & (before > 0)
    share: Floats = np.divide(opened - before, before, out=np.full(before.shape, np.nan), where=priced)
    return np.round(100 * share, PCT_DECIMALS)


def size_class(gap_pct: Floats | float) -> Ints:
    """Return the size class of gaps in percent: 0 below 0.2, 1 from there, 2 from 0.5, 3 from 1, 4 from 2 on."""
    return np.searchsorted(CLASS_EDGES_PCT, np.abs(gap_pct), side="right")
