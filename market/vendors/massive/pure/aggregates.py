"""Rows of aggregates as bars: minutes by their left edge, days by the exchange date they are of."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Final

import numpy as np

from market.pure.bars import Bars
from market.vendors.massive.pure.stamps import exchange_date, midnight_s
from market.vendors.massive.pure.wire import Bar

NAN: Final = float("nan")
MINUTE_S = 60
_COLUMNS = 7


def minutes(rows: Iterable[Bar], *, known_s: float) -> Bars:
    """Return the minutes that were over at `known_s`. [Unix seconds].

    Rows without a stamp or a price, from outside the exchanges, or with a close beyond high or low are no bars and are
    dropped; a volume or VWAP that is not on the wire, or a VWAP of nothing, is NaN.
    """
    bars = _bars((int(row.t) // 1000, row) for row in rows if row.t)
    return bars.take(bars.ts + MINUTE_S <= known_s)


def days(rows: Iterable[Bar], over: Collection[date]) -> Bars:
    """Return the daily bars of the exchange dates that are `over`, stamped at 00:00 New York."""
    dated = ((exchange_date(row.t), row) for row in rows if row.t)
    return _bars((midnight_s(day), row) for day, row in dated if day in over)


def newest_minute(row: Bar | None, *, now_s: float) -> Bars:
    """Return the minute inside a snapshot, forming or not; empty when it has none, or one that has not begun.

    Zeros are how the vendor says that there was no trade since the night.
    """
    if row is None or not row.t:
        return Bars.empty()
    return _bars([(int(row.t) // 1000 // MINUTE_S * MINUTE_S, row)]).until(int(now_s))


def _bars(stamped: Iterable[tuple[int, Bar]]) -> Bars:
    rows = [
        (ts, _number(row.o), _number(row.h), _number(row.l), _number(row.c), _number(row.v), _number(row.vw) or NAN)
        for ts, row in stamped
        if not row.otc
    ]
    return Bars.from_rows(np.array(rows, dtype=np.float64).reshape(-1, _COLUMNS))


def _number(value: float | None) -> float:
    return NAN if value is None else value
