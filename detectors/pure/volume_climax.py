"""The volume climax: a bar on more than three times its recent volume that carries on, or exhausts itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from detectors.pure.detection import BAR_S, Abstention, Detection, Key, Sighting
from detectors.pure.plans import HORIZON_MINUTES, Idea, Side, build, usable_atr, valid_until
from detectors.pure.rounding import cents, score
from detectors.pure.tape import Mask, Tape
from market.pure.bars import Floats, Ints

SETUP_TYPE = "volume_climax"
BASELINE_BARS = 20
FIRST_BAR = 21  # the 22nd bar of a session is the first to be judged
LEAST_VOLUME_RATIO = 3.0  # a climax needs more than this
LONG_WICK = 1.2  # of the body
WIDE_RANGE = 1.8  # of the average range
RANGE_ATR = 0.8
PEAK_BARS = 60  # a climax is louder than each bar of the hour before it
LIFE_MINUTES = HORIZON_MINUTES[SETUP_TYPE]


@dataclass(frozen=True, slots=True, eq=False)
class _Climaxes:
    # Loud bars, one entry each: where on the tape, and how they compare with the bars before them.
    row: Ints
    bar: Ints
    volume_ratio: Floats
    average_range: Floats
    up: Mask
    exhausted: Mask


@dataclass(frozen=True, slots=True)
class _Climax:
    # One of them, with its prices.
    high: float
    low: float
    close: float
    atr: float
    volume_ratio: float
    average_range: float
    up: bool
    exhausted: bool


def find(tape: Tape) -> Iterator[Sighting | Abstention]:
    """Yield every volume climax of a session, and who could not be judged.

    Notes
    -----
    From the 22nd bar on: volume above 3 times the mean of the 20 bars before, whose average range must be positive, and
    above that of each bar of the hour before: in a busy afternoon every fifth bar is three times something. An
    up bar (C >= O) is exhausted when its upper wick exceeds 1.2 bodies, a down bar by its lower wick, either when its
    range exceeds 1.8 times that average. A climax points with the bar, an exhausted one against it. Within 15 minutes,
    the life of such an idea, the next one to the same side is the same climax.

    score = 66 + min(16, 9 (ratio - 3)) + 8 when exhausted.
    """
    for row in np.flatnonzero(~tape.has_volume):
        yield Abstention(tape.panel.symbols[row], SETUP_TYPE, "no_volume")
    climaxes = _judged(tape, *_loud(tape))
    minutes = tape.minute[climaxes.row, climaxes.bar].tolist()
    long = (climaxes.up ^ climaxes.exhausted).tolist()
    told: dict[tuple[int, bool], int] = {}  # row and side -> minute of the climax told last
    for i, (row, minute) in enumerate(zip(climaxes.row.tolist(), minutes, strict=True)):
        before = told.get((row, long[i]))
        if before is None or minute - before >= LIFE_MINUTES:
            told[row, long[i]] = minute
            side: Side = "long" if long[i] else "short"
            key = Key(tape.panel.symbols[row], SETUP_TYPE, side, fingerprint=str(minute), occurrence=1)
            yield Sighting(key, tape.panel.ts(minute), partial(_describe, tape, climaxes, i, key))


def _loud(tape: Tape) -> tuple[Ints, Ints, Floats]:
    """Return rows and bars whose volume exceeds three times its baseline, and its ratio to it."""
    sums, end = tape.volumes, tape.close.shape[1]
    if end <= FIRST_BAR:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    now, then = slice(FIRST_BAR, end), slice(FIRST_BAR - BASELINE_BARS, end - BASELINE_BARS)
    known, total = (grid[:, now] - grid[:, then] for grid in (sums.known, sums.total))
    mean = np.divide(total, known, out=np.zeros(known.shape), where=known > 0)
    # A proxy has a volume in minutes in which the symbol has no bar.
    volume = np.where(np.isfinite(tape.close[:, now]), tape.volume[:, now], np.nan)
    loud = (volume > LEAST_VOLUME_RATIO * mean) & (mean > 0) & (volume < np.inf) & tape.has_volume[:, None]
    rows, bars = np.nonzero(loud)
    peaks = _is_peak(tape, rows, bars + FIRST_BAR)
    rows, bars = rows[peaks], bars[peaks]
    return rows, bars + FIRST_BAR, volume[rows, bars] / mean[rows, bars]


def _is_peak(tape: Tape, rows: Ints, bars: Ints) -> Mask:
    """Say which of these bars are louder than each of the 60 before them."""
    before = bars[:, None] - np.arange(1, PEAK_BARS + 1)
    known = np.where(before >= 0, tape.volume[rows[:, None], np.maximum(before, 0)], np.nan)
    loudest: Mask = tape.volume[rows, bars] > np.fmax.reduce(known, axis=1, initial=0.0)
    return loudest


def _judged(tape: Tape, rows: Ints, bars: Ints, ratios: Floats) -> _Climaxes:
    """Return those loud bars whose baseline moved, and whether they are exhausted."""
    before = bars[:, None] - np.arange(BASELINE_BARS, 0, -1)
    average = (tape.high[rows[:, None], before] - tape.low[rows[:, None], before]).mean(axis=1)
    moved = average > 0
    rows, bars, ratios, average = rows[moved], bars[moved], ratios[moved], average[moved]
    opened, high, low, close = (grid[rows, bars] for grid in (tape.open, tape.high, tape.low, tape.close))
    up = close >= opened
    wick = np.where(up, high - close, close - low)
    exhausted = (wick > LONG_WICK * np.abs(close - opened)) | (high - low > WIDE_RANGE * average)
    return _Climaxes(rows, bars, ratios, average, up, exhausted)


def _climax(tape: Tape, climaxes: _Climaxes, i: int) -> _Climax:
    row, bar = climaxes.row[i], climaxes.bar[i]
    return _Climax(
        high=float(tape.high[row, bar]),
        low=float(tape.low[row, bar]),
        close=float(tape.close[row, bar]),
        atr=float(tape.panel.atr[row]),
        volume_ratio=float(climaxes.volume_ratio[i]),
        average_range=float(climaxes.average_range[i]),
        up=bool(climaxes.up[i]),
        exhausted=bool(climaxes.exhausted[i]),
    )


def _describe(tape: Tape, climaxes: _Climaxes, i: int, key: Key) -> Detection:
    climax = _climax(tape, climaxes, i)
    source = tape.panel.volume_source[climaxes.row[i]]
    bar_ts = tape.ts(climaxes.row[i], climaxes.bar[i])
    plan, rejected = build(_idea(climax, "long" if key.direction == "long" else "short"))
    way = "up" if climax.up else "down"
    return Detection(
        **key._asdict(),
        variant=None,
        bar_ts=bar_ts,
        score=score(_raw_score(climax)),
        price=cents(climax.close),
        description=_sentence(key.symbol, source, climax),
        signal={
            "volumeRatio": cents(climax.volume_ratio),
            "barDirection": way,
            "potentialExhaustion": climax.exhausted,
            "barRange": cents(climax.high - climax.low),
            "averageRange": cents(climax.average_range),
            "dedupeKey": f"volume_climax:{way}:{key.fingerprint}",
        },
        plan=plan,
        plan_rejected=rejected,
        volume_source=source,
        valid_until=valid_until(SETUP_TYPE, bar_ts + BAR_S, tape.close_ts),
    )


def _raw_score(climax: _Climax) -> float:
    loud = min(16.0, 9 * (climax.volume_ratio - LEAST_VOLUME_RATIO))
    return 66 + loud + (8 if climax.exhausted else 0)


def _idea(climax: _Climax, side: Side) -> Idea:
    return Idea(
        setup_type=SETUP_TYPE,
        side=side,
        trigger="climax_fade" if climax.exhausted else "climax_follow",
        price=climax.close,
        # With the bar or against it: the far end of the bar is where the trade is wrong.
        reference=climax.low if side == "long" else climax.high,
        range_points=max(RANGE_ATR * usable_atr(climax.atr, climax.close), climax.high - climax.low),
        atr=climax.atr,
    )


def _sentence(symbol: str, source: str | None, climax: _Climax) -> str:
    whose = "its" if source == symbol else f"{source}'s"
    ranges = f"{cents(climax.high - climax.low):,.2f} against {cents(climax.average_range):,.2f} on average"
    return (
        f"{symbol} traded {'up' if climax.up else 'down'} to {cents(climax.close):,.2f} on "
        f"{cents(climax.volume_ratio):.2f}x {whose} recent volume and "
        f"{'looks exhausted' if climax.exhausted else 'held it'}: a range of {ranges}"
    )
