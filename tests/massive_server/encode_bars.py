"""Bars as rows of the wire."""

from __future__ import annotations

import math
from typing import Any

from market.pure.bars import Bars

Row = dict[str, Any]
SHARES_A_TRADE = 90  # how many change hands in a usual trade; the made-up market counts no trades


def rows(bars: Bars) -> list[Row]:
    """Return bars as the aggregates' rows, stamped in milliseconds; an index has no volume and so no `v`, `vw`, `n`."""
    return [{**row(bars, at), "t": int(bars.ts[at]) * 1000} for at in range(len(bars))]


def row(bars: Bars, at: int) -> Row:
    """Return one bar without its stamp."""
    prices = {name[0]: float(getattr(bars, name)[at]) for name in ("open", "high", "low", "close")}
    volume = float(bars.volume[at])
    return prices if math.isnan(volume) else {**prices, **_traded(volume, float(bars.vwap[at]))}


def _traded(volume: float, vwap: float) -> Row:
    price = {} if math.isnan(vwap) else {"vw": round(vwap, 4)}
    return {"v": int(volume), **price, "n": trades(volume)}


def trades(volume: float) -> int:
    """Return in how many trades that many shares may have changed hands."""
    return math.ceil(volume / SHARES_A_TRADE)
