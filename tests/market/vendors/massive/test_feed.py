"""The feed with Massive behind it: what a round asks, and what is stored of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from werkzeug import Request, Response

from config.redis import client, key
from market import clock, feed, vendors
from market.feed import FeedResult
from market.vendors.massive.vendor import MassiveVendor
from tests.market.vendors.massive.conftest import Wire
from tests.market.vendors.massive.test_vendor import INDEXES, STOCKS, bar, index, ms, ns, told

pytestmark = pytest.mark.django_db

DAY = date(2026, 2, 9)
OPEN = datetime(2026, 2, 9, 14, 30, tzinfo=UTC)


class Market:
    """A host on which AAPL and SPX move by a point a minute; the snapshot's minute is the newest complete one."""

    def __init__(self, wire: Wire, began: datetime) -> None:
        self.wire, self.began, self.now = wire, began, began
        self.prices = {"AAPL": 200.0, "SPY": 600.0, "I:SPX": 6000.0}
        wire.says(STOCKS, self.stocks)
        wire.says(INDEXES, self.indexes)
        wire.says_under("/v2/aggs/ticker/", self.minutes)

    def price(self, ticker: str, at: datetime) -> float:
        return self.prices[ticker] + (at - self.began) // timedelta(minutes=1)

    def complete(self, ticker: str) -> list[dict[str, Any]]:
        count = (self.now - self.began) // timedelta(minutes=1)
        starts = [self.began + timedelta(minutes=n) for n in range(count)]
        return [bar(start, self.price(ticker, start)) for start in starts]

    def minutes(self, request: Request) -> Response:
        _, _, _, _, ticker, *_, first, last = request.path.split("/")
        return self.json(told(results=[row for row in self.complete(ticker) if int(first) <= row["t"] <= int(last)]))

    def stocks(self, request: Request) -> Response:
        rows = []
        for ticker in request.args["tickers"].split(","):
            price = self.price(ticker, self.now)
            newest = {"min": self.complete(ticker)[-1]} if self.complete(ticker) else {}
            trade = {"lastTrade": {"p": price, "t": ns(self.now)}, "prevDay": {"c": 199.0}, "day": {"v": 5000}}
            rows.append({"ticker": ticker, "updated": ns(self.now)} | trade | newest)
        return self.json(told(tickers=rows))

    def indexes(self, _: Request) -> Response:
        return self.json(told(results=[index("I:SPX", self.price("I:SPX", self.now)) | {"last_updated": ns(self.now)}]))

    @staticmethod
    def json(body: dict[str, Any]) -> Response:
        return Wire._response(body, 200, None)


class FrozenMarket(Market):
    """A host whose snapshots of stocks stay as they were in the middle of a minute, with half of its volume."""

    frozen_at = OPEN + timedelta(minutes=2, seconds=30)

    def stocks(self, request: Request) -> Response:
        shown = min(self.now, self.frozen_at)
        minute = shown - timedelta(seconds=shown.second)
        rows = []
        for ticker in request.args["tickers"].split(","):
            price = self.price(ticker, minute)
            trade = {"lastTrade": {"p": price, "t": ns(shown)}, "prevDay": {"c": 199.0}}
            rows.append({"ticker": ticker, "updated": ns(shown), "min": bar(minute, price) | {"v": 5}} | trade)
        return self.json(told(tickers=rows))


def run(market: Market, massive: MassiveVendor, until_s: int, every_s: int = 10) -> list[FeedResult]:
    results = []
    with vendors.using(massive):
        for second in range(2, until_s, every_s):
            now = OPEN + timedelta(seconds=second)
            market.now = now
            with clock.standing(now):
                results.append(feed.refresh(now))
    return results


def volumes(symbol: str, minutes: float) -> list[float]:
    with clock.standing(OPEN + timedelta(minutes=minutes)):
        return feed.session_bars([symbol], DAY)[symbol].volume.tolist()


def stored(symbol: str, minutes: float) -> list[float]:
    with clock.standing(OPEN + timedelta(minutes=minutes)):
        return feed.session_bars([symbol], DAY)[symbol].close.tolist()


def test_two_calls_a_round_and_one_a_minute_for_the_index(wire: Wire, massive: MassiveVendor, wanted: set[str]) -> None:
    wanted.update(["SPX", "AAPL"])
    market = Market(wire, OPEN - timedelta(hours=5, minutes=30))

    results = run(market, massive, 242)

    assert all(result.failed_calls == 0 and not result.stale for result in results)
    assert stored("SPX", 5) == [6000.0 + n for n in range(333)]
    assert stored("AAPL", 5) == [200.0 + n for n in range(333)]
    asked = wire.paths()
    assert (asked.count(STOCKS), asked.count(INDEXES)) == (len(results), len(results))
    # The stocks' minutes come with the snapshot, once their day so far is in; the index is asked for each minute.
    assert sum("/AAPL/" in path for path in asked) == 1
    assert sum("/I:SPX/" in path for path in asked) == 3  # nothing is asked before the first regular minute


@pytest.mark.parametrize(("until_s", "minutes"), [(182, 2), (232, 2), (243, 3), (602, 3)])
def test_a_snapshot_that_froze_closes_no_minute_with_half_of_its_volume(
    wire: Wire, massive: MassiveVendor, wanted: set[str], until_s: int, minutes: int
) -> None:
    """The minute in which it froze is asked for, once, when the next has settled too."""
    wanted.add("AAPL")

    run(FrozenMarket(wire, OPEN), massive, until_s + 1)

    assert volumes("AAPL", 11) == [10.0] * minutes
    froze_in = f"/minute/{ms(OPEN + timedelta(minutes=2))}/"
    assert sum(froze_in in path for path in wire.paths()) == minutes - 2


def test_an_index_without_a_stamp_is_stale_when_its_minutes_stop(
    wire: Wire, massive: MassiveVendor, wanted: set[str]
) -> None:
    class Undated(Market):
        def indexes(self, _: Request) -> Response:
            row = {"ticker": "I:SPX", "value": 6000.0, "session": {"previous_close": 5990.0}}
            return self.json(told(results=[row]))

        def complete(self, ticker: str) -> list[dict[str, Any]]:
            return super().complete(ticker)[: 32 if ticker == "I:SPX" else None]

    wanted.add("SPX")
    results = run(Undated(wire, OPEN - timedelta(minutes=30)), massive, 302)

    assert [result.stale for result in (results[12], results[-1])] == [(), ("SPX",)]
    assert len(stored("SPX", 6)) == 32


def test_a_day_that_was_recorded_is_told_again_without_a_network(
    wire: Wire, wanted: set[str], settings: Settings, tmp_path: Path
) -> None:
    settings.MARKET_PROVIDER_BASE_URL, settings.MARKET_PROVIDER_API_KEY = wire.url("").rstrip("/"), "secret"
    settings.MARKET_PROVIDER_RECORD = str(tmp_path / "recording")
    wanted.update(["SPX", "AAPL"])
    first = run(Market(wire, OPEN - timedelta(minutes=90)), MassiveVendor(), 62)
    asked = len(wire.asked)
    kept = stored("SPX", 2)

    client().delete(*client().scan_iter(match=key("*")))
    settings.MARKET_PROVIDER_RECORD, settings.MARKET_PROVIDER_RECORDED = "", str(tmp_path / "recording")
    settings.MARKET_PROVIDER_API_KEY = ""
    again = run(Market(wire, OPEN - timedelta(minutes=90)), MassiveVendor(), 62)

    assert again == first
    assert stored("SPX", 2) == kept != []
    assert len(wire.asked) == asked
    assert "secret" not in "".join(file.read_text() for file in (tmp_path / "recording").iterdir())
