"""The gap fill: a session that opened away from the close before has come half or all of the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from detectors.pure.detection import BAR_S, Abstention, Detection, Key, Sighting
from detectors.pure.plans import Idea, Plan, Side, build, valid_until
from detectors.pure.rounding import cents, score
from detectors.pure.tape import Mask, Tape
from market.pure import gaps
from market.pure.bars import Floats, Ints

SETUP_TYPE = "gap_fill"
LEAST_GAP_PCT = 0.2
OPENING_MINUTES = 5  # a symbol whose first bar comes later has no known open
STOP_FILLED = 0.25  # share of the gap that is filled where the plan of the half is wrong

Stage = Literal["half", "full"]
FILLED_PCT: dict[Stage, float] = {"half": 50.0, "full": 100.0}
BASE_SCORE: dict[Stage, int] = {"half": 66, "full": 80}


@dataclass(frozen=True, slots=True)
class _Fill:
    # One stage reached: where on the tape, and how much of which gap is filled.
    row: int
    bar: int
    stage: Stage
    gap_pct: float
    filled_pct: float


def find(tape: Tape) -> Iterator[Sighting | Abstention]:
    """Yield when each gap of a session was half filled and when wholly, and who could not be judged.

    Notes
    -----
    gap = open of the session's first bar - previous close, at least 0.2 % of that close. Filled is the share that a
    close has retraced: (open - C) / gap. The first bar from the second on that closes at 50 % or more is the half, at
    100 % or more the full; each comes once. A bar that passes both is the full alone: at the half's only target there
    is no trade left. A gap beyond 25 % is no gap but a split, and abstains.

    score = 66 (half) or 80 (full) + min(12, 2 abs(gap in %)).
    """
    if not tape.close.shape[1]:
        return
    pct = gaps.size_pct(tape.open[:, 0], tape.panel.prev_close)
    reasons = _unfit(tape, pct)
    for reason, unfit in reasons.items():
        yield from (Abstention(tape.panel.symbols[row], SETUP_TYPE, reason) for row in np.flatnonzero(unfit))
    fit = (tape.count > 0) & ~np.logical_or.reduce(list(reasons.values()))
    rows = np.flatnonzero(fit & (np.abs(pct) >= LEAST_GAP_PCT))
    for symbol in (tape.panel.symbols[row] for row in rows.tolist()):
        if not len(tape.background.gaps.get(symbol, ())):
            yield Abstention(symbol, SETUP_TYPE, "no_history")
    yield from _stages(tape, rows, pct)


def _unfit(tape: Tape, pct: Floats) -> dict[str, Mask]:
    """Return whose gap is not known or is none, by reason; nobody has two."""
    started = tape.count > 0
    no_open = started & ((tape.minute[:, 0] >= OPENING_MINUTES) | np.isnan(tape.open[:, 0]))
    no_close = started & ~no_open & np.isnan(pct)
    return {
        "no_open": no_open,
        "no_prev_close": no_close,
        "implausible_gap": started & ~no_open & (np.abs(pct) > gaps.MOST_PCT),
    }


def _stages(tape: Tape, rows: Ints, pct: Floats) -> Iterator[Sighting]:
    filled = _filled_pct(tape, rows)
    half_at, full_at = (_first(filled >= FILLED_PCT[stage]) for stage in ("half", "full"))
    never = filled.shape[1]
    for i, row in enumerate(rows.tolist()):
        half, full, size = int(half_at[i]), int(full_at[i]), float(pct[row])
        if half < full:
            yield _sighting(tape, _Fill(row, half, "half", size, float(filled[i, half])))
        if full < never:
            yield _sighting(tape, _Fill(row, full, "full", size, FILLED_PCT["full"]))


def _filled_pct(tape: Tape, rows: Ints) -> Floats:
    """Return how much of its gap each close of these rows has retraced, NaN for the first bar. [percent]."""
    opened = tape.open[rows, :1]
    # Rounded for the same reason as the gap: a close right in its middle fills half.
    filled = np.round(
        100 * (opened - tape.close[rows]) / (opened - tape.panel.prev_close[rows, None]), gaps.PCT_DECIMALS
    )
    filled[:, 0] = np.nan  # the bar that made the gap does not fill it
    return filled


def _first(reached: Mask) -> Ints:
    """Return the first bar of each row that is marked, one beyond the last where none is."""
    bars: Ints = np.where(reached.any(axis=1), reached.argmax(axis=1), reached.shape[1])
    return bars


def _sighting(tape: Tape, fill: _Fill) -> Sighting:
    key = Key(
        symbol=tape.panel.symbols[fill.row],
        setup_type=SETUP_TYPE,
        direction=_side(fill),
        fingerprint=fill.stage,
        occurrence=1,
    )
    return Sighting(key, tape.ts(fill.row, fill.bar), partial(_describe, tape, fill, key))


def _side(fill: _Fill) -> Side:
    return "short" if fill.gap_pct > 0 else "long"


def _describe(tape: Tape, fill: _Fill, key: Key) -> Detection:
    before, opened = float(tape.panel.prev_close[fill.row]), float(tape.open[fill.row, 0])
    close, bar_ts = float(tape.close[fill.row, fill.bar]), tape.ts(fill.row, fill.bar)
    history = tape.background.gaps.get(key.symbol, gaps.GapHistory.empty())
    rate, sample = history.fill_rate(fill.gap_pct)
    plan, rejected = _plan(tape, fill, close) if fill.stage == "half" else (None, None)
    return Detection(
        **key._asdict(),
        variant=None,
        bar_ts=bar_ts,
        score=score(BASE_SCORE[fill.stage] + min(12.0, 2 * abs(fill.gap_pct))),
        price=cents(close),
        description=_sentence(key.symbol, fill, before, opened, close, rate, sample),
        signal={
            "gapSize": cents(opened - before),
            "gapPct": cents(fill.gap_pct),
            "fillPct": cents(fill.filled_pct),
            "previousClose": cents(before),
            "todayOpen": cents(opened),
            "currentPrice": cents(close),
            "stage": fill.stage,
            "historicalFillRate": None if rate is None else cents(rate),
            "sampleSize": sample,
            "dedupeKey": f"gap_fill:{fill.stage}:{cents(before):.2f}:{cents(opened):.2f}",
        },
        plan=plan,
        plan_rejected=rejected,
        volume_source=None,
        valid_until=valid_until(SETUP_TYPE, bar_ts + BAR_S, tape.close_ts),
    )


def _plan(tape: Tape, fill: _Fill, close: float) -> tuple[Plan | None, str | None]:
    """Return the plan of a half: on to the previous close, wrong where three quarters of the gap are open again."""
    before, opened = float(tape.panel.prev_close[fill.row]), float(tape.open[fill.row, 0])
    stop = opened - STOP_FILLED * (opened - before)
    return build(
        Idea(
            setup_type=SETUP_TYPE,
            side=_side(fill),
            trigger="gap_half_filled",
            price=close,
            reference=stop,
            range_points=abs(opened - before),
            atr=float(tape.panel.atr[fill.row]),
            mean=before,
            stop=stop,
        )
    )


def _sentence(
    symbol: str, fill: _Fill, before: float, opened: float, close: float, rate: float | None, sample: int
) -> str:
    way = "up" if fill.gap_pct > 0 else "down"
    much = "all" if fill.stage == "full" else f"{cents(fill.filled_pct):.2f}%"
    past = "" if rate is None else f"; {cents(rate):.0%} of {sample} such gaps filled the same day"
    return (
        f"{symbol} at {cents(close):,.2f} has filled {much} of its gap {way} "
        f"from {cents(before):,.2f} to {cents(opened):,.2f}{past}"
    )
