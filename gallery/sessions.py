"""Sessions with all that a detector knows of them: recorded days, and driftless random walks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from detectors.pure.background import Background
from market.pure import gaps, levels
from market.pure import panel as panels
from market.pure.bars import Bars
from market.pure.indicators import atr
from market.pure.panel import Panel, assemble
from market.pure.resample import fold, week_edges
from market.pure.sessions import NEW_YORK

MINUTES = 390
LEVELS = ("pp", "r1", "r2", "s1", "s2")
WALK_PRICE, WALK_ATR, WALK_SIGMA = 500.0, 6.0, 0.01
WALK_DAY = dt.date(2026, 2, 9)


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """One session of some symbols."""

    date: dt.date
    panel: Panel
    background: Background

    @property
    def close_ts(self) -> int:
        """When it closes. [Unix seconds, UTC]."""
        return self.panel.ts(self.panel.minutes)


@cache
def recorded(folder: Path) -> tuple[Day, ...]:
    """Return every regular session of a folder of 1-minute Parquet files, ascending, as a trader would have known it.

    Levels, ATR, previous close and gaps come from the sessions before; the first ones of a symbol have few of them.
    """
    minutes = {path.stem: _by_date(pd.read_parquet(path)) for path in sorted(folder.glob("*.parquet"))}
    daily = {symbol: _daily(days) for symbol, days in minutes.items()}
    dates = sorted({date for days in minutes.values() for date in days})
    return tuple(
        _day(date, {symbol: days[date] for symbol, days in minutes.items() if date in days}, daily) for date in dates
    )


def random_walks(seed: int, symbols: int = 1) -> Day:
    """Return driftless sessions: 1 % volatility a day from 500, U-shaped volume, ATR 6, PDH and PDL 0.6 % off.

    The null market of the specification; half of them gap at the open, so that gap rules have something to say.
    """
    random = np.random.default_rng(seed)
    shape = (symbols, MINUTES)
    gap = random.integers(0, 2, symbols) * random.normal(0, 0.005, symbols)
    steps = random.normal(0, WALK_SIGMA / np.sqrt(MINUTES), shape)
    close = WALK_PRICE * (1 + gap[:, None]) * np.exp(np.cumsum(steps, axis=1))
    opened = np.concatenate([WALK_PRICE * (1 + gap[:, None]), close[:, :-1]], axis=1)
    wick = np.abs(random.normal(0, WALK_PRICE * WALK_SIGMA / np.sqrt(MINUTES) / 2, (2, *shape)))
    names = tuple(f"W{seed:03d}{number:03d}" for number in range(symbols))
    smile = 1 + 3 * np.abs(np.linspace(-1, 1, MINUTES)) ** 3
    panel = Panel(
        symbols=names,
        open_ts=_open_ts(WALK_DAY),
        open=opened,
        high=np.maximum(opened, close) + wick[0],
        low=np.minimum(opened, close) - wick[1],
        close=close,
        volume=np.round(smile * random.lognormal(9, 0.4, shape)),
        vwap=np.full(shape, np.nan),
        volume_source=names,
        atr=np.full(symbols, WALK_ATR),
        prev_close=np.full(symbols, WALK_PRICE),
        premarket_high=np.full(symbols, np.nan),
        premarket_low=np.full(symbols, np.nan),
    )
    before = {"PDH": 1.006 * WALK_PRICE, "PDL": 0.994 * WALK_PRICE, "PDC": WALK_PRICE}
    before |= {"PWH": 1.015 * WALK_PRICE, "PWL": 0.985 * WALK_PRICE}
    pivots = levels.pivots(levels.Period(before["PDH"], before["PDL"], before["PDC"])).standard
    before |= {name.upper(): pivots[name] for name in LEVELS}
    return Day(WALK_DAY, panel, Background(levels=dict.fromkeys(names, before)))


def stacked(days: Sequence[Day]) -> Day:
    """Return one day whose rows are the symbols of all these, as SPY0, SPY1, ..., on the first day's clock."""
    first = days[0]
    names = [(f"{symbol}{n}", n, symbol) for n, day in enumerate(days) for symbol in day.panel.symbols]
    figures = {
        name: np.concatenate([getattr(day.panel, name) for day in days]) for name in (*panels.GRIDS, *panels.FIGURES)
    }
    panel = replace(
        first.panel,
        symbols=tuple(name for name, _, _ in names),
        volume_source=tuple(
            None if day.panel.volume_source[row] is None else f"{symbol}{n}"
            for n, day in enumerate(days)
            for row, symbol in enumerate(day.panel.symbols)
        ),
        **figures,
    )
    background = Background(
        levels={name: days[n].background.levels.get(symbol, {}) for name, n, symbol in names},
        gaps={name: known for name, n, symbol in names if (known := days[n].background.gaps.get(symbol))},
    )
    return Day(first.date, panel, background)


def _day(date: dt.date, minutes: Mapping[str, Bars], daily: Mapping[str, Bars]) -> Day:
    open_ts = _open_ts(date)
    before = {symbol: daily[symbol].between(0, open_ts - 12 * 3600) for symbol in minutes}
    panel = assemble(
        minutes,
        open_ts=open_ts,
        close_ts=open_ts + 60 * MINUTES,
        proxies={},
        atr={symbol: atr(days, 14) for symbol, days in before.items()},
        prev_close={symbol: float(days.close[-1]) for symbol, days in before.items() if len(days)},
    )
    known = {symbol: days for symbol, days in before.items() if len(days)}
    background = Background(
        levels={symbol: dict(_levels(days, date)) for symbol, days in known.items()},
        gaps={symbol: gaps.history(days) for symbol, days in known.items()},
    )
    return Day(date, panel, background)


def _levels(days: Bars, date: dt.date) -> Iterator[tuple[str, float]]:
    day = levels.period(days.take(slice(-1, None)))
    assert day is not None  # noqa: S101 -- there are bars
    yield from {"PDH": day.high, "PDL": day.low, "PDC": day.close}.items()
    weeks = fold(days, week_edges(days.ts))
    this = date.isocalendar()[:2]
    past = [n for n, ts in enumerate(weeks.ts) if _date(int(ts)).isocalendar()[:2] != this]
    if past:
        yield from {"PWH": float(weeks.high[past[-1]]), "PWL": float(weeks.low[past[-1]])}.items()
    yield from ((name.upper(), price) for name, price in levels.pivots(day).standard.items() if name in LEVELS)


def _by_date(frame: pd.DataFrame) -> dict[dt.date, Bars]:
    local = frame["ts"].dt.tz_convert("America/New_York")
    return {date: _bars(part) for date, part in frame.groupby(local.dt.date)}


def _bars(frame: pd.DataFrame) -> Bars:
    ts = frame["ts"].dt.tz_convert("UTC").dt.as_unit("s").astype("int64").to_numpy()
    columns = [frame[name].to_numpy(dtype=np.float64) for name in ("open", "high", "low", "close", "volume")]
    return Bars(ts, *columns, vwap=np.full(len(ts), np.nan))


def _daily(days: Mapping[dt.date, Bars]) -> Bars:
    rows = [
        (_open_ts(date) - 34_200, *_summary(bars), float(np.nansum(bars.volume)), np.nan)
        for date, bars in sorted(days.items())
    ]
    return Bars.from_rows(np.array(rows, dtype=np.float64).reshape(-1, 7))


def _summary(bars: Bars) -> tuple[float, float, float, float]:
    return float(bars.open[0]), float(bars.high.max()), float(bars.low.min()), float(bars.close[-1])


def _open_ts(date: dt.date) -> int:
    return int(dt.datetime.combine(date, dt.time(9, 30), NEW_YORK).timestamp())


def _date(ts: int) -> dt.date:
    return dt.datetime.fromtimestamp(ts, NEW_YORK).date()
