from __future__ import annotations

import math
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
from pytest_django import Settings
from werkzeug import Request, Response

from market import calendar, vendors
from market.errors import NoChains, NotEntitled, ProviderUnavailable, RateLimited, UnknownSymbol
from market.pure.chain import Chain
from market.vendors.calls.bucket import Bucket
from market.vendors.calls.transport import Transport
from market.vendors.massive.client import Client
from market.vendors.massive.vendor import MassiveVendor
from market.vendors.protocol import CHAIN_S, SymbolInfo, Vendor
from market.vendors.reference import PastOptions, ReferenceVendor
from tests.market.vendors.massive.conftest import Wire

STOCKS, INDEXES = "/v2/snapshot/locale/us/markets/stocks/tickers", "/v3/snapshot/indices"
TICKERS = "/v3/reference/tickers"
OPEN = datetime(2026, 2, 9, 14, 30, tzinfo=UTC)
NOW = datetime(2026, 2, 9, 15, 0, 30, tzinfo=UTC)


def ns(at: datetime) -> int:
    return int(at.timestamp()) * 10**9


def ms(at: datetime) -> int:
    return int(at.timestamp()) * 1000


def stock(ticker: str, price: float = 100.0) -> dict[str, Any]:
    return {"ticker": ticker, "updated": ns(NOW), "lastTrade": {"p": price, "t": ns(NOW)}, "prevDay": {"c": 99.0}}


def index(ticker: str, value: float = 6000.0) -> dict[str, Any]:
    return {"ticker": ticker, "value": value, "last_updated": ns(NOW), "session": {"previous_close": 5990.0}}


def bar(at: datetime, close: float = 100.0) -> dict[str, Any]:
    return {"t": ms(at), "o": close, "h": close + 1, "l": close - 1, "c": close, "v": 10, "vw": close}


def told(**members: object) -> dict[str, Any]:
    return {"status": "OK", "request_id": "r"} | members


def test_it_is_a_vendor_that_knows_more(massive: MassiveVendor, settings: Settings) -> None:
    assert isinstance(massive, Vendor)
    assert isinstance(massive, ReferenceVendor)
    settings.MARKET_PROVIDER = "massive"
    assert isinstance(vendors.vendor(), MassiveVendor)
    assert (massive.name, massive.simulated, massive.market_days()) == ("massive", False, None)


def test_a_refusal_is_forgotten_with_its_key(wire: Wire, settings: Settings) -> None:
    settings.MARKET_PROVIDER_BASE_URL, settings.MARKET_PROVIDER_API_KEY = wire.url("").rstrip("/"), "old"
    wire.says(TICKERS, {"status": "NOT_AUTHORIZED"}, status=403)
    with pytest.raises(NotEntitled):
        MassiveVendor().search("AAPL", 5)

    settings.MARKET_PROVIDER_API_KEY = "new"
    wire.says(TICKERS, told(results=[{"ticker": "AAPL", "market": "stocks"}]))
    assert [info.symbol for info in MassiveVendor().search("AAPL", 5)] == ["AAPL"]


def test_prices_leave_a_share_of_a_small_plan_to_everything_else(wire: Wire, settings: Settings) -> None:
    settings.MARKET_PROVIDER_BASE_URL, settings.MARKET_PROVIDER_API_KEY = wire.url("").rstrip("/"), "secret"
    settings.MARKET_PROVIDER_RPM = 2
    massive = MassiveVendor()
    wire.says(STOCKS, told(tickers=[stock("AAPL")]))
    wire.says(TICKERS, told(results=[{"ticker": "AAPL", "market": "stocks"}]))
    assert massive.snapshot(["AAPL"], now=NOW).keys() == {"AAPL"}

    with pytest.raises(RateLimited):
        massive.snapshot(["AAPL"], now=NOW)
    assert [info.symbol for info in massive.search("AAPL", 5)] == ["AAPL"]
    assert wire.paths() == [STOCKS, TICKERS]


class TestSnapshot:
    def test_stocks_take_one_call_and_indexes_one(self, wire: Wire, massive: MassiveVendor) -> None:
        wire.says(STOCKS, told(tickers=[stock("AAPL"), stock("BRK.B"), stock("OTHER")]))
        wire.says(
            INDEXES, told(results=[index("I:SPX"), {"ticker": "I:VIX", "error": "NOT_ENTITLED", "message": "no"}])
        )

        found = massive.snapshot(["SPX", "AAPL", "BRK.B", "VIX", "X:BTCUSD"], now=NOW)

        assert {symbol: each.quote.price for symbol, each in found.items()} == {"AAPL": 100, "BRK.B": 100, "SPX": 6000}
        assert sorted((request.path, request.args.to_dict()) for request in wire.asked) == [
            (STOCKS, {"tickers": "AAPL,BRK.B"}),
            (INDEXES, {"ticker.any_of": "I:SPX,I:VIX", "limit": "250"}),
        ]

    @staticmethod
    def everybody(request: Request) -> Response:
        return Wire._response(told(tickers=[stock(each) for each in request.args["tickers"].split(",")]), 200, None)

    def test_calls_grow_with_the_batches_alone(self, wire: Wire, massive: MassiveVendor) -> None:
        wire.says(STOCKS, self.everybody)
        wire.says(INDEXES, told(results=[index("I:SPX")]))
        symbols = [f"S{n}" for n in range(600)]

        found = massive.snapshot([*symbols, "SPX", "NDX"], now=NOW)

        assert found.keys() == {*symbols, "SPX"}
        assert sorted(wire.paths()) == [STOCKS] * 3 + [INDEXES]

    def test_nobody_is_asked_for_nothing(self, wire: Wire, massive: MassiveVendor) -> None:
        assert massive.snapshot([], now=NOW) == {}
        assert wire.asked == []

    def test_one_call_that_fails_costs_its_own_symbols(self, wire: Wire, massive: MassiveVendor) -> None:
        wire.says(STOCKS, told(tickers=[stock("AAPL")]))
        wire.says(INDEXES, {"status": "NOT_AUTHORIZED"}, status=403)

        assert massive.snapshot(["AAPL", "SPX"], now=NOW).keys() == {"AAPL"}

    def test_one_call_that_hangs_leaves_the_others_their_time(self, wire: Wire, massive: MassiveVendor) -> None:
        answered = threading.Event()

        def hang(_: Request) -> Response:
            # Told only once the other call has its answer: one after the other, both would fail.
            assert answered.wait(10)
            return Response("", 500)

        def prompt(_: Request) -> Response:
            answered.set()
            return Wire._response(told(results=[index("I:SPX")]), 200, None)

        wire.says(STOCKS, hang)
        wire.says(INDEXES, prompt)

        assert massive.snapshot(["AAPL", "SPX"], now=NOW).keys() == {"SPX"}

    @pytest.mark.parametrize(
        ("status", "trouble"),
        [(500, ProviderUnavailable), (429, RateLimited), (403, NotEntitled), (401, ProviderUnavailable)],
    )
    def test_when_all_fail_it_is_told(
        self, wire: Wire, massive: MassiveVendor, status: int, trouble: type[Exception]
    ) -> None:
        body = {"status": "NOT_AUTHORIZED"} if trouble is NotEntitled else ""
        wire.says(STOCKS, body, status=status)
        wire.says(INDEXES, body, status=status)

        with pytest.raises(trouble):
            massive.snapshot(["AAPL", "SPX"], now=NOW)

    @pytest.mark.parametrize("body", [{"tickers": []}, {"tickers": None}, {}])
    def test_nothing_known_is_nothing_told(self, wire: Wire, massive: MassiveVendor, body: dict[str, Any]) -> None:
        wire.says(STOCKS, told(**body))

        assert massive.snapshot(["AAPL"], now=NOW) == {}


class TestMinuteBars:
    def path(self, ticker: str, start: datetime, end_ms: int) -> str:
        return f"/v2/aggs/ticker/{ticker}/range/1/minute/{ms(start)}/{end_ms}"

    def test_minutes_that_are_over_are_told(self, wire: Wire, massive: MassiveVendor) -> None:
        minutes = [bar(OPEN + timedelta(minutes=n), 100.0 + n) for n in range(31)]
        path = self.path("AAPL", OPEN, ms(NOW) - 1)
        wire.says(path, told(results=minutes[:20], next_url=wire.url("/v2/more?cursor=x")))
        wire.says("/v2/more", told(results=minutes[19:]))

        bars = massive.minute_bars("AAPL", OPEN, OPEN + timedelta(hours=2), now=NOW)

        assert bars.close.tolist() == [100.0 + n for n in range(30)]  # the thirty-first is forming
        assert wire.asked[0].args.to_dict() == {"adjusted": "true", "sort": "asc", "limit": "50000"}

    def test_a_delayed_plan_knows_no_minute_of_the_last_quarter(self, wire: Wire, massive: MassiveVendor) -> None:
        minutes = [bar(OPEN + timedelta(minutes=n)) for n in range(16)]
        wire.says(self.path("I:SPX", OPEN, ms(NOW) - 1), told(results=minutes) | {"status": "DELAYED"})

        bars = massive.minute_bars("SPX", OPEN, NOW, now=NOW)

        assert len(bars) == 15  # 09:45 is forming where the vendor stands, at 09:45:30

    def test_a_range_is_half_open(self, wire: Wire, massive: MassiveVendor) -> None:
        end = OPEN + timedelta(minutes=2)
        wire.says(
            self.path("AAPL", OPEN, ms(end) - 1), told(results=[bar(OPEN + timedelta(minutes=n)) for n in range(-1, 4)])
        )

        assert massive.minute_bars("AAPL", OPEN, end, now=NOW).ts.tolist() == [OPEN.timestamp(), OPEN.timestamp() + 60]

    def test_the_future_is_not_asked_for(self, wire: Wire, massive: MassiveVendor) -> None:
        assert len(massive.minute_bars("AAPL", NOW, NOW + timedelta(hours=1), now=NOW)) == 0
        assert wire.asked == []

    def test_an_unknown_symbol_is_said_so(self, massive: MassiveVendor) -> None:
        with pytest.raises(UnknownSymbol):
            massive.minute_bars("NOPE", OPEN, NOW, now=NOW)

    def test_a_lost_page_is_no_hole(self, wire: Wire, massive: MassiveVendor) -> None:
        wire.says(
            self.path("AAPL", OPEN, ms(NOW) - 1), told(results=[bar(OPEN)], next_url=wire.url("/v2/more?cursor=x"))
        )
        wire.says("/v2/more", "", status=500)

        with pytest.raises(ProviderUnavailable, match="HTTP 500"):
            massive.minute_bars("AAPL", OPEN, NOW, now=NOW)

    def test_what_a_plan_refuses_of_one_day_it_may_tell_of_another(self, wire: Wire, massive: MassiveVendor) -> None:
        long_ago = OPEN - timedelta(days=3000)
        wire.says(
            self.path("AAPL", long_ago, ms(long_ago + timedelta(hours=1)) - 1), {"status": "NOT_AUTHORIZED"}, status=403
        )
        wire.says(self.path("AAPL", OPEN, ms(NOW) - 1), told(results=[bar(OPEN)]))

        for _ in range(2):
            with pytest.raises(NotEntitled):
                massive.minute_bars("AAPL", long_ago, long_ago + timedelta(hours=1), now=NOW)
        assert len(massive.minute_bars("AAPL", OPEN, NOW, now=NOW)) == 1
        assert len(wire.asked) == 2


class TestDailyBars:
    FIRST, LAST = date(2026, 2, 3), date(2026, 2, 9)
    PATH = "/v2/aggs/ticker/{}/range/1/day/2026-02-03/2026-02-09"

    def rows(self, hour: int) -> list[dict[str, Any]]:
        days = [3, 4, 5, 6, 9]
        return [bar(datetime(2026, 2, day, hour, tzinfo=UTC), 100.0 + day) for day in days]

    @pytest.mark.parametrize(("symbol", "ticker", "hour"), [("AAPL", "AAPL", 5), ("SPX", "I:SPX", 6)])
    def test_a_running_day_is_not_told(
        self, wire: Wire, massive: MassiveVendor, symbol: str, ticker: str, hour: int
    ) -> None:
        wire.says(self.PATH.format(ticker), told(results=self.rows(hour)))

        bars = massive.daily_bars(symbol, self.FIRST, self.LAST, now=NOW)

        assert bars.close.tolist() == [103.0, 104.0, 105.0, 106.0]
        assert {datetime.fromtimestamp(ts, UTC).hour for ts in bars.ts} == {5}

    @pytest.mark.parametrize(
        ("status", "after_close", "told_days"), [("OK", 1, 4), ("OK", 2, 5), ("DELAYED", 899, 4), ("DELAYED", 902, 5)]
    )
    def test_a_day_is_told_when_it_is_over_where_the_vendor_stands(
        self, wire: Wire, massive: MassiveVendor, status: str, after_close: int, told_days: int
    ) -> None:
        wire.says(self.PATH.format("AAPL"), told(results=self.rows(5)) | {"status": status})
        now = calendar.session(self.LAST).close_at + timedelta(seconds=after_close)

        assert len(massive.daily_bars("AAPL", self.FIRST, self.LAST, now=now)) == told_days

    def test_no_date_behind_now_is_asked_for(self, wire: Wire, massive: MassiveVendor) -> None:
        # 00:30 UTC on the 10th is still the 9th in New York.
        late = datetime(2026, 2, 10, 0, 30, tzinfo=UTC)
        wire.says(self.PATH.format("AAPL"), told(results=self.rows(5)))

        assert len(massive.daily_bars("AAPL", self.FIRST, date(2026, 3, 1), now=late)) == 5
        assert len(massive.daily_bars("AAPL", date(2026, 2, 7), date(2026, 2, 8), now=late)) == 0  # a weekend
        assert len(wire.asked) == 1

    @pytest.mark.parametrize("results", [{"results": []}, {}, {"results": None}])
    def test_nothing_is_empty(self, wire: Wire, massive: MassiveVendor, results: dict[str, Any]) -> None:
        wire.says(self.PATH.format("AAPL"), told(**results))

        assert len(massive.daily_bars("AAPL", self.FIRST, self.LAST, now=NOW)) == 0


def option(day: date, strike: float, side: str = "C", root: str = "SPXW", **members: Any) -> dict[str, Any]:
    return {
        "details": {
            "ticker": f"O:{root}{day:%y%m%d}{side}{round(1000 * strike):08d}",
            "contract_type": "call" if side == "C" else "put",
            "expiration_date": day.isoformat(),
            "strike_price": strike,
            "shares_per_contract": 100,
        },
        "implied_volatility": 0.15,
        "open_interest": 10,
        "underlying_asset": {"ticker": "I:SPX", "value": 6001.0, "last_updated": ns(NOW - timedelta(seconds=5))},
    } | members


class Listed:
    """A host with contracts that honours filters, sorting, limit and cursors."""

    def __init__(self, wire: Wire, path: str, rows: list[dict[str, Any]]) -> None:
        self.wire, self.path, self.rows = wire, path, rows
        wire.says(path, self.answer)

    def answer(self, request: Request) -> Response:
        query = {
            name: value[0] for name, value in parse_qs(request.args.get("cursor", "")).items()
        } or request.args.to_dict()
        chosen = [row for row in self.rows if self.wanted(row["details"], query)]
        chosen.sort(key=lambda row: row["details"]["expiration_date"])
        start, limit = int(query.get("start", 0)), int(query.get("limit", 10))
        body: dict[str, Any] = told(results=chosen[start : start + limit])
        if start + limit < len(chosen):
            cursor = "&".join(f"{name}={value}" for name, value in {**query, "start": str(start + limit)}.items())
            body["next_url"] = self.wire.url(self.path) + "?cursor=" + cursor.replace("&", "%26").replace("=", "%3D")
        return Wire._response(body, 200, None)

    @staticmethod
    def wanted(details: dict[str, Any], query: dict[str, str]) -> bool:
        return (
            details["expiration_date"] >= query.get("expiration_date.gte", "")
            and float(query.get("strike_price.gte", 0)) <= details["strike_price"]
            and details["strike_price"] <= float(query.get("strike_price.lte", 1e9))
        )


class TestOptionChain:
    PATH = "/v3/snapshot/options/I:SPX"
    DAYS = [date(2026, 2, day) for day in (9, 10, 11, 12, 13, 17, 18, 19, 20)]

    def spx(self, wire: Wire, strikes: list[float]) -> Listed:
        wire.says(INDEXES, told(results=[index("I:SPX", 6000.0)]))
        rows = [option(day, strike, side) for day in self.DAYS for strike in strikes for side in "CP"]
        # A third Friday has two roots.
        rows += [option(self.DAYS[5], strike, side, "SPX") for strike in strikes for side in "CP"]
        return Listed(wire, self.PATH, rows)

    def test_six_dates_of_spx_take_thirteen_calls_at_most(self, wire: Wire, massive: MassiveVendor) -> None:
        self.spx(wire, list(np.arange(4000.0, 8001.0, 5.0)))

        chain = massive.option_chain("SPX", expiries=6, now=NOW)

        assert chain.expiries == self.DAYS[:6]
        assert len(wire.asked) <= 13
        assert not chain.partial
        # Seven sets of calls and puts, a strike every 5 points from 7 % below to 7 % above.
        assert (chain.strike.min(), chain.strike.max(), len(chain)) == (5580.0, 6420.0, 7 * 2 * 169)
        assert wire.asked[1].args.to_dict() == {
            "expiration_date.gte": "2026-02-09",
            "strike_price.gte": "5580.0",
            "strike_price.lte": "6420.0",
            "sort": "expiration_date",
            "order": "asc",
            "limit": "250",
        }

    def test_a_stock_is_read_whole_by_its_plain_name(self, wire: Wire, massive: MassiveVendor) -> None:
        asset = {"ticker": "TSLA", "price": 400.0, "last_updated": ns(NOW)}
        rows = [
            option(day, strike, root="TSLA", underlying_asset=asset)
            for day in self.DAYS[:2]
            for strike in (5.0, 400.0, 2000.0)
        ]
        Listed(wire, "/v3/snapshot/options/TSLA", rows)

        chain = massive.option_chain("TSLA", expiries=6, now=NOW)

        assert (chain.spot, chain.strike.tolist()) == (400.0, [5.0, 400.0, 2000.0] * 2)
        assert wire.paths() == ["/v3/snapshot/options/TSLA"]

    def test_the_newer_spot_counts_and_both_stamps_are_carried(self, wire: Wire, massive: MassiveVendor) -> None:
        self.spx(wire, [6000.0])
        chain = massive.option_chain("SPX", expiries=1, now=NOW)

        # The chain's own underlying is five seconds older than the snapshot.
        assert (chain.spot, chain.spot_ts, chain.as_of) == (6000.0, NOW.timestamp(), NOW)
        assert math.isnan(chain.quotes_ts)

    def test_without_a_spot_the_chain_is_read_all_the_same(self, wire: Wire, massive: MassiveVendor) -> None:
        Listed(wire, self.PATH, [option(self.DAYS[0], strike, underlying_asset={}) for strike in (100.0, 9000.0)])

        chain = massive.option_chain("SPX", expiries=6, now=NOW)

        assert len(chain) == 2
        assert math.isnan(chain.spot)

    @pytest.mark.parametrize(("minutes", "first"), [(389, 9), (404, 9), (405, 10), (600, 10)])
    def test_dates_that_have_expired_are_not_asked_for(
        self, wire: Wire, massive: MassiveVendor, minutes: int, first: int
    ) -> None:
        self.spx(wire, [6000.0])
        now = OPEN + timedelta(minutes=minutes)

        assert massive.option_chain("SPX", expiries=1, now=now).expiries == [date(2026, 2, first)]

    def test_a_lost_page_makes_it_partial(self, wire: Wire, massive: MassiveVendor) -> None:
        self.spx(wire, [6000.0])
        first = told(results=[option(self.DAYS[0], 6000.0)], next_url=wire.url("/v3/lost?cursor=x"))
        wire.says(self.PATH, first)
        wire.says("/v3/lost", "", status=502)

        chain = massive.option_chain("SPX", expiries=6, now=NOW)

        assert (len(chain), chain.partial) == (1, True)
        assert Chain.unpack(chain.pack()).partial

    def test_what_two_pages_tell_is_told_once(self, wire: Wire, massive: MassiveVendor) -> None:
        self.spx(wire, [6000.0])
        rows = [option(self.DAYS[0], strike) for strike in (5990.0, 6000.0, 6010.0)]
        wire.says(self.PATH, told(results=rows[:2], next_url=wire.url("/v3/more?cursor=x")))
        wire.says("/v3/more", told(results=rows[1:]))

        assert massive.option_chain("SPX", expiries=6, now=NOW).strike.tolist() == [5990.0, 6000.0, 6010.0]

    def test_spot_and_pages_share_one_deadline(self, wire: Wire) -> None:
        now_s = began = 1_000_000.0

        def slow_spot(_: Request) -> Response:
            nonlocal now_s
            now_s += 3.9
            return Response("", 500)

        def slow_page(request: Request) -> Response:
            nonlocal now_s
            now_s += 1.0
            number = int(request.args.get("cursor", 0))
            rows, next_url = [option(self.DAYS[0], 6000.0 + number)], f"{request.base_url}?cursor={number + 1}"
            return Wire._response(told(results=rows, next_url=next_url), 200, None)

        wire.says(INDEXES, slow_spot)
        wire.says("/v3/snapshot/options/I:SPX", slow_page)
        transport = Transport(wire.url("").rstrip("/"), {})
        massive = MassiveVendor(Client("massive", transport, Bucket("massive", []), monotonic=lambda: now_s))

        assert massive.option_chain("SPX", expiries=6, now=NOW).partial
        assert CHAIN_S <= now_s - began < CHAIN_S + 1.0  # the last page began in time

    def test_no_contracts_and_no_symbol_are_different_things(self, wire: Wire, massive: MassiveVendor) -> None:
        wire.says("/v3/snapshot/options/XYZ", told(results=[]))

        with pytest.raises(NoChains):
            massive.option_chain("XYZ", expiries=6, now=NOW)
        with pytest.raises(UnknownSymbol):
            massive.option_chain("NOPE", expiries=6, now=NOW)

    def test_a_plan_without_options_is_said_so(self, wire: Wire, massive: MassiveVendor) -> None:
        wire.says("/v3/snapshot/options/XYZ", {"status": "NOT_AUTHORIZED"}, status=403)

        with pytest.raises(NotEntitled):
            massive.option_chain("XYZ", expiries=6, now=NOW)


class TestDirectory:
    ROWS = [
        {"ticker": "AAPL", "name": "Apple Inc.", "market": "stocks", "type": "CS", "primary_exchange": "XNAS"},
        {"ticker": "AAPD", "name": "Direxion Bear 1X", "market": "stocks", "type": "ETF", "primary_exchange": "XNAS"},
        {"ticker": "I:SPX", "name": "S&P 500", "market": "indices", "type": ""},
        {"ticker": "X:AAPLUSD", "name": "A coin", "market": "crypto", "type": ""},
        {"ticker": "AAPLW", "name": "Gone", "market": "stocks", "type": "CS", "active": False},
    ]

    def test_search_finds_active_stocks_funds_and_indexes(self, wire: Wire, massive: MassiveVendor) -> None:
        wire.says(TICKERS, told(results=self.ROWS))

        assert massive.search("AAP", 20) == [
            SymbolInfo("AAPL", "Apple Inc.", "stock", "XNAS"),
            SymbolInfo("AAPD", "Direxion Bear 1X", "etf", "XNAS"),
            SymbolInfo("SPX", "S&P 500", "index", None),
        ]
        assert wire.asked[0].args.to_dict() == {
            "search": "AAP",
            "active": "true",
            "sort": "ticker",
            "order": "asc",
            "limit": "80",
        }
        assert len(massive.search("AAP", 1)) == 1

    @pytest.mark.parametrize(("symbol", "ticker", "row"), [("AAPL", "AAPL", 0), ("SPX", "I:SPX", 2)])
    def test_lookup_asks_for_exactly_one(
        self, wire: Wire, massive: MassiveVendor, symbol: str, ticker: str, row: int
    ) -> None:
        wire.says(TICKERS, told(results=[self.ROWS[row]]))

        found = massive.lookup(symbol)

        assert found is not None
        assert found.symbol == symbol
        assert wire.asked[0].args.to_dict() == {"ticker": ticker, "active": "true", "limit": "1"}

    @pytest.mark.parametrize("results", [{"results": []}, {}, {"results": [{"ticker": "AAPX", "market": "stocks"}]}])
    def test_an_unknown_symbol_is_none(self, wire: Wire, massive: MassiveVendor, results: dict[str, Any]) -> None:
        wire.says(TICKERS, told(**results))

        assert massive.lookup("NOPE") is None

    def test_a_host_that_says_not_found_says_the_same(self, massive: MassiveVendor) -> None:
        assert massive.lookup("NOPE") is None


def test_without_a_key_the_process_starts_and_every_call_says_why(wire: Wire, settings: Settings) -> None:
    settings.MARKET_PROVIDER_BASE_URL, settings.MARKET_PROVIDER_API_KEY = wire.url("").rstrip("/"), ""
    massive = MassiveVendor()

    for call in (
        lambda: massive.snapshot(["AAPL"], now=NOW),
        lambda: massive.minute_bars("AAPL", OPEN, NOW, now=NOW),
        lambda: massive.daily_bars("AAPL", date(2026, 2, 2), date(2026, 2, 6), now=NOW),
        lambda: massive.option_chain("SPX", expiries=6, now=NOW),
        lambda: massive.search("A", 5),
        lambda: massive.lookup("AAPL"),
        lambda: massive.holidays(now=NOW),
    ):
        with pytest.raises(ProviderUnavailable, match="not configured") as refused:
            call()
        assert refused.value.status == 503
    assert wire.asked == []


class TestBarsOfContracts:
    TICKER = "O:AAPL260213C00230000"
    DAY = date(2026, 2, 5)
    PATH = f"/v2/aggs/ticker/{TICKER}/range/1/day/2026-02-05/2026-02-05"

    def test_the_last_trade_of_a_past_session(self, wire: Wire, massive: MassiveVendor) -> None:
        stamp = int(datetime(2026, 2, 5, 5, tzinfo=UTC).timestamp() * 1000)
        row = {"t": stamp, "o": 5.0, "h": 6.0, "l": 4.5, "c": 5.25, "v": 12, "vw": 5.1, "n": 3}
        wire.says(self.PATH, {"status": "OK", "ticker": self.TICKER, "results": [row]})

        bars = massive.contract_bars(self.TICKER, self.DAY, self.DAY, now=NOW)

        assert isinstance(massive, PastOptions)
        assert bars.close.tolist() == [5.25]

    def test_what_is_no_contract_is_not_asked_for(self, wire: Wire, massive: MassiveVendor) -> None:
        with pytest.raises(UnknownSymbol):
            massive.contract_bars("AAPL", self.DAY, self.DAY, now=NOW)
        assert wire.asked == []

    def test_a_plan_without_bars_of_options_still_has_those_of_the_share(
        self, wire: Wire, massive: MassiveVendor
    ) -> None:
        wire.says(self.PATH, {"status": "NOT_AUTHORIZED", "message": "not in your plan"}, status=403)
        share = "/v2/aggs/ticker/AAPL/range/1/day/2026-02-05/2026-02-05"
        stamp = int(datetime(2026, 2, 5, 5, tzinfo=UTC).timestamp() * 1000)
        row = {"t": stamp, "o": 1.0, "h": 1.0, "l": 1.0, "c": 1.0, "v": 12, "vw": 1.0, "n": 3}
        wire.says(share, {"status": "OK", "ticker": "AAPL", "results": [row]})

        with pytest.raises(ProviderUnavailable):
            massive.contract_bars(self.TICKER, self.DAY, self.DAY, now=NOW)

        assert len(massive.daily_bars("AAPL", self.DAY, self.DAY, now=NOW)) == 1
