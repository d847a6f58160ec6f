from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from market.pure.contract_names import Contract
from market.vendors.massive.pure.tickers import of_option, to_option, to_symbol


def test_the_ticker_of_a_contract_is_its_name_behind_a_prefix() -> None:
    contract = Contract("SPXW", date(2026, 2, 20), True, Decimal(6970))

    assert of_option(contract.name) == "O:SPXW260220C06970000"
    assert to_option("O:SPXW260220C06970000") == contract


@pytest.mark.parametrize("ticker", ["SPXW260220C06970000", "O:O:SPXW260220C06970000", "I:SPX", "AAPL", "O:", ""])
def test_what_is_no_option_is_none(ticker: str) -> None:
    assert to_option(ticker) is None


@pytest.mark.parametrize(("ticker", "symbol"), [("I:SPX", "SPX"), ("AAPL", "AAPL"), ("BRK.B", "BRK.B")])
def test_an_index_loses_its_prefix(ticker: str, symbol: str) -> None:
    assert to_symbol(ticker) == symbol
