"""Completed sessions for a fake vendor: daily bars on real trading days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

import numpy as np

from market import calendar
from market.pure.bars import Bars
from market.pure.sessions import NEW_YORK, in_utc

Row = tuple[float, float, float]


def eastern(text: str) -> datetime:
    """Return a New York time, such as `2026-02-10T12:31:05`, as an aware instant."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def ts(text: str) -> int:
    """Return a New York time as Unix seconds."""
    return int(eastern(text).timestamp())


def midnight(day: date) -> int:
    """Return 00:00 New York of a date, which names its daily bar. [Unix seconds]."""
    return int(in_utc(day, time(0)).timestamp())


def days(before: date, last: Sequence[Row], *, count: int = 300, quiet: Row = (101.0, 99.0, 100.0)) -> Bars:
    """Return daily bars of the `count` sessions before a date: `quiet` ones, and then those of `last`.

    A row is (high, low, close); each session opens in its middle and trades a million shares.
    """
    sessions = calendar.sessions_before(before, count)
    rows = [*[quiet] * (count - len(last)), *last]
    return Bars.from_rows(
        np.array(
            [
                (midnight(session.date), (high + low) / 2, high, low, close, 1e6, np.nan)
                for session, (high, low, close) in zip(sessions, rows, strict=True)
            ]
        )
    )


def minutes(start: str, rows: Sequence[Row], *, volume: float = 100.0) -> Bars:
    """Return one-minute bars from a New York time on; a row is (high, low, close)."""
    first = ts(start)
    return Bars.from_rows(
        np.array(
            [
                (first + 60 * i, (high + low) / 2, high, low, close, volume, np.nan)
                for i, (high, low, close) in enumerate(rows)
            ]
        ).reshape(-1, 7)
    )
