"""The answer of /api/chart: bars, the indicators computed from these very bars, and what a trader draws over them.

See docs/market-api.md.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np

from market import answers, candles, clock, feed, history
from market.candles import Candles
from market.errors import ProviderUnavailable, RateLimited
from market.pure import indicators, levels
from market.pure.bars import Bars, Floats, Ints
from market.pure.opening_range import LENGTHS, OpeningRange, opening_range
from market.pure.timeframes import TIMEFRAMES, Timeframe
from market.vendors import vendor

MOST_BARS = 500
LONG_AVERAGES = (50, 200)
LONG_PIVOTS = ("pp", "r1", "r2", "s1", "s2")


def answer(
    symbol: str,
    timeframe: str = "1D",
    *,
    bars: int | None = None,
    with_indicators: bool = False,
    extended: bool = False,
) -> dict[str, Any]:
    """Return the contract's `ChartData` of a symbol in our spelling.

    Parameters
    ----------
    bars : int, optional
        How many bars, 1 to 500; the timeframe's own look-back unless given.
    with_indicators : bool
        Whether `providerIndicators` is wanted.
    extended : bool
        Whether intraday bars include pre-market and after-hours.

    Raises
    ------
    ProviderUnavailable, RateLimited, UnknownSymbol
        As the vendor does.
    """
    now, frame = clock.now(), TIMEFRAMES[timeframe]
    kept = answers.remembered(
        "chart",
        symbol,
        timeframe,
        f"{bars}-{with_indicators:d}-{extended:d}",
        ttl_s=frame.ttl_s,
        now=now,
        compute=lambda: _compute(symbol, frame, bars, now, with_indicators=with_indicators, extended=extended),
    )
    return kept.body | {"cached": kept.cached}


def _compute(
    symbol: str, frame: Timeframe, count: int | None, now: datetime, *, with_indicators: bool, extended: bool
) -> dict[str, Any]:
    found = candles.candles(symbol, frame, bars=count, extended=extended, now=now)
    shown = found.shown
    previous = _prev_close(symbol, found)
    return {
        "symbol": symbol,
        "timeframe": frame.name,
        "bars": _bars(shown),
        "count": len(shown),
        "timestamp": now,
        "forming": found.forming,
        "hasVolume": bool(np.isfinite(shown.volume).any()),
        "session": _session(found),
        "prevClose": previous,
        **(_overlays(found, now) if frame.step_s else {}),
        **({"indicators": _long_term(found)} if frame.name in ("1W", "1M") else {}),
        **({"providerIndicators": _indicators(found, frame)} if with_indicators else {}),
        "degraded": [*found.minutes.degraded, *(["prevClose"] if previous is None else [])],
        "simulated": vendor().simulated,
        "delayed": feed.plan_is_delayed(),
    }


def _bars(shown: Bars) -> list[dict[str, float]]:
    # The contract: volume is 0 where there is none, never null; `hasVolume` tells the two apart.
    columns = (shown.ts, shown.open, shown.high, shown.low, shown.close, np.nan_to_num(shown.volume))
    names = ("time", "open", "high", "low", "close", "volume")
    return [dict(zip(names, row, strict=True)) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _indicators(found: Candles, frame: Timeframe) -> dict[str, Any]:
    closes, ts = found.bars.close, found.shown.ts
    macd = indicators.macd(closes)
    return {
        "source": "massive",
        "computedBy": "coach",
        "timespan": frame.timespan,
        "ema8": _points(ts, value=indicators.ema(closes, 8)),
        "ema21": _points(ts, value=indicators.ema(closes, 21)),
        "rsi14": _points(ts, value=indicators.rsi(closes)),
        "macd": _points(ts, value=macd.line, signal=macd.signal, histogram=macd.histogram),
    }


def _overlays(found: Candles, now: datetime) -> dict[str, Any]:
    session = found.session
    ranges = (
        opening_range(found.minutes.regular, open_ts=session.open_ts, settled_ts=feed.settled(now), minutes=length)
        for length in LENGTHS
    )
    line = _points(found.shown.ts, value=_fine(found.vwap), sigma=_fine(found.sigma))
    return {
        "vwap": line,
        "volumeSource": found.minutes.volume_source if line else None,
        "openingRange": [_range(one) for one in ranges if one],
    }


def _range(one: OpeningRange) -> dict[str, Any]:
    return {
        "minutes": one.minutes,
        "high": one.high,
        "low": one.low,
        "from": one.from_ts,
        "to": one.to_ts,
        "complete": one.complete,
    }


def _long_term(found: Candles) -> dict[str, Any]:
    # Pivots for the running period come from the one before it.
    completed = found.bars.take(slice(-2, -1) if found.forming else slice(-1, None))
    before = levels.period(completed) if len(found.bars) > 1 else None
    averages = {f"ema{span}": indicators.ema_last(found.bars.close, span) for span in LONG_AVERAGES}
    return {
        **{name: round(value, 2) if np.isfinite(value) else None for name, value in averages.items()},
        "pivots": {name: round(levels.pivots(before).standard[name], 2) for name in LONG_PIVOTS} if before else None,
    }


def _session(found: Candles) -> dict[str, Any]:
    session = found.session
    return {
        "date": session.date,
        "preMarketOpen": int(session.pre_at.timestamp()),
        "open": session.open_ts,
        "close": session.close_ts,
        "afterHoursClose": int(session.post_at.timestamp()),
        "isEarlyClose": session.early,
    }


def _prev_close(symbol: str, found: Candles) -> float | None:
    try:
        close = history.prev_close(symbol, found.session.date)
    except (ProviderUnavailable, RateLimited):
        return None  # named in `degraded`; the bars are worth having without it
    return round(float(close), 2) if np.isfinite(close) else None


def _points(ts: Ints, **lines: Floats) -> list[dict[str, float]]:
    # A point for each time shown at which every line is known; lines begin with the warm-up, times do not.
    shown = [line[len(line) - len(ts) :] for line in lines.values()]
    known = np.all([np.isfinite(line) for line in shown], axis=0)
    columns = (column[known].tolist() for column in (ts, *shown))
    return [dict(zip(("time", *lines), row, strict=True)) for row in zip(*columns, strict=True)]


def _fine(line: Floats) -> Floats:
    # A hundredth of a cent: enough to draw with, and half the bytes.
    return np.round(line, 4)
