"""The level test: price stands close to a level that it has tested three times or more, and may break it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.pure import level_lines
from detectors.pure.detection import BAR_S, Abstention, Detection, Key, Sighting
from detectors.pure.level_lines import LevelLines
from detectors.pure.plans import Idea, Side, build, valid_until
from detectors.pure.rounding import cents, score
from detectors.pure.tape import Mask, Tape
from market.pure import touches
from market.pure.bars import Floats, Ints

SETUP_TYPE = "level_test"
LEAST_BARS = 30
WINDOW_BARS = 120
LEAST_TESTS = 3
WEAKENING_TESTS = 3
NEAR_ATR = 0.3  # from the close to the level
TOUCHED_WITHIN_BARS = 6
REARM_TESTS = 2
MOVING = frozenset({level_lines.VWAP, *level_lines.GAMMA})  # named by what they are, not by where they are

Counts = npt.NDArray[np.int32]  # half of what int64 would take, and there are many


@dataclass(frozen=True, slots=True, eq=False)
class _Tested:
    # The lines that have enough tests: which ones they are, their symbols and labels, of length q; and along each, of
    # shape (q, n): the level, where it lay on a stronger one and goes by that one's name, how near a touch is, which
    # bars were tests, how many were up to and including a bar, the latest touch so far (-1 before any), and the first
    # bar of the level where it now stands.
    lines: LevelLines
    which: Ints
    row: Ints
    label: tuple[str, ...]
    price: Floats
    covered: Mask
    tolerance: Floats
    tested: Mask
    count: Counts
    last_touch: Counts
    since: Counts


@dataclass(frozen=True, slots=True, eq=False)
class _Candidates:
    # Bars close to a line that had enough tests, ordered by line and then by bar: each of shape (c,).
    line: Ints
    bar: Ints
    distance: Floats
    tests: Counts
    last_touch: Counts

    def take(self, which: Ints) -> _Candidates:
        return _Candidates(*(getattr(self, name)[which] for name in self.__slots__))


class _Test(NamedTuple):
    # One bar that triggers: which line it stands close to, on which side, and how often that was tested.
    row: int
    bar: int
    line: int
    side: Side
    tests: int


def find(tape: Tape) -> Iterator[Sighting | Abstention]:
    """Yield every bar that stands close to a level tested often, with the nearest such level, and who was not judged.

    Notes
    -----
    Bar t, the 30th of the session or later, is judged by the bars before it: at least 3 tests among the last 120 bars,
    t being one of them, and a touch at most 6 bars ago. What a touch and a test are says `market.pure.touches`. The
    close of t lies at most 0.3 ATR from the level, but not on it: it has no side there. Of several levels the nearest
    counts, then the one with most tests, then the one touched last.

    A level above the price is resistance and expected to break upwards: long; below, mirrored. It is told again after
    two more tests, on whichever side it was told. Where a level lies on a stronger one it is not judged: there they are
    one. A gamma level that moves by more than the tolerance from one bar to the next is another level, with no tests
    yet; VWAP drifts and stays itself.

    score = 64 + min(16, 5 (tests - 3)) + min(10, 7 (1.5 - distance / ATR)).
    """
    atr = np.where(np.isfinite(tape.panel.atr) & (tape.panel.atr > 0), tape.panel.atr, np.nan)
    yield from _abstentions(tape, atr)
    if tape.close.shape[1] < LEAST_BARS:
        return
    tolerance = touches.tolerance(tape.close, atr[:, None])
    # A level farther than the tolerance is never touched; twice as far, because a stronger one may lie just behind it.
    lines = level_lines.read(tape, reach=2 * np.fmax.reduce(tolerance, axis=1))
    tested = _tested(tape, lines, tolerance, atr)
    yield from _fold(tape, tested, _chosen(tape, tested, _candidates(tape, tested, atr)))


def _abstentions(tape: Tape, atr: Floats) -> Iterator[Abstention]:
    for symbol, has_atr in zip(tape.panel.symbols, np.isfinite(atr).tolist(), strict=True):
        if not has_atr:
            yield Abstention(symbol, SETUP_TYPE, "no_atr")
        elif not tape.background.levels.get(symbol):
            yield Abstention(symbol, SETUP_TYPE, "no_levels")  # VWAP and round numbers are judged all the same


def _tested(tape: Tape, lines: LevelLines, tolerance: Floats, atr: Floats) -> _Tested:
    """Return those of the lines that were tested often enough to matter at any bar of the session."""
    tolerance = tolerance[lines.row]
    marks = touches.touches(
        tape.high[lines.row],
        tape.low[lines.row],
        lines.price,
        tolerance=tolerance,
        excursion=touches.excursion(atr[lines.row, None]),
    )
    often = np.flatnonzero(np.count_nonzero(marks.tested, axis=1) >= LEAST_TESTS)
    label = tuple(lines.label[line] for line in often.tolist())
    price, tolerance, tested = lines.price[often], tolerance[often], marks.tested[often]
    index = np.arange(tested.shape[1], dtype=np.int32)
    return _Tested(
        lines=lines,
        which=often,
        row=lines.row[often],
        label=label,
        price=price,
        covered=_covered(tape, lines)[often],
        tolerance=tolerance,
        tested=tested,
        count=np.cumsum(tested, axis=1, dtype=np.int32),
        last_touch=np.maximum.accumulate(np.where(marks.touched[often], index, -1), axis=1),
        since=_since(label, price, tolerance),
    )


def _covered(tape: Tape, lines: LevelLines) -> Mask:
    """Say where each line lay on a stronger one; of lines that stand still `level_lines` has merged those."""
    covered = np.zeros(lines.price.shape, dtype=np.bool_)
    moving = np.flatnonzero(np.isin(lines.label, list(MOVING)))
    first = np.searchsorted(lines.row, lines.row[moving])
    count = np.searchsorted(lines.row, lines.row[moving], side="right") - first
    one = np.repeat(moving, count)
    other = np.arange(len(one)) + np.repeat(first - np.cumsum(count) + count, count)
    strong, weak = np.minimum(one, other), np.maximum(one, other)
    bottom, top = np.fmin.reduce(lines.price, axis=1), np.fmax.reduce(lines.price, axis=1)
    atr = tape.panel.atr[lines.row]
    width = level_lines.MERGE_SHARE * level_lines.tolerance(top, atr)
    met = (strong < weak) & (bottom[strong] - width[strong] < top[weak]) & (bottom[weak] < top[strong] + width[strong])
    strong, weak = strong[met], weak[met]
    width = level_lines.MERGE_SHARE * level_lines.tolerance(lines.price[strong], atr[strong, None])
    for line, on_it in zip(weak.tolist(), np.abs(lines.price[strong] - lines.price[weak]) < width, strict=True):
        covered[line] |= on_it
    return covered


def _since(labels: Sequence[str], price: Floats, tolerance: Floats) -> Counts:
    """Return the first bar from which each level has stood where it stands: a wall at another strike is another one."""
    since = np.zeros(price.shape, dtype=np.int32)
    for line in [i for i, label in enumerate(labels) if label in level_lines.GAMMA]:
        moved = np.flatnonzero(~(np.abs(np.diff(price[line])) <= tolerance[line, 1:])) + 1
        since[line, moved] = moved
        since[line] = np.maximum.accumulate(since[line])
    return since


def _candidates(tape: Tape, tested: _Tested, atr: Floats) -> _Candidates:
    close, atr = tape.close[tested.row], atr[tested.row, None]
    distance = np.abs(close - tested.price)
    near = (distance <= NEAR_ATR * atr) & ~tested.covered & tested.lines.near_round(close, tested.which)
    index = np.arange(1, close.shape[1], dtype=np.int32)
    near[:, 1:] &= (tested.count[:, :-1] >= LEAST_TESTS) & (index - tested.last_touch[:, :-1] <= TOUCHED_WITHIN_BARS)
    near[:, : LEAST_BARS - 1] = False
    line, bar = np.nonzero(near)
    first = np.maximum(bar - (WINDOW_BARS - 1), tested.since[line, bar])
    tests = tested.count[line, bar - 1] - np.where(first > 0, tested.count[line, first - 1], 0)
    found = _Candidates(line, bar, distance[line, bar], tests, tested.last_touch[line, bar - 1])
    return found.take(np.flatnonzero((found.tests >= LEAST_TESTS) & (found.distance > 0)))


def _chosen(tape: Tape, tested: _Tested, found: _Candidates) -> _Candidates:
    """Return the best candidate of each symbol and bar."""
    symbols, bars = tape.close.shape
    cell = tested.row[found.line] * bars + found.bar
    kept = np.arange(len(cell))
    # The order of the lines, by rank, settles what is left.
    for cost in (found.distance, -found.tests, -found.last_touch, found.line):
        least = np.full(symbols * bars, np.inf)
        where, value = cell[kept], cost[kept].astype(np.float64)  # ufunc.at is slow between types
        np.minimum.at(least, where, value)
        kept = kept[value == least[where]]
    return found.take(kept)


def _fold(tape: Tape, tested: _Tested, chosen: _Candidates) -> Iterator[Sighting]:
    """Yield of each line the first chosen bar, and each with two more tests behind it than the last one told."""
    count = tested.count[chosen.line, chosen.bar - 1]
    news = np.ones(len(count), dtype=np.bool_)  # only where the count has changed there may be something to tell
    news[1:] = (np.diff(chosen.line) != 0) | (np.diff(count) != 0)
    told: dict[int, int] = {}  # line -> tests so far when it was last told
    times: Counter[tuple[int, Side]] = Counter()
    columns = (chosen.line, chosen.bar, chosen.tests, count)
    for line, bar, tests, so_far in zip(*(column[news].tolist() for column in columns), strict=True):
        if line in told and so_far < told[line] + REARM_TESTS:
            continue
        told[line] = so_far
        row = int(tested.row[line])
        side: Side = "long" if tested.price[line, bar] > tape.close[row, bar] else "short"
        times[line, side] += 1
        yield _sighting(tape, tested, _Test(row, bar, line, side, tests), times[line, side])


def _sighting(tape: Tape, tested: _Tested, test: _Test, occurrence: int) -> Sighting:
    label = tested.label[test.line]
    at = "" if label in MOVING else f":{cents(float(tested.price[test.line, test.bar])):.2f}"
    key = Key(
        symbol=tape.panel.symbols[test.row],
        setup_type=SETUP_TYPE,
        direction=test.side,
        fingerprint=f"{label}{at}",
        occurrence=occurrence,
    )
    return Sighting(key, tape.ts(test.row, test.bar), partial(_describe, tape, tested, test, key))


def _describe(tape: Tape, tested: _Tested, test: _Test, key: Key) -> Detection:
    row, bar = test.row, test.bar
    label, level = tested.label[test.line], float(tested.price[test.line, bar])
    close, atr = float(tape.close[row, bar]), float(tape.panel.atr[row])
    distance, bar_ts = abs(close - level), tape.ts(row, bar)
    plan, rejected = build(
        Idea(
            setup_type=SETUP_TYPE,
            side=test.side,
            trigger="level_break_up" if test.side == "long" else "level_break_down",
            price=close,
            reference=level,
            range_points=max(0.9 * atr, distance + 0.3 * atr),
            atr=atr,
        )
    )
    return Detection(
        **key._asdict(),
        variant=None,
        bar_ts=bar_ts,
        score=score(_raw_score(test.tests, distance / atr)),
        price=cents(close),
        description=_sentence(key.symbol, test, label, level, close),
        signal=_signal(tape, tested, test, level),
        plan=plan,
        plan_rejected=rejected,
        volume_source=tape.panel.volume_source[row] if label == level_lines.VWAP else None,
        valid_until=valid_until(SETUP_TYPE, bar_ts + BAR_S, tape.close_ts),
    )


def _raw_score(tests: int, distance_atr: float) -> float:
    return 64 + min(16, 5 * (tests - LEAST_TESTS)) + min(10.0, 7 * max(0.0, 1.5 - distance_atr))


def _signal(tape: Tape, tested: _Tested, test: _Test, level: float) -> dict[str, object]:
    label = tested.label[test.line]
    kind = "resistance" if test.side == "long" else "support"
    last = int(np.flatnonzero(tested.tested[test.line, : test.bar])[-1])
    return {
        "level": label,
        "levelPrice": cents(level),
        "testCount": test.tests,
        "levelType": kind,
        "weakening": test.tests >= WEAKENING_TESTS,
        "tolerance": cents(float(tested.tolerance[test.line, test.bar])),
        "lastTestAt": tape.instant(test.row, last),
        "otherLevels": _on_it(tape, tested, test),
        "dedupeKey": f"{SETUP_TYPE}:{kind}:{label}:{cents(level):.2f}:{test.tests}",
    }


def _on_it(tape: Tape, tested: _Tested, test: _Test) -> list[str]:
    """Return the weaker levels that lay on this one at the bar."""
    line, bar = tested.which[[test.line]], np.array([test.bar])
    _, other = level_lines.neighbours(tape, tested.lines, line, bar)
    return [*tested.lines.others[int(line[0])], *(tested.lines.label[i] for i in other.tolist())]


def _sentence(symbol: str, test: _Test, label: str, level: float, close: float) -> str:
    where = "below" if test.side == "long" else "above"
    phrase = level_lines.PHRASES.get(label, f"its {label}")
    return (
        f"{symbol} closed at {cents(close):,.2f}, {cents(abs(close - level)):,.2f} {where} "
        f"{phrase} at {cents(level):,.2f}, which it has tested {test.tests} times"
    )
