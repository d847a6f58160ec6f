"""Which contracts are listed: read by expiry, kept for a minute, a few at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pytest

from market import clock, vendors
from market.errors import ProviderUnavailable
from market.pure.chain import Chain
from options_engine import readings
from options_engine.pure import black_scholes
from positions import listed_contracts
from positions.pure.listed import of_reading
from tests.market.fakes import FakeVendor
from tests.positions.pure.made_up import NOW, TODAY

pytestmark = pytest.mark.django_db
DAYS = (11, 24, 25, 30, 32, 38, 45, 46)


def spx(**more: object) -> Chain:
    """A chain of SPXW at 15 %, quoted a percent wide."""
    strikes = np.arange(5800.0, 6101.0, 25.0)
    days, strike, is_call = (
        each.ravel() for each in np.meshgrid(np.array(DAYS), strikes, np.array([True, False]), indexing="ij")
    )
    count = len(strike)
    price = black_scholes.value(5950, strike, (days + 1 / 6) / 365, 0.15, is_call, rate=0.045, dividend=0.014).price
    unknown = np.full(count, np.nan)
    columns = {
        "symbol": "SPX",
        "spot": 5950.0,
        "as_of": NOW,
        "root": np.full(count, "SPXW"),
        "expiry": np.datetime64(TODAY) + days.astype("timedelta64[D]"),
        "strike": strike,
        "is_call": is_call,
        "bid": np.round(0.995 * price, 2),
        "ask": np.round(1.005 * price, 2),
        **dict.fromkeys(("last", "volume", "open_interest", "iv", "delta", "gamma", "theta", "vega"), unknown),
        "shares_per_contract": np.full(count, 100.0),
    }
    return Chain(**{**columns, **more})


@pytest.fixture(autouse=True)
def vendor() -> Iterator[FakeVendor]:
    listed_contracts._kept.clear()
    readings._read.clear()
    fake = FakeVendor()
    fake.chains["SPX"] = spx()
    with vendors.using(fake), clock.standing(NOW):
        yield fake
    listed_contracts._kept.clear()


def days(table) -> list[int]:
    return sorted({(day - TODAY).days for day in table.expiry.tolist()})


def in_days(count: int) -> date:
    return TODAY + timedelta(days=count)


def test_the_dates_named_and_the_three_nearest_to_the_middle_of_the_window() -> None:
    found = listed_contracts.reader(NOW)({"SPX": frozenset({in_days(11)})})

    assert days(found["SPX"]) == [11, 30, 32, 38]
    table = found["SPX"]
    at = table.place(root="SPXW", expiry=in_days(32), is_call=True, strike=5950.0)
    assert table.contract[at] == "SPXW260313C05950000"
    assert table.sigma[at] == pytest.approx(0.15, abs=0.002)
    assert table.bid[at] < table.model[at] < table.ask[at]


def test_half_a_list_is_none_and_the_rest_is_read_in_the_next_cycle(vendor: FakeVendor) -> None:
    wanted = {"SPX": frozenset({in_days(11)})}

    assert listed_contracts.reader(NOW, most=3)(wanted) == {}
    later = NOW + timedelta(seconds=15)
    assert days(listed_contracts.reader(later, most=3)(wanted)["SPX"]) == [11, 30, 32, 38]


def test_for_a_minute_nobody_is_asked_again(vendor: FakeVendor) -> None:
    wanted = {"SPX": frozenset({in_days(11)})}
    listed_contracts.reader(NOW)(wanted)
    vendor.calls.clear()

    for seconds in (15, 30, 45):
        later = NOW + timedelta(seconds=seconds)
        assert "SPX" in listed_contracts.reader(later, most=0)(wanted)
    assert vendor.calls["option_chain SPX"] == 0


def test_while_the_vendor_is_away_nothing_is_listed(vendor: FakeVendor) -> None:
    vendor.failing["option_chain SPX"] = ProviderUnavailable(provider="fake")
    assert listed_contracts.reader(NOW)({"SPX": frozenset()}) == {}
    assert vendor.calls["option_chain SPX"] == 1

    vendor.failing["option_expiries SPX"] = ProviderUnavailable(provider="fake")
    assert listed_contracts.reader(NOW)({"SPX": frozenset(), "XYZ": frozenset()}) == {}


def test_adjusted_contracts_and_quotes_that_nobody_believes_are_not_suggested() -> None:
    chain = spx()
    adjusted = np.where(chain.strike == 5900, 10.0, 100.0)
    crossed = np.where(chain.strike == 6000, 2 * chain.ask, chain.bid)
    read = readings._told(spx(shares_per_contract=adjusted, bid=crossed), NOW, 60.0)

    table = of_reading(read.reading)
    assert 5900.0 not in table.strike
    assert not table.quoted[table.strike == 6000].any()
    assert table.quoted[table.strike == 5950].all()
