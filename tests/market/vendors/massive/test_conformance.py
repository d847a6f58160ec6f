"""Massive's own client and ours read the same answers, and have to agree on every number."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from massive import RESTClient
from pytest_django import Settings

from market.pure.sessions import new_york_date
from market.vendors.massive import endpoints
from market.vendors.massive.pure import aggregates, chains, quotes
from market.vendors.massive.pure.stamps import exchange_date, from_millis, from_nanos, midnight_s
from market.vendors.massive.pure.tickers import to_option
from market.vendors.massive.vendor import MassiveVendor
from tests.market.vendors.massive.conftest import KEY, Wire, recorded

NOW = datetime(2026, 2, 10, 20, 41, tzinfo=UTC)
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
MOCKS = Path(__file__).parents[5] / "shared" / "data" / "massive_api" / "rest_mocks"
NAN = float("nan")


@pytest.fixture
def theirs(wire: Wire) -> Iterator[RESTClient]:
    """Return the vendor's own client, asking the same host."""
    client = RESTClient(KEY, base=wire.url("").rstrip("/"), retries=0)
    yield client
    client.client.clear()


def number(value: float | None) -> float:
    return NAN if value is None else float(value)


def same(ours: object, expected: object) -> bool:
    return ours == pytest.approx(expected, nan_ok=True, rel=0, abs=0)


def test_aggregates(wire: Wire, massive: MassiveVendor, theirs: RESTClient) -> None:
    start = datetime(2026, 2, 10, 14, 30, tzinfo=UTC)
    end = start + timedelta(minutes=3)
    first, last = int(start.timestamp()) * 1000, int(end.timestamp()) * 1000 - 1
    wire.says(f"/v2/aggs/ticker/SPY/range/1/minute/{first}/{last}", recorded("aggregates"))

    ours = massive.minute_bars("SPY", start, end, now=NOW)
    expected = theirs.get_aggs("SPY", 1, "minute", first, last)

    assert len(ours) == len(expected) == 3
    for row, bar in zip(ours.rows().tolist(), expected, strict=True):
        wanted = [bar.timestamp / 1000, bar.open, bar.high, bar.low, bar.close, number(bar.volume), number(bar.vwap)]
        assert same(row, wanted)


def test_daily_aggregates_of_an_index(wire: Wire, massive: MassiveVendor, theirs: RESTClient) -> None:
    wire.says("/v2/aggs/ticker/I:SPX/range/1/day/2026-02-05/2026-02-09", recorded("daily_index"))

    ours = massive.daily_bars("SPX", date(2026, 2, 5), date(2026, 2, 9), now=NOW)
    expected = theirs.get_aggs("I:SPX", 1, "day", "2026-02-05", "2026-02-09")

    assert ours.ts.tolist() == [midnight_s(exchange_date(bar.timestamp)) for bar in expected]
    assert ours.close.tolist() == [bar.close for bar in expected]


def test_chain(wire: Wire, massive: MassiveVendor, theirs: RESTClient) -> None:
    wire.says("/v3/snapshot/options/AAPL", recorded("chain"))

    ours = massive.option_chain("AAPL", expiries=6, now=NOW)
    expected = sorted(theirs.list_snapshot_options_chain("AAPL"), key=lambda row: to_option(row.details.ticker).strike)

    assert len(ours) == len(expected) == 3
    for place, row in enumerate(expected):
        contract = to_option(row.details.ticker)
        assert contract is not None
        assert (ours.strike[place], str(ours.expiry[place])) == (row.details.strike_price, row.details.expiration_date)
        assert bool(ours.is_call[place]) == (row.details.contract_type == "call")
        assert ours.shares_per_contract[place] == row.details.shares_per_contract
        assert same(ours.bid[place], number(row.last_quote.bid if row.last_quote else None))
        assert same(ours.ask[place], number(row.last_quote.ask if row.last_quote else None))
        assert same(ours.open_interest[place], number(row.open_interest))
        if row.implied_volatility is None or row.implied_volatility < 5:
            assert same(ours.iv[place], number(row.implied_volatility))
            for greek in ("delta", "gamma", "theta", "vega"):
                assert same(getattr(ours, greek)[place], number(getattr(row.greeks, greek) if row.greeks else None))
        today = row.day and row.day.last_updated and from_nanos(row.day.last_updated).date() == NOW.date()
        assert same(ours.last[place], number(row.day.close) if today else NAN)
    assert ours.spot == expected[0].underlying_asset.price


@pytest.mark.parametrize("name", ["sma", "ema", "rsi", "macd"])
def test_indicators(wire: Wire, massive: MassiveVendor, theirs: RESTClient, name: str) -> None:
    wire.says(f"/v1/indicators/{name}/AAPL", recorded("macd" if name == "macd" else "ema"))

    ours = massive.indicator("AAPL", name, timespan="day", window=21, most=10, now=NOW)
    expected = getattr(theirs, f"get_{name}")("AAPL", timespan="day").values

    assert len(ours.rows) == len(expected) == 3
    for point, value in zip(ours.rows, reversed(expected), strict=True):
        assert (point.at, point.value) == (from_millis(value.timestamp), value.value)
        assert same(point.signal, number(getattr(value, "signal", None)))
        assert same(point.histogram, number(getattr(value, "histogram", None)))


def test_dividends(wire: Wire, massive: MassiveVendor, theirs: RESTClient) -> None:
    wire.says("/v3/reference/dividends", recorded("dividends"))

    ours = massive.dividends("DIVI", FIRST, LAST, now=NOW).rows
    expected = list(theirs.list_dividends("DIVI"))

    told = [(row.symbol, row.amount, row.ex_date.isoformat(), row.frequency, row.kind) for row in ours]
    assert told == [
        (row.ticker, row.cash_amount, row.ex_dividend_date, row.frequency, row.dividend_type) for row in expected
    ]
    assert [(row.declared, row.recorded, row.paid) for row in ours] == [
        tuple(day and date.fromisoformat(day) for day in (row.declaration_date, row.record_date, row.pay_date))
        for row in expected
    ]


def test_splits(wire: Wire, massive: MassiveVendor, theirs: RESTClient) -> None:
    wire.says("/v3/reference/splits", recorded("splits"))

    ours = massive.splits("SPLT", FIRST, LAST, now=NOW).rows

    expected = [(row.ticker, row.execution_date, row.split_from, row.split_to) for row in theirs.list_splits("SPLT")]
    assert [(row.symbol, row.date.isoformat(), row.split_from, row.split_to) for row in ours] == expected
    assert len(expected) == 2


def test_holidays(wire: Wire, massive: MassiveVendor, theirs: RESTClient) -> None:
    wire.says("/v1/marketstatus/upcoming", recorded("upcoming"))

    ours = massive.holidays(now=NOW).rows
    expected = theirs.get_market_holidays()

    assert [(row.date.isoformat(), row.exchange, row.name) for row in ours] == [
        (row.date, row.exchange, row.name) for row in expected
    ]
    assert [row.closed for row in ours] == [row.status == "closed" for row in expected]
    assert [row.close_at for row in ours] == [row.close and datetime.fromisoformat(row.close) for row in expected]


@pytest.fixture
def mocked(settings: Settings) -> MassiveVendor:
    """Return our vendor answering from the official client's own recordings."""
    if not MOCKS.is_dir():
        pytest.skip("needs the shared market data")
    settings.MARKET_PROVIDER_RECORDED, settings.MARKET_PROVIDER_API_KEY = str(MOCKS), ""
    return MassiveVendor()


def mock(name: str) -> Any:
    return json.loads((MOCKS / name).read_text())


class TestOfficialRecordings:
    """The recordings that the official client is tested with, read as they are."""

    def read(self, vendor: MassiveVendor, path: str, endpoint: Any, **params: object) -> Any:
        return vendor._client.get(endpoint, path, params)

    def test_aggregates(self, mocked: MassiveVendor) -> None:
        path = "/v2/aggs/ticker/AAPL/range/1/day/2005-04-01/2005-04-04"
        answer = self.read(mocked, path, endpoints.AGGREGATES)
        days = [date(2005, 4, 1), date(2005, 4, 4)]

        bars = aggregates.days(answer.results, days)

        rows = mock("v2/aggs/ticker/AAPL/range/1/day/2005-04-01/2005-04-04.json")["results"]
        assert bars.close.tolist() == [row["c"] for row in rows]
        assert bars.ts.tolist() == [midnight_s(day) for day in days]

    def test_a_chain(self, mocked: MassiveVendor) -> None:
        answer = self.read(mocked, "/v3/snapshot/options/AAPL", endpoints.CHAIN)
        now = datetime(2022, 4, 29, 18, tzinfo=UTC)

        chain = chains.chain(
            "AAPL",
            chains.contracts(answer.results),
            chains.spot(answer.results, now=now),
            now=now,
            delayed=answer.delayed,
            partial=False,
        )

        (row,) = mock("v3/snapshot/options/AAPL.json")["results"]
        assert (chain.strike.tolist(), chain.iv.tolist()) == ([150.0], [row["implied_volatility"]])
        assert (chain.spot, chain.bid.tolist(), chain.ask.tolist()) == (159.9606, [28.9], [29.25])
        assert (chain.last.tolist(), chain.volume.tolist()) == ([29.0], [8.0])

    def test_indexes_with_rows_that_are_errors(self, mocked: MassiveVendor) -> None:
        answer = self.read(mocked, "", endpoints.INDEXES, **{"ticker.any_of": "SPX,APx,APy"})

        (told,) = quotes.indexes(answer, {"SPX": "SPX"}, now=NOW, begun=new_york_date(NOW))
        assert (told.quote.price, told.quote.prev_close) == (3822.39, 3812.19)
        assert quotes.refused(answer.results) == {"APx": "NOT_FOUND", "APy": "NOT_ENTITLED"}

    def test_stocks(self, mocked: MassiveVendor) -> None:
        answer = self.read(mocked, "", endpoints.STOCKS)

        (told,) = quotes.stocks(answer, {"BCAT": "BCAT"}, now=NOW)
        assert (told.quote.price, told.quote.prev_close) == (20.506, 20.63)
        assert told.quote.at == datetime(2020, 11, 12, 14, 54, 54, 630916, tzinfo=UTC)
        assert (told.minute.ts.tolist(), told.minute.volume.tolist()) == ([1684428600], [5000.0])

    def test_holidays_and_status(self, mocked: MassiveVendor) -> None:
        holidays = mocked.holidays(now=NOW).rows
        (market,) = mocked.market_now(now=NOW).rows

        assert len(holidays) == len(mock("v1/marketstatus/upcoming.json"))
        assert {row.date for row in holidays if not row.closed} == {date(2022, 11, 25)}
        assert (market.market, market.server_at) == ("extended-hours", datetime(2022, 4, 28, 20, 48, 8, tzinfo=UTC))

    def test_what_is_not_there_is_named(self, mocked: MassiveVendor) -> None:
        with pytest.raises(Exception, match="the recording has no answer to /v3/reference/tickers"):
            mocked.lookup("AAPL")


def test_nan_is_what_the_comparison_compares() -> None:
    assert same(NAN, NAN)
    assert not same(NAN, 0.0)
    assert not same(0.0, NAN)
    assert math.isnan(number(None))
