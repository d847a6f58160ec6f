"""Options: what is listed, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from market.pure.chain import Chain
from market.pure.sessions import in_utc
from simulation.pure.contracts import INDEX_ROOTS
from simulation.pure.listings import INDEX, LISTINGS, Listing
from tests.massive_server import encode_options, tickers
from tests.massive_server.envelope import not_found, page
from tests.massive_server.parameters import Grammar, day, flag, number, one_of, text
from tests.massive_server.routes.question import Question, Route
from tests.massive_server.world import World

Row = dict[str, Any]
_SIDES = one_of("call", "put")
_FILTERS = {"strike_price": number, "expiration_date": day}


def contracts(question: Question) -> Row:
    """Answer what is listed: of one underlying, by its bare name, or the contract that is named."""
    query = question.query
    world = _as_of(question)
    if (ticker := query.get("ticker")) is not None:
        found = _contract(world, ticker)
        rows = [found] if found else []
    else:
        listing = LISTINGS.get(query.get("underlying_ticker", ""))
        rows = [] if listing is None else list(_listed(world, listing)[1])
    # Expired contracts are not kept here: who asks for them finds none.
    kept = [] if query.get("expired") else query.keep(rows)
    return page(kept, query, lambda row: encode_options.reference(row, LISTINGS[row["underlying_ticker"]]))


def one_contract(question: Question) -> Row:
    """Answer one contract, as an object."""
    row = _contract(_as_of(question), question.path["contract"])
    if row is None:
        raise not_found("Contract not found.")
    return {"results": encode_options.reference(row, LISTINGS[row["underlying_ticker"]])}


def chain(question: Question) -> Row:
    """Answer the chain of an underlying; an index without its prefix is answered without Greeks, as in reality."""
    name = question.path["underlying"]
    listing = LISTINGS.get(name.removeprefix("I:"))
    if listing is None or (name.startswith("I:") and listing.type != INDEX):
        return page([], question.query)
    prefixed = tickers.ticker_of(listing) == name
    told, rows = _listed(question.world, listing)
    kept = question.query.keep(rows)
    return page(kept, question.query, lambda row: _snapshot(question.world, told, row, listing, prefixed=prefixed))


def one_snapshot(question: Question) -> Row:
    """Answer one contract of an underlying, as an object."""
    row = find(question.world, question.path["contract"])
    if row is None or row["underlying_asset"]["ticker"] != question.path["underlying"]:
        raise not_found("Options contract not found.")
    return {"results": row}


def find(world: World, ticker: str) -> Row | None:
    """Return the snapshot of a contract by its ticker, None when it is not listed."""
    row = _contract(world, ticker)
    if row is None:
        return None
    listing = LISTINGS[row["underlying_ticker"]]
    return _snapshot(world, _listed(world, listing)[0], row, listing, prefixed=True)


def _snapshot(world: World, told: Chain | None, row: Mapping[str, Any], listing: Listing, *, prefixed: bool) -> Row:
    if told is None:
        raise not_found("Options contract not found.")
    return encode_options.snapshot(told, row, listing, timeframe=world.timeframe, prefixed=prefixed)


def _contract(world: World, ticker: str) -> Mapping[str, Any] | None:
    named = tickers.contract(ticker)
    listing = named and _underlying(named.root)
    if listing is None:
        return None
    return _by_ticker(world, listing).get(ticker)


def _underlying(root: str) -> Listing | None:
    for symbol, roots in INDEX_ROOTS.items():
        if root in roots:
            return LISTINGS[symbol]
    return next((found for found in LISTINGS.values() if found.symbol.replace(".", "") == root), None)


def _as_of(question: Question) -> World:
    """Return the market at the open of the date that was asked for, never later than now."""
    named = question.query.get("as_of")
    if named is None:
        return question.world
    noon: datetime = in_utc(date.fromisoformat(named), time(12))
    return World(question.world.vendor, min(noon, question.world.now), question.world.delayed)


# A chain has thousands of rows, and every page of it asks for them.
@lru_cache(maxsize=8)
def _listed(world: World, listing: Listing) -> tuple[Chain | None, tuple[Mapping[str, Any], ...]]:
    told = world.chain(listing)
    return told, () if told is None else tuple(encode_options.listed(told, listing))


@lru_cache(maxsize=8)
def _by_ticker(world: World, listing: Listing) -> Mapping[str, Mapping[str, Any]]:
    return {row["ticker"]: row for row in _listed(world, listing)[1]}


_SORTS = ("ticker", "expiration_date", "strike_price")
ROUTES = (
    Route(
        "/v3/reference/options/contracts",
        contracts,
        Grammar(
            {"ticker": text, "as_of": day, "expired": flag},
            {"underlying_ticker": text, **_FILTERS},
            {"contract_type": _SIDES},
            limit=(10, 1000),
            sorts=(*_SORTS, "underlying_ticker"),
        ),
    ),
    Route("/v3/reference/options/contracts/{contract}", one_contract, Grammar({"as_of": day})),
    Route(
        "/v3/snapshot/options/{underlying}",
        chain,
        Grammar({}, _FILTERS, {"contract_type": _SIDES}, limit=(10, 250), sorts=_SORTS),
    ),
    Route("/v3/snapshot/options/{underlying}/{contract}", one_snapshot),
)
