from __future__ import annotations

from collections.abc import Iterator

import pytest

from market import clock, symbol_search, vendors
from market.errors import ProviderUnavailable
from market.vendors.protocol import SymbolInfo
from tests.market.fakes import FakeVendor
from tests.market.past import eastern

pytestmark = pytest.mark.django_db
OUTAGE = ProviderUnavailable(provider="fake")


@pytest.fixture(autouse=True)
def hand() -> Iterator[clock.Standing]:
    with clock.standing(eastern("2026-02-10T12:00")) as standing:
        yield standing


@pytest.fixture(autouse=True)
def vendor() -> Iterator[FakeVendor]:
    fake = FakeVendor()
    for info in (
        SymbolInfo("APP", "AppLovin Corporation", "stock", "XNAS"),
        SymbolInfo("AAPL", "Apple Inc.", "stock", "XNAS"),
        SymbolInfo("I:SPX", "S&P 500 Index", "stock"),
        SymbolInfo("X:APPUSD", "App Coin", "stock"),
        SymbolInfo("APP WS A1234567890", "A warrant with a long name", "stock"),
    ):
        fake.known[info.symbol] = info
    with vendors.using(fake):
        yield fake


def found(query: str, limit: int = 20) -> list[str]:
    return [row["symbol"] for row in symbol_search.answer(query, limit)["results"]]


def test_nothing_typed_offers_the_popular_ones_without_asking_anybody(vendor: FakeVendor) -> None:
    assert found("  ", limit=3) == ["SPX", "NDX", "SPY"]
    assert vendor.calls.total() == 0


def test_what_is_no_symbol_of_ours_is_left_out() -> None:
    assert found("app") == ["APP", "AAPL"]


def test_an_index_is_told_without_its_prefix_and_as_an_index(vendor: FakeVendor) -> None:
    vendor.known["I:NYA"] = SymbolInfo("I:NYA", "NYSE Composite", "index")

    assert symbol_search.answer("SPX", 5)["results"] == [
        {"symbol": "SPX", "name": "S&P 500 Index", "type": "index", "exchange": None}
    ]


def test_the_exact_symbol_is_asked_for_by_itself(vendor: FakeVendor) -> None:
    vendor.known = {f"A{n:02d}": SymbolInfo(f"A{n:02d}", "Filler", "stock") for n in range(60)}
    vendor.known["A"] = SymbolInfo("A", "Agilent Technologies, Inc.", "stock", "XNYS")

    assert found("a", limit=3) == ["A", "AAPL", "AMZN"]


def test_nothing_found_offers_the_popular_ones() -> None:
    assert found("zzzz", limit=2) == ["SPX", "NDX"]


def test_an_answer_is_kept_for_a_day(vendor: FakeVendor, hand: clock.Standing) -> None:
    found("app")
    hand.forward(minutes=23 * 60)
    found("APP ")
    assert vendor.calls["search"] == 1

    hand.forward(minutes=61)
    found("app")
    assert vendor.calls["search"] == 2


def test_limits_are_kept_apart(vendor: FakeVendor) -> None:
    assert found("app", limit=1) == ["APP"]
    assert found("app", limit=2) == ["APP", "AAPL"]


def test_while_the_vendor_is_away_popular_ones_stand_in_for_a_short_time(
    vendor: FakeVendor, hand: clock.Standing
) -> None:
    vendor.failing["search"] = OUTAGE
    assert symbol_search.answer("app", 5) == {
        "results": [{"symbol": "AAPL", "name": "Apple Inc.", "type": "stock", "exchange": None}],
        "degraded": ["vendor"],
    }

    vendor.failing.clear()
    hand.forward(seconds=60)
    assert found("app") == ["APP", "AAPL"]


def test_without_vendor_and_popular_match_there_is_no_answer(vendor: FakeVendor) -> None:
    vendor.failing["search"] = OUTAGE

    with pytest.raises(ProviderUnavailable):
        symbol_search.answer("zzzz", 5)
