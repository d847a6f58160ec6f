from __future__ import annotations

from datetime import UTC, datetime

import pytest

from market import clock, vendors
from options_engine import readings
from tests.market.fakes import FakeVendor
from tests.options_engine import made_up

FRIDAY_CLOSE = datetime(2026, 2, 6, 20, 59, 55, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("now", "stale"),
    [
        (datetime(2026, 2, 6, 21, 30, tzinfo=UTC), False),
        (datetime(2026, 2, 7, 15, 0, tzinfo=UTC), False),
        (datetime(2026, 2, 9, 14, 29, tzinfo=UTC), False),
        (datetime(2026, 2, 9, 14, 32, tzinfo=UTC), True),
    ],
)
def test_quotes_of_the_last_close_are_the_newest_until_the_next_open(now: datetime, stale: bool) -> None:
    vendor = FakeVendor()
    vendor.chains["SPX"] = made_up.chain("SPX", FRIDAY_CLOSE)

    with vendors.using(vendor), clock.standing(now):
        assert readings.nearest("SPX", now=now).stale is stale
