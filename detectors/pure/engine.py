"""Which detectors there are, and what all of them say about a session so far."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, replace

from detectors.pure import (
    break_retest,
    gamma_squeeze,
    gap_fill,
    level_test,
    opening_drive,
    opening_range,
    volume_climax,
    vwap_plays,
)
from detectors.pure.background import NOTHING, Background
from detectors.pure.detection import BAR_S, Abstention, Detection, Key, Sighting
from detectors.pure.plans import is_out_of_reach
from detectors.pure.rounding import NonFiniteScore
from detectors.pure.tape import Tape, read
from market.pure.panel import Panel

logger = logging.getLogger(__name__)

Find = Callable[[Tape], Iterator[Sighting | Abstention]]

# A session in which more than this happens to one symbol is noise; what comes later is counted, not told.
MOST_A_SESSION = 25
OUT_OF_REACH = "target_out_of_reach"
CONFLUENCE_S = 300  # setups of one symbol that trigger within this time belong together


@dataclass(frozen=True, slots=True)
class Detector:
    """One detector: its name in counters and docs, the setup types it yields, and its function."""

    name: str
    setup_types: tuple[str, ...]
    find: Find


# A new detector is a module beside this one and a line here.
REGISTRY: tuple[Detector, ...] = (
    Detector("orb_breakout", (opening_range.SETUP_TYPE,), opening_range.find),
    Detector("break_retest", (break_retest.SETUP_TYPE,), break_retest.find),
    Detector(vwap_plays.NAME, vwap_plays.SETUP_TYPES, vwap_plays.find),
    Detector("gap_fill", (gap_fill.SETUP_TYPE,), gap_fill.find),
    Detector("volume_climax", (volume_climax.SETUP_TYPE,), volume_climax.find),
    Detector("level_test", (level_test.SETUP_TYPE,), level_test.find),
    Detector("gamma_squeeze", (gamma_squeeze.SETUP_TYPE,), gamma_squeeze.find),
    Detector(opening_drive.NAME, tuple(opening_drive.SETUP_TYPES.values()), opening_drive.find),
)


def detect(
    panel: Panel, *, close_ts: int, background: Background = NOTHING, known: Container[Key] = frozenset()
) -> tuple[list[Detection], Counter[tuple[str, str]]]:
    """Return the setups of the session so far that are not known yet, and how often which detector could not judge.

    Parameters
    ----------
    panel : Panel
        The session's completed minutes. What is said about a minute depends on the columns up to it alone, so the
        detections of a longer panel contain those of a shorter one, unchanged.
    close_ts : int
        When the session closes. [Unix seconds, UTC]
    background : Background
        What else is known of the symbols.
    known : container of Key
        Setups that need no description, because they are stored.

    Returns
    -------
    detections : list of Detection
        By time, the best score first within a minute.
    abstentions : Counter
        (detector, reason) -> number of symbols.
    """
    tape = read(panel, close_ts, background)
    said = [(detector.name, each) for detector in REGISTRY for each in _said(detector, tape)]
    abstained = {each for _, each in said if isinstance(each, Abstention)}
    named = {each.key: name for name, each in said if isinstance(each, Sighting)}
    sightings, beyond = _first([each for _, each in said if isinstance(each, Sighting)])
    abstained |= {Abstention(each.key.symbol, named[each.key], "session_full") for each in beyond}
    company = _Company(sightings)
    atr = dict(zip(panel.symbols, panel.atr.tolist(), strict=True))
    detections: list[Detection] = []
    for seen in sightings:
        if seen.key in known:
            continue
        try:
            detections.append(_judged(company.noted(seen.describe()), atr[seen.key.symbol]))
        except NonFiniteScore:
            abstained.add(Abstention(seen.key.symbol, named[seen.key], "non_finite_score"))
        except Exception:
            logger.exception("detectors.engine.not_described", extra={"detector": named[seen.key], "key": seen.key})
            abstained.add(Abstention(seen.key.symbol, named[seen.key], "broken"))
    detections.sort(key=lambda found: (found.bar_ts, -found.score, found.key))
    return detections, Counter((item.detector, item.reason) for item in abstained)


def _judged(found: Detection, atr: float) -> Detection:
    """Return the detection, its plan rejected where the time left is too short for it."""
    minutes = (found.valid_until - found.detected_ts) / BAR_S
    if not found.trackable or found.plan is None or not is_out_of_reach(found.plan, atr=atr, minutes=minutes):
        return found
    return replace(found, plan_rejected=OUT_OF_REACH)


def _said(detector: Detector, tape: Tape) -> list[Sighting | Abstention]:
    """Return all a detector says; one that breaks must not silence the others."""
    try:
        return list(detector.find(tape))
    except Exception:
        logger.exception("detectors.engine.broken", extra={"detector": detector.name})
        return [Abstention(symbol, detector.name, "broken") for symbol in tape.panel.symbols]


def _first(sightings: list[Sighting]) -> tuple[list[Sighting], list[Sighting]]:
    """Return the first of each symbol, as many as a session holds, and those beyond.

    By time; within a minute by the detectors' order, which a later minute cannot change.
    """
    kept: list[Sighting] = []
    beyond: list[Sighting] = []
    count: Counter[str] = Counter()
    for seen in sorted(sightings, key=lambda each: each.bar_ts):
        count[seen.key.symbol] += 1
        (kept if count[seen.key.symbol] <= MOST_A_SESSION else beyond).append(seen)
    return kept, beyond


class _Company:
    """Which setups of a symbol triggered within five minutes of each other."""

    def __init__(self, sightings: Iterable[Sighting]) -> None:
        self._by_symbol: defaultdict[str, list[Sighting]] = defaultdict(list)
        for seen in sightings:
            self._by_symbol[seen.key.symbol].append(seen)

    def noted(self, found: Detection) -> Detection:
        """Return the detection with the types that triggered beside it, or just before."""
        near = [
            seen.key
            for seen in self._by_symbol[found.symbol]
            if found.bar_ts - CONFLUENCE_S < seen.bar_ts <= found.bar_ts and seen.key.setup_type != found.setup_type
        ]
        if not near or found.direction == "neutral":
            return found
        with_it = {key.setup_type for key in near if key.direction == found.direction}
        against = {key.setup_type for key in near if key.direction not in (found.direction, "neutral")}
        return replace(found, confluence=tuple(sorted(with_it)), opposed=tuple(sorted(against)))
