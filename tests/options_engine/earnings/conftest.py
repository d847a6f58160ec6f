"""What the tests of reports share: the share that reports tonight, and a market that stands at the close before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from market import clock, vendors
from market.clock import Standing
from tests.options_engine import earnings_market
from tests.options_engine.earnings_market import TONIGHT, EarningsVendor


@pytest.fixture(autouse=True)
def hand() -> Iterator[Standing]:
    with clock.standing(TONIGHT) as standing:
        yield standing


@pytest.fixture(autouse=True)
def vendor() -> Iterator[EarningsVendor]:
    made = earnings_market.vendor()
    with vendors.using(made):
        yield made
