"""What Massive knows beside prices."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from market.errors import UnknownSymbol
from market.pure.sessions import new_york_date
from market.symbols import vendor_ticker
from market.vendors.calls.deadline import Deadline
from market.vendors.massive import endpoints, pages
from market.vendors.massive.client import Client, NotFoundError
from market.vendors.massive.endpoints import Endpoint
from market.vendors.massive.making import NAME
from market.vendors.massive.pure import facts, wire
from market.vendors.reference import (
    CorporateEvent,
    Dividend,
    Holiday,
    IndicatorName,
    IndicatorPoint,
    ListedContract,
    MarketNow,
    Split,
    Told,
    Yields,
)

A_PAGE = 1_000
MOST_EVENTS = 50_000
MOST_POINTS = 5_000

Page = TypeVar("Page", bound=wire.Envelope)
Row = TypeVar("Row")


class ReferenceCalls:
    """Massive's reference endpoints, `market.vendors.reference.ReferenceVendor`."""

    name = NAME

    def __init__(self, client: Client) -> None:
        self._client = client

    def holidays(self, *, now: datetime) -> Told[Holiday]:
        """Return the closures and early closes ahead, a row an exchange."""
        rows = self._client.get(endpoints.UPCOMING)
        return Told(tuple(facts.holidays(rows)), as_of=now, source=self.name)

    def market_now(self, *, now: datetime) -> Told[MarketNow]:
        """Return whether the exchanges are open, in one row."""
        return Told((facts.market_now(self._client.get(endpoints.STATUS)),), as_of=now, source=self.name)

    def dividends(self, symbol: str, first: date, last: date, *, now: datetime) -> Told[Dividend]:
        """Return the dividends whose ex-date lies between two dates, both included, ascending."""
        params = {
            "ticker": symbol,
            "ex_dividend_date.gte": first,
            "ex_dividend_date.lte": last,
            "sort": "ex_dividend_date",
            "order": "asc",
            "limit": A_PAGE,
        }
        return self._rows(endpoints.DIVIDENDS, params, facts.dividends, now)

    def splits(self, symbol: str, first: date, last: date, *, now: datetime) -> Told[Split]:
        """Return the splits between two dates, both included, ascending."""
        params = {
            "ticker": symbol,
            "execution_date.gte": first,
            "execution_date.lte": last,
            "sort": "execution_date",
            "order": "asc",
            "limit": A_PAGE,
        }
        return self._rows(endpoints.SPLITS, params, facts.splits, now)

    def treasury_yields(self, first: date, last: date, *, now: datetime) -> Told[Yields]:
        """Return the yields published between two dates, both included, ascending."""
        params = {"date.gte": first, "date.lte": last, "sort": "date.asc", "limit": A_PAGE}
        return self._rows(endpoints.YIELDS, params, facts.yields, now)

    def corporate_events(
        self, symbols: Collection[str], first: date, last: date, *, now: datetime
    ) -> Told[CorporateEvent]:
        """Return what companies do between two dates, both included, ascending: one question for all of them."""
        params = {
            "ticker.any_of": ",".join(sorted(symbols)),
            "date.gte": first,
            "date.lte": last,
            "sort": "date.asc",
            "limit": MOST_EVENTS,
        }
        return self._rows(endpoints.EVENTS, params, facts.events, now)

    def contracts(self, symbol: str, expiry: date, *, now: datetime, as_of: date | None = None) -> Told[ListedContract]:
        """Return the contracts that expire on a date, by strike; on `as_of`, which may lie in the past, if given."""
        params = {
            "underlying_ticker": symbol,
            "expiration_date": expiry,
            "as_of": as_of,
            "expired": "true" if expiry < new_york_date(now) else None,
            "sort": "strike_price",
            "order": "asc",
            "limit": A_PAGE,
        }
        return self._told(endpoints.CONTRACTS, params, lambda page: facts.listed(page.results or ()), now)

    def indicator(
        self, symbol: str, name: IndicatorName, *, timespan: str, window: int, most: int, now: datetime
    ) -> Told[IndicatorPoint]:
        """Return the newest values of Massive's own indicator, ascending; MACD has its usual three windows."""
        # Descending, then turned round: ascending with a limit would tell the oldest values.
        params = {
            "timespan": timespan,
            "window": None if name == "macd" else max(1, window),
            "series_type": "close",
            "adjusted": "true",
            "timestamp.lte": int(1000 * now.timestamp()),
            "order": "desc",
            "limit": min(most, MOST_POINTS),
        }
        path = endpoints.INDICATOR.path(indicator=name, ticker=vendor_ticker(symbol))
        try:
            answer = self._client.get(endpoints.INDICATOR, path, params, scope=f"{name}:{timespan}")
        except NotFoundError:
            raise UnknownSymbol(symbol=symbol) from None
        points = facts.indicator((answer.results and answer.results.values) or ())
        newest = sorted(points, key=lambda point: point.at)[-most:]
        return Told(tuple(newest), now, self.name, delayed=answer.delayed, request_ids=(answer.request_id,))

    def _rows(
        self,
        endpoint: Endpoint[wire.Rows],
        params: Mapping[str, object],
        read: Callable[[Iterable[Mapping[str, Any]]], Iterable[Row]],
        now: datetime,
    ) -> Told[Row]:
        return self._told(endpoint, params, lambda page: read(page.results or ()), now)

    def _told(
        self,
        endpoint: Endpoint[Page],
        params: Mapping[str, object],
        read: Callable[[Page], Iterable[Row]],
        now: datetime,
        deadline: Deadline | None = None,
    ) -> Told[Row]:
        deadline = deadline or self._client.deadline()
        first = self._client.get(endpoint, params=params, deadline=deadline)
        answer = pages.read(self._client, endpoint, first, deadline=deadline)
        return Told(
            # A row that stands on two pages is one row.
            tuple(dict.fromkeys(row for page in answer.pages for row in read(page))),
            as_of=now,
            source=self.name,
            delayed=answer.delayed,
            partial=answer.partial,
            request_ids=answer.request_ids,
        )
