"""Detection over many symbols at once: a whole session read again, one more bar, and the same rule in a loop."""

from __future__ import annotations

import numpy as np

from bench.row import Row, faster, median_ms
from detectors.pure import engine, opening_range, tape
from gallery.sessions import MINUTES, random_walks
from market.pure.panel import Panel

SYMBOLS, QUICK = 500, 10
LOOPED = 25  # symbols of the loop, scaled up


def run(*, quick: bool = False) -> list[Row]:
    """Measure the opening range against a loop, and every detector against one read of the memory.

    The engine keeps nothing between bars, so one more bar costs what the whole session costs; what is known already
    is not described again.
    """
    symbols = QUICK if quick else SYMBOLS
    looped = min(LOOPED, symbols)
    day = random_walks(7, symbols)
    panel, background, close_ts = day.panel, day.background, day.close_ts
    whole, _ = engine.detect(panel, close_ts=close_ts, background=background)
    known = frozenset(found.key for found in whole)
    before = panel.until(MINUTES - 1)
    known_before = frozenset(found.key for found in engine.detect(before, close_ts=close_ts, background=background)[0])
    full = median_ms(lambda: engine.detect(panel, close_ts=close_ts, background=background, known=known))
    bar = median_ms(lambda: engine.detect(panel, close_ts=close_ts, background=background, known=known_before))
    first = median_ms(lambda: engine.detect(panel, close_ts=close_ts, background=background), runs=3)
    grids = (panel.open, panel.high, panel.low, panel.close, panel.volume)
    memory = median_ms(lambda: [float(np.nansum(grid)) for grid in grids])
    ranges = median_ms(lambda: list(opening_range.find(tape.read(panel, close_ts))))
    loop = median_ms(lambda: [by_hand(panel, row, period) for row in range(looped) for period in (5, 15, 30)], runs=3)
    case = f"{symbols} x {MINUTES}"
    return [
        faster(
            "detectors",
            f"{case}, opening range",
            "full recompute",
            ranges,
            loop * symbols / looped,
            f"loop per symbol and bar ({looped}, scaled)",
        ),
        Row("detectors", f"{case}, all detectors", "full recompute", round(full, 2), "ms"),
        Row("detectors", f"{case}, all detectors", "full recompute over one read", round(full / memory, 1), "times"),
        Row("detectors", f"{case}, all detectors", "one more bar over one read", round(bar / memory, 1), "times"),
        Row("detectors", f"{case}, all detectors", "describing every setup of the day", round(first - full, 2), "ms"),
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
