"""Break and retest: price closes through a level, comes back to it on less volume, is rejected there and leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import NamedTuple

import numpy as np

from detectors.pure import level_lines
from detectors.pure.detection import BAR_S, Abstention, Detection, Key, Sighting
from detectors.pure.level_lines import LevelLines, tolerance
from detectors.pure.plans import Idea, Side, build, valid_until
from detectors.pure.rounding import cents, score
from detectors.pure.tape import Mask, Tape
from market.pure.bars import Floats, Ints

SETUP_TYPE = "break_retest"
LEAST_BARS = 25
WINDOW_BARS = 60  # the last ones, the trigger bar among them; break and retest lie in it
BARS_AFTER_BREAK = 3  # at least
RETEST_AGE_BARS = 15  # at most
BREAK_SHARE = 0.2  # of the tolerance, beyond the level
CONFIRM_SHARE = 0.25
DOJI_BODY = 0.22  # of the bar's range, at most
WICK_BODIES = 1.5  # a wick that rejects is longer
PRICE_DIGITS = 8  # behind these the difference of two prices in cents is dust
FLIP = level_lines.GAMMA[0]
NAMED_ALONE = frozenset({level_lines.VWAP, level_lines.ROUND, *level_lines.GAMMA})  # what moves, and what is many


@dataclass(frozen=True, slots=True, eq=False)
class _Breaks:
    # Breaks that got this far, each array of shape (k,): the line, 1 up or -1 down, bars on the tape (-1: not yet).
    line: Ints
    sign: Ints
    broken: Ints
    retested: Ints
    trigger: Ints

    def take(self, which: Mask) -> _Breaks:
        index = np.flatnonzero(which)
        return _Breaks(*(getattr(self, field.name)[index] for field in fields(self)))


@dataclass(frozen=True, slots=True, eq=False)
class _Stand:
    # How some bars closed at some levels, as these stood then; arrays of one shape.
    close: Floats
    level: Floats
    tolerance: Floats
    lost: Mask  # closed beyond the tolerance on the wrong side, or the level is another one than a bar ago

    def beyond(self, sign: Ints, share: float) -> Mask:
        beyond: Mask = sign * self.close > sign * self.level + share * self.tolerance
        return beyond


class _Setup(NamedTuple):
    # One break, retested and confirmed.
    row: int
    line: int
    sign: int
    broken: int
    retested: int
    trigger: int

    @property
    def side(self) -> Side:
        return "long" if self.sign > 0 else "short"


def find(tape: Tape) -> Iterator[Sighting | Abstention]:
    """Yield each break of a level that was retested and held, and who could not be judged.

    Notes
    -----
    T = max(0.15 ATR, 0.06 % of the level); level and T are those of the bar that is compared with them. Long (short is
    mirrored): bar i breaks with C(i-1) <= level and C(i) > level + 0.2 T. The first later bar whose low lies within
    level +- T is its retest: it must have less volume than i, be a doji (body <= 0.22 of its range) or a hammer (lower
    wick > 1.5 body), and close at the level or above, or it rejected nothing. The trigger bar t is the first with
    C > level + 0.25 T, 1 to 15 bars after the retest, at least 3 after i, the 25th of the session or later; i is one of
    the last 60 bars.

    A close below level - T between i and t ends the break, and a level is told again only when it broke anew after
    such a close. A level that moves by more than T from one bar to the next is another level, which ends it as well.

    Of the levels that qualify at one bar on one side the one retested last is told, then the strongest. One that lies
    on a stronger one is not told.

    score = 64 + 20 (V(i) - V(retest)) / V(i), 10 more at the GEX flip.
    """
    yield from _abstentions(tape)
    if tape.close.shape[1] < LEAST_BARS:
        return
    # As far as a tolerance, so that the stronger level is read that lies on one that was crossed.
    reach = tolerance(np.fmax.reduce(tape.high, axis=1), tape.panel.atr)
    lines = level_lines.read(tape, reach=np.where(tape.has_volume, reach, np.nan))
    rejected = _rejected(tape, lines, _retests(tape, lines, _breaks(tape, lines)))
    rows = lines.row[rejected.line]
    before, after = tape.volume[rows, rejected.broken], tape.volume[rows, rejected.retested]
    for row in set(rows[np.isnan(before) | np.isnan(after)].tolist()):
        yield Abstention(tape.panel.symbols[row], SETUP_TYPE, "no_volume")
    yield from _fold(tape, lines, _triggers(tape, lines, rejected.take(after < before)))


def _abstentions(tape: Tape) -> Iterator[Abstention]:
    can = zip(tape.panel.symbols, tape.has_volume.tolist(), (tape.panel.atr > 0).tolist(), strict=True)
    for symbol, has_volume, has_atr in can:
        if not has_volume:
            yield Abstention(symbol, SETUP_TYPE, "no_volume")
        elif not has_atr:
            yield Abstention(symbol, SETUP_TYPE, "no_atr")
        elif not tape.background.levels.get(symbol):
            yield Abstention(symbol, SETUP_TYPE, "no_levels")  # VWAP and round numbers are judged all the same


def _breaks(tape: Tape, lines: LevelLines) -> _Breaks:
    """Return the bars that close beyond a level, the bar before having closed on it or on its other side."""
    close = tape.close[lines.row]
    side = (close > lines.price).view(np.int8) - (close < lines.price).view(np.int8)
    turned = np.zeros(side.shape, dtype=np.bool_)
    np.not_equal(side[:, 1:], side[:, :-1], out=turned[:, 1:])
    turned &= side != 0  # it is 0 on the level, and where there is no level or no bar
    flat = np.flatnonzero(turned)  # several times faster than nonzero
    line, bar = np.divmod(flat, side.shape[1])
    unknown = np.full(len(flat), -1)
    found = _Breaks(line, side.ravel()[flat].astype(np.int64), bar, unknown, unknown)
    stand = _stand(tape, lines, found.line, found.sign, found.broken)
    return found.take(stand.beyond(found.sign, BREAK_SHARE) & ~stand.lost)


def _stand(tape: Tape, lines: LevelLines, line: Ints | int, sign: Ints | int, bar: Ints) -> _Stand:
    """Return how bars after the first stand at lines; the arguments are broadcast."""
    close, level = tape.close[lines.row[line], bar], lines.price[line, bar]
    near = tolerance(level, tape.panel.atr[lines.row[line]])
    stays = np.abs(level - lines.price[line, bar - 1]) <= near
    return _Stand(close, level, near, (sign * close < sign * level - near) | ~stays)


def _retests(tape: Tape, lines: LevelLines, breaks: _Breaks) -> _Breaks:
    """Return the breaks that came back to their level before they were lost, each with the first bar that did."""
    retested = breaks.retested.copy()
    waiting = np.arange(len(retested))
    for age in range(1, WINDOW_BARS - 1):  # one bar of the window is left for the trigger
        waiting = waiting[breaks.broken[waiting] + age < tape.count[lines.row[breaks.line[waiting]]]]
        if not len(waiting):
            break
        line, sign, bar = breaks.line[waiting], breaks.sign[waiting], breaks.broken[waiting] + age
        stand = _stand(tape, lines, line, sign, bar)
        extreme = np.where(sign > 0, tape.low[lines.row[line], bar], tape.high[lines.row[line], bar])
        back = (extreme >= stand.level - stand.tolerance) & (extreme <= stand.level + stand.tolerance)
        retested[waiting[back & ~stand.lost]] = bar[back & ~stand.lost]
        waiting = waiting[~(back | stand.lost)]
    return replace(breaks, retested=retested).take(retested >= 0)


def _rejected(tape: Tape, lines: LevelLines, retests: _Breaks) -> _Breaks:
    """Return those that are a rejection candle and did not close back through the level."""
    row, bar = lines.row[retests.line], retests.retested
    doji, long_wick = _candle(tape, row, bar, retests.sign)
    held = retests.sign * tape.close[row, bar] >= retests.sign * lines.price[retests.line, bar]
    return retests.take((doji | long_wick) & held)


def _candle(tape: Tape, row: Ints, bar: Ints, sign: Ints) -> tuple[Mask, Mask]:
    """Say which bars are a doji and which have a long wick towards the level; a bar without a range is neither."""
    opened, high, low, close = (grid[row, bar] for grid in (tape.open, tape.high, tape.low, tape.close))
    body, span = np.round(np.abs(close - opened), PRICE_DIGITS), np.round(high - low, PRICE_DIGITS)
    wick = np.where(sign > 0, np.minimum(opened, close) - low, high - np.maximum(opened, close))
    return (span > 0) & (body <= DOJI_BODY * span), np.round(wick, PRICE_DIGITS) > WICK_BODIES * body


def _triggers(tape: Tape, lines: LevelLines, retests: _Breaks) -> _Breaks:
    """Return the breaks that are confirmed, each with the first bar that does, where no stronger level lies on it."""
    line, sign, broken = (each[:, None] for each in (retests.line, retests.sign, retests.broken))
    bar = retests.retested[:, None] + np.arange(1, RETEST_AGE_BARS + 1)
    fit = (bar >= np.maximum(broken + BARS_AFTER_BREAK, LEAST_BARS - 1)) & (bar < broken + WINDOW_BARS)
    fit &= bar < tape.count[lines.row[line]]
    bar = np.minimum(bar, tape.close.shape[1] - 1)
    stand = _stand(tape, lines, line, sign, bar)
    fit &= ~np.logical_or.accumulate(stand.lost, axis=1)
    fit &= stand.beyond(sign, CONFIRM_SHARE) & lines.near_round(stand.close, retests.line)
    first = np.argmax(fit, axis=1)
    found = replace(retests, trigger=retests.retested + 1 + first).take(fit[np.arange(len(fit)), first])
    entry, other = level_lines.neighbours(tape, lines, found.line, found.trigger)
    strongest = np.ones(len(found.line), dtype=np.bool_)
    strongest[entry[other < found.line[entry]]] = False
    return found.take(strongest)


def _fold(tape: Tape, lines: LevelLines, found: _Breaks) -> Iterator[Sighting]:
    """Yield one setup a symbol, side and bar, each level again only after it was lost."""
    told: dict[tuple[int, int], int] = {}  # line and sign -> the bar that told it last
    count: Counter[tuple[str, Side, str]] = Counter()
    busy = (-1, 0, -1)
    for setup in _setups(lines, found):
        moment, place = (setup.row, setup.sign, setup.trigger), (setup.line, setup.sign)
        if moment != busy and (place not in told or _lost_between(tape, lines, setup, told[place])):
            busy, told[place] = moment, setup.trigger
            name = (tape.panel.symbols[setup.row], setup.side, _fingerprint(lines, setup.line))
            count[name] += 1
            key = Key(name[0], SETUP_TYPE, *name[1:], count[name])
            yield Sighting(key, tape.ts(setup.row, setup.trigger), partial(_describe, tape, lines, setup, key))


def _setups(lines: LevelLines, found: _Breaks) -> list[_Setup]:
    """Return the setups by symbol and side in the order of time, the preferred one of a bar first."""
    row = lines.row[found.line]
    order = np.lexsort((-found.broken, found.line, -found.retested, found.trigger, found.sign, row))
    columns = (row, found.line, found.sign, found.broken, found.retested, found.trigger)
    return list(map(_Setup._make, zip(*(column[order].tolist() for column in columns), strict=True)))


def _fingerprint(lines: LevelLines, line: int) -> str:
    label = lines.label[line]
    return label if label in NAMED_ALONE else f"{label}:{cents(lines.price.item(line, 0)):.2f}"


def _lost_between(tape: Tape, lines: LevelLines, setup: _Setup, told: int) -> bool:
    """Say whether the level was lost after the bar that told it last and before it broke anew."""
    since = np.arange(told + 1, setup.broken)
    return len(since) > 0 and bool(_stand(tape, lines, setup.line, setup.sign, since).lost.any())


def _describe(tape: Tape, lines: LevelLines, setup: _Setup, key: Key) -> Detection:
    row, line, t = setup.row, setup.line, setup.trigger
    label, level, close = lines.label[line], float(lines.price[line, t]), float(tape.close[row, t])
    atr, bar_ts = float(tape.panel.atr[row]), tape.ts(row, t)
    others = _others(tape, lines, line, t)
    candle = _candle_name(tape, setup)
    before, after = float(tape.volume[row, setup.broken]), float(tape.volume[row, setup.retested])
    plan, rejected = build(
        Idea(
            setup_type=SETUP_TYPE,
            side=setup.side,
            trigger="retest_hold",
            price=close,
            reference=level,
            range_points=max(0.8 * atr, abs(close - level)),
            atr=atr,
        )
    )
    raw = 64 + 20 * (before - after) / before + (10 if FLIP in (label, *others) else 0)
    return Detection(
        **key._asdict(),
        variant=None,
        bar_ts=bar_ts,
        score=score(raw),
        price=cents(close),
        description=_sentence(tape, setup, label, level, candle),
        signal={
            "level": label,
            "levelPrice": cents(level),
            "otherLevels": list(others),
            "breakBar": tape.instant(row, setup.broken),
            "retestBar": tape.instant(row, setup.retested),
            "rejectionPattern": candle,
            "tolerance": cents(float(tolerance(lines.price[line, t], tape.panel.atr[row]))),
            "dedupeKey": f"{SETUP_TYPE}:{setup.side}:{label}:{cents(level):.2f}",
        },
        plan=plan,
        plan_rejected=rejected,
        volume_source=tape.panel.volume_source[row],
        valid_until=valid_until(SETUP_TYPE, bar_ts + BAR_S, tape.close_ts),
    )


def _others(tape: Tape, lines: LevelLines, line: int, bar: int) -> tuple[str, ...]:
    """Return the weaker levels that lie on a line at a bar, the strongest first."""
    _, other = level_lines.neighbours(tape, lines, np.array([line]), np.array([bar]))
    labels = {*lines.others[line]}.union(*((lines.label[each], *lines.others[each]) for each in other.tolist()))
    return tuple(sorted(labels, key=lambda label: level_lines.RANK[label]))


def _candle_name(tape: Tape, setup: _Setup) -> str:
    doji, _ = _candle(tape, np.array(setup.row), np.array(setup.retested), np.array(setup.sign))
    wick = "hammer" if setup.sign > 0 else "shooting_star"
    return "doji" if doji.item() else wick


def _sentence(tape: Tape, setup: _Setup, label: str, level: float, candle: str) -> str:
    symbol, close = tape.panel.symbols[setup.row], float(tape.close[setup.row, setup.trigger])
    where = "above" if setup.sign > 0 else "below"
    return (
        f"{symbol} broke {where} {level_lines.PHRASES.get(label, label)} at {cents(level):,.2f}, retested it with a "
        f"{candle.replace('_', ' ')} on less volume and closed at {cents(close):,.2f}"
    )
