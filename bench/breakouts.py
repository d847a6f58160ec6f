"""A recorded morning in which every symbol breaks out of its opening range, each in a minute of its own.

Two folders' worth of what the replay vendor plays back: a quiet session before, and this one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from market.pure.sessions import Session

MINUTE_S = 60
FIRST_BREAKOUT = 31  # minutes after the open: once the longest opening range is complete
SPREAD = 20  # minutes over which the breakouts are spread
STEP = 0.0012  # of the price, a minute, from the breakout on: stop or target is reached in time


def names(count: int) -> list[str]:
    """Return that many made-up symbols."""
    return [f"B{number:03}" for number in range(count)]


def write(folder: Path, symbols: list[str], before: Session, today: Session) -> None:
    """Write a file a symbol: an hour and a half of today after the whole session before."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, symbol in enumerate(symbols):
        closes = _closes(number)
        rows = [_minutes(before, _quiet(390, number)), _minutes(today, closes, loud=_breakout(number))]
        pd.concat(rows, ignore_index=True).to_parquet(folder / f"{symbol}.parquet")


def _breakout(number: int) -> int:
    return FIRST_BREAKOUT + number % SPREAD


def _quiet(minutes: int, number: int) -> np.ndarray:
    # A range of half a percent around 100; the phase differs by symbol.
    return 100 + 0.25 * np.sin(0.9 * np.arange(minutes) + number)


def _closes(number: int) -> np.ndarray:
    closes = _quiet(90, number)
    start, sign = _breakout(number), 1 if number % 2 else -1
    closes[start:] = 100 * (1 + sign * (0.004 + STEP * np.arange(90 - start)))
    return closes


def _minutes(session: Session, closes: np.ndarray, *, loud: int | None = None) -> pd.DataFrame:
    opens = np.concatenate([closes[:1], closes[:-1]])
    volume = np.full(len(closes), 1_000.0)
    if loud is not None:
        volume[loud:] = 4_000.0
    stamps = session.open_ts + MINUTE_S * np.arange(len(closes))
    return pd.DataFrame(
        {
            "ts": pd.to_datetime(stamps, unit="s", utc=True),
            "open": opens,
            "high": np.maximum(opens, closes) + 0.02,
            "low": np.minimum(opens, closes) - 0.02,
            "close": closes,
            "volume": volume,
        }
    )
