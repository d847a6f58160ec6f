"""Which minutes of a snapshot are new and complete, and which minutes have to be asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from market.pure.bars import Bars

MINUTE_S = 60
# A vendor that shows a minute only while it forms may publish its final form some seconds later.
MOST_TRIES_A_MINUTE = 2


@dataclass(frozen=True, slots=True)
class Gap:
    """Minutes that have to be asked for: those in [start, end). [Unix seconds]."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the bars of a symbol's session are in. Left edges in Unix seconds; None when there is none yet.

    Attributes
    ----------
    newest : int or None
        The newest completed bar stored.
    covered : int or None
        No minute up to this one is missing, except those without a trade.
    asked : int
        The settled minute at which the vendor was last asked for missing minutes; 0 for never.
    tries : int
        How often it was asked in that minute.
    """

    newest: int | None = None
    covered: int | None = None
    asked: int = 0
    tries: int = 0

    def is_ahead(self, now_s: float) -> bool:
        """Say whether bars are stored that end after now, because the clock was set back. [Unix seconds]."""
        return self.newest is not None and self.newest + MINUTE_S > now_s

    def may_ask(self, settled: int) -> bool:
        """Say whether the vendor may be asked again: a call every cycle is too dear."""
        return settled > self.asked or self.tries < MOST_TRIES_A_MINUTE

    def after_asking(self, settled: int) -> Progress:
        """Return the progress with one more question counted."""
        return replace(self, asked=settled, tries=self.tries + 1 if settled == self.asked else 1)


def gap_before(progress: Progress, minutes: Bars, *, day_start: int, told: int, settled: int) -> Gap | None:
    """Return what lies unknown between the stored bars and the oldest minute of a snapshot; None when nothing does.

    Minutes without a trade look like unknown ones, once: whoever asks and finds nothing has them covered. A snapshot
    that was not renewed since its last minute may show half of it: that one is unknown too, once the next has settled.

    Parameters
    ----------
    progress : Progress
        Of the symbol.
    minutes : Bars
        Which the snapshot shows.
    day_start : int
        Left edge of the first minute that is wanted. [Unix seconds]
    told, settled : int
        Left edges of the newest minutes that the snapshot, and the vendor, can tell whole. [Unix seconds]
    """
    if not len(minutes):
        return None
    first, last = int(minutes.ts[0]), int(minutes.ts[-1])
    start = day_start if progress.covered is None else progress.covered + MINUTE_S
    end = last + MINUTE_S if told < last < settled else first
    return Gap(start, end) if start < end else None


def gap_apart(progress: Progress, *, day_start: int, settled: int, last: int) -> Gap | None:
    """Return the settled minutes of a symbol whose snapshots show none, which are unknown; None when nothing is.

    Parameters
    ----------
    progress : Progress
        Of the symbol.
    day_start : int
        Left edge of the first minute that is wanted. [Unix seconds]
    settled : int
        Left edge of the newest minute the vendor can tell whole. [Unix seconds]
    last : int
        Left edge of the last minute that is worth a question. [Unix seconds]
    """
    start = day_start if progress.covered is None else progress.covered + MINUTE_S
    end = min(settled, last) + MINUTE_S
    return Gap(start, end) if start < end else None


def is_final(gap: Gap, found: Bars, settled: int) -> bool:
    """Say whether the answer for a gap will not grow: its last minute is in, or settled a minute ago without a bar."""
    last = gap.end - MINUTE_S
    return last < settled or bool(len(found) and found.ts[-1] == last)


def completed(minutes: Bars, settled: int) -> Bars:
    """Return the minutes that cannot change any more: settled by time, or followed by a later one."""
    if not len(minutes):
        return minutes
    return minutes.take(np.asarray((minutes.ts <= settled) | (minutes.ts < minutes.ts[-1])))


def ended(bars: Bars, now_s: float) -> Bars:
    """Return the bars that have ended: a store may hold later ones after the clock was set back. [Unix seconds]."""
    return bars.until(math.floor(now_s) - MINUTE_S)


def newer(bars: Bars, than: int | None) -> Bars:
    """Return the bars behind a left edge, all of them when it is None."""
    return bars if than is None else bars.take(slice(int(np.searchsorted(bars.ts, than, side="right")), None))


def covered_by(minutes: Bars, settled: int) -> int | None:
    """Return the minute up to which a snapshot tells everything: its last one, or the one before while that forms."""
    if not len(minutes):
        return None
    last = int(minutes.ts[-1])
    return last if last <= settled else last - MINUTE_S


def latest(*edges: int | None) -> int | None:
    """Return the latest of some left edges, None of none."""
    return max((edge for edge in edges if edge is not None), default=None)
