"""The directory."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from simulation.pure.listings import LISTINGS, search

POPULAR = ("SPX", "NDX", "SPY", "QQQ", "IWM", "AAPL", "NVDA", "TSLA", "AMZN", "META", "MSFT", "GOOGL")
INDEXES = ("SPX", "NDX", "RUT", "VIX", "DJI", "DJX", "XSP")


def test_every_popular_symbol_is_listed_and_forty_more() -> None:
    assert set(POPULAR) < set(LISTINGS)
    assert len(LISTINGS) >= len(POPULAR) + 40


def test_symbols_are_well_formed_and_of_three_types() -> None:
    assert all(re.fullmatch(r"[A-Z0-9._:-]{1,10}", symbol) for symbol in LISTINGS)
    assert set(Counter(listing.type for listing in LISTINGS.values())) == {"index", "etf", "stock"}


@pytest.mark.parametrize("symbol", sorted(LISTINGS))
def test_a_listing_makes_sense(symbol: str) -> None:
    listing = LISTINGS[symbol]

    assert listing.symbol == symbol
    assert listing.price > 5
    assert 0.004 < listing.sigma < 0.06
    assert listing.has_volume == (symbol not in INDEXES)
    assert (listing.exchange is None) == (symbol in INDEXES)
    assert (listing.shares > 0) == listing.has_volume


@pytest.mark.parametrize(
    ("fund", "index"), [("SPY", "SPX"), ("QQQ", "NDX"), ("IWM", "RUT"), ("DIA", "DJI"), ("XSP", "SPX")]
)
def test_funds_hang_on_what_their_index_hangs_on(fund: str, index: str) -> None:
    assert LISTINGS[fund].follows == index
    assert LISTINGS[fund].exposures == LISTINGS[index].exposures


SEARCHES = (
    ("AAPL", 5, ["AAPL"]),
    ("app", 5, ["APP", "AAPL"]),
    ("nasdaq", 5, ["NDX"]),
    ("SP", 2, ["SPX", "SPY"]),
    ("QQQ", 3, ["QQQ", "TQQQ", "SQQQ"]),
    ("brk.b", 5, ["BRK.B"]),
    ("zzz", 5, []),
    ("AAPL", 0, []),
)


@pytest.mark.parametrize(("query", "limit", "found"), SEARCHES)
def test_search_puts_the_likeliest_first(query: str, limit: int, found: list[str]) -> None:
    assert [listing.symbol for listing in search(query, limit)] == found
