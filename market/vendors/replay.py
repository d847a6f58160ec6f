"""Recorded days as a vendor: folders of minute bars and of option chains, told as far as market time has come."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import cached_property
from pathlib import Path

import numpy as np
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from market import calendar
from market.errors import NoChains, UnknownSymbol
from market.pure.bars import PRICE_FIELDS, Bars
from market.pure.chain import Chain
from market.pure.contract_marks import Mark, of_chain
from market.pure.contract_names import parsed
from market.pure.market_time import settled_minute
from market.pure.resample import fold
from market.pure.sessions import Session, in_utc, new_york_date
from market.symbols import INDEXES, WELL_KNOWN
from market.vendors.protocol import NAN, ListedExpiry, MinuteSnapshot, Quote, SymbolInfo
from market.vendors.reference import Told
from market.vendors.replay_chain_files import WEEKLIES
from market.vendors.replay_chains import RecordedChains
from market.vendors.replay_files import read_minutes, symbol_files

MINUTE_S = 60
LATEST_MINUTES = 2
VOLUME = 1 + PRICE_FIELDS.index("volume")


class Recording:
    """Everything recorded of one symbol."""

    def __init__(self, minutes: Bars) -> None:
        self.minutes = minutes

    @cached_property
    def sessions(self) -> list[Session]:
        """The sessions in which anything was recorded, ascending."""
        if not len(self.minutes):
            return []
        first, last = (new_york_date(_instant(edge)) for edge in (self.minutes.ts[0], self.minutes.ts[-1]))
        return [at for at in calendar.sessions(first, last) if len(self._between(at.pre_at, at.post_at))]

    @cached_property
    def daily(self) -> Bars:
        """The regular sessions in one bar each, stamped at 00:00 New York."""
        regular = [(at, bars) for at in self.sessions if len(bars := self._between(at.open_at, at.close_at))]
        if not regular:
            return Bars.empty()
        minutes = Bars.from_rows(np.concatenate([bars.rows() for _, bars in regular]))
        midnights = [_midnight(at.date) for at, _ in regular]
        return fold(minutes, np.repeat(midnights, [len(bars) for _, bars in regular]))

    def _between(self, start: datetime, end: datetime) -> Bars:
        return self.minutes.between(_seconds(start), _seconds(end))


class ReplayVendor:
    """Plays a folder of Parquet or CSV minute bars back, and one of option chains: never tells what came later.

    The recordings hold whole minutes only, so there is no forming bar: the newest price is the last complete
    minute's close. Daily bars are made from the sessions before, regular hours only.
    """

    name = "replay"
    simulated = False

    def __init__(self) -> None:
        if not (settings.REPLAY_PATH or settings.REPLAY_CHAINS):
            raise ImproperlyConfigured(
                "MARKET_PROVIDER=replay needs REPLAY_PATH, a folder of Parquet or CSV minute bars, "
                "or REPLAY_CHAINS, a folder of recorded option chains"
            )
        self._files = symbol_files(Path(settings.REPLAY_PATH)) if settings.REPLAY_PATH else {}
        self._chains = RecordedChains(Path(settings.REPLAY_CHAINS) if settings.REPLAY_CHAINS else None)
        self._symbols = sorted({*self._files, *self._chains.symbols})
        self._shift_s = -60 if settings.REPLAY_STAMP == "end" else 0
        self._recordings: dict[str, Recording] = {}

    def snapshot(self, symbols: Collection[str], *, now: datetime) -> dict[str, MinuteSnapshot]:
        """Return the newest complete minutes of the recorded ones among these symbols."""
        found = {symbol: self._snapshot(symbol, now) for symbol in symbols if symbol in self._files}
        return {symbol: snapshot for symbol, snapshot in found.items() if snapshot}

    def minute_bars(self, symbol: str, start: datetime, end: datetime, *, now: datetime) -> Bars:
        """Return the recorded minutes in [start, end) that are complete by now."""
        told = self._recording(symbol).minutes.until(settled_minute(now.timestamp()))
        return told.between(_seconds(start), _seconds(end))

    def daily_bars(self, symbol: str, first: date, last: date, *, now: datetime) -> Bars:
        """Return the recorded sessions from `first` to `last` whose last minute is complete by now."""
        daily = self._recording(symbol).daily
        settled = settled_minute(now.timestamp())
        over = [at.date for at in calendar.sessions(first, last) if at.close_ts - MINUTE_S <= settled]
        return daily.between(_midnight(over[0]), _midnight(over[-1]) + 1) if over else Bars.empty()

    def option_chain(self, symbol: str, *, expiries: int, now: datetime, first: date | None = None) -> Chain:
        """Return the dates from today or `first` on of the newest chain that was recorded by now and still stands."""
        chain = self._standing(symbol, now)
        listed = (
            chain.take(chain.expiry >= np.datetime64(max(first or date.min, new_york_date(now)))) if chain else None
        )
        if chain is None or not listed:
            raise NoChains(provider=self.name, symbol=symbol)
        return self._with_spot(symbol, listed).nearest(expiries)

    def option_expiries(self, symbol: str, *, now: datetime) -> list[ListedExpiry]:
        """Return the dates of the same chain from today on, none where no chain stands."""
        chain = self._standing(symbol, now)
        if chain is None:
            return []
        listed = zip(chain.expiry.tolist(), chain.root.tolist(), strict=True)
        return sorted({ListedExpiry(day, root) for day, root in listed if day >= new_york_date(now)})

    def contract_marks(self, tickers: Collection[str], *, now: datetime) -> Told[Mark]:
        """Return the rows of the newest chains recorded by now, however old: `at` says when their quotes were made."""
        wanted: dict[str, set[str]] = {}
        for contract in filter(None, map(parsed, tickers)):
            if contract.expiry >= new_york_date(now) and (symbol := self._underlying(contract.root)):
                wanted.setdefault(symbol, set()).add(contract.name)
        rows: list[Mark] = []
        for symbol, names in wanted.items():
            if newest := self._chains.newest(symbol, now):
                rows += of_chain(self._with_spot(symbol, newest), names)
        return Told(tuple(rows), now, self.name, delayed=any(row.delayed for row in rows))

    def search(self, query: str, limit: int) -> list[SymbolInfo]:
        """Return recorded symbols that contain the query."""
        typed = query.strip().upper()
        return [self._info(symbol) for symbol in self._symbols if typed in symbol][:limit]

    def lookup(self, symbol: str) -> SymbolInfo | None:
        """Return what is known of a recorded symbol."""
        return self._info(symbol) if symbol in self._symbols else None

    def market_days(self) -> Sequence[date]:
        """Return the sessions in which any minute was recorded or any chain can be told, ascending."""
        return self._market_days

    @cached_property
    def _market_days(self) -> list[date]:
        with_bars = {at.date for symbol in self._files for at in self._recording(symbol).sessions}
        return sorted(with_bars.union(self._chains.days()))

    def _known(self, symbol: str) -> str:
        if symbol not in self._symbols:
            raise UnknownSymbol(symbol=symbol)
        return symbol

    def _recording(self, symbol: str) -> Recording:
        if self._known(symbol) not in self._recordings:
            self._recordings[symbol] = Recording(self._read(symbol) if symbol in self._files else Bars.empty())
        return self._recordings[symbol]

    def _standing(self, symbol: str, now: datetime) -> Chain | None:
        return self._chains.standing(self._known(symbol), now)

    def _underlying(self, root: str) -> str | None:
        """Return the symbol with chains whose contracts have a root, which has no point: BRKB is of BRK.B."""
        symbol = WEEKLIES.get(root, root)
        return next((each for each in self._chains.symbols if symbol in (each, each.replace(".", ""))), None)

    def _with_spot(self, symbol: str, chain: Chain) -> Chain:
        return chain if chain.spot > 0 else replace(chain, spot=self._spot(symbol, chain.as_of))

    def _spot(self, symbol: str, at: datetime) -> float:
        """Return the close of the newest minute of a day that was over at an instant; NaN without one."""
        before = int(at.timestamp()) - MINUTE_S
        told = self._recording(symbol).minutes.between(_midnight(new_york_date(at)), before + 1)
        return float(told.close[-1]) if len(told) else NAN

    def _read(self, symbol: str) -> Bars:
        rows = read_minutes(self._files[symbol])
        rows[:, 0] += self._shift_s
        if symbol in INDEXES:
            # An index is not traded: files that say 0 shares mean that there is no such number.
            rows[:, VOLUME] = np.nan
        return Bars.from_rows(rows)

    def _snapshot(self, symbol: str, now: datetime) -> MinuteSnapshot | None:
        recording = self._recording(symbol)
        told = recording.minutes.until(settled_minute(now.timestamp()))
        if not len(told):
            return None
        today = told.between(_midnight(new_york_date(now)), _seconds(now))
        quote = Quote(
            symbol=symbol,
            price=float(told.close[-1]),
            prev_close=self._prev_close(recording, now),
            volume_today=float(today.volume.sum()) if len(today) else NAN,
            at=_instant(told.ts[-1] + MINUTE_S),
        )
        return MinuteSnapshot(quote, told.take(slice(-LATEST_MINUTES, None)))

    @staticmethod
    def _prev_close(recording: Recording, now: datetime) -> float:
        before = recording.daily.between(0, _midnight(new_york_date(now)))
        return float(before.close[-1]) if len(before) else NAN

    @staticmethod
    def _info(symbol: str) -> SymbolInfo:
        return WELL_KNOWN.get(symbol) or SymbolInfo(symbol, symbol, "stock")


def _midnight(day: date) -> int:
    return _seconds(in_utc(day, time(0)))


def _seconds(at: datetime) -> int:
    return math.ceil(at.timestamp())


def _instant(edge: int) -> datetime:
    return datetime.fromtimestamp(int(edge), UTC)
