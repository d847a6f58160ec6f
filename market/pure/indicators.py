"""Indicators of a bar series: moving averages, RSI, MACD, ATR and the volume-weighted average price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.pure.bars import Bars, Floats, Ints


def ema(values: Floats, span: int) -> Floats:
    """Average a series with weights that fade by 1 - 2/(span + 1) a step, starting at the first value.

    Parameters
    ----------
    values : float64, shape (n,)
        Any unit. A NaN leaves a NaN in its place and the average goes on from the value before it.
    span : int
        The usual "length" of the average, 1 or more. [bars]

    Returns
    -------
    float64, shape (n,)
        In the unit of `values`; the first points carry the start and mean little before about 3 * span bars.

    Raises
    ------
    ValueError
        If `span` is below 1.

    Notes
    -----
    Source: the recursion pandas calls `ewm(span=span, adjust=False)`.
    """
    _check_length(span)
    return _smoothed(values, 2.0 / (span + 1.0))


def ema_last(values: Floats, span: int) -> float:
    """Return the newest EMA of a series whose start is the mean of its first `span` values.

    Returns
    -------
    float
        In the unit of `values`; NaN with fewer than `span` values.

    Notes
    -----
    The figure charting packages print beside a weekly chart; a drawn line starts at the first value instead.
    """
    _check_length(span)
    if len(values) < span:
        return float("nan")
    started = np.concatenate([[values[:span].mean()], values[span:]])
    return float(ema(started, span)[-1])


def rsi(closes: Floats, length: int = 14) -> Floats:
    """Return Wilder's relative strength index.

    Parameters
    ----------
    closes : float64, shape (n,)
        Closing prices, all finite.
    length : int
        Changes averaged. [bars]

    Returns
    -------
    float64, shape (n,)
        0 to 100. NaN for the first `length` bars. 100 when no loss remains in the average, 0 when no gain does, 50
        when price has not moved at all.

    Notes
    -----
    Seeded with the plain mean of the first `length` changes. Source: Wilder, "New Concepts in Technical Trading
    Systems" (1978), ch. 6.
    """
    _check_length(length)
    changes = np.diff(closes)
    gains = _wilder(np.maximum(changes, 0.0), length)
    losses = _wilder(np.maximum(-changes, 0.0), length)
    total = gains + losses
    strength = np.full(len(closes), np.nan)
    moved = total > 0
    strength[1:][moved] = 100.0 * (gains[moved] / total[moved])  # in this order never above 100
    strength[1:][total == 0] = 50.0
    return strength


@dataclass(frozen=True, slots=True, eq=False)
class Macd:
    """Distance of two averages, its own average, and the difference of those; each float64, shape (n,), price unit."""

    line: Floats
    signal: Floats
    histogram: Floats


def macd(closes: Floats, fast: int = 12, slow: int = 26, smooth: int = 9) -> Macd:
    """Return the moving average convergence/divergence of closing prices, from the first close on.

    Notes
    -----
    line = EMA(fast) - EMA(slow), signal = EMA(line, smooth), histogram = line - signal.
    Source: Appel, "Technical Analysis: Power Tools for Active Investors" (2005), ch. 8.
    """
    line = ema(closes, fast) - ema(closes, slow)
    signal = ema(line, smooth)
    return Macd(line=line, signal=signal, histogram=line - signal)


def true_range(bars: Bars) -> Floats:
    """Return max(H - L, |H - Cprev|, |L - Cprev|) of each bar that has one before it, shape (n - 1,). [price]."""
    before = bars.close[:-1]
    return np.maximum(bars.high[1:], before) - np.minimum(bars.low[1:], before)


def atr(bars: Bars, length: int) -> float:
    """Return Wilder's average true range after the last bar.

    Parameters
    ----------
    bars : Bars
        Completed bars of any one period.
    length : int
        Ranges averaged. [bars]

    Returns
    -------
    float
        [USD, or index points] NaN with fewer than `length` + 1 bars.

    Notes
    -----
    The first `length` ranges are averaged, then (previous * (length - 1) + range) / length. The start fades: with 150
    daily bars ATR(14) is within 0.5 % of any other start. Source: Wilder (1978), ch. 3.
    """
    _check_length(length)
    averages = _wilder(true_range(bars), length)
    return float(averages[-1]) if len(averages) else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class VwapLine:
    """Volume-weighted average price and its spread, as they stood at the end of each bar.

    Attributes
    ----------
    vwap : float64, shape (n,)
        NaN until volume has traded. [USD, or index points]
    sigma : float64, shape (n,)
        Volume-weighted standard deviation of price around `vwap`. Bands are vwap +- k * sigma, usually k = 2.
    """

    vwap: Floats
    sigma: Floats


def bar_price(bars: Bars) -> Floats:
    """Return the price a bar's volume is taken to have traded at: its own VWAP, else (H + L + C) / 3."""
    typical = (bars.high + bars.low + bars.close) / 3.0
    return np.where(np.isfinite(bars.vwap), bars.vwap, typical)


def volume_at(ts: Ints, source: Bars) -> Floats:
    """Return another symbol's volume at these minutes, NaN where it has no bar, shape (n,). [shares]."""
    if not len(source):
        return np.full(len(ts), np.nan)
    place = np.minimum(np.searchsorted(source.ts, ts), len(source) - 1)
    return np.where(source.ts[place] == ts, source.volume[place], np.nan)


def session_vwap(bars: Bars, volume: Floats | None = None) -> VwapLine:
    """Return the running VWAP of one session.

    Parameters
    ----------
    bars : Bars
        Minutes of one regular session.
    volume : float64, shape (n,), optional
        Volume to weigh with instead of the bars' own: the proxy's, for an index. NaN counts as no trade. [shares]

    Returns
    -------
    VwapLine
        Entry i knows bars 0..i only.

    Notes
    -----
    VWAP = sum(p v) / sum(v), sigma^2 = sum(v (p - VWAP)^2) / sum(v), p from `bar_price`; with a foreign volume p is
    the typical price, because the bars' VWAP weighs with something else.
    """
    own = volume is None
    weights = np.nan_to_num(bars.volume if volume is None else volume)
    price = bar_price(bars) if own else (bars.high + bars.low + bars.close) / 3.0
    # Measured from the first price, so that the squares do not lose the spread in the height of an index.
    base = price[0] if len(price) else 0.0
    offset = price - base
    traded = np.cumsum(weights)
    known = traded > 0
    mean, square = np.full(len(price), np.nan), np.full(len(price), np.nan)
    np.divide(np.cumsum(weights * offset), traded, out=mean, where=known)
    np.divide(np.cumsum(weights * offset**2), traded, out=square, where=known)
    return VwapLine(vwap=base + mean, sigma=np.sqrt(np.maximum(square - mean**2, 0.0)))


def anchored_vwap(bars: Bars, anchor_ts: int, volume: Floats | None = None) -> VwapLine:
    """Return the running VWAP that starts with the bar at `anchor_ts` [Unix seconds]; NaN before it, shape (n,)."""
    start = int(np.searchsorted(bars.ts, anchor_ts))
    tail = session_vwap(bars.take(slice(start, None)), None if volume is None else volume[start:])
    before = np.full(start, np.nan)
    return VwapLine(vwap=np.concatenate([before, tail.vwap]), sigma=np.concatenate([before, tail.sigma]))


def _wilder(values: Floats, length: int) -> Floats:
    # Mean of the first `length`, then a step of 1/length; NaN before there are enough.
    out = np.full(len(values), np.nan)
    if len(values) >= length:
        started = np.concatenate([[values[:length].mean()], values[length:]])
        out[length - 1 :] = _smoothed(started, 1.0 / length)
    return out


def _smoothed(values: Floats, step: float) -> Floats:
    # A plain loop: each value needs the one before it, and a chart has some hundred bars.
    out = np.full(len(values), np.nan)
    average = np.nan
    for i, value in enumerate(values.tolist()):
        if value == value:  # noqa: PLR0124 -- only NaN differs from itself
            average = value if average != average else average + step * (value - average)  # noqa: PLR0124 -- as above
            out[i] = average
    return out


def _check_length(length: int) -> None:
    if length < 1:
        message = f"a length of {length} bars: expected 1 or more"
        raise ValueError(message)
