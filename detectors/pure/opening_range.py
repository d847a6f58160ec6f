"""The opening-range breakout: a close that leaves the range of the session's first minutes on volume."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from detectors.pure.detection import BAR_S, Abstention, Detection, Key, Sighting
from detectors.pure.plans import Idea, Side, build, valid_until
from detectors.pure.rounding import cents, score
from detectors.pure.tape import Mask, Tape, VolumeSums, minutes_present
from market.pure.bars import Floats, Ints

SETUP_TYPE = "orb_breakout"
PERIODS = (5, 15, 30)  # minutes; a trader chooses one
LEAST_VOLUME_RATIO = 1.2  # a breakout needs more than this
BASELINE_BARS = 20
MOST_A_SIDE = 2  # detections per side and session
BACK_INSIDE_BARS = 5  # closes back inside the range before the second
SIDES: tuple[Side, ...] = ("long", "short")


@dataclass(frozen=True, slots=True, eq=False)
class OpeningRanges:
    """The range of the first minutes of each symbol.

    Attributes
    ----------
    period : int
        How long it took. [minutes]
    high, low : float64, shape (s,)
        NaN where the range cannot be judged. [USD, or index points]
    bars : int64, shape (s,)
        How many bars made it; the next bar on the tape is the first after it.
    """

    period: int
    high: Floats
    low: Floats
    bars: Ints


@dataclass(frozen=True, slots=True)
class _Breakout:
    # One close outside the range: where on the tape, and how its volume compares.
    row: int
    bar: int
    side: Side
    volume_ratio: float


def find(tape: Tape) -> Iterator[Sighting | Abstention]:
    """Yield every breakout of the 5, 15 and 30 minute ranges of a session, and who could not be judged.

    Notes
    -----
    Bar t breaks out long when C > high of the range and the bar before closed at or below it; short is mirrored. Its
    volume must exceed 1.2 times the mean of the last <= 20 bars after the range (of the range's bars where there are
    none). The range is taken by the clock: at least 80 % of its minutes must have a bar. The first breakout is two
    minutes after the range at the earliest. At most two per side; the second needs five closes in a row back inside.

    score = 62 + 30 (ratio - 1.2) + 8 max(0, 1.5 - width / ATR), the last term 0 without an ATR.
    """
    volumes = tape.volumes
    for row in np.flatnonzero(~tape.has_volume):
        yield Abstention(tape.panel.symbols[row], SETUP_TYPE, "no_volume")
    for period in PERIODS:
        if tape.panel.minutes < period:
            continue
        ranges, unfit = opening_ranges(tape, period, SETUP_TYPE)
        yield from unfit
        for side in SIDES:
            yield from _fold(tape, ranges, volumes, side)


def opening_ranges(tape: Tape, period: int, detector: str) -> tuple[OpeningRanges, list[Abstention]]:
    """Return the range of the first `period` minutes of each symbol, and who has none that could be judged.

    Parameters
    ----------
    period : int
        Minutes by the clock; the panel must have as many columns.
    detector : str
        Who abstains: with `thin_range_15m` where fewer than 80 % of 15 minutes have a bar, with `flat_range_15m` where
        high and low are one. A symbol without volume has no range either, but is not named for that.
    """
    panel = tape.panel
    # fmax and fmin pass over minutes without a bar, without the warnings of nanmax.
    high, low = np.fmax.reduce(panel.high[:, :period], axis=1), np.fmin.reduce(panel.low[:, :period], axis=1)
    bars = minutes_present(panel, period)
    thin = 5 * bars < 4 * period
    flat = ~thin & ~(high > low)
    unfit = [
        Abstention(panel.symbols[row], detector, f"{reason}_{period}m")
        for reason, rows in (("thin_range", thin), ("flat_range", flat))
        for row in np.flatnonzero(rows)
    ]
    cannot = thin | flat | ~tape.has_volume
    return OpeningRanges(period, np.where(cannot, np.nan, high), np.where(cannot, np.nan, low), bars), unfit


def _fold(tape: Tape, ranges: OpeningRanges, volumes: VolumeSums, side: Side) -> Iterator[Sighting | Abstention]:
    """Yield the breakouts of one period and side: crossings on volume, at most two a symbol."""
    outside = tape.close > ranges.high[:, None] if side == "long" else tape.close < ranges.low[:, None]
    rows, bars = _crossings(tape, ranges.period, outside)
    ratios = _volume_ratios(tape, ranges, volumes, rows, bars)
    for row in set(rows[np.isnan(ratios)].tolist()):
        yield Abstention(tape.panel.symbols[row], SETUP_TYPE, "no_volume")
    loud = ratios > LEAST_VOLUME_RATIO
    last: dict[int, tuple[int, int]] = {}  # row -> bar and number of its latest breakout
    for row, bar, ratio in zip(rows[loud].tolist(), bars[loud].tolist(), ratios[loud].tolist(), strict=True):
        before, count = last.get(row, (0, 0))
        if count == 0 or (count < MOST_A_SIDE and _came_back(tape, ranges, row, before + 1, bar)):
            last[row] = (bar, count + 1)
            yield _sighting(tape, ranges, _Breakout(row, bar, side, ratio), count + 1)


def _crossings(tape: Tape, period: int, outside: Mask) -> tuple[Ints, Ints]:
    """Return rows and bars of closes outside whose previous close was not, in the order of time within a row."""
    crossed = outside.copy()
    crossed[:, 1:] &= ~outside[:, :-1]
    rows, bars = np.nonzero(crossed)
    late_enough = tape.minute[rows, bars] > period
    return rows[late_enough], bars[late_enough]


def _volume_ratios(tape: Tape, ranges: OpeningRanges, volumes: VolumeSums, rows: Ints, bars: Ints) -> Floats:
    """Return each bar's volume over its baseline's mean: 0 where the mean is 0, NaN where either is unknown."""
    first = ranges.bars[rows]
    start = np.where(bars > first, np.maximum(first, bars - BASELINE_BARS), 0)
    mean, volume = volumes.mean(rows, start, bars), tape.volume[rows, bars]
    return np.divide(volume, mean, out=np.zeros(len(rows)), where=mean != 0)


def _came_back(tape: Tape, ranges: OpeningRanges, row: int, start: int, stop: int) -> bool:
    """Say whether enough neighbouring bars in [start, stop) closed inside the range."""
    closes = tape.close[row, start:stop]
    run = 0
    for inside in ((closes >= ranges.low[row]) & (closes <= ranges.high[row])).tolist():
        run = run + 1 if inside else 0
        if run == BACK_INSIDE_BARS:
            return True
    return False


def _sighting(tape: Tape, ranges: OpeningRanges, breakout: _Breakout, occurrence: int) -> Sighting:
    key = Key(
        symbol=tape.panel.symbols[breakout.row],
        setup_type=SETUP_TYPE,
        direction=breakout.side,
        fingerprint=f"{ranges.period}:{breakout.side}",
        occurrence=occurrence,
    )
    return Sighting(key, tape.ts(breakout.row, breakout.bar), partial(_describe, tape, ranges, breakout, key))


def _describe(tape: Tape, ranges: OpeningRanges, breakout: _Breakout, key: Key) -> Detection:
    row, side, ratio = breakout.row, breakout.side, breakout.volume_ratio
    high, low = float(ranges.high[row]), float(ranges.low[row])
    close, atr = float(tape.close[row, breakout.bar]), float(tape.panel.atr[row])
    bar_ts = tape.ts(row, breakout.bar)
    width_atr = (high - low) / atr if math.isfinite(atr) and atr > 0 else None
    plan, rejected = build(
        Idea(
            setup_type=SETUP_TYPE,
            side=side,
            trigger="close_above_range" if side == "long" else "close_below_range",
            price=close,
            reference=low if side == "long" else high,
            range_points=high - low,
            atr=atr,
        )
    )
    return Detection(
        **key._asdict(),
        variant=ranges.period,
        bar_ts=bar_ts,
        score=score(_raw_score(ratio, width_atr)),
        price=cents(close),
        description=_sentence(key, ranges.period, high if side == "long" else low, on_volume(tape, row, ratio)),
        signal=_signal(ranges.period, breakout, high, low, close, width_atr),
        plan=plan,
        plan_rejected=rejected,
        volume_source=tape.panel.volume_source[row],
        valid_until=valid_until(SETUP_TYPE, bar_ts + BAR_S, tape.close_ts),
    )


def _raw_score(volume_ratio: float, width_atr: float | None) -> float:
    narrow = 0.0 if width_atr is None else 8 * max(0.0, 1.5 - width_atr)
    return 62 + 30 * (volume_ratio - LEAST_VOLUME_RATIO) + narrow


def _signal(
    period: int, breakout: _Breakout, high: float, low: float, close: float, width_atr: float | None
) -> dict[str, object]:
    edge = high if breakout.side == "long" else low
    return {
        "orbPeriodMinutes": period,
        "orbHigh": cents(high),
        "orbLow": cents(low),
        "orbWidth": cents(high - low),
        "breakoutPrice": cents(close),
        "breakoutDistance": cents(abs(close - edge)),
        "volumeRatio": cents(breakout.volume_ratio),
        "atrRatio": None if width_atr is None else cents(width_atr),
        "dedupeKey": f"orb:{period}:{breakout.side}:{cents(high):.2f}:{cents(low):.2f}",
    }


def _sentence(key: Key, period: int, edge: float, volume: str) -> str:
    where = "above the high" if key.direction == "long" else "below the low"
    return f"{key.symbol} closed {where} of its {period}-minute opening range at {cents(edge):,.2f} {volume}"


def on_volume(tape: Tape, row: int, ratio: float) -> str:
    """Return the words for a volume ratio, naming the proxy where the volume is not the symbol's own."""
    source = tape.panel.volume_source[row]
    whose = "its" if source == tape.panel.symbols[row] else f"{source}'s"
    return f"on {cents(ratio):,.2f}x {whose} recent volume"
