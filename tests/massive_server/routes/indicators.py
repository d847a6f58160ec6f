"""Indicators on bars of any span, computed with pandas: another method than our own, to be held against it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from market.pure.bars import Bars
from market.pure.sessions import NEW_YORK
from tests.massive_server import windows
from tests.massive_server.encode_bars import rows
from tests.massive_server.parameters import Grammar, Query, flag, one_of, whole
from tests.massive_server.routes.question import Question, Route

Columns = dict[str, "pd.Series[float]"]
LIMIT = (10, 5000)
# How far back the bars of a span begin: what 5000 of them may need would take minutes to make.
DAYS_BACK = {"minute": 10, "hour": 60, "day": 800, "week": 1500, "month": 2000, "quarter": 2000, "year": 2000}


def sma(closes: pd.Series[float], query: Query) -> Columns:
    """Return the plain mean of the last closes."""
    return {"value": closes.rolling(query.get("window", 50)).mean()}


def ema(closes: pd.Series[float], query: Query) -> Columns:
    """Return the exponential mean; the first has `window` closes behind it."""
    window = query.get("window", 50)
    return {"value": closes.ewm(span=window, adjust=False, min_periods=window).mean()}


def rsi(closes: pd.Series[float], query: Query) -> Columns:
    """Return Wilder's relative strength."""
    window = query.get("window", 14)
    moves = closes.diff()
    up, down = (
        side.clip(lower=0).ewm(alpha=1 / window, adjust=False, min_periods=window).mean() for side in (moves, -moves)
    )
    return {"value": 100 * up / (up + down)}


def macd(closes: pd.Series[float], query: Query) -> Columns:
    """Return the difference of two exponential means, its own mean and the distance of both."""
    short, long, smooth = (query.get(f"{name}_window", n) for name, n in (("short", 12), ("long", 26), ("signal", 9)))
    value = closes.ewm(span=short, adjust=False).mean() - closes.ewm(span=long, adjust=False, min_periods=long).mean()
    signal = value.dropna().ewm(span=smooth, adjust=False, min_periods=smooth).mean().reindex(value.index)
    return {"value": value.where(signal.notna()), "signal": signal, "histogram": value - signal}


def _answering(compute: Callable[[pd.Series[float], Query], Columns]) -> Callable[[Question], dict[str, Any]]:
    def answer(question: Question) -> dict[str, Any]:
        bars = _bars(question)
        prices = pd.Series(getattr(bars, question.query.get("series_type", "close")), index=bars.ts * 1000, dtype=float)
        table = pd.DataFrame(compute(prices, question.query)).dropna()
        values = [{"timestamp": int(at), **row} for at, row in zip(table.index, table.to_dict("records"), strict=True)]
        kept = question.query.keep(values)
        if question.query.get("order", "desc") == "desc":
            kept = kept[::-1]
        end = question.query.offset + question.query.limit
        told = kept[question.query.offset : end]
        underlying: dict[str, Any] = {"url": f"https://api.massive.com/v2/aggs/ticker/{question.path['ticker']}"}
        if question.query.get("expand_underlying"):
            underlying["aggregates"] = rows(bars)
        results = {"underlying": underlying, **({"values": told} if told else {})}
        return {"results": results, **({"next": end} if end < len(kept) else {})}

    return answer


def _bars(question: Question) -> Bars:
    listing, world = question.listing(), question.world
    timespan = question.query.get("timespan", "day")
    start = world.now - timedelta(days=DAYS_BACK[timespan])
    if timespan in windows.SPAN_S:
        return windows.intraday(world.minutes(listing, start, world.now), 1, timespan, listing)
    return windows.dated(world.daily(listing, start.astimezone(NEW_YORK).date(), world.today), 1, timespan, listing)


def _instant(value: str) -> int:
    """Read a date, as its first moment in New York, or milliseconds."""
    if value.isdigit():
        return int(value)
    return int(datetime.fromisoformat(value).replace(tzinfo=NEW_YORK).timestamp() * 1000)


def _grammar(*windows_: str) -> Grammar:
    plain = {
        "timespan": one_of(*DAYS_BACK),
        "series_type": one_of("open", "high", "low", "close"),
        "adjusted": flag,
        "expand_underlying": flag,
        "order": one_of("asc", "desc"),
        **dict.fromkeys(windows_, _window),
    }
    return Grammar(plain, {"timestamp": _instant}, limit=LIMIT)


def _window(value: str) -> int:
    window = whole(value)
    if window < 1:
        raise ValueError("must be 1 or more")
    return window


ROUTES = (
    *(
        Route(f"/v1/indicators/{compute.__name__}/{{ticker}}", _answering(compute), _grammar("window"))
        for compute in (sma, ema, rsi)
    ),
    Route("/v1/indicators/macd/{ticker}", _answering(macd), _grammar("short_window", "long_window", "signal_window")),
)
