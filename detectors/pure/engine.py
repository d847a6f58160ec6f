"""Which detectors there are, and what all of them say about a session so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass

from detectors.pure import opening_range
from detectors.pure.detection import Abstention, Detection, Key, Sighting
from detectors.pure.rounding import NonFiniteScore
from detectors.pure.tape import Tape, read
from market.pure.panel import Panel

Find = Callable[[Tape], Iterator[Sighting | Abstention]]


@dataclass(frozen=True, slots=True)
class Detector:
    """One detector: its name in counters and docs, the setup types it yields, and its function."""

    name: str
    setup_types: tuple[str, ...]
    find: Find


# A new detector is a module beside this one and a line here.
REGISTRY: tuple[Detector, ...] = (
    Detector(name="orb_breakout", setup_types=(opening_range.SETUP_TYPE,), find=opening_range.find),
)


def detect(
    panel: Panel, *, close_ts: int, known: Container[Key] = frozenset()
) -> tuple[list[Detection], Counter[tuple[str, str]]]:
    """Return the setups of the session so far that are not known yet, and how often which detector could not judge.

    Parameters
    ----------
    panel : Panel
        The session's completed minutes. What is said about a minute depends on the columns up to it alone, so the
        detections of a longer panel contain those of a shorter one, unchanged.
    close_ts : int
        When the session closes. [Unix seconds, UTC]
    known : container of Key
        Setups that need no description, because they are stored.

    Returns
    -------
    detections : list of Detection
        By time, the best score first within a minute.
    abstentions : Counter
        (detector, reason) -> number of symbols.
    """
    tape = read(panel, close_ts)
    detections: list[Detection] = []
    abstained: set[Abstention] = set()
    for detector in REGISTRY:
        for seen in detector.find(tape):
            if isinstance(seen, Abstention):
                abstained.add(seen)
            elif seen.key not in known:
                try:
                    detections.append(seen.describe())
                except NonFiniteScore:
                    abstained.add(Abstention(seen.key.symbol, detector.name, "non_finite_score"))
    detections.sort(key=lambda found: (found.bar_ts, -found.score, found.key))
    return detections, Counter((item.detector, item.reason) for item in abstained)
