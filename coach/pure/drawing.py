"""A setup as our chart draws it: the minutes of its session, VWAP, levels, its plan, its trigger and its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from coach.pure import formats, words
from market.pure.bars import Bars, Floats, Ints
from market.pure.opening_range import OpeningRange

FRAME: Final = "1m"
ENDS: Final = {"win": "Target", "loss": "Stop", "expired": "Time is up"}
HALF_A_CENT: Final = 0.005
# Prices that some detectors name and that belong on the chart, beside `level` and `levelPrice`.
SIGNAL_LEVELS: Final = {
    "todayOpen": "Open",
    "flipPoint": "GEX flip",
    "maxPositiveGexStrike": "call wall",
    "maxNegativeGexStrike": "put wall",
}


@dataclass(frozen=True, slots=True)
class End:
    """How a plan ended.

    Attributes
    ----------
    outcome : str
        `win`, `loss` or `expired`.
    bar_ts : int
        Left edge of the bar of the exit. [Unix seconds, UTC]
    realized_r : float or None
        In units of the planned risk.
    """

    outcome: str
    bar_ts: int
    realized_r: float | None


@dataclass(frozen=True, slots=True)
class Setup:
    """What is marked on a chart of one setup.

    Attributes
    ----------
    direction : str
        `long`, `short` or `neutral`.
    bar_ts, detected_ts : int
        Left and right edge of the trigger bar. [Unix seconds, UTC]
    valid_until_ts : int or None
        When the idea is over. [Unix seconds, UTC]
    entry, stop : float or None
        The plan. [USD, or index points]
    targets : tuple of float
        From near to far.
    """

    id: str
    setup_type: str
    direction: str
    bar_ts: int
    detected_ts: int
    valid_until_ts: int | None
    entry: float | None
    stop: float | None
    targets: tuple[float, ...]
    end: End | None = None


def of_setup(
    symbol: str,
    bars: Bars,
    vwap: Floats,
    *,
    setup: Setup,
    levels: Iterable[Mapping[str, Any]] = (),
    opening_range: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the chart of a setup in the shape that the chart's scripts draw, with `state` ready.

    Parameters
    ----------
    bars : Bars
        Completed regular minutes of the session.
    vwap : float64, shape (len(bars),)
        Session VWAP at the end of each; NaN where there is none. [USD, or index points]
    levels : iterable of mapping
        `name` and `price` of each, and `own` where the setup is about it.
    opening_range : mapping or None
        As `ranged` returns it.
    """
    return {
        "symbol": symbol,
        "frame": FRAME,
        "bars": candles(bars),
        "hasVolume": bool(np.isfinite(bars.volume).any()),
        "volumeNote": "",
        "vwap": line(bars.ts, vwap),
        **{name: [] for name in ("ema8", "ema21", "rsi", "macd")},
        "openingRange": opening_range,
        "session": None,
        "resyncMs": 0,
        "levels": sorted(levels, key=lambda level: -level["price"]),
        "setups": [plan(setup)] if setup.entry is not None else [],
        "markers": markers(setup),
        "state": "ready",
        "title": "",
        "text": "",
    }


def candles(bars: Bars) -> list[dict[str, float]]:
    """Return bars as the chart reads them; volume is 0 where there is none, and `hasVolume` tells the two apart."""
    columns = (bars.ts, bars.open, bars.high, bars.low, bars.close, np.nan_to_num(bars.volume))
    names = ("time", "open", "high", "low", "close", "volume")
    return [dict(zip(names, row, strict=True)) for row in zip(*(column.tolist() for column in columns), strict=True)]


def line(ts: Ints, values: Floats) -> list[dict[str, float]]:
    """Return a point for each time at which the line is known."""
    known = np.isfinite(values)
    # A hundredth of a cent: enough to draw with, and half the bytes.
    points = zip(ts[known].tolist(), np.round(values[known], 4).tolist(), strict=True)
    return [{"time": time, "value": value} for time, value in points]


def ranged(found: OpeningRange | None, *, close_ts: int, over: bool) -> dict[str, Any] | None:
    """Return an opening range as the chart draws it, from its minutes out to the close; None where there is none."""
    if found is None:
        return None
    prices = {"minutes": found.minutes, "high": found.high, "low": found.low}
    times = {"from": found.from_ts, "to": found.to_ts, "until": close_ts}
    return {**prices, **times, "complete": found.complete, "over": over}


def plan(setup: Setup) -> dict[str, Any]:
    """Return the plan of a setup, drawn from its detection until it ended or its time was up."""
    *nearer, last = setup.targets or (None,)
    return {
        "id": setup.id,
        "type": setup.setup_type,
        "label": words.setup_name(setup.setup_type),
        "direction": setup.direction,
        "status": setup.end.outcome if setup.end else "open",
        "entry": setup.entry,
        "stop": setup.stop,
        "firstTarget": nearer[0] if nearer else None,
        "target": last,
        "at": setup.detected_ts,
        "until": setup.end.bar_ts if setup.end else setup.valid_until_ts,
        "chosen": True,
        "address": "",
    }


def markers(setup: Setup) -> list[dict[str, Any]]:
    """Return where a setup began and, if it has, where its plan ended."""
    trigger = {"time": setup.bar_ts, "kind": "trigger", "label": "Trigger", "direction": setup.direction}
    end = setup.end
    if end is None:
        return [trigger | {"outcome": None}]
    result = "" if end.realized_r is None else f" {formats.change(end.realized_r)} R"
    label = f"{ENDS.get(end.outcome, 'End')}{result}"
    ended = {"time": end.bar_ts, "kind": "exit", "label": label, "direction": setup.direction}
    return [trigger | {"outcome": None}, ended | {"outcome": end.outcome}]


def named_levels(signal: Mapping[str, object], known: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the levels that are known and, with them, those that the detection itself names, marked as its own.

    One that stands among the known ones already, at the same price, is not repeated; VWAP has a line of its own.
    """
    found = [dict(level) for level in known]
    own = [(signal.get("level"), signal.get("levelPrice"))]
    own += [(label, signal.get(name)) for name, label in SIGNAL_LEVELS.items()]
    for label, price in own:
        at = formats.number(price)
        if not isinstance(label, str) or label == "VWAP" or at is None:
            continue
        same = [level for level in found if level["name"] == label and abs(level["price"] - at) < HALF_A_CENT]
        for level in same:
            level["own"] = True
        if not same:
            found.append({"name": label, "price": at, "own": True})
    return found
