"""One figure of a bench: ours, the baseline's, and how many times better we are."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
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
    must_be : float or None
        What a count has to be; anything else fails the run. Not part of the JSON.
    """

    bench: str
    case: str
    measure: str
    ours: float
    unit: str
    baseline: float | None = None
    baseline_name: str | None = None
    ratio: float | None = None
    must_be: float | None = None

    @property
    def broken(self) -> bool:
        """Whether a count is not what it has to be."""
        return self.must_be is not None and self.ours != self.must_be

    def as_dict(self) -> dict[str, object]:
        """Return the members of the JSON row."""
        members = asdict(self)
        del members["must_be"]
        return members


def median_ms(work: Callable[[], object], *, runs: int = 9) -> float:
    """Return the median wall time of a call after one warm-up. [ms]"""
    work()
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least `percent` of them do not exceed.

    Raises
    ------
    ValueError
        Without any value: a figure of nothing would look like a good one.
    """
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def faster(bench: str, case: str, measure: str, ours_ms: float, baseline_ms: float, name: str) -> Row:
    """Return the row of a time against a slower way of doing the same."""
    ratio = round(baseline_ms / ours_ms, 2)
    return Row(bench, case, measure, round(ours_ms, 3), "ms", round(baseline_ms, 3), name, ratio)


def oftener(bench: str, case: str, measure: str, ours: float, unit: str, baseline: float, name: str) -> Row:
    """Return the row of a rate, of which more is better, against another's."""
    return Row(bench, case, measure, round(ours, 1), unit, round(baseline, 1), name, round(ours / baseline, 2))


def none_of(bench: str, case: str, measure: str, found: int, unit: str = "events") -> Row:
    """Return the row of a count that must be zero."""
    return Row(bench, case, measure, found, unit, must_be=0)
