"""Massive as our vendor: prices, bars, chains and symbols; what else it knows is in `reference`."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Final

from market import calendar
from market.errors import NoChains, ProviderUnavailable, RateLimited, UnknownSymbol
from market.pure.bars import Bars
from market.pure.chain import Chain
from market.pure.contract_marks import Mark
from market.pure.contract_names import parsed
from market.pure.market_time import SETTLE_S
from market.pure.sessions import new_york_date
from market.pure.symbol_search import kind
from market.symbols import FOREIGN_PREFIXES, INDEXES, vendor_ticker
from market.vendors.calls.deadline import Deadline
from market.vendors.massive import endpoints, making, pages
from market.vendors.massive.client import TOTAL_S, Client, NotFoundError
from market.vendors.massive.pure import aggregates, chains, facts, marks, quotes, wire
from market.vendors.massive.pure.band import DENSE, near_the_money, strikes
from market.vendors.massive.pure.chains import Spot
from market.vendors.massive.pure.stamps import known_s
from market.vendors.massive.pure.tickers import INDEX_PREFIX, OPTION_PREFIX, of_option, to_option, to_symbol
from market.vendors.massive.reference import A_PAGE, ReferenceCalls
from market.vendors.protocol import CHAIN_S, MARKS_S, ListedExpiry, MinuteSnapshot, SymbolInfo
from market.vendors.reference import Told

logger = logging.getLogger(__name__)

# A round of the feed is due every five seconds, and its gaps have three: neither call may outlast it.
SNAPSHOT_S, MINUTES_S = 4.0, 5.0
BATCH = 250
MOST_BASE_BARS = 50_000
CHAIN_PAGE, MOST_CHAIN_PAGES = 250, 40
TRADED = ("stocks", "indices")
A_DAY: Final = timedelta(days=1)

_Ask = Callable[[dict[str, str], datetime, Deadline], Iterator[MinuteSnapshot]]


class MassiveVendor(ReferenceCalls):
    """The market as Massive tells it. Needs a key; without one every call is `ProviderUnavailable`, and says so."""

    simulated = False
    at_once = 2_000  # snapshots of so many symbols share one deadline
    marks_together = 8

    def __init__(self, client: Client | None = None) -> None:
        super().__init__(client or making.client())

    def snapshot(self, symbols: Collection[str], *, now: datetime) -> dict[str, MinuteSnapshot]:
        """Return quotes and newest minutes: a call for each 250 stocks, and one for each 250 indexes.

        They go out together, so that one that hangs leaves the others their time. A call that fails costs its own
        symbols; only when all fail is there an error.
        """
        return self._snapshot(symbols, now, self._client.deadline(SNAPSHOT_S))

    def _snapshot(self, symbols: Collection[str], now: datetime, deadline: Deadline) -> dict[str, MinuteSnapshot]:
        batches = list(self._batches(symbols))
        if not batches:
            return {}

        def told(batch: tuple[_Ask, dict[str, str]]) -> dict[str, MinuteSnapshot] | ProviderUnavailable | RateLimited:
            ask, names = batch
            try:
                return {each.quote.symbol: each for each in ask(names, now, deadline)}
            except (ProviderUnavailable, RateLimited) as trouble:
                logger.warning("market.massive.batch_failed", extra={"symbols": len(names), "why": str(trouble)})
                return trouble

        with ThreadPoolExecutor(len(batches), thread_name_prefix="massive-snapshot") as pool:
            answers = list(pool.map(told, batches))
        found = [answer for answer in answers if isinstance(answer, dict)]
        if not found:
            raise next(answer for answer in answers if isinstance(answer, Exception))
        return {symbol: each for answer in found for symbol, each in answer.items()}

    def minute_bars(self, symbol: str, start: datetime, end: datetime, *, now: datetime) -> Bars:
        """Return the minutes in [start, end) that were over when the vendor knew the market; a forming one is none."""
        first, last = math.ceil(start.timestamp()), math.ceil(min(end, now).timestamp())
        if last <= first:
            return Bars.empty()
        day = new_york_date(start)
        answer = self._aggregates(symbol, "minute", 1000 * first, 1000 * last - 1, day=day, within_s=MINUTES_S)
        rows = (row for page in answer.pages for row in page.results or ())
        return aggregates.minutes(rows, known_s=known_s(now, delayed=answer.delayed)).between(first, last)

    def daily_bars(self, symbol: str, first: date, last: date, *, now: datetime) -> Bars:
        """Return the sessions from `first` to `last` that were over when the vendor knew the market."""
        sessions = calendar.sessions(first, min(last, new_york_date(now)))
        if not sessions:
            return Bars.empty()
        answer = self._aggregates(symbol, "day", sessions[0].date, sessions[-1].date, day=sessions[0].date)
        known = known_s(now, delayed=answer.delayed) - SETTLE_S
        rows = (row for page in answer.pages for row in page.results or ())
        return aggregates.days(rows, {session.date for session in sessions if session.close_ts <= known})

    def contract_bars(self, ticker: str, first: date, last: date, *, now: datetime) -> Bars:
        """Return the sessions in which one option traded, of those that `daily_bars` would tell."""
        if to_option(ticker) is None:
            raise UnknownSymbol(symbol=ticker)
        return self.daily_bars(ticker, first, last, now=now)

    def option_chain(self, symbol: str, *, expiries: int, now: datetime, first: date | None = None) -> Chain:
        """Return the contracts of the nearest dates, within the band of `pure/band.py` around the spot."""
        deadline = self._client.deadline(CHAIN_S)
        quoted = self._spot(symbol, now, deadline) if symbol in DENSE else None
        low, high = strikes(symbol, quoted.price if quoted else math.nan, expiries)
        begins = _first_live(now)
        answer = self._contracts(symbol, expiries, max(begins, first or begins), low, high, deadline)
        rows = [row for page in answer.pages for row in page.results or ()]
        listed = chains.contracts(rows)
        if not listed:
            raise NoChains(provider=self.name, symbol=symbol)
        # The vendor's own spot may lag behind its snapshot; the newer of the two is the one to price with.
        told = [each for each in (chains.spot(rows, now=now), quoted) if each]
        spot = max(told, key=lambda each: each.at) if told else self._spot(symbol, now, deadline)
        whole = chains.chain(symbol, listed, spot, now=now, delayed=answer.delayed, partial=answer.partial)
        return whole.nearest(expiries)

    def option_expiries(self, symbol: str, *, now: datetime) -> list[ListedExpiry]:
        """Return every date of the calls near the spot: a page or three, where a question a date would be sixty."""
        deadline = self._client.deadline(CHAIN_S)
        spot = self._spot(symbol, now, deadline)
        low, high = near_the_money(symbol, spot.price if spot else math.nan)
        params = {
            "underlying_ticker": symbol,
            "contract_type": "call",
            "expiration_date.gte": _first_live(now),
            "strike_price.gte": low,
            "strike_price.lte": high,
            "sort": "expiration_date",
            "order": "asc",
            "limit": A_PAGE,
        }
        told = self._told(endpoints.CONTRACTS, params, lambda page: facts.listed(page.results or ()), now, deadline)
        if told.partial:
            raise ProviderUnavailable(provider=self.name, reason="a page of the expiries was lost")
        return sorted({ListedExpiry(each.expiry, each.root) for each in told.rows})

    def contract_marks(self, tickers: Collection[str], *, now: datetime) -> Told[Mark]:
        """Return what contracts cost, 250 a question; a name that is none of a contract is left out.

        Not urgent: how many such questions there are grows with the positions, and of the share of the plan that is
        for prices alone every page and rule lives.
        """
        wanted = sorted(of_option(ticker) for ticker in set(tickers) if parsed(ticker))
        found = [self._marks(wanted[start : start + BATCH], now) for start in range(0, len(wanted), BATCH)]
        return Told(
            tuple(mark for part in found for mark in part.rows),
            as_of=now,
            source=self.name,
            delayed=any(part.delayed for part in found),
            partial=any(part.partial for part in found),
            request_ids=tuple(each for part in found for each in part.request_ids),
        )

    def search(self, query: str, limit: int) -> list[SymbolInfo]:
        """Return active stocks, funds and indices of the first page of the directory."""
        params = {"search": query, "active": "true", "sort": "ticker", "order": "asc", "limit": min(1000, 4 * limit)}
        answer = self._client.get(endpoints.TICKERS, params=params)
        return [_info(row) for row in answer.results or () if row.active and row.market in TRADED][:limit]

    def lookup(self, symbol: str) -> SymbolInfo | None:
        """Return what the symbol is, None when the directory does not have it."""
        params = {"ticker": vendor_ticker(symbol), "active": "true", "limit": 1}
        try:
            answer = self._client.get(endpoints.TICKERS, params=params)
        except NotFoundError:
            return None
        found = (row for row in answer.results or () if row.ticker == params["ticker"] and row.market in TRADED)
        return next((_info(row) for row in found), None)

    def market_days(self) -> Sequence[date] | None:
        """Return None: it has every session."""
        return None

    def _batches(self, symbols: Collection[str]) -> Iterator[tuple[_Ask, dict[str, str]]]:
        """Yield each question of a snapshot: how it is asked, and our names of its tickers."""
        names = {vendor_ticker(symbol): symbol for symbol in symbols if not symbol.startswith(FOREIGN_PREFIXES)}
        indexes = {ticker for ticker in names if ticker.startswith(INDEX_PREFIX)}
        for ask, tickers in ((self._stocks, sorted(names.keys() - indexes)), (self._indexes, sorted(indexes))):
            for start in range(0, len(tickers), BATCH):
                yield ask, {ticker: names[ticker] for ticker in tickers[start : start + BATCH]}

    def _stocks(self, names: dict[str, str], now: datetime, deadline: Deadline) -> Iterator[MinuteSnapshot]:
        params = {"tickers": ",".join(names)}
        answer = self._client.get(endpoints.STOCKS, params=params, deadline=deadline, urgent=True)
        return quotes.stocks(answer, names, now=now)

    def _indexes(self, names: dict[str, str], now: datetime, deadline: Deadline) -> Iterator[MinuteSnapshot]:
        params = {"ticker.any_of": ",".join(names), "limit": BATCH}
        answer = self._client.get(endpoints.INDEXES, params=params, deadline=deadline, urgent=True)
        if refused := quotes.refused(answer.results or ()):
            logger.warning("market.massive.rows_refused", extra={"rows": refused})
        return quotes.indexes(answer, names, now=now, begun=calendar.begun(now).date)

    def _aggregates(
        self, symbol: str, timespan: str, first: object, last: object, *, day: date, within_s: float = TOTAL_S
    ) -> pages.Pages[wire.Aggregates]:
        """Return whole bars of one minute or day; what lost a page is unavailable: a hole would look like no trade."""
        deadline = self._client.deadline(within_s)
        path = endpoints.AGGREGATES.path(
            ticker=vendor_ticker(symbol), multiplier=1, timespan=timespan, first=first, last=last
        )
        params = {"adjusted": "true", "sort": "asc", "limit": MOST_BASE_BARS}
        # A plan bounds how far back bars go, and of what: one refusal says nothing of other days and classes.
        scope = f"bars:{_class(symbol)}:{timespan}:{day}"
        try:
            start = self._client.get(endpoints.AGGREGATES, path, params, deadline=deadline, scope=scope)
        except NotFoundError:
            raise UnknownSymbol(symbol=symbol) from None
        answer = pages.read(self._client, endpoints.AGGREGATES, start, deadline=deadline)
        if answer.partial:
            raise ProviderUnavailable(provider=self.name, reason=answer.lost)
        return answer

    def _marks(self, wanted: list[str], now: datetime) -> Told[Mark]:
        deadline = self._client.deadline(MARKS_S)
        params = {"ticker.any_of": ",".join(wanted), "limit": BATCH}
        first = self._client.get(endpoints.MARKS, params=params, deadline=deadline)
        # A page may be said to follow although every contract has its row: it would only cost a call.
        answer = pages.read(
            self._client,
            endpoints.MARKS,
            first,
            deadline=deadline,
            enough=lambda read: sum(len(page.results or ()) for page in read) >= len(wanted),
        )
        rows = [row for page in answer.pages for row in page.results or ()]
        if refused := quotes.refused(rows):
            logger.warning("market.massive.rows_refused", extra={"rows": refused})
        told = tuple(marks.marks(rows, wanted, now=now, delayed=answer.delayed))
        return Told(told, now, self.name, answer.delayed, answer.partial, answer.request_ids)

    def _contracts(
        self, symbol: str, expiries: int, first_live: date, low: float | None, high: float | None, deadline: Deadline
    ) -> pages.Pages[wire.OptionChain]:
        """Return pages by expiry until a date more than wanted has begun: the one before it is whole then."""
        path = endpoints.CHAIN.path(underlying=vendor_ticker(symbol))
        params = {
            "expiration_date.gte": first_live,
            "strike_price.gte": low,
            "strike_price.lte": high,
            "sort": "expiration_date",
            "order": "asc",
            "limit": CHAIN_PAGE,
        }
        try:
            first = self._client.get(endpoints.CHAIN, path, params, deadline=deadline)
        except NotFoundError:
            raise UnknownSymbol(symbol=symbol) from None
        return pages.read(
            self._client,
            endpoints.CHAIN,
            first,
            deadline=deadline,
            most=MOST_CHAIN_PAGES,
            enough=lambda read: len(_dates(read)) > expiries,
        )

    def _spot(self, symbol: str, now: datetime, deadline: Deadline) -> Spot | None:
        """Return what a symbol costs; None when nobody says, which only makes its chain a longer read."""
        try:
            found = self._snapshot([symbol], now, self._client.deadline(min(SNAPSHOT_S, deadline.left_s))).get(symbol)
        except (ProviderUnavailable, RateLimited):
            return None
        return Spot(found.quote.price, found.quote.at) if found and found.quote.price > 0 else None


def _class(symbol: str) -> str:
    if symbol in INDEXES:
        return "index"
    return "option" if symbol.startswith(OPTION_PREFIX) else "stock"


def _first_live(now: datetime) -> date:
    """Return the first date whose options may still trade: today's, until a quarter of an hour past its close."""
    today = new_york_date(now)
    session = calendar.session(today)
    return today + A_DAY if session and now >= session.options_close_at else today


def _dates(read: Iterable[wire.OptionChain]) -> set[str]:
    """Return the expiry dates of some pages."""
    return {row.details.expiration_date for page in read for row in page.results or () if row.details}


def _info(row: wire.TickerRow) -> SymbolInfo:
    symbol = to_symbol(row.ticker) if to_symbol(row.ticker) in INDEXES else row.ticker
    return SymbolInfo(symbol, row.name, kind(row.type, row.market, symbol, INDEXES), row.primary_exchange)
