"""What a symbol costs now, as well as we know, and how we know it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from market import calendar, feed
from market.errors import ProviderUnavailable, RateLimited
from market.pure.phase import Phase
from market.vendors import vendor
from market.vendors.protocol import Quote

logger = logging.getLogger(__name__)

STALE_AFTER = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class LatestPrice:
    """A price, when it was made [market time], and its source: `intraday`, `stale` or `daily`."""

    price: float
    at: datetime
    source: str


def latest(symbol: str, now: datetime, *, close: float, close_date: date) -> LatestPrice:
    """Return the feed's price, else the vendor's, else the last daily close.

    `stale` is an intraday price older than two minutes while the market is open.
    """
    quote = feed.quotes([symbol]).get(symbol) or _ask(symbol, now)
    if quote is None or not quote.price > 0:
        return LatestPrice(close, calendar.session_on_or_before(close_date).close_at, "daily")
    is_open = calendar.state(now).phase is Phase.OPEN
    stale = quote.stale or (is_open and now - quote.at > STALE_AFTER)
    return LatestPrice(quote.price, quote.at, "stale" if stale else "intraday")


def _ask(symbol: str, now: datetime) -> Quote | None:
    try:
        snapshot = vendor().snapshot([symbol], now=now).get(symbol)
    except (ProviderUnavailable, RateLimited) as trouble:
        logger.warning("market.latest_price.missing", extra={"symbol": symbol, "reason": str(trouble)})
        return None
    return snapshot.quote if snapshot and np.isfinite(snapshot.quote.price) else None
