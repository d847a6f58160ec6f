"""The opening drive of SPX and NDX: a steady run out of the opening range, on volume and beyond the VWAP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from detectors.pure.detection import BAR_S, Abstention, Detection, Key, Sighting
from detectors.pure.opening_range import SIDES, OpeningRanges, on_volume, opening_ranges
from detectors.pure.plans import Idea, Side, build, sign_of, valid_until
from detectors.pure.rounding import cents, score
from detectors.pure.tape import Mask, Tape
from market.pure.bars import Floats, Ints

NAME = "opening_drive"
SETUP_TYPES = {"SPX": "spx_opening_drive", "NDX": "ndx_opening_drive"}
PERIOD = 15  # minutes of the opening range
WINDOW = 60  # minutes after the range within which a drive begins
LEAST_BARS = PERIOD + 8  # the trigger bar included
BASELINE_FIRST, BASELINE_LAST = 25, 6  # bars before the trigger bar
LEAST_BASELINE_BARS = 5  # of those, with a volume
LEAST_VOLUME_RATIO = 1.2
LEAST_EXTENSION = 0.15  # ATR, since the first close after the range
STRUCTURE_BARS = 5  # before the trigger bar, none of which may fall back from the one before it
TOLERANCE_ATR = 0.05
TOLERANCE_OF_PRICE = 0.0005


@dataclass(frozen=True, slots=True)
class _Drive:
    # The bar that completed a drive: where on the tape, and how it measured. Extension: ATR, below 0 when short.
    row: int
    bar: int
    side: Side
    volume_ratio: float
    extension: float


def find(tape: Tape) -> Iterator[Sighting | Abstention]:
    """Yield the drives of SPX and NDX, at most one a side and session, and which of the two could not be judged.

    Notes
    -----
    Bar t completes a drive up when all of this holds; down is mirrored:

    - C > high of the first 15 minutes and C > VWAP;
    - (C - close of the first bar after the range) / ATR >= 0.15;
    - among the five bars before t each low is at or above the one before it, less max(0.05 ATR, 0.05 % of C);
    - V >= 1.2 times the mean volume of the bars t-25..t-6, at least five of which have one;
    - t is the 23rd bar or a later one and closes within 60 minutes after the range.

    score = 68 + min(12, 20 (ratio - 1.2)) + min(10, 8 |extension|).
    """
    symbols = tape.panel.symbols
    blind = {row: _blind(tape, row) for row, symbol in enumerate(symbols) if symbol in SETUP_TYPES}
    yield from (Abstention(symbols[row], NAME, reason) for row, reason in blind.items() if reason is not None)
    if not blind or tape.panel.minutes < PERIOD:
        return
    ranges, unfit = opening_ranges(tape, PERIOD, NAME)
    yield from (each for each in unfit if each.symbol in SETUP_TYPES)
    for row in (row for row, reason in blind.items() if reason is None):
        for side in SIDES:
            yield from _first(tape, ranges, row, side)


def _blind(tape: Tape, row: int) -> str | None:
    if not tape.has_volume[row]:
        return "no_volume"
    return None if tape.panel.atr[row] > 0 else "no_atr"


def _first(tape: Tape, ranges: OpeningRanges, row: int, side: Side) -> Iterator[Sighting | Abstention]:
    """Yield the first drive of a side, or that a bar which ran far enough had no volume to be judged by."""
    minutes = tape.minute[row, : tape.count[row]]
    bars = np.flatnonzero(minutes < PERIOD + WINDOW)[LEAST_BARS - 1 :]
    if not len(bars):
        return
    extension = (tape.close[row, bars] - tape.close[row, ranges.bars[row]]) / tape.panel.atr[row]
    ran = _beyond(tape, ranges, row, bars, side) & (sign_of(side) * extension >= LEAST_EXTENSION)
    ran &= _is_steady(tape, row, bars, side)
    bars, extension = bars[ran], extension[ran]
    ratios = _volume_ratios(tape, row, bars)
    if np.isnan(ratios).any():
        yield Abstention(tape.panel.symbols[row], NAME, "no_volume")
    for at in np.flatnonzero(ratios >= LEAST_VOLUME_RATIO)[:1].tolist():
        yield _sighting(tape, ranges, _Drive(row, int(bars[at]), side, float(ratios[at]), float(extension[at])))


def _beyond(tape: Tape, ranges: OpeningRanges, row: int, bars: Ints, side: Side) -> Mask:
    """Say which bars closed beyond both the range and the VWAP as it stood at their end."""
    edge = ranges.high[row] if side == "long" else ranges.low[row]
    close = sign_of(side) * tape.close[row, bars]
    beyond: Mask = (close > sign_of(side) * edge) & (close > sign_of(side) * tape.vwap[row, bars])
    return beyond


def _is_steady(tape: Tape, row: int, bars: Ints, side: Side) -> Mask:
    """Say before which bars no low (high, when short) fell back from the one before it by more than the tolerance."""
    heights = sign_of(side) * (tape.low if side == "long" else tape.high)[row]
    tolerance = np.maximum(TOLERANCE_ATR * tape.panel.atr[row], TOLERANCE_OF_PRICE * tape.close[row, bars])
    before = heights[bars[:, None] + np.arange(-STRUCTURE_BARS, 0)]
    steady: Mask = (before[:, 1:] >= before[:, :-1] - tolerance[:, None]).all(axis=1)
    return steady


def _volume_ratios(tape: Tape, row: int, bars: Ints) -> Floats:
    """Return each bar's volume over its baseline's mean: 0 where the mean is 0, NaN where either is unknown."""
    rows, volumes = np.full(len(bars), row), tape.volumes
    start, stop = np.maximum(bars - BASELINE_FIRST, 0), bars - BASELINE_LAST + 1
    volume, mean = tape.volume[row, bars], volumes.mean(rows, start, stop)
    ratio = np.divide(volume, mean, out=np.zeros(len(bars)), where=mean != 0)
    enough = volumes.known[row, stop] - volumes.known[row, start] >= LEAST_BASELINE_BARS
    return np.where(enough & np.isfinite(volume), ratio, np.nan)


def _sighting(tape: Tape, ranges: OpeningRanges, drive: _Drive) -> Sighting:
    symbol = tape.panel.symbols[drive.row]
    key = Key(
        symbol=symbol,
        setup_type=SETUP_TYPES[symbol],
        direction=drive.side,
        fingerprint=f"{PERIOD}:{drive.side}",
        occurrence=1,
    )
    return Sighting(key, tape.ts(drive.row, drive.bar), partial(_describe, tape, ranges, drive, key))


def _describe(tape: Tape, ranges: OpeningRanges, drive: _Drive, key: Key) -> Detection:
    row, bar = drive.row, drive.bar
    high, low = float(ranges.high[row]), float(ranges.low[row])
    close, vwap, atr = float(tape.close[row, bar]), float(tape.vwap[row, bar]), float(tape.panel.atr[row])
    bar_ts = tape.ts(row, bar)
    plan, rejected = build(
        Idea(
            setup_type=key.setup_type,
            side=drive.side,
            trigger="drive_continues_up" if drive.side == "long" else "drive_continues_down",
            price=close,
            reference=min(vwap, high) if drive.side == "long" else max(vwap, low),
            range_points=max(0.9 * atr, high - low),
            atr=atr,
        )
    )
    return Detection(
        **key._asdict(),
        variant=None,
        bar_ts=bar_ts,
        score=score(_raw_score(drive)),
        price=cents(close),
        description=_sentence(key.symbol, drive, high, low, on_volume(tape, row, drive.volume_ratio)),
        signal=_signal(key, drive, high, low, vwap),
        plan=plan,
        plan_rejected=rejected,
        volume_source=tape.panel.volume_source[row],
        valid_until=valid_until(key.setup_type, bar_ts + BAR_S, tape.close_ts),
    )


def _raw_score(drive: _Drive) -> float:
    return 68 + min(12.0, 20 * (drive.volume_ratio - LEAST_VOLUME_RATIO)) + min(10.0, 8 * abs(drive.extension))


def _signal(key: Key, drive: _Drive, high: float, low: float, vwap: float) -> dict[str, object]:
    return {
        "orbPeriodMinutes": PERIOD,
        "orbHigh": cents(high),
        "orbLow": cents(low),
        "orbWidth": cents(high - low),
        "vwapPrice": cents(vwap),
        "volumeRatio": cents(drive.volume_ratio),
        "trendExtensionAtr": cents(drive.extension),
        "dedupeKey": f"{key.setup_type}:{drive.side}:{PERIOD}:{cents(high):.2f}:{cents(low):.2f}",
    }


def _sentence(symbol: str, drive: _Drive, high: float, low: float, volume: str) -> str:
    moved, where, edge = ("rose", "above the high", high) if drive.side == "long" else ("fell", "below the low", low)
    return (
        f"{symbol} {moved} {cents(abs(drive.extension)):.2f} ATR since its {PERIOD}-minute opening range and closed "
        f"{where} at {cents(edge):,.2f} {volume}"
    )
