"""What the tests of the answers about options share: a market with chains that stands on a Tuesday at noon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from rest_framework.test import APIClient

from accounts import tokens
from market import clock, vendors
from tests.factories.accounts import UserFactory
from tests.market.fakes import FakeVendor
from tests.options_engine import made_up

NOON = datetime(2026, 2, 10, 17, 0, 5, tzinfo=UTC)


@pytest.fixture
def vendor() -> Iterator[FakeVendor]:
    """A vendor with the simulated market's chains of an index, a fund and a share."""
    fake = FakeVendor()
    for symbol in ("SPX", "SPY", "AAPL"):
        fake.chains[symbol] = made_up.chain(symbol, NOON)
    with vendors.using(fake), clock.standing(NOON):
        yield fake


@pytest.fixture
def api(db: None, vendor: FakeVendor) -> APIClient:
    """A client that sends a trader's token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(UserFactory.create())}")
    return client
