"""Rows of the universal snapshot as marks of contracts: garbage is NaN, and what has not happened yet is not told."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from market.pure.contract_marks import Mark
from market.pure.sessions import new_york_date
from market.vendors.massive.pure import wire
from market.vendors.massive.pure.aggregates import NAN
from market.vendors.massive.pure.chains import DELAYED, finite, greeks, implied, quoted, spot, traded_on
from market.vendors.massive.pure.stamps import SKEW_S, from_nanos
from market.vendors.massive.pure.tickers import OPTION_PREFIX


def marks(
    rows: Iterable[wire.MarkRow], wanted: Collection[str], *, now: datetime, delayed: bool = False
) -> Iterator[Mark]:
    """Yield what the contracts among some rows cost, the first of equals.

    Parameters
    ----------
    rows : iterable of MarkRow
        Those that are errors are dropped, and those of anything else than what was asked for.
    wanted : collection of str
        Tickers of the wire.
    now : datetime, aware
        Market time of the question.
    delayed : bool
        The answer says that the plan is not real-time.
    """
    left = set(wanted)
    for row in rows:
        if row.error or row.ticker not in left:
            continue
        left.discard(row.ticker)
        yield _mark(row, now, delayed=delayed)


def _mark(row: wire.MarkRow, now: datetime, *, delayed: bool) -> Mark:
    quote = row.last_quote if row.last_quote and _has_happened(row.last_quote.last_updated, now) else None
    trade = row.last_trade if row.last_trade and _has_happened(row.last_trade.sip_timestamp, now) else None
    bid, ask = quoted(quote)
    last = traded_on(trade, new_york_date(now))
    delta, gamma, theta, vega = greeks(row)
    underlying = spot([row], now=now)
    return Mark(
        ticker=row.ticker.removeprefix(OPTION_PREFIX),
        bid=bid,
        ask=ask,
        last=last,
        iv=implied(row),
        delta=delta,
        gamma=gamma,
        theta=theta,
        vega=vega,
        open_interest=finite(row.open_interest),
        at=_made_at(quote.last_updated if quote else None, now),
        underlying_price=underlying.price if underlying else NAN,
        last_at=_made_at(trade.sip_timestamp, now) if trade and math.isfinite(last) else None,
        delayed=delayed or bool(row.last_quote and row.last_quote.timeframe == DELAYED),
    )


def _has_happened(stamp: wire.Stamp | None, now: datetime) -> bool:
    made = from_nanos(stamp)
    return made is None or made <= now + timedelta(seconds=SKEW_S)


def _made_at(stamp: wire.Stamp | None, now: datetime) -> datetime | None:
    made = from_nanos(stamp)
    return min(made, now) if made else None
