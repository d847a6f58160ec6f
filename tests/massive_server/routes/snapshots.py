"""Newest prices: stocks by `/v2/snapshot/...`, indices and everything together by `/v3/snapshot`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from market import calendar
from market.pure.bars import Bars
from market.pure.phase import Phase
from market.pure.resample import fold
from simulation.pure.listings import INDEX, LISTINGS, Listing
from tests.massive_server import encode_options, encode_snapshots, tickers
from tests.massive_server.encode_snapshots import Seen
from tests.massive_server.envelope import bad_parameter, not_found, page
from tests.massive_server.parameters import Grammar, flag, one_of, text, words
from tests.massive_server.routes import options
from tests.massive_server.routes.question import Question, Route
from tests.massive_server.world import World

MOST_TICKERS = 250
STATUS = {Phase.CLOSED: "closed", Phase.PRE: "early_trading", Phase.OPEN: "open", Phase.AFTER: "late_trading"}


def stocks(question: Question) -> dict[str, Any]:
    """Answer the stocks that were named, or all; a ticker that nobody knows is left out."""
    named = question.query.get("tickers")
    wanted = [found for ticker in named if (found := tickers.listing(ticker))] if named else list(LISTINGS.values())
    rows = [encode_snapshots.stock(seen(question.world, found)) for found in wanted if found.type != INDEX]
    return {"count": len(rows), "tickers": rows}


def one_stock(question: Question) -> dict[str, Any]:
    """Answer one stock, under the key `ticker`."""
    listing = question.listing()
    if listing.type == INDEX:
        raise not_found(f"{question.path['ticker']}: Ticker not found.")
    return {"ticker": encode_snapshots.stock(seen(question.world, listing))}


def indices(question: Question) -> dict[str, Any]:
    """Answer indices; a ticker that nobody knows has a row that says so."""
    every = [tickers.ticker_of(found) for found in LISTINGS.values() if found.type == INDEX]

    def encode(ticker: str) -> dict[str, Any]:
        found = tickers.listing(ticker)
        if found is None or found.type != INDEX:
            return encode_snapshots.missing(ticker)
        return encode_snapshots.index(seen(question.world, found))

    return page(_tickers(question, every), question.query, encode)


def everything(question: Question) -> dict[str, Any]:
    """Answer tickers of any class in one call."""
    every = [tickers.ticker_of(found) for found in LISTINGS.values()]
    return page(_tickers(question, every), question.query, lambda ticker: _any(question, ticker))


def seen(world: World, listing: Listing) -> Seen:
    """Return what a snapshot of a listing speaks of at this moment."""
    day = world.shown_day(listing)
    minutes = world.day(listing, day, forming=False)
    so_far = world.day(listing, day)
    if not listing.has_volume:
        session = calendar.session(day)
        so_far = so_far if session is None else so_far.between(session.open_ts, session.close_ts)
    return Seen(
        listing=listing,
        quote=world.quote(listing),
        day=_whole(so_far),
        before=world.day_before(listing, day),
        minute=minutes.take(slice(-1, None)),
        until_minute=float(minutes.volume.sum()),
        market_status=market_status(world.now),
        timeframe=world.timeframe,
    )


def market_status(now: datetime) -> str:
    """Return the wire's word for the hour of the day."""
    return STATUS[calendar.state(now.astimezone(UTC)).phase]


def _any(question: Question, ticker: str) -> dict[str, Any]:
    world = question.world
    if found := tickers.listing(ticker):
        kind = "indices" if found.type == INDEX else "stocks"
        row = encode_snapshots.universal(seen(world, found))
    elif option := options.find(world, ticker):
        kind, row = "options", encode_options.universal(option, market_status=market_status(world.now))
    else:
        return encode_snapshots.missing(ticker)
    # A ticker of another class than was asked for is not there.
    return row if question.query.get("type", kind) == kind else encode_snapshots.missing(ticker)


def _tickers(question: Question, every: list[str]) -> list[str]:
    query = question.query
    named = query.get("ticker.any_of")
    if named and len(named) > MOST_TICKERS:
        raise bad_parameter(f"'ticker.any_of' has more than {MOST_TICKERS} tickers")
    if "ticker" in query.values:
        named = (query.get("ticker"),)
    rows = query.keep([{"ticker": ticker} for ticker in dict.fromkeys(named or every)])
    return [str(row["ticker"]) for row in rows]


def _whole(minutes: Bars) -> Bars:
    return fold(minutes, np.full(len(minutes), minutes.ts[0] if len(minutes) else 0, dtype=np.int64))


_BY_TICKER = Grammar(ranged={"ticker": text}, any_of=("ticker",), limit=(10, 250), sorts=("ticker",))
_STOCKS = "/v2/snapshot/locale/us/markets/stocks/tickers"
ROUTES = (
    Route(_STOCKS, stocks, Grammar({"tickers": words, "include_otc": flag})),
    Route(f"{_STOCKS}/{{ticker}}", one_stock),
    Route("/v3/snapshot/indices", indices, _BY_TICKER),
    Route(
        "/v3/snapshot",
        everything,
        replace(_BY_TICKER, plain={"type": one_of("stocks", "options", "indices", "fx", "crypto")}),
    ),
)
