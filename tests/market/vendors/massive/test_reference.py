from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from market.errors import NotEntitled, ProviderUnavailable, RateLimited, UnknownSymbol
from market.vendors.massive.vendor import MassiveVendor
from market.vendors.reference import CorporateEvent, Dividend, Holiday, ListedContract, Split, Yields
from tests.market.vendors.massive.conftest import Wire, recorded

NOW = datetime(2026, 2, 9, 15, tzinfo=UTC)
FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)
DIVIDENDS, SPLITS = "/v3/reference/dividends", "/v3/reference/splits"
YIELDS, EVENTS = "/fed/v1/treasury-yields", "/tmx/v1/corporate-events"
CONTRACTS, MARKS = "/v3/reference/options/contracts", "/v3/snapshot"


def told(*rows: dict[str, Any], **members: object) -> dict[str, Any]:
    return {"status": "OK", "request_id": "r", "results": list(rows)} | members


def test_holidays_are_a_bare_list(wire: Wire, massive: MassiveVendor) -> None:
    wire.says("/v1/marketstatus/upcoming", recorded("upcoming"))

    found = massive.holidays(now=NOW)

    assert (found.as_of, found.source) == (NOW, "massive")
    assert found.rows == (
        Holiday(date(2026, 2, 16), "NYSE", "Presidents' Day", True, None),
        Holiday(date(2026, 2, 16), "NASDAQ", "Presidents' Day", True, None),
        Holiday(date(2026, 11, 27), "NYSE", "Thanksgiving", False, datetime(2026, 11, 27, 18, tzinfo=UTC)),
    )


def test_the_market_of_now_has_no_envelope(wire: Wire, massive: MassiveVendor) -> None:
    wire.says("/v1/marketstatus/now", recorded("now"))

    (row,) = massive.market_now(now=NOW).rows

    assert (row.market, row.early_hours, row.after_hours) == ("extended-hours", True, False)
    assert (row.server_at, row.exchanges["nyse"]) == (datetime(2026, 2, 9, 13, 30, tzinfo=UTC), "extended-hours")


def test_dividends_are_read_page_by_page(wire: Wire, massive: MassiveVendor) -> None:
    rows = [
        {
            "ticker": "DIVI",
            "cash_amount": 1.0,
            "ex_dividend_date": f"2026-0{month}-10",
            "frequency": 4,
            "dividend_type": "CD",
        }
        for month in (1, 2, 3)
    ]
    wire.says(DIVIDENDS, told(*rows[:2], next_url=wire.url("/v3/more?cursor=x")))
    wire.says("/v3/more", told(*rows[1:]))

    found = massive.dividends("DIVI", FIRST, LAST, now=NOW)

    expected = [Dividend("DIVI", date(2026, month, 10), 1.0, 4, "CD", None, None, None) for month in (1, 2, 3)]
    assert (list(found.rows), found.partial, found.request_ids) == (expected, False, ("r", "r"))
    assert wire.asked[0].args.to_dict() == {
        "ticker": "DIVI",
        "ex_dividend_date.gte": "2026-01-01",
        "ex_dividend_date.lte": "2026-03-31",
        "sort": "ex_dividend_date",
        "order": "asc",
        "limit": "1000",
    }


def test_a_lost_page_of_facts_is_partial(wire: Wire, massive: MassiveVendor) -> None:
    wire.says(
        SPLITS,
        told(
            {"ticker": "SPLT", "execution_date": "2026-02-02", "split_from": 1, "split_to": 4},
            next_url=wire.url("/v3/more?cursor=x"),
        ),
    )
    wire.says("/v3/more", "", status=500)

    found = massive.splits("SPLT", FIRST, LAST, now=NOW)

    assert (found.rows, found.partial) == ((Split("SPLT", date(2026, 2, 2), 1.0, 4.0),), True)


def test_yields_of_a_delayed_plan(wire: Wire, massive: MassiveVendor) -> None:
    wire.says(YIELDS, told({"date": "2026-02-06", "yield_1_year": 4.0}) | {"status": "DELAYED"})

    found = massive.treasury_yields(FIRST, LAST, now=NOW)

    assert (found.rows, found.delayed) == ((Yields(date(2026, 2, 6), ((1.0, 4.0),)),), True)
    assert wire.asked[0].args["sort"] == "date.asc"


def test_events_of_all_companies_take_one_question(wire: Wire, massive: MassiveVendor) -> None:
    row = {
        "ticker": "ROL",
        "date": "2026-02-11",
        "name": "Q4 Earnings-After Mkt",
        "type": "dividend",
        "status": "confirmed",
    }
    wire.says(EVENTS, told(row))

    found = massive.corporate_events({"ROL", "AAPL"}, FIRST, LAST, now=NOW)

    assert found.rows == (
        CorporateEvent("ROL", date(2026, 2, 11), "dividend", "confirmed", "Q4 Earnings-After Mkt", "after"),
    )
    assert [request.args["ticker.any_of"] for request in wire.asked] == ["AAPL,ROL"]


def test_contracts_of_the_past_are_asked_for_as_expired(wire: Wire, massive: MassiveVendor) -> None:
    wire.says(CONTRACTS, told({"ticker": "O:SPX260116C06000000", "contract_type": "call", "shares_per_contract": 100}))

    found = massive.contracts("SPX", date(2026, 1, 16), now=NOW, as_of=date(2026, 1, 5))

    assert found.rows == (ListedContract("O:SPX260116C06000000", "SPX", date(2026, 1, 16), 6000.0, True, 100.0),)
    query = wire.asked[0].args
    assert (query["expired"], query["as_of"], query["expiration_date"]) == ("true", "2026-01-05", "2026-01-16")


def test_an_indicator_tells_its_newest_values_in_order(wire: Wire, massive: MassiveVendor) -> None:
    values = [{"timestamp": 1770699600000 - n * 86_400_000, "value": 10.0 - n} for n in range(3)]
    wire.says("/v1/indicators/ema/I:SPX", {"status": "OK", "request_id": "r", "results": {"values": values}})

    found = massive.indicator("SPX", "ema", timespan="day", window=21, most=2, now=NOW)

    assert [point.value for point in found.rows] == [9.0, 10.0]
    query = wire.asked[0].args
    assert (query["window"], query["order"], query["limit"], query["timestamp.lte"]) == (
        "21",
        "desc",
        "2",
        "1770649200000",
    )


@pytest.mark.parametrize("results", [None, {}, {"values": None}, {"values": []}])
def test_an_indicator_without_values_is_empty(wire: Wire, massive: MassiveVendor, results: object) -> None:
    wire.says("/v1/indicators/macd/AAPL", {"status": "OK", "results": results})

    assert massive.indicator("AAPL", "macd", timespan="day", window=1, most=5, now=NOW).rows == ()
    assert "window" not in wire.asked[0].args


def test_an_indicator_of_nobody_is_unknown(massive: MassiveVendor) -> None:
    with pytest.raises(UnknownSymbol):
        massive.indicator("NOPE", "rsi", timespan="day", window=14, most=5, now=NOW)


CALLS = {
    DIVIDENDS: lambda vendor: vendor.dividends("A", FIRST, LAST, now=NOW),
    SPLITS: lambda vendor: vendor.splits("A", FIRST, LAST, now=NOW),
    YIELDS: lambda vendor: vendor.treasury_yields(FIRST, LAST, now=NOW),
    EVENTS: lambda vendor: vendor.corporate_events(["A"], FIRST, LAST, now=NOW),
    CONTRACTS: lambda vendor: vendor.contracts("A", LAST, now=NOW),
    MARKS: lambda vendor: vendor.contract_marks(["A260220C00005000"], now=NOW),
}


@pytest.mark.parametrize("path", CALLS)
class TestEach:
    @pytest.mark.parametrize("results", [{"results": []}, {"results": None}, {}])
    def test_empty_is_a_fact(self, wire: Wire, massive: MassiveVendor, path: str, results: dict[str, Any]) -> None:
        wire.says(path, {"status": "OK", "request_id": "r"} | results)

        assert CALLS[path](massive).rows == ()

    @pytest.mark.parametrize(
        ("status", "body", "trouble"),
        [
            (404, '{"status":"NOT_FOUND"}', ProviderUnavailable),
            (403, '{"status":"NOT_AUTHORIZED"}', NotEntitled),
            (429, "", RateLimited),
            (500, "<html>", ProviderUnavailable),
            (200, '{"status":"OK","results":[{', ProviderUnavailable),
            (200, '{"status":"OK","results":{"a":1}}', ProviderUnavailable),
        ],
    )
    def test_trouble_is_never_empty(
        self, wire: Wire, massive: MassiveVendor, path: str, status: int, body: str, trouble: type[Exception]
    ) -> None:
        wire.says(path, body, status=status)

        with pytest.raises(trouble):
            CALLS[path](massive)
