"""Quotes of stocks and indices as rows of the wire's snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from market.pure.bars import Bars
from market.vendors.protocol import Quote
from simulation.pure.listings import Listing
from tests.massive_server.encode_bars import row, trades
from tests.massive_server.tickers import ticker_of

Row = dict[str, Any]
CENT = 0.01
NASDAQ, ROUND_LOT = 12, 100
CLEARED = {"o": 0, "h": 0, "l": 0, "c": 0, "v": 0, "vw": 0}


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a snapshot of one symbol speaks of.

    Attributes
    ----------
    listing : Listing
    quote : Quote
    day, before : Bars, of 0 or 1 rows
        The day that is shown as far as it has come, and the session before it.
    minute : Bars, of 0 or 1 rows
        The newest completed minute of that day.
    until_minute : float
        Shares traded on that day up to the end of that minute.
    market_status, timeframe : str
        The wire's words for the hour of the day and for the freshness of the plan's data.
    """

    listing: Listing
    quote: Quote
    day: Bars
    before: Bars
    minute: Bars
    until_minute: float
    market_status: str
    timeframe: str


def nanoseconds(quote: Quote) -> int:
    """Return when a price was made, in the unit of snapshots."""
    return round(quote.at.timestamp() * 1000) * 1_000_000


def stock(seen: Seen) -> Row:
    """Return the row of `/v2/snapshot/locale/us/markets/stocks/tickers`; zeros where nothing has traded yet."""
    quote, at = seen.quote, nanoseconds(seen.quote)
    cleared = not len(seen.day)
    change = 0.0 if cleared else quote.price - float(seen.before.close[0])
    return {
        "ticker": ticker_of(seen.listing),
        "todaysChange": round(change, 4),
        "todaysChangePerc": 0 if cleared else round(100 * change / float(seen.before.close[0]), 4),
        "updated": 0 if cleared else at,
        "day": CLEARED if cleared else _without_trades(row(seen.day, 0)),
        "min": _minute(seen),
        "prevDay": _without_trades(row(seen.before, 0)),
        "lastTrade": {"p": quote.price, "s": ROUND_LOT, "t": at, "x": NASDAQ, "c": [], "i": str(at % 10_000_000)},
        "lastQuote": {**_sides(quote, "p", "P"), "s": 3, "S": 2, "t": at},
    }


def index(seen: Seen) -> Row:
    """Return the row of `/v3/snapshot/indices`."""
    return {
        "ticker": ticker_of(seen.listing),
        "name": seen.listing.name,
        "type": "indices",
        "market_status": seen.market_status,
        "value": seen.quote.price,
        "last_updated": nanoseconds(seen.quote),
        "timeframe": seen.timeframe,
        "session": _session(seen),
    }


def universal(seen: Seen) -> Row:
    """Return the row of `/v3/snapshot` of a stock or an index."""
    if not seen.listing.has_volume:
        return index(seen)
    at = nanoseconds(seen.quote)
    session = _session(seen)
    return {
        "ticker": ticker_of(seen.listing),
        "name": seen.listing.name,
        "type": "stocks",
        "market_status": seen.market_status,
        "session": {**session, "price": seen.quote.price, "volume": int(seen.day.volume[0]) if len(seen.day) else 0},
        "last_quote": {
            **_sides(seen.quote, "bid", "ask"),
            "bid_size": 3,
            "ask_size": 2,
            "last_updated": at,
            "timeframe": seen.timeframe,
        },
        "last_trade": {
            "price": seen.quote.price,
            "size": ROUND_LOT,
            "exchange": NASDAQ,
            "sip_timestamp": at,
            "last_updated": at,
            "timeframe": seen.timeframe,
        },
    }


def missing(ticker: str) -> Row:
    """Return what stands in the row of a ticker that nobody knows, under HTTP 200."""
    return {"ticker": ticker, "error": "NOT_FOUND", "message": "Ticker not found."}


def _session(seen: Seen) -> Row:
    shown = seen.day if len(seen.day) else seen.before
    before = float(seen.before.close[0])
    close = float(shown.close[0])
    return {
        **{name: float(getattr(shown, name)[0]) for name in ("open", "high", "low", "close")},
        "previous_close": before,
        "change": round(close - before, 4),
        "change_percent": round(100 * (close - before) / before, 4),
    }


def _minute(seen: Seen) -> Row:
    if not len(seen.minute):
        return {**CLEARED, "av": 0, "t": 0, "n": 0}
    bar = row(seen.minute, 0)
    return {**bar, "av": int(seen.until_minute), "t": int(seen.minute.ts[0]) * 1000, "n": trades(bar["v"])}


def _sides(quote: Quote, bid: str, ask: str) -> Row:
    return {bid: round(quote.price - CENT, 2), ask: round(quote.price + CENT, 2)}


def _without_trades(bar: Row) -> Row:
    return {name: value for name, value in bar.items() if name != "n"}
