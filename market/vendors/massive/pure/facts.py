"""Rows of the reference endpoints as our facts; a row without its date or its number is dropped, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal

from market.vendors.massive.pure import wire
from market.vendors.massive.pure.aggregates import NAN
from market.vendors.massive.pure.stamps import from_millis
from market.vendors.massive.pure.tickers import to_option
from market.vendors.reference import (
    CorporateEvent,
    Dividend,
    Holiday,
    IndicatorPoint,
    ListedContract,
    MarketNow,
    Split,
    Yields,
)

TENOR = re.compile(r"yield_(\d+)_(month|year)")
TIMING = re.compile(r"-\s*(After|Before)[- ]Mkt$", re.IGNORECASE)
MONTHS = 12


def holidays(rows: Iterable[wire.Holiday]) -> Iterator[Holiday]:
    """Yield the days on which an exchange is closed or closes early."""
    for row in rows:
        day, closed = _date(row.date), row.status == "closed"
        close_at = _instant(row.close)
        if day and (closed or (row.status == "early-close" and close_at)):
            yield Holiday(day, row.exchange, row.name, closed, None if closed else close_at)


def market_now(row: wire.MarketStatus) -> MarketNow:
    """Return whether the exchanges are open."""
    return MarketNow(row.market, row.earlyHours, row.afterHours, _instant(row.serverTime), row.exchanges)


def dividends(rows: Iterable[Mapping[str, Any]]) -> Iterator[Dividend]:
    """Yield dividends that have an ex-date and an amount."""
    for row in rows:
        ex_date, amount = _date(row.get("ex_dividend_date")), _number(row.get("cash_amount"))
        if ex_date and amount > 0:
            yield Dividend(
                symbol=str(row.get("ticker", "")),
                ex_date=ex_date,
                amount=amount,
                frequency=row.get("frequency"),
                kind=str(row.get("dividend_type", "")),
                declared=_date(row.get("declaration_date")),
                recorded=_date(row.get("record_date")),
                paid=_date(row.get("pay_date")),
            )


def splits(rows: Iterable[Mapping[str, Any]]) -> Iterator[Split]:
    """Yield splits with a date and both of their numbers."""
    for row in rows:
        day = _date(row.get("execution_date"))
        before, after = _number(row.get("split_from")), _number(row.get("split_to"))
        if day and before > 0 and after > 0:
            yield Split(str(row.get("ticker", "")), day, before, after)


def yields(rows: Iterable[Mapping[str, Any]]) -> Iterator[Yields]:
    """Yield the yields of each date; tenors that were not published are left out."""
    for row in rows:
        found = [
            (int(match[1]) / (MONTHS if match[2] == "month" else 1), float(value))
            for name, value in row.items()
            if (match := TENOR.fullmatch(name)) and isinstance(value, int | float)
        ]
        if (day := _date(row.get("date"))) and found:
            yield Yields(day, tuple(sorted(found)))


def events(rows: Iterable[Mapping[str, Any]]) -> Iterator[CorporateEvent]:
    """Yield what companies do; the time of day stands at the end of the name, when it stands anywhere."""
    for row in rows:
        name = str(row.get("name", ""))
        match = TIMING.search(name)
        timing: Literal["before", "after"] | None = None
        if match:
            timing = "after" if match[1].lower() == "after" else "before"
        if (day := _date(row.get("date"))) and row.get("ticker"):
            symbol, kind, status = (str(row.get(column, "")) for column in ("ticker", "type", "status"))
            yield CorporateEvent(symbol, day, kind, status, name, timing)


def listed(rows: Iterable[wire.Contract]) -> Iterator[ListedContract]:
    """Yield the calls and puts among contracts."""
    for row in rows:
        contract = to_option(row.ticker)
        if contract and row.contract_type in ("call", "put"):
            shares = NAN if row.shares_per_contract is None else row.shares_per_contract
            strike = float(contract.strike)
            yield ListedContract(row.ticker, contract.root, contract.expiry, strike, contract.is_call, shares)


def indicator(rows: Iterable[wire.IndicatorValue]) -> Iterator[IndicatorPoint]:
    """Yield the values of an indicator that have a stamp."""
    for row in rows:
        at = from_millis(row.timestamp)
        if at and row.value is not None:
            rest = (NAN if each is None else each for each in (row.signal, row.histogram))
            yield IndicatorPoint(at, row.value, *rest)


def _date(text: object) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _instant(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    # Without an offset it could be anybody's time.
    return at.astimezone(UTC) if at and at.tzinfo else None


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else NAN
