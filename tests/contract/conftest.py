"""What the contract's tests share: a market that stands still, and clients that send a user's token."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from market import clock, vendors
from tests.market.fakes import FakeVendor
from tests.market.past import days, minutes
from tests.options_engine import made_up

NOON = datetime(2026, 2, 10, 17, 0, 5, tzinfo=UTC)  # Tuesday, 12:00:05 in New York
FLAT = [(5905.0, 5903.0, 5904.0)] * 390


@pytest.fixture
def vendor() -> Iterator[FakeVendor]:
    """Return a vendor that knows SPX and SPY on Monday and Tuesday; the market clock stands on Tuesday at noon."""
    fake = FakeVendor()
    for symbol in ("SPX", "SPY"):
        fake.daily[symbol] = days(date(2026, 2, 10), [(5920.0, 5880.0, 5900.0)])
        fake.chains[symbol] = made_up.chain(symbol, NOON)
        fake.minutes[symbol] = minutes("2026-02-09T09:30", FLAT).extended(minutes("2026-02-10T09:30", FLAT))
    fake.chains["SPX"] = made_up.chain("SPX", NOON, 30)
    fake.days = [date(2026, 2, 9), date(2026, 2, 10)]
    with vendors.using(fake), clock.standing(NOON):
        yield fake
