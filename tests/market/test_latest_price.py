from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

import pytest

from config.redis import client
from market import clock, latest_price, quotes, vendors
from market.errors import ProviderUnavailable
from market.latest_price import LatestPrice
from market.vendors.protocol import Quote
from tests.market.fakes import FakeVendor
from tests.market.past import eastern, minutes

pytestmark = pytest.mark.django_db
NOON = eastern("2026-02-10T12:00")
QUOTE = Quote(symbol="SPY", price=501.5, prev_close=500.0, volume_today=1e6, at=eastern("2026-02-10T11:59:30"))


@pytest.fixture(autouse=True)
def vendor() -> Iterator[FakeVendor]:
    fake = FakeVendor(minutes={"SPY": minutes("2026-02-10T09:30", [(490.0, 480.0, 485.0)])})
    with vendors.using(fake), clock.standing(NOON):
        yield fake


def serve(quote: Quote) -> None:
    """Put a quote where the feed puts it."""
    pipe = client().pipeline()
    quotes.replace_all(pipe, {quote.symbol: quote})
    pipe.execute()


def latest(now: datetime = NOON) -> LatestPrice:
    return latest_price.latest("SPY", now, close=499.0, close_date=date(2026, 2, 9))


def test_the_feeds_price_comes_first(vendor: FakeVendor) -> None:
    serve(QUOTE)

    assert latest() == LatestPrice(501.5, QUOTE.at, "intraday")
    assert vendor.calls.total() == 0


def test_a_symbol_the_feed_does_not_serve_is_asked_of_the_vendor() -> None:
    assert latest() == LatestPrice(485.0, NOON, "intraday")


@pytest.mark.parametrize("quote", [replace(QUOTE, stale=True), replace(QUOTE, at=eastern("2026-02-10T11:57:59"))])
def test_an_old_price_is_stale_while_the_market_is_open(quote: Quote) -> None:
    serve(quote)

    assert latest().source == "stale"


def test_the_last_price_of_a_closed_market_is_not_stale() -> None:
    serve(QUOTE)

    assert latest(eastern("2026-02-10T23:00")).source == "intraday"


def test_the_last_close_stands_in_when_nobody_answers(vendor: FakeVendor) -> None:
    vendor.failing["snapshot"] = ProviderUnavailable(provider="fake")

    assert latest() == LatestPrice(499.0, eastern("2026-02-09T16:00"), "daily")


def test_a_price_that_is_none_is_not_taken() -> None:
    serve(replace(QUOTE, price=float("nan")))

    assert latest().source == "daily"
