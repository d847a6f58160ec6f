"""Opening-range detection over many symbols at once, against the same rules in a loop over symbols and bars."""

from __future__ import annotations

import numpy as np

from bench.row import Row, faster, median_ms
from detectors.pure import engine
from market.pure.panel import Panel

SYMBOLS, MINUTES = 500, 390


def panel(symbols: int = SYMBOLS, minutes: int = MINUTES) -> Panel:
    """Return driftless random sessions with a U-shaped volume, from a fixed seed."""
    rng = np.random.default_rng(7)
    steps = rng.normal(0, 0.0005, (symbols, minutes)).cumsum(axis=1)
    close = 500 * np.exp(steps)
    opens = np.concatenate([np.full((symbols, 1), 500.0), close[:, :-1]], axis=1)
    spread = np.abs(rng.normal(0, 0.1, (2, symbols, minutes)))
    shape = 1 + 3 * np.abs(np.linspace(-1, 1, minutes)) ** 3
    return Panel(
        symbols=tuple(f"S{number}" for number in range(symbols)),
        open_ts=1_770_647_400,
        open=opens,
        high=np.maximum(opens, close) + spread[0],
        low=np.minimum(opens, close) - spread[1],
        close=close,
        volume=shape * rng.lognormal(9, 0.4, (symbols, minutes)),
        volume_source=tuple(f"S{number}" for number in range(symbols)),
        atr=np.full(symbols, 6.0),
        prev_close=np.full(symbols, 500.0),
    )


def run() -> list[Row]:
    """Measure a full recompute of a day against one read of the memory, and against a loop."""
    day = panel()
    close_ts = day.open_ts + 60 * MINUTES
    known = frozenset(found.key for found in engine.detect(day, close_ts=close_ts)[0])
    full = median_ms(lambda: engine.detect(day, close_ts=close_ts, known=known))
    grids = (day.open, day.high, day.low, day.close, day.volume)
    memory = median_ms(lambda: [float(np.nansum(grid)) for grid in grids])
    few = panel(symbols=25)
    loop = median_ms(lambda: [by_hand(few, row, period) for row in range(25) for period in (5, 15, 30)], runs=3)
    case = f"{SYMBOLS} x {MINUTES}, opening range"
    reads = round(full / memory, 2)
    return [
        faster("detectors", case, "full recompute", full, loop * SYMBOLS / 25, "loop per symbol and bar (25, scaled)"),
        Row("detectors", case, "full recompute over one read of the arrays", reads, "times"),
    ]


def by_hand(day: Panel, row: int, period: int) -> list[int]:
    """Return the breakout minutes of one symbol: the same rules, written as one would first write them."""
    close, volume = day.close[row].tolist(), day.volume[row].tolist()
    high, low = max(day.high[row, :period].tolist()), min(day.low[row, :period].tolist())
    found = []
    for t in range(period + 1, len(close)):
        base = volume[max(period, t - 20) : t]
        ratio = volume[t] / (sum(base) / len(base))
        crossed = (close[t] > high and close[t - 1] <= high) or (close[t] < low and close[t - 1] >= low)
        if crossed and ratio > 1.2:  # noqa: PLR2004 -- the rule's threshold
            found.append(t)
    return found
