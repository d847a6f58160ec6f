from __future__ import annotations

import pytest

from market.pure.symbol_search import kind, ranked
from market.vendors.protocol import SymbolInfo

POPULAR = ("SPX", "SPY", "AAPL", "META")
NAMES = {
    "SPX": "S&P 500 Index", "SPY": "SPDR S&P 500 ETF Trust", "AAPL": "Apple Inc.", "META": "Meta Platforms, Inc.",
    "APP": "AppLovin Corporation", "APPF": "AppFolio, Inc.", "APLE": "Apple Hospitality REIT", "MAPP": "Harbor ETF",
    "SNAP": "Snap Inc.", "ZAP": "Global X U.S. Electrification", "MET": "MetLife, Inc.", "A": "Agilent Technologies",
}  # fmt: skip
ALL = [SymbolInfo(symbol, name, "stock") for symbol, name in NAMES.items()]


def found(query: str) -> list[str]:
    return [info.symbol for info in ranked(ALL, query, POPULAR)]


def test_app_finds_both_the_symbol_and_the_name() -> None:
    # The exact symbol, symbols that start so, names that start so (popular first), and what merely contains it.
    assert found("app") == ["APP", "APPF", "AAPL", "APLE", "MAPP"]


def test_an_exact_symbol_beats_a_popular_one_that_only_starts_so() -> None:
    assert found("MET")[:2] == ["MET", "META"]


def test_popular_symbols_come_first_and_in_their_order_within_a_rank() -> None:
    assert found("S") == ["SPX", "SPY", "SNAP", "META", "A", "APLE", "ZAP"]


def test_a_name_that_only_contains_the_query_comes_last() -> None:
    assert found("index") == ["SPX"]
    assert found("trust") == ["SPY"]


def test_a_symbol_comes_once_and_its_first_row_counts() -> None:
    twice = [SymbolInfo("SPY", "First", "etf", "ARCX"), SymbolInfo("SPY", "Second", "etf")]

    assert ranked(twice, "SPY", POPULAR) == twice[:1]


def test_what_does_not_match_is_left_out() -> None:
    assert found("QQQ") == []


@pytest.mark.parametrize(
    ("vendor_type", "market", "symbol", "expected"),
    [
        ("CS", "stocks", "AAPL", "stock"),
        ("ADRC", "stocks", "TSM", "stock"),
        ("ETF", "stocks", "SPY", "etf"),
        ("ET", "stocks", "SPY", "etf"),
        ("ETN", "stocks", "VXX", "etf"),
        ("ETV", "stocks", "GLD", "etf"),
        ("ETS", "stocks", "TSLL", "etf"),
        ("", "indices", "NYA", "index"),
        ("INDX", "stocks", "X", "index"),
        ("Index", "", "X", "index"),
        ("CS", "stocks", "SPX", "index"),
        ("", "stocks", "BETA", "stock"),
    ],
)
def test_kind(vendor_type: str, market: str, symbol: str, expected: str) -> None:
    assert kind(vendor_type, market, symbol, {"SPX"}) == expected
