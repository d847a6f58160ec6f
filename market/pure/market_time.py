"""Market time as a function of wall time: where an accelerated clock that skips closed hours stands."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from market.pure.bars import Floats

SETTLE_S = 2
MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Anchor:
    """A market time, the wall time at which it was read, and how time runs from there.

    Attributes
    ----------
    market_s, wall_s : float
        The two instants. [Unix seconds]
    speed : float
        Market seconds a wall second, above 0.
    paused : bool
        Market time stands still.
    """

    market_s: float
    wall_s: float
    speed: float
    paused: bool = False

    @property
    def elapsed_speed(self) -> float:
        """Market seconds a wall second, 0 while paused."""
        return 0.0 if self.paused else self.speed


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """The stretches of time in which the market clock runs, [starts, ends), ascending and apart.

    Attributes
    ----------
    starts, ends : float64, shape (n,)
        Their edges. [Unix seconds].
    run_before : float64, shape (n + 1,)
        Running time before each window, and in all of them. [seconds]
    """

    starts: Floats
    ends: Floats
    run_before: Floats = field(init=False)

    def __post_init__(self) -> None:
        edges = np.column_stack([self.starts, self.ends]).ravel()
        if not len(edges) or not (np.diff(edges) > 0).all():
            raise ValueError("windows have to be ascending and apart, and there has to be one")
        object.__setattr__(self, "run_before", np.concatenate([[0.0], np.cumsum(self.ends - self.starts)]))


def market_time(anchor: Anchor, wall_s: float, windows: Windows | None = None) -> float:
    """Return the market time at a wall time. [Unix seconds].

    Time runs only inside `windows` and jumps from the end of one to the start of the next; an anchor between two
    counts as the start of the next. At the end of the last window it stands. A wall time before the anchor's counts
    as the anchor's. Never decreases as `wall_s` grows.
    """
    elapsed = max(0.0, wall_s - anchor.wall_s) * anchor.elapsed_speed
    if windows is None:
        return anchor.market_s + elapsed
    window = int(np.searchsorted(windows.ends, anchor.market_s, side="right"))
    if window == len(windows.ends):
        return float(windows.ends[-1])
    run = max(0.0, anchor.market_s - windows.starts[window]) + elapsed
    if run >= windows.ends[window] - windows.starts[window]:
        reached = windows.run_before[window] + run
        window = int(np.searchsorted(windows.run_before, reached, side="right")) - 1
        if window == len(windows.ends):
            return float(windows.ends[-1])
        run = reached - windows.run_before[window]
    return float(windows.starts[window] + run)


def settled_minute(at_s: float) -> int:
    """Return the left edge of the newest minute that is complete: its right edge is two seconds old. [Unix seconds]."""
    return int((at_s - MINUTE_S - SETTLE_S) // MINUTE_S) * MINUTE_S
