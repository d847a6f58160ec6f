from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.vendors.massive.pure.tickers import OptionTicker, of_option, to_option, to_symbol

ROOTS = st.from_regex(r"[A-Z]{1,6}[0-9]?", fullmatch=True)
DATES = st.dates(date(2000, 1, 1), date(2099, 12, 31))
STRIKES = st.integers(1, 99_999_999).map(lambda thousandths: thousandths / 1000)


@given(ROOTS, DATES, st.booleans(), STRIKES)
def test_a_contract_survives_its_ticker(root: str, expiry: date, is_call: bool, strike: float) -> None:
    contract = OptionTicker(root, expiry, is_call, strike)

    assert to_option(of_option(contract)) == contract


@pytest.mark.parametrize(
    ("ticker", "root", "expiry", "is_call", "strike"),
    [
        ("O:SPXW260220C06970000", "SPXW", date(2026, 2, 20), True, 6970.0),
        ("O:SPX260220P06970000", "SPX", date(2026, 2, 20), False, 6970.0),
        ("O:F260220C00000500", "F", date(2026, 2, 20), True, 0.5),
        ("O:F260220C00002500", "F", date(2026, 2, 20), True, 2.5),
        ("O:XYZ260220C12345678", "XYZ", date(2026, 2, 20), True, 12345.678),
        ("O:AAPL1260220C00150000", "AAPL1", date(2026, 2, 20), True, 150.0),
        ("O:BRK.B260220C00400000", "BRK.B", date(2026, 2, 20), True, 400.0),
    ],
)
def test_tickers_are_read_and_written(ticker: str, root: str, expiry: date, is_call: bool, strike: float) -> None:
    assert to_option(ticker) == OptionTicker(root, expiry, is_call, strike)
    assert of_option(OptionTicker(root, expiry, is_call, strike)) == ticker


@pytest.mark.parametrize(
    "ticker",
    [
        "SPXW260220C06970000",  # no prefix
        "O:AAPL211022C000150000",  # sixteen characters behind the root
        "O:AAPL260220C0015000",  # fourteen
        "O:AAPL260220X00150000",
        "O:AAPL261320C00150000",  # no such month
        "O:260220C00150000",
        "O:aapl260220C00150000",
        "I:SPX",
        "AAPL",
        "",
    ],
)
def test_what_is_no_option_is_none(ticker: str) -> None:
    assert to_option(ticker) is None


@pytest.mark.parametrize(("root", "strike"), [("SPX", 0.0005), ("SPX", 100_000.0), ("spx", 5.0)])
def test_a_contract_that_no_ticker_names_is_an_error(root: str, strike: float) -> None:
    with pytest.raises(ValueError, match="no ticker says this"):
        of_option(OptionTicker(root, date(2026, 2, 20), True, strike))


@pytest.mark.parametrize(("ticker", "symbol"), [("I:SPX", "SPX"), ("AAPL", "AAPL"), ("BRK.B", "BRK.B")])
def test_an_index_loses_its_prefix(ticker: str, symbol: str) -> None:
    assert to_symbol(ticker) == symbol
