"""Made-up sessions in the shape detectors read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from market.pure.bars import Bars
from market.pure.panel import Panel

DATA = Path(__file__).parents[3] / "shared" / "data"
OPEN_TS = int(datetime(2026, 2, 9, 14, 30, tzinfo=UTC).timestamp())
CLOSE_TS = OPEN_TS + 390 * 60
NAN = float("nan")

Row = tuple[float, float, float, float, float]
QUIET: Row = (100, 100.5, 99.5, 100, 900)  # open, high, low, close, volume


def panel(
    rows: Mapping[str, Sequence[Row | None]],
    *,
    atr: float | Sequence[float] = 4.0,
    source: str | None = "own",
    open_ts: int = OPEN_TS,
) -> Panel:
    """Return a panel of one row a minute; None is a minute without a bar, `source=None` a symbol without volume."""
    symbols = tuple(sorted(rows))
    width = max(len(rows[symbol]) for symbol in symbols)
    grid = np.full((len(symbols), width, 5), NAN)
    for s, symbol in enumerate(symbols):
        for m, row in enumerate(rows[symbol]):
            if row is not None:
                grid[s, m] = row
    return Panel(
        symbols=symbols,
        open_ts=open_ts,
        open=grid[..., 0],
        high=grid[..., 1],
        low=grid[..., 2],
        close=grid[..., 3],
        volume=grid[..., 4],
        vwap=np.full(grid.shape[:2], NAN),
        volume_source=tuple(symbol if source == "own" else source for symbol in symbols),
        atr=np.broadcast_to(np.asarray(atr, dtype=np.float64), (len(symbols),)),
        prev_close=np.full(len(symbols), NAN),
        premarket_high=np.full(len(symbols), NAN),
        premarket_low=np.full(len(symbols), NAN),
    )


def orb_long() -> list[Row]:
    """Return the specification's long breakout: 18 bars, the last one triggers."""
    return [*[QUIET] * 15, (100, 101, 99.5, 100, 900), (100, 101, 99.5, 100.45, 900), (100, 101, 99.5, 101.2, 3200)]


def orb_short() -> list[Row]:
    """Return its short breakout."""
    return [*[QUIET] * 15, (100, 100.5, 99, 100, 900), (100, 100.5, 99, 99.55, 900), (100, 100.5, 99, 98.8, 1350)]


def as_bars(rows: Sequence[Row | None], *, open_ts: int = OPEN_TS) -> Bars:
    """Return bars as a vendor would send them: high and low are widened to hold open and close."""
    full = [
        (open_ts + 60 * m, o, max(o, h, c), min(o, low, c), c, v, NAN)
        for m, row in enumerate(rows)
        if row is not None
        for o, h, low, c, v in [row]
    ]
    return Bars.from_rows(np.array(full, dtype=np.float64).reshape(-1, 7))


def random_panel(
    seed: int, *, symbols: int = 3, minutes: int = 390, missing: float = 0.0, volatility: float = 0.0006
) -> Panel:
    """Return driftless sessions with whole volumes, some minutes missing, an ATR around 1.5 %, one without it."""
    random = np.random.default_rng(seed)
    shape = (symbols, minutes)
    close = 100 * np.exp(np.cumsum(random.normal(0, volatility, shape), axis=1))
    opened = np.concatenate([np.full((symbols, 1), 100.0), close[:, :-1]], axis=1)
    high = np.maximum(opened, close) * (1 + random.exponential(0.0003, shape))
    low = np.minimum(opened, close) * (1 - random.exponential(0.0003, shape))
    volume = random.integers(200, 3000, shape).astype(float)
    hole = random.random(shape) < missing
    for grid in (opened, high, low, close, volume):
        grid[hole] = NAN
    names = tuple(f"S{i:03d}" for i in range(symbols))
    atr = random.uniform(1.0, 2.0, symbols)
    atr[0] = NAN
    return Panel(
        symbols=names,
        open_ts=OPEN_TS,
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=volume,
        vwap=np.full(shape, NAN),
        volume_source=names,
        atr=atr,
        prev_close=np.full(symbols, 100.0),
        premarket_high=np.full(symbols, NAN),
        premarket_low=np.full(symbols, NAN),
    )
