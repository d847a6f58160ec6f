"""What a vendor may know beside prices, in our own types; a vendor that knows it speaks `ReferenceVendor` too."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Literal, Protocol, TypeVar, runtime_checkable

from market.pure.bars import Bars

Row = TypeVar("Row")

IndicatorName = Literal["sma", "ema", "rsi", "macd"]


@dataclass(frozen=True, slots=True)
class Told(Generic[Row]):
    """Rows of facts and where they come from.

    Attributes
    ----------
    rows : tuple
        What the vendor said; empty when it said that there is nothing.
    as_of : datetime, aware
        Market time of the question.
    source : str
        Which vendor.
    delayed, partial : bool
        The plan is not real-time; pages were lost, so that more may exist.
    request_ids : tuple of str
        What the vendor calls our questions.
    """

    rows: tuple[Row, ...]
    as_of: datetime
    source: str
    delayed: bool = False
    partial: bool = False
    request_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dividend:
    """A cash dividend of one share. NaN or None is what the vendor does not say. [USD]."""

    symbol: str
    ex_date: date
    amount: float
    frequency: int | None
    kind: str
    declared: date | None
    recorded: date | None
    paid: date | None


@dataclass(frozen=True, slots=True)
class Split:
    """`split_from` shares became `split_to`."""

    symbol: str
    date: date
    split_from: float
    split_to: float


@dataclass(frozen=True, slots=True)
class Yields:
    """Treasury yields of a date: pairs of tenor and yield, ascending, of tenors published. [years, percent]."""

    date: date
    by_tenor: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class MarketNow:
    """Whether the exchanges are open: open, closed or extended-hours."""

    market: str
    early_hours: bool
    after_hours: bool
    server_at: datetime | None
    exchanges: dict[str, str]


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which an exchange is closed, or closes early at `close_at`."""

    date: date
    exchange: str
    name: str
    closed: bool
    close_at: datetime | None


@dataclass(frozen=True, slots=True)
class CorporateEvent:
    """Something a company does on a date. `timing` is before, after or None: the vendor says it in the name alone."""

    symbol: str
    date: date
    kind: str
    status: str
    name: str
    timing: Literal["before", "after"] | None


@dataclass(frozen=True, slots=True)
class ListedContract:
    """One option that exists."""

    ticker: str
    root: str
    expiry: date
    strike: float
    is_call: bool
    shares_per_contract: float


@dataclass(frozen=True, slots=True)
class IndicatorPoint:
    """One value of an indicator; `signal` and `histogram` belong to MACD and are NaN elsewhere."""

    at: datetime
    value: float
    signal: float
    histogram: float


@runtime_checkable
class ReferenceVendor(Protocol):
    """A vendor that knows more than prices. Trouble is as with `Vendor`; an empty answer is a fact, never trouble."""

    def holidays(self, *, now: datetime) -> Told[Holiday]:
        """Return the closures and early closes ahead."""
        ...

    def market_now(self, *, now: datetime) -> Told[MarketNow]:
        """Return whether the exchanges are open, in one row."""
        ...

    def dividends(self, symbol: str, first: date, last: date, *, now: datetime) -> Told[Dividend]:
        """Return the dividends whose ex-date lies between two dates, both included, ascending."""
        ...

    def splits(self, symbol: str, first: date, last: date, *, now: datetime) -> Told[Split]:
        """Return the splits between two dates, both included, ascending."""
        ...

    def treasury_yields(self, first: date, last: date, *, now: datetime) -> Told[Yields]:
        """Return the yields published between two dates, both included, ascending."""
        ...

    def corporate_events(
        self, symbols: Collection[str], first: date, last: date, *, now: datetime
    ) -> Told[CorporateEvent]:
        """Return what companies do between two dates, both included, ascending."""
        ...

    def contracts(self, symbol: str, expiry: date, *, now: datetime, as_of: date | None = None) -> Told[ListedContract]:
        """Return the contracts that expire on a date, as they were listed on another one where `as_of` is given."""
        ...

    def indicator(
        self, symbol: str, name: IndicatorName, *, timespan: str, window: int, most: int, now: datetime
    ) -> Told[IndicatorPoint]:
        """Return the newest values of the vendor's own indicator, ascending; a cross-check for ours."""
        ...


@runtime_checkable
class PastOptions(Protocol):
    """A vendor that keeps what options cost long ago. Trouble is as with `Vendor`."""

    def splits(self, symbol: str, first: date, last: date, *, now: datetime) -> Told[Split]:
        """As `ReferenceVendor.splits`."""
        ...

    def contracts(self, symbol: str, expiry: date, *, now: datetime, as_of: date | None = None) -> Told[ListedContract]:
        """As `ReferenceVendor.contracts`."""
        ...

    def contract_bars(self, ticker: str, first: date, last: date, *, now: datetime) -> Bars:
        """Return the sessions between two dates in which a contract traded, stamped at 00:00 New York.

        Raises
        ------
        UnknownSymbol
            If there never was such a contract.
        """
        ...
