"""Snapshot rows as quotes and newest minutes; what the vendor has not is NaN, and zeros of the night are nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta

from market.pure.bars import Bars
from market.pure.sessions import new_york_date
from market.vendors.massive.pure import wire
from market.vendors.massive.pure.aggregates import NAN, newest_minute
from market.vendors.massive.pure.stamps import from_millis, from_nanos, told_at
from market.vendors.protocol import MinuteSnapshot, Quote

DELAYED = "DELAYED"
MINUTE = timedelta(minutes=1)


def stocks(answer: wire.Stocks, names: Mapping[str, str], *, now: datetime) -> Iterator[MinuteSnapshot]:
    """Yield each stock and fund of a snapshot that was made by now; `names` are ours of the tickers asked for."""
    for row in answer.tickers or ():
        price, made = _last(row)
        at = told_at(made, now)
        if row.ticker not in names or at is None:
            continue
        minute = newest_minute(row.min, now_s=now.timestamp())
        quote = Quote(
            symbol=names[row.ticker],
            price=price,
            prev_close=_positive(row.prevDay.c if row.prevDay else None),
            volume_today=_volume(row) if new_york_date(at) == new_york_date(now) else NAN,
            at=at,
            delayed=answer.delayed,
        )
        yield MinuteSnapshot(quote, minute, renewed_at=from_nanos(row.updated))


def indexes(answer: wire.Indexes, names: Mapping[str, str], *, now: datetime, begun: date) -> Iterator[MinuteSnapshot]:
    """Yield each index of a snapshot that was made by now. It shows no minutes of one: they are asked for apart.

    `begun` is the newest session whose pre-market has begun: until an index is first calculated in it, its row is that
    of the session before, whose own close is what today's prices are held against.
    """
    for row in answer.results or ():
        at = told_at(from_nanos(row.last_updated), now)
        if row.error or row.ticker not in names or at is None:
            continue
        quote = Quote(
            symbol=names[row.ticker],
            price=_positive(row.value),
            prev_close=_close_before(row.session, is_old=new_york_date(at) < begun),
            volume_today=NAN,
            at=at,
            delayed=answer.delayed or row.timeframe == DELAYED,
        )
        yield MinuteSnapshot(quote, Bars.empty(), minutes_apart=True)


def _close_before(session: wire.Day | None, *, is_old: bool) -> float:
    if session is None:
        return NAN
    return _positive(session.close if is_old else session.previous_close)


def refused(rows: Iterable[wire.IndexRow | wire.MarkRow]) -> dict[str, str]:
    """Return the tickers whose row is an error, and which."""
    return {row.ticker: row.error for row in rows if row.error}


def _last(row: wire.StockRow) -> tuple[float, datetime | None]:
    """Return the newest price of a stock and when it was made: its last trade, else its newest minute, else its day."""
    trade, minute, day = row.lastTrade, row.min, row.day
    updated = from_nanos(row.updated)
    if trade and _positive(trade.p) > 0:
        return _positive(trade.p), from_nanos(trade.t) or updated
    if minute and _positive(minute.c) > 0:
        began = from_millis(minute.t)
        # Its close was made at its end at the latest; while it forms, `updated` knows better.
        ended = began + MINUTE if began else None
        return _positive(minute.c), min((at for at in (ended, updated) if at), default=None)
    return _positive(day.c if day else None), updated


def _volume(row: wire.StockRow) -> float:
    # The day's bar may stand at zero while the minute's running total already counts the early hours.
    day = _positive(row.day.v if row.day else None)
    return _positive(row.min.av if row.min else None) if math.isnan(day) else day


def _positive(value: float | None) -> float:
    return value if value is not None and value > 0 and math.isfinite(value) else NAN
