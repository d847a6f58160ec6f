"""Rows of an option snapshot as a chain: garbage is NaN, and numbers of an earlier day are not today's."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import numpy as np

from market.pure.chain import FIGURES, Chain
from market.pure.contract_names import Contract
from market.pure.sessions import new_york_date
from market.vendors.massive.pure import wire
from market.vendors.massive.pure.aggregates import NAN
from market.vendors.massive.pure.stamps import from_nanos, told_at
from market.vendors.massive.pure.tickers import to_option

DELAYED = "DELAYED"
# The vendor's solver stops at 500 %: what it writes there is no volatility, nor are the Greeks made from it.
CLAMPED_IV: Final = 5.0

Figures = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """What an underlying cost, and when that was."""

    price: float
    at: datetime


def contracts(rows: Iterable[wire.OptionRow]) -> dict[str, tuple[Contract, wire.OptionRow]]:
    """Return each listed contract of some rows once, the first of equals, by its ticker.

    Rows that name no contract are dropped, and those of instruments that are neither call nor put.
    """
    found: dict[str, tuple[Contract, wire.OptionRow]] = {}
    for row in rows:
        details = row.details
        if details is None or details.contract_type not in ("call", "put"):
            continue
        if details.ticker not in found and (contract := to_option(details.ticker)):
            found[details.ticker] = (contract, row)
    return found


def spot(rows: Iterable[wire.OptionRow], *, now: datetime) -> Spot | None:
    """Return the newest price of the underlying in some rows; None when no row has a price with a stamp."""
    newest: Spot | None = None
    for row in rows:
        asset = row.underlying_asset
        if asset is None or not (price := asset.price or asset.value) or not (price > 0 and math.isfinite(price)):
            continue
        at = told_at(from_nanos(asset.last_updated), now) if asset.last_updated else None
        if at and (newest is None or at > newest.at):
            newest = Spot(price, at)
    return newest


def chain(
    symbol: str,
    listed: dict[str, tuple[Contract, wire.OptionRow]],
    underlying: Spot | None,
    *,
    now: datetime,
    delayed: bool,
    partial: bool,
) -> Chain:
    """Return the chain of some contracts, by expiry, root, strike and side.

    Parameters
    ----------
    symbol : str
        Our name of the underlying.
    listed : dict
        As `contracts` returns it.
    underlying : Spot or None
        NaN in the chain when it is unknown.
    now : datetime, aware
        Market time of the question.
    delayed, partial : bool
        The plan is not real-time; pages were lost.
    """
    ordered = sorted(listed.values(), key=lambda pair: _place(pair[0]))
    today = new_york_date(now)
    figures = np.array([_figures(row, today) for _, row in ordered], dtype=np.float64).reshape(-1, len(FIGURES))
    rows = [row for _, row in ordered]
    return Chain(
        symbol=symbol,
        spot=underlying.price if underlying else NAN,
        as_of=now,
        root=np.array([contract.root for contract, _ in ordered], dtype=np.str_),
        expiry=np.array([contract.expiry for contract, _ in ordered], dtype="datetime64[D]"),
        strike=np.array([contract.strike for contract, _ in ordered], dtype=np.float64),
        is_call=np.array([contract.is_call for contract, _ in ordered], dtype=np.bool_),
        **{name: figures[:, column] for column, name in enumerate(FIGURES)},
        shares_per_contract=np.array([_shares(row) for row in rows], dtype=np.float64),
        delayed=delayed or any(_is_delayed(row) for row in rows),
        partial=partial,
        spot_ts=underlying.at.timestamp() if underlying else NAN,
        quotes_ts=_newest_quote(rows, now),
    )


def _place(contract: Contract) -> tuple[date, str, Decimal, bool]:
    return contract.expiry, contract.root, contract.strike, not contract.is_call


def _figures(row: wire.OptionRow, today: date) -> Figures:
    """Return the figures of a contract, in the order of `FIGURES`."""
    return *quoted(row.last_quote), *_day(row.day, today), finite(row.open_interest), implied(row), *greeks(row)


def quoted(quote: wire.OptionQuote | None) -> tuple[float, float]:
    """Return bid and ask. A bid of 0 is nobody's bid, an ask of 0 is none; a crossed pair is neither."""
    if quote is None:
        return NAN, NAN
    bid, ask = finite(quote.bid), finite(quote.ask)
    bid, ask = bid if bid >= 0 else NAN, ask if ask > 0 else NAN
    return (NAN, NAN) if bid > ask else (bid, ask)


def implied(row: wire.OptionRow) -> float:
    """Return the vendor's implied volatility, NaN where it has none or its solver gave up."""
    iv = finite(row.implied_volatility)
    return iv if 0 < iv < CLAMPED_IV else NAN


def greeks(row: wire.OptionRow) -> tuple[float, float, float, float]:
    """Return delta, gamma, theta and vega: all four, or none; none that were made from a volatility that is none."""
    told = row.greeks
    if told is None or finite(row.implied_volatility) >= CLAMPED_IV:
        return _NO_GREEKS
    found = (finite(told.delta), finite(told.gamma), finite(told.theta), finite(told.vega))
    return _NO_GREEKS if any(math.isnan(each) for each in found) else found


def traded_on(trade: wire.OptionTrade | None, today: date) -> float:
    """Return the price of a trade of this date; NaN for an older one."""
    at = from_nanos(trade.sip_timestamp) if trade else None
    return finite(trade.price) if trade and at and new_york_date(at) == today else NAN


_NO_GREEKS = (NAN, NAN, NAN, NAN)


def _day(day: wire.Day | None, today: date) -> tuple[float, float]:
    """Return today's last price and volume; a day that is not today's says that nothing was traded today."""
    traded_at = from_nanos(day.last_updated) if day else None
    if day is None or traded_at is None:
        return NAN, NAN
    if new_york_date(traded_at) != today:
        return NAN, 0.0
    close = finite(day.close)
    return close if close > 0 else NAN, finite(day.volume)


def _shares(row: wire.OptionRow) -> float:
    return finite(row.details.shares_per_contract) if row.details else NAN


def _is_delayed(row: wire.OptionRow) -> bool:
    return DELAYED in (
        row.last_quote and row.last_quote.timeframe,
        row.underlying_asset and row.underlying_asset.timeframe,
    )


def _newest_quote(rows: Iterable[wire.OptionRow], now: datetime) -> float:
    stamps = (from_nanos(row.last_quote.last_updated) for row in rows if row.last_quote)
    told = [at.timestamp() for stamp in stamps if stamp and (at := told_at(stamp, now))]
    return max(told, default=NAN)


def finite(value: float | None) -> float:
    """Return a number of the wire, NaN where it is none."""
    return value if value is not None and math.isfinite(value) else NAN
