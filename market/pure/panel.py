"""A session of many symbols as arrays of symbols by minutes, the shape every detector reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from market.pure.bars import Bars, Floats

MINUTE_S = 60
GRIDS = ("open", "high", "low", "close", "volume", "vwap")  # a number a minute
FIGURES = ("atr", "prev_close", "premarket_high", "premarket_low")  # a number a symbol


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Regular-session minutes of some symbols, on one clock grid.

    Attributes
    ----------
    symbols : tuple of str, length s
    open_ts : int
        Left edge of column 0. [Unix seconds, UTC]
    open, high, low, close : float64, shape (s, m)
        NaN in minutes that had no bar. [USD, or index points]
    volume : float64, shape (s, m)
        The symbol's own volume, or its proxy's (see `volume_source`); NaN where there is none, and in minutes in which
        the symbol itself had no bar. [shares]
    vwap : float64, shape (s, m)
        The average price of each minute's volume as the vendor says it; NaN where it says nothing, and where the
        volume is the proxy's. [USD]
    volume_source : tuple, length s
        The symbol whose volume is used, None where there is none.
    atr : float64, shape (s,)
        Daily ATR(14) of completed sessions; NaN with fewer than 15. [USD, or index points]
    prev_close : float64, shape (s,)
        Close of the previous completed session, NaN when unknown.
    premarket_high, premarket_low : float64, shape (s,)
        Extremes of the minutes before the open; NaN without any, as for an index.
    """

    symbols: tuple[str, ...]
    open_ts: int
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    vwap: Floats
    volume_source: tuple[str | None, ...]
    atr: Floats
    prev_close: Floats
    premarket_high: Floats
    premarket_low: Floats

    @property
    def minutes(self) -> int:
        """The number of columns."""
        return int(self.close.shape[1])

    def ts(self, column: int) -> int:
        """Return the left edge of a column. [Unix seconds, UTC]."""
        return self.open_ts + MINUTE_S * column

    def awaiting_volume(self, patience: int) -> frozenset[str]:
        """Return the symbols in whose newest minute the volume is missing that another symbol is about to lend.

        Parameters
        ----------
        patience : int
            How far behind it may be and still be waited for. [minutes]
        """
        found = set()
        for row, (symbol, source) in enumerate(zip(self.symbols, self.volume_source, strict=True)):
            if source in (None, symbol):
                continue
            newest, lent = _last(np.isfinite(self.close[row])), _last(np.isfinite(self.volume[row]))
            if 0 < newest - lent <= patience:
                found.add(symbol)
        return frozenset(found)

    def only(self, symbols: Sequence[str]) -> Panel:
        """Return the panel of these of its symbols, in this order.

        Raises
        ------
        ValueError
            If the panel has no such symbol.
        """
        rows = [self.symbols.index(symbol) for symbol in symbols]
        if rows == list(range(len(self.symbols))):
            return self
        cut = {name: getattr(self, name)[rows] for name in (*GRIDS, *FIGURES)}
        sources = tuple(self.volume_source[row] for row in rows)
        return replace(self, symbols=tuple(symbols), volume_source=sources, **cut)

    def until(self, columns: int) -> Panel:
        """Return the panel as it was when its first `columns` minutes were complete."""
        cut = {name: getattr(self, name)[:, :columns] for name in GRIDS}
        return replace(self, **cut)


def _last(known: npt.NDArray[np.bool_]) -> int:
    """Return the last column that is true, -1 without any."""
    found = np.flatnonzero(known)
    return int(found[-1]) if len(found) else -1


def assemble(
    bars: Mapping[str, Bars],
    *,
    open_ts: int,
    close_ts: int,
    proxies: Mapping[str, str],
    atr: Mapping[str, float],
    prev_close: Mapping[str, float],
) -> Panel:
    """Lay session bars on the minute grid of [open_ts, close_ts). [Unix seconds]; earlier bars are the pre-market's.

    A symbol whose own bars carry no volume takes its proxy's, minute by minute, when `bars` has the proxy. A proxy
    that is in `bars` for its volume alone still gets a row of its own.
    """
    symbols = tuple(sorted(bars))
    shape = (len(symbols), (close_ts - open_ts) // MINUTE_S)
    grids = {name: np.full(shape, np.nan) for name in GRIDS}
    premarket_high, premarket_low = np.full(len(symbols), np.nan), np.full(len(symbols), np.nan)
    for row, symbol in enumerate(symbols):
        early = bars[symbol].until(open_ts - MINUTE_S)
        if len(early):
            premarket_high[row], premarket_low[row] = early.high.max(), early.low.min()
        session = bars[symbol].between(open_ts, close_ts)
        columns = (session.ts - open_ts) // MINUTE_S
        for name, grid in grids.items():
            grid[row, columns] = getattr(session, name)
    own = grids["volume"].copy()
    with_volume = {symbol: row for row, symbol in enumerate(symbols) if np.isfinite(own[row]).any()}
    sources = tuple(_volume_source(symbol, with_volume, proxies) for symbol in symbols)
    for row, source in enumerate(sources):
        lent = np.nan if source is None else own[with_volume[source]]
        grids["volume"][row] = np.where(np.isfinite(grids["close"][row]), lent, np.nan)
        if source != symbols[row]:
            grids["vwap"][row] = np.nan
    return Panel(
        symbols=symbols,
        open_ts=open_ts,
        **grids,
        volume_source=sources,
        atr=np.array([atr.get(symbol, np.nan) for symbol in symbols], dtype=np.float64),
        prev_close=np.array([prev_close.get(symbol, np.nan) for symbol in symbols], dtype=np.float64),
        premarket_high=premarket_high,
        premarket_low=premarket_low,
    )


def _volume_source(symbol: str, with_volume: Mapping[str, int], proxies: Mapping[str, str]) -> str | None:
    return next((found for found in (symbol, proxies.get(symbol)) if found in with_volume), None)
