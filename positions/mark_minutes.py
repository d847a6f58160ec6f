"""The history of contracts by the minute: what the tracker knows of what is held, and quotes of what was closed today.

Whoever gets out at ten wants to know in the evening what the rest of the day would have made of it: contracts that
nobody holds any more are followed until the close of the day on which their position ended.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any, Final

from django.db import connection
from django.db.models import Q

from config.http.renderers import dumps
from market import clock, contract_marks, feed
from market.pure.sessions import NEW_YORK
from positions.models import Leg, LegKind, MarkMinute, Status
from positions.pure.hindsight import Quote

logger = logging.getLogger(__name__)

KEPT: Final = timedelta(days=30)  # of market time
# What the tracker has not looked at for longer is no price of this minute.
SEEN_WITHIN: Final = timedelta(seconds=120)
# Further back than a long weekend with a holiday on either side, a price is not that of the session before.
LOOK_BACK: Final = timedelta(days=5)
PLACES: Final = 4

# One statement: the legs of the tracker's marks, and what was asked for beside them. JSON's numbers go through text, so
# that they are what they were.
KEEP: Final = """
INSERT INTO positions_markminute (contract, at, mark, bid, ask)
SELECT DISTINCT ON (contract) contract, %(minute)s, mark, bid, ask
FROM (
    SELECT leg.key AS contract, (leg.value ->> 'mark')::numeric AS mark, (leg.value ->> 'bid')::numeric AS bid,
        (leg.value ->> 'ask')::numeric AS ask, seen.seen_at AS known_at
    FROM positions_mark AS seen, jsonb_each(seen.legs) AS leg
    WHERE NOT seen.stale AND seen.seen_at > %(since)s AND leg.value ->> 'mark' IS NOT NULL
    UNION ALL
    SELECT contract, mark, bid, ask, %(now)s::timestamptz FROM jsonb_to_recordset(%(rows)s::jsonb) AS told (
        contract text, mark numeric, bid numeric, ask numeric
    )
) AS known
ORDER BY contract, known_at DESC
ON CONFLICT (contract, at) DO UPDATE SET mark = EXCLUDED.mark, bid = EXCLUDED.bid, ask = EXCLUDED.ask
"""
LAST_BEFORE: Final = """
SELECT DISTINCT ON (contract) contract, mark FROM positions_markminute
WHERE contract = ANY(%(contracts)s) AND at < %(before)s AND at >= %(since)s
ORDER BY contract, at DESC
"""


def keep(now: datetime) -> int:
    """Write this minute, with one statement, and return of how many contracts. Safe to run twice."""
    rows = _of_closed(now)
    minute = now.replace(second=0, microsecond=0)
    told = {"minute": minute, "since": now - SEEN_WITHIN, "now": now, "rows": dumps(rows).decode()}
    with connection.cursor() as cursor:
        cursor.execute(KEEP, told)
        return cursor.rowcount


def last_before(contracts: Collection[str], before: datetime) -> dict[str, Decimal]:
    """Return what contracts cost in the last minute before an instant that is known of them. [USD a share]."""
    if not contracts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(LAST_BEFORE, {"contracts": list(contracts), "before": before, "since": before - LOOK_BACK})
        return dict(cursor.fetchall())


def quotes(contracts: Collection[str], first: datetime, last: datetime) -> dict[str, list[Quote]]:
    """Return the minutes of contracts from one instant to another, both included, ascending."""
    found: dict[str, list[Quote]] = {contract: [] for contract in contracts}
    rows = MarkMinute.objects.filter(contract__in=contracts, at__gte=first, at__lte=last).order_by("at")
    shares = {contract for contract in contracts if len(contract) < _SHORTEST_OPTION}
    for contract, at, mark, bid, ask in rows.values_list("contract", "at", "mark", "bid", "ask"):
        found[contract].append(Quote(at, mark, mark) if contract in shares else Quote(at, bid, ask))
    return found


def prune(now: datetime) -> int:
    """Remove minutes that are older than they are kept; return how many."""
    return MarkMinute.objects.filter(at__lt=now - KEPT).delete()[0]


# A root of one letter, a date, a side and a strike of eight digits.
_SHORTEST_OPTION: Final = 16


def _of_closed(now: datetime) -> list[dict[str, Any]]:
    """Return the minute of contracts that were held today and are not any more, from a few calls of the vendor."""
    today = clock.market_date(now)
    start = datetime.combine(today, time.min, NEW_YORK).astimezone(UTC)
    of_today = Q(position__status=Status.OPEN) | Q(position__closed_at__gte=start)
    alive = Q(expiry__isnull=True) | Q(expiry__gte=today)
    legs = Leg.objects.filter(of_today, alive, open_quantity=0).order_by().values_list("contract", "kind").distinct()
    shares = {contract for contract, kind in legs if kind == LegKind.STOCK}
    options = {contract for contract, kind in legs} - shares
    return [*_options(options, now), *_shares(shares)]


def _options(contracts: Collection[str], now: datetime) -> Iterable[dict[str, Any]]:
    if not contracts:
        return
    found = contract_marks.marks(contracts, now=now, max_age_s=30.0)
    for contract, mark in found.marks.items():
        bid, ask = mark.bid, mark.ask
        if isfinite(bid) and isfinite(ask) and 0 <= bid <= ask and ask > 0:
            yield _row(contract, 0.5 * (bid + ask), bid, ask)


def _shares(tickers: Collection[str]) -> Iterable[dict[str, Any]]:
    told: Mapping[str, Any] = feed.quotes(tickers) if tickers else {}
    for ticker, quote in told.items():
        if not quote.stale and quote.price > 0:
            yield _row(ticker, quote.price, quote.price, quote.price)


def _row(contract: str, mark: float, bid: float, ask: float) -> dict[str, Any]:
    prices = {"mark": mark, "bid": bid, "ask": ask}
    return {"contract": contract, **{name: f"{price:.{PLACES}f}" for name, price in prices.items()}}
