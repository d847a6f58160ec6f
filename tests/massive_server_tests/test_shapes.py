"""Every answer against the vendor's published description, and read by its own client."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import jsonschema
import pytest
from massive import RESTClient

from tests.massive_server.routes import ROUTES
from tests.massive_server_tests import published

STOCKS = "/v2/snapshot/locale/us/markets/stocks/tickers"
RANGE = "/v2/aggs/ticker/{}/range/{{multiplier}}/{{timespan}}/{{from}}/{{to}}"
ANSWERS = [
    ("/v2/aggs/ticker/SPY/range/1/minute/2026-03-09/2026-03-09", {}, RANGE.format("{stocksTicker}")),
    ("/v2/aggs/ticker/SPY/range/1/day/2026-02-01/2026-03-09", {}, RANGE.format("{stocksTicker}")),
    ("/v2/aggs/ticker/I:SPX/range/5/minute/2026-03-06/2026-03-09", {}, RANGE.format("{indicesTicker}")),
    ("/v2/aggs/ticker/SPY/prev", {}, "/v2/aggs/ticker/{stocksTicker}/prev"),
    ("/v2/aggs/ticker/I:SPX/prev", {}, "/v2/aggs/ticker/{indicesTicker}/prev"),
    (STOCKS, {"tickers": "SPY,AAPL,BRK.B"}, STOCKS),
    (f"{STOCKS}/NVDA", {}, f"{STOCKS}/{{stocksTicker}}"),
    ("/v3/snapshot/indices", {"ticker.any_of": "I:SPX,I:VIX,I:NOPE"}, "/v3/snapshot/indices"),
    ("/v3/snapshot", {"ticker.any_of": "SPY,I:SPX,O:SPY260309C00650000,NOPE"}, "/v3/snapshot"),
    ("/v3/snapshot/options/SPY", {"limit": 250}, "/v3/snapshot/options/{underlyingAsset}"),
    ("/v3/snapshot/options/I:SPX", {"limit": 250}, "/v3/snapshot/options/{underlyingAsset}"),
    (
        "/v3/snapshot/options/SPY/O:SPY260309C00650000",
        {},
        "/v3/snapshot/options/{underlyingAsset}/{optionContract}",
    ),
    ("/v3/reference/options/contracts", {"underlying_ticker": "SPX"}, "/v3/reference/options/contracts"),
    (
        "/v3/reference/options/contracts/O:SPXW260309C06500000",
        {},
        "/v3/reference/options/contracts/{options_ticker}",
    ),
    ("/v3/reference/tickers", {"search": "spx"}, "/v3/reference/tickers"),
    ("/v3/reference/tickers/AAPL", {}, "/v3/reference/tickers/{ticker}"),
    ("/v3/reference/dividends", {"ticker": "AAPL"}, "/v3/reference/dividends"),
    ("/v3/reference/splits", {}, "/v3/reference/splits"),
    *(
        (f"/v1/indicators/{name}/SPY", {"expand_underlying": "true"}, f"/v1/indicators/{name}/{{stockTicker}}")
        for name in ("sma", "ema", "rsi", "macd")
    ),
    ("/v1/marketstatus/now", {}, "/v1/marketstatus/now"),
    ("/v1/marketstatus/upcoming", {}, "/v1/marketstatus/upcoming"),
]


@pytest.mark.parametrize(("path", "query", "described"), ANSWERS, ids=[path for path, *_ in ANSWERS])
def test_an_answer_is_as_the_vendor_describes_it(http, path, query, described):
    answer = http.get(path, params=query)

    assert answer.status_code == 200, answer.text
    published.assert_valid(answer.json(), described)
    assert answer.headers["content-type"] == "application/json"


def test_the_description_would_tell_a_wrong_answer(get):
    body = get("/v2/aggs/ticker/SPY/prev")
    del body["results"][0]["c"]

    with pytest.raises(jsonschema.ValidationError, match="'c' is a required property"):
        published.assert_valid(body, "/v2/aggs/ticker/{stocksTicker}/prev")


DESCRIBED = {described for *_, described in ANSWERS}
# Paths that the published description does not have yet; the official client does.
UNDESCRIBED = {"/fed/v1/treasury-yields", "/tmx/v1/corporate-events", "/query"}


def test_every_route_is_held_against_the_description_or_known_to_be_missing_there():
    described = {_nameless(path) for path in DESCRIBED}
    routes = {_nameless(route.template) for route in ROUTES} - UNDESCRIBED

    assert routes == described


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.template not in UNDESCRIBED], ids=lambda r: r.template
)
def test_a_route_takes_exactly_the_parameters_that_are_described(route):
    paths = [path for path in DESCRIBED if _nameless(path) == _nameless(route.template)]

    described = set.union(*(published.parameters(path) for path in paths))

    assert set(route.grammar.readers()) == described


def _nameless(path: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


def test_the_official_client_reads_bars(official: RESTClient, truth, server):
    bars = official.get_aggs("SPY", 1, "minute", "2026-03-09", "2026-03-09", limit=50_000)
    known = truth.minute_bars(
        "SPY", datetime(2026, 3, 9, 4, tzinfo=UTC), datetime(2026, 3, 10, 4, tzinfo=UTC), now=server.control.clock.now()
    )

    assert [bar.timestamp for bar in bars] == [1000 * at for at in known.ts.tolist()]
    assert [bar.close for bar in bars] == known.close.tolist()
    assert [bar.volume for bar in bars] == known.volume.tolist()
    assert [bar.vwap for bar in bars] == known.vwap.tolist()


def test_the_official_client_reads_snapshots(official: RESTClient, truth, server):
    quotes = truth.snapshot(["SPY", "AAPL", "SPX"], now=server.control.clock.now())

    stocks = {row.ticker: row for row in official.get_snapshot_all("stocks", tickers=["SPY", "AAPL", "NOPE"])}
    (index,) = official.get_snapshot_indices(["I:SPX"])

    assert {ticker: row.last_trade.price for ticker, row in stocks.items()} == {
        symbol: quotes[symbol].quote.price for symbol in ("SPY", "AAPL")
    }
    assert stocks["SPY"].prev_day.close == quotes["SPY"].quote.prev_close
    assert stocks["SPY"].min.timestamp == 1000 * int(quotes["SPY"].minute.ts[-2])
    assert stocks["SPY"].min.close == quotes["SPY"].minute.close[-2]
    assert (index.value, index.session.previous_close) == (quotes["SPX"].quote.price, quotes["SPX"].quote.prev_close)


def test_the_official_client_reads_a_whole_chain(official: RESTClient, truth, server):
    known = truth.option_chain("SPX", expiries=3, now=server.control.clock.now())
    last = known.expiries[-1].isoformat()

    rows = list(official.list_snapshot_options_chain("I:SPX", params={"expiration_date.lte": last, "limit": 250}))

    told = {(row.details.expiration_date, row.details.strike_price, row.details.contract_type): row for row in rows}
    assert len(rows) == len(told) == len(known)
    for at in range(0, len(known), 97):
        side = "call" if known.is_call[at] else "put"
        row = told[str(known.expiry[at]), known.strike[at], side]
        assert (row.last_quote.bid, row.last_quote.ask) == (known.bid[at], known.ask[at])
        assert row.greeks.gamma == known.gamma[at]
        assert row.implied_volatility == known.iv[at]
        assert row.open_interest == known.open_interest[at]
        assert row.underlying_asset.value == known.spot
        assert row.day.volume == (None if math.isnan(known.last[at]) else known.volume[at])


def test_the_official_client_reads_the_rest(official: RESTClient):
    universal = {row.ticker: row for row in official.list_universal_snapshots(ticker_any_of=["SPY", "I:VIX", "NOPE"])}
    listed = list(official.list_options_contracts("NVDA", expiration_date="2026-03-13", limit=1000))
    yields = official.list_treasury_yields(date_lte="2026-03-06", limit=2, sort="date.desc")
    events = list(official.list_tmx_corporate_events(ticker_any_of="AAPL", date_gte="2026-03-09", date_lt="2026-06-01"))

    assert (universal["SPY"].type, universal["I:VIX"].type, universal["NOPE"].error) == (
        "stocks",
        "indices",
        "NOT_FOUND",
    )
    assert {row.contract_type for row in listed} == {"call", "put"}
    assert {row.underlying_ticker for row in listed} == {"NVDA"}
    assert [row.date for row in list(yields)[:2]] == ["2026-03-06", "2026-03-05"]
    assert [row.type for row in events] == [
        "earnings_announcement_date",
        "earnings_results_announcement",
        "earnings_conference_call",
    ]
    assert official.get_ticker_details("AAPL").name == "Apple Inc."
    assert [row.ticker for row in official.list_tickers(search="s&p 500", market="indices")] == ["I:SPX", "I:XSP"]
    assert official.get_market_status().market == "open"
    assert {row.date for row in official.get_market_holidays()} >= {"2026-04-03", "2026-12-25"}
    assert len(official.get_rsi("SPY", timespan="day", limit=5).values) == 5
    assert len(list(official.list_dividends("AAPL", ex_dividend_date_gte="2026-01-01"))) == 8
