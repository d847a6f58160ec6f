"""One figure of a bench: ours, the baseline's, and how many times better we are."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes
    ----------
    ours, baseline : float
        Measured in the same run, in `unit`; `baseline` is None for a count that must be constant or zero.
    ratio : float or None
        Above 1 means that we are better.
    """

    bench: str
    case: str
    measure: str
    ours: float
    unit: str
    baseline: float | None = None
    baseline_name: str | None = None
    ratio: float | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the members of the JSON row."""
        return asdict(self)


def median_ms(work: Callable[[], object], *, runs: int = 9) -> float:
    """Return the median wall time of a call after one warm-up. [ms]"""
    work()
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def faster(bench: str, case: str, measure: str, ours_ms: float, baseline_ms: float, name: str) -> Row:
    """Return the row of a time against a slower way of doing the same."""
    ratio = round(baseline_ms / ours_ms, 2)
    return Row(bench, case, measure, round(ours_ms, 3), "ms", round(baseline_ms, 3), name, ratio)
