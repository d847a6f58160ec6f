"""Made-up bars for the tests of pure market code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from market.pure.bars import Bars, Floats

DATA = Path(__file__).parents[4] / "shared" / "data"
NAN = float("nan")


def bars(rows: list[tuple[float, ...]], *, first_ts: int = 0, step_s: int = 60) -> Bars:
    """Return bars of (high, low, close[, volume[, vwap]]) rows that open in their middle."""
    full = [
        (first_ts + step_s * i, (row[0] + row[1]) / 2, row[0], row[1], row[2], *row[3:], *[NAN] * (5 - len(row)))
        for i, row in enumerate(rows)
    ]
    return Bars.from_rows(np.array(full, dtype=np.float64).reshape(-1, 7))


@st.composite
def walks(draw: st.DrawFn, *, least: int = 1, most: int = 120, step_s: int = 60) -> Bars:
    """Draw bars that wander around 100, with volumes of which some are missing."""
    size = draw(st.integers(least, most))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    closes = 100 + np.cumsum(random.normal(0, 0.2, size))
    opens = closes + random.normal(0, 0.1, size)
    highs = np.maximum(opens, closes) + random.exponential(0.1, size)
    lows = np.minimum(opens, closes) - random.exponential(0.1, size)
    volumes = np.where(random.random(size) < 0.1, np.nan, random.integers(0, 1000, size))
    vwaps = np.where(random.random(size) < 0.5, np.nan, (highs + lows) / 2)
    ts = step_s * np.sort(random.choice(3 * size, size, replace=False))
    return Bars.from_rows(np.column_stack([ts, opens, highs, lows, closes, volumes, vwaps]))


@st.composite
def closes(draw: st.DrawFn, *, least: int = 1) -> Floats:
    """Draw closing prices between 1 and 1000."""
    values = draw(st.lists(st.floats(1, 1000), min_size=least, max_size=80))
    return np.array(values)


def from_frame(frame: pd.DataFrame) -> Bars:
    """Return bars of a data folder's table: ts, open, high, low, close, volume and maybe vwap."""
    ts = frame["ts"].astype("datetime64[ns, UTC]").astype("int64").to_numpy() // 10**9
    vwap = frame["vwap"] if "vwap" in frame else np.full(len(frame), np.nan)
    prices = [frame[name] for name in ("open", "high", "low", "close", "volume")]
    return Bars.from_rows(np.column_stack([ts, *prices, vwap]).astype(np.float64))
