"""Our vendor against the whole wire: which dates there are, and the chain of one of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from market.vendors.massive.vendor import MassiveVendor
from simulation.vendor import SimulatedVendor
from tests.massive_server.serving import KEY, Running
from tests.massive_server_tests.conftest import MOMENT


@pytest.fixture
def ours(server: Running, settings: Any) -> MassiveVendor:
    settings.MARKET_PROVIDER_API_KEY, settings.MARKET_PROVIDER_BASE_URL = KEY, server.url
    return MassiveVendor()


@pytest.mark.parametrize("symbol", ["SPX", "SPY", "AAPL"])
def test_every_expiry_of_the_market_is_found_in_four_calls_at_most(
    ours: MassiveVendor, truth: SimulatedVendor, server: Running, symbol: str
) -> None:
    found = ours.option_expiries(symbol, now=MOMENT)

    assert found == truth.option_expiries(symbol, now=MOMENT)
    assert server.control.stats.read()["calls"] <= 4


def test_a_symbol_without_options_has_no_expiries(ours: MassiveVendor) -> None:
    assert ours.option_expiries("VIX", now=MOMENT) == []


def test_one_date_costs_three_calls_and_comes_alone(ours: MassiveVendor, server: Running) -> None:
    chain = ours.option_chain("SPX", expiries=1, first=date(2026, 3, 13), now=MOMENT)

    assert chain.expiries == [date(2026, 3, 13)]
    assert server.control.stats.read()["calls"] <= 3
