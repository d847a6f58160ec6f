"""A vendor that tells what a test put into it, as far as market time has come, and counts the calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime

import numpy as np

from market.errors import NoChains, UnknownSymbol
from market.pure.bars import Bars
from market.pure.chain import Chain
from market.pure.contract_marks import Mark, of_chain
from market.pure.sessions import in_utc, new_york_date
from market.vendors.protocol import ListedExpiry, MinuteSnapshot, Quote, SymbolInfo
from market.vendors.reference import Told

MINUTE_S = 60


def bars(start: datetime, closes: Sequence[float], *, volume: float = 1000.0, every: int = 1) -> Bars:
    """Return minute bars from `start` on that open at the close before; NaN closes are minutes without a trade."""
    ts = int(start.timestamp()) + MINUTE_S * every * np.arange(len(closes))
    close = np.asarray(closes, dtype=np.float64)
    before = np.concatenate([close[:1], close[:-1]])
    opens = np.where(np.isfinite(before), before, close)
    rows = np.column_stack(
        [
            ts,
            opens,
            np.maximum(opens, close),
            np.minimum(opens, close),
            close,
            np.full(len(ts), volume),
            np.full(len(ts), np.nan),
        ]
    )
    return Bars.from_rows(rows)


class FakeVendor:
    """Shows the forming minute, and no other when `shows` is 1; a forming minute is told with half its volume."""

    name = "fake"
    simulated = True

    def __init__(self, minutes: dict[str, Bars] | None = None, daily: dict[str, Bars] | None = None) -> None:
        self.minutes = minutes or {}
        self.daily = daily or {}
        self.chains: dict[str, Chain] = {}
        self.known: dict[str, SymbolInfo] = {}
        self.days: list[date] | None = None
        self.shows = 2
        self.lag_s = 0
        self.calls: Counter[str] = Counter()
        self.failing: dict[str, Exception] = {}
        self.silent: set[str] = set()

    def snapshot(self, symbols: Collection[str], *, now: datetime) -> dict[str, MinuteSnapshot]:
        self._called("snapshot")
        found = {}
        for symbol in symbols:
            if symbol in self.failing:
                raise self.failing[symbol]
            if symbol in self.minutes and symbol not in self.silent:
                found[symbol] = self._snapshot(symbol, now)
        return found

    def minute_bars(self, symbol: str, start: datetime, end: datetime, *, now: datetime) -> Bars:
        self._called(f"minute_bars {symbol}")
        if symbol not in self.minutes:
            raise UnknownSymbol(symbol=symbol)
        told = self.minutes[symbol].until(int(now.timestamp()) - self.lag_s)
        return told.between(int(start.timestamp()), int(end.timestamp()))

    def daily_bars(self, symbol: str, first: date, last: date, *, now: datetime) -> Bars:
        self._called(f"daily_bars {symbol}")
        if symbol not in self.daily:
            raise UnknownSymbol(symbol=symbol)
        return self.daily[symbol].between(_midnight(first), min(_midnight(last) + 1, _midnight(new_york_date(now))))

    def option_chain(self, symbol: str, *, expiries: int, now: datetime, first: date | None = None) -> Chain:
        self._called(f"option_chain {symbol}")
        if symbol not in self.chains:
            raise NoChains(provider=self.name, symbol=symbol)
        whole = self.chains[symbol]
        return (whole if first is None else whole.take(whole.expiry >= np.datetime64(first))).nearest(expiries)

    def option_expiries(self, symbol: str, *, now: datetime) -> list[ListedExpiry]:
        self._called(f"option_expiries {symbol}")
        if symbol not in self.chains:
            return []
        whole = self.chains[symbol]
        return sorted({ListedExpiry(*each) for each in zip(whole.expiry.tolist(), whole.root.tolist(), strict=True)})

    def contract_marks(self, tickers: Collection[str], *, now: datetime) -> Told[Mark]:
        self._called("contract_marks")
        rows = [row for whole in self.chains.values() for row in of_chain(whole, tickers)]
        return Told(tuple(rows), as_of=now, source=self.name)

    def search(self, query: str, limit: int) -> list[SymbolInfo]:
        self._called("search")
        return [info for info in self.known.values() if query in info.symbol][:limit]

    def lookup(self, symbol: str) -> SymbolInfo | None:
        self._called("lookup")
        return self.known.get(symbol)

    def market_days(self) -> list[date] | None:
        return self.days

    def _called(self, what: str) -> None:
        self.calls[what] += 1
        if error := self.failing.get(what):
            raise error

    def _snapshot(self, symbol: str, now: datetime) -> MinuteSnapshot:
        told = self.minutes[symbol].until(int(now.timestamp()))
        shown = told.take(slice(-self.shows, None))
        if len(shown) and now.timestamp() < shown.ts[-1] + MINUTE_S:
            rows = shown.rows()
            rows[-1, 5] /= 2
            shown = Bars.from_rows(rows)
        quote = Quote(
            symbol=symbol,
            price=float(told.close[-1]) if len(told) else float("nan"),
            prev_close=100.0,
            volume_today=float(told.volume.sum()),
            at=now,
        )
        return MinuteSnapshot(quote, shown)


def _midnight(day: date) -> int:
    return int(in_utc(day, datetime.min.time()).timestamp())
