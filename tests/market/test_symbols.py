from __future__ import annotations

from datetime import UTC, datetime

import pytest

from market import clock, symbols
from market.errors import InvalidSymbol, ProviderUnavailable
from market.models import SymbolReference
from market.vendors.protocol import SymbolInfo
from tests.factories.market import SymbolReferenceFactory
from tests.market.fakes import FakeVendor

AT = datetime(2026, 2, 9, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("spx", "SPX"),
        (" AAPL ", "AAPL"),
        ("I:SPX", "SPX"),
        ("i:vix", "VIX"),
        ("brk.b", "BRK.B"),
        ("I:XSP", "XSP"),
        ("I:SOX", "I:SOX"),  # an index we have no name for keeps the vendor's
        ("BF-B", "BF-B"),
    ],
)
def test_one_normaliser_for_every_way_to_write_a_symbol(text: str, symbol: str) -> None:
    assert symbols.normalise(text) == symbol


@pytest.mark.parametrize("text", ["", "   ", "***", "ABCDEFGHIJK", "SP X", "SPX;", "ß", "SPX\n\nX"])
def test_what_cannot_be_a_symbol_is_refused(text: str) -> None:
    with pytest.raises(InvalidSymbol) as refused:
        symbols.normalise(text)

    assert refused.value.status == 400
    assert refused.value.extra()["details"]["issues"][0].startswith("symbol: ")


def test_sanitising_drops_what_is_invalid_and_keeps_the_first_of_each() -> None:
    assert symbols.sanitise(["spy", "***", "SPY", "I:SPX", "qqq"]) == ["SPY", "SPX", "QQQ"]
    assert symbols.sanitise([f"S{n}" for n in range(30)]) == [f"S{n}" for n in range(20)]


@pytest.mark.parametrize(("symbol", "ticker"), [("SPX", "I:SPX"), ("DJX", "I:DJX"), ("VIX", "I:VIX"), ("SPY", "SPY")])
def test_indexes_have_a_prefix_at_the_vendor(symbol: str, ticker: str) -> None:
    assert symbols.vendor_ticker(symbol) == ticker


def test_the_popular_list_is_in_its_order() -> None:
    assert symbols.POPULAR == (
        "SPX",
        "NDX",
        "SPY",
        "QQQ",
        "IWM",
        "AAPL",
        "NVDA",
        "TSLA",
        "AMZN",
        "META",
        "MSFT",
        "GOOGL",
    )
    assert [info.type for info in symbols.popular()[:4]] == ["index", "index", "etf", "etf"]


def test_every_proxy_is_of_an_index() -> None:
    assert symbols.PROXIES.keys() <= symbols.INDEXES


def test_well_known_and_impossible_symbols_need_no_vendor(vendor: FakeVendor) -> None:
    assert symbols.lookup("SPX").type == "index"
    assert symbols.lookup("X:BTCUSD") is None
    assert vendor.calls == {}


@pytest.mark.django_db
def test_the_vendor_is_asked_once_a_day(vendor: FakeVendor) -> None:
    vendor.known["ABNB"] = SymbolInfo("ABNB", "Airbnb, Inc.", "stock", "XNAS")
    with clock.standing(AT) as hand:
        assert symbols.lookup("ABNB") == vendor.known["ABNB"]
        hand.forward(minutes=60 * 24 - 1)
        assert symbols.lookup("ABNB") == vendor.known["ABNB"]
        assert vendor.calls["lookup"] == 1
        hand.forward(minutes=2)
        symbols.lookup("ABNB")

    assert vendor.calls["lookup"] == 2
    assert SymbolReference.objects.count() == 1


@pytest.mark.django_db
def test_an_unknown_symbol_is_asked_for_again_after_an_hour(vendor: FakeVendor) -> None:
    with clock.standing(AT) as hand:
        assert symbols.lookup("ZZZZ") is None
        hand.forward(minutes=59)
        assert symbols.lookup("ZZZZ") is None
        assert vendor.calls["lookup"] == 1
        vendor.known["ZZZZ"] = SymbolInfo("ZZZZ", "Newly Listed", "stock")
        hand.forward(minutes=2)

        assert symbols.lookup("ZZZZ").name == "Newly Listed"


@pytest.mark.django_db
def test_while_the_vendor_is_away_a_fresh_reference_stands_and_an_old_one_is_an_error(vendor: FakeVendor) -> None:
    SymbolReferenceFactory(symbol="ABNB", checked_at=AT)
    vendor.failing["lookup"] = ProviderUnavailable(provider="fake")
    with clock.standing(AT):
        assert symbols.lookup("ABNB").symbol == "ABNB"
        with pytest.raises(ProviderUnavailable):
            symbols.lookup("ZZZZ")
