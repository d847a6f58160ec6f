"""What the market asks of a market-data vendor, in our own types."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, runtime_checkable

from market.pure.bars import Bars
from market.pure.chain import Chain
from market.pure.contract_marks import Mark
from market.vendors.reference import Told

NAN = float("nan")
# Within this a vendor has told a chain, or why there is none; leases of those who ask are longer. [seconds]
CHAIN_S = 12.0
# Within this a vendor has told what up to 250 contracts cost: whoever values positions does so every 15 s. [seconds]
MARKS_S = 4.0


@dataclass(frozen=True, slots=True)
class Quote:
    """What a symbol costs.

    Attributes
    ----------
    symbol : str
        Our name of it, without the vendor's prefix.
    price, prev_close : float
        Last price, and the close of the previous session. NaN when unknown. [USD, or index points]
    volume_today, volume_minute : float
        Shares traded on this New York date and in the latest minute; NaN for an index or when unknown.
    at : datetime, aware
        When the price was made, in market time: the vendor's stamp, not ours.
    delayed : bool
        The vendor's plan is not real-time.
    stale : bool
        The feed has waited too long for a new bar; set by the feed, never by a vendor.
    """

    symbol: str
    price: float
    prev_close: float
    volume_today: float
    at: datetime
    delayed: bool = False
    volume_minute: float = NAN
    stale: bool = False

    @property
    def change(self) -> float:
        """Move since the previous session's close; NaN when that is unknown."""
        return self.price - self.prev_close

    @property
    def change_pct(self) -> float:
        """The same in percent."""
        return 100 * self.change / self.prev_close


@dataclass(frozen=True, slots=True, eq=False)
class MinuteSnapshot:
    """A quote and the latest minute bars: one or more neighbours, ascending, of which the last may be forming.

    A vendor that shows the newest complete minute beside the forming one spares the feed a question a minute. Minutes
    of earlier days do no harm; no row is a symbol without any. `minutes_apart`: the vendor shows none of this symbol
    here at all, and whoever wants them asks for `minute_bars`. `renewed_at`: when the vendor last changed what it
    shows; a minute that had not settled then is not whole, however late it is. None: it is as new as the answer.
    """

    quote: Quote
    minute: Bars
    minutes_apart: bool = False
    renewed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SymbolInfo:
    """What a symbol is; `type` is index, etf or stock."""

    symbol: str
    name: str
    type: str
    exchange: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class ListedExpiry:
    """A New York date on which options of one root expire; an underlying may have two on a date, SPX and SPXW."""

    day: date
    root: str


@runtime_checkable
class Vendor(Protocol):
    """A source of market data. Symbols are ours; what the vendor calls them stays behind this line.

    Every method that depends on time is given the market time `now` and never tells what happened later. Trouble is
    `ProviderUnavailable` or `RateLimited`; a symbol the vendor does not know is missing from a snapshot and
    `UnknownSymbol` elsewhere.
    """

    name: str
    simulated: bool

    def snapshot(self, symbols: Collection[str], *, now: datetime) -> dict[str, MinuteSnapshot]:
        """Return quotes and latest minutes of up to 250 symbols, or of as many as `at_once` says where a vendor has it.

        A vendor that splits the question itself leaves out what it could not get, and raises when that is everything.
        """
        ...

    def minute_bars(self, symbol: str, start: datetime, end: datetime, *, now: datetime) -> Bars:
        """Return the minutes whose left edge lies in [start, end), extended hours included; the last may be forming."""
        ...

    def daily_bars(self, symbol: str, first: date, last: date, *, now: datetime) -> Bars:
        """Return completed sessions from `first` to `last`, both included, stamped at 00:00 New York of their date."""
        ...

    def option_chain(self, symbol: str, *, expiries: int, now: datetime, first: date | None = None) -> Chain:
        """Return the listed contracts of the nearest dates on which options of the symbol expire.

        Every one of them, or those whose strikes are near enough to matter to gamma: the vendor's page says which.
        `expiries` is how many dates, 1 or more, from `first` on where it is given; a symbol with fewer gives what it
        has. A vendor without options of the symbol, or without any, raises `NoChains`. All of it, whatever it takes,
        comes within `CHAIN_S`.
        """
        ...

    def option_expiries(self, symbol: str, *, now: datetime) -> list[ListedExpiry]:
        """Return every date and root on which options of the symbol expire, ascending; empty where it has none.

        Within `CHAIN_S`, as a chain.
        """
        ...

    def contract_marks(self, tickers: Collection[str], *, now: datetime) -> Told[Mark]:
        """Return what contracts of any underlyings cost, by their names; one that the vendor does not know is left out.

        Up to 250 within `MARKS_S`. `partial`: of those that are left out some may be known, their answer was lost.
        Where it helps to have several such questions on their way together, a vendor's `marks_together` says how many.
        """
        ...

    def search(self, query: str, limit: int) -> list[SymbolInfo]:
        """Return active US stocks, funds and indices whose symbol or name contains the query."""
        ...

    def lookup(self, symbol: str) -> SymbolInfo | None:
        """Return what the symbol is, None when the vendor does not know it."""
        ...

    def market_days(self) -> Sequence[date] | None:
        """Return the sessions the vendor has data for, ascending; None when it has every one."""
        ...


@runtime_checkable
class PastChains(Protocol):
    """A vendor that tells the chains of any past moment: `now` may lie in the past, and the answer is of then."""

    tells_past_chains: bool

    def option_chain(self, symbol: str, *, expiries: int, now: datetime, first: date | None = None) -> Chain:
        """Return the chain as it was at `now`, as `Vendor.option_chain` tells it."""
        ...

    def option_expiries(self, symbol: str, *, now: datetime) -> list[ListedExpiry]:
        """Return the dates as they were listed at `now`."""
        ...
