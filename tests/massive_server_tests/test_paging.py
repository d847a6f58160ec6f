"""Pages: whole, without doubles, small unless asked otherwise, and led to by opaque addresses without a key."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.massive_server.serving import KEY


def pages(http, path, **query):
    """Return every page of a question."""
    found = []
    answer = http.get(path, params={name.replace("__", "."): value for name, value in query.items()})
    while True:
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        if "next_url" not in found[-1]:
            return found
        answer = http.get(found[-1]["next_url"])


def tickers(found):
    return [row.get("ticker") or row["details"]["ticker"] for page in found for row in page["results"]]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v3/snapshot/options/SPY", {"limit": 250, "sort": "strike_price", "order": "desc"}),
        ("/v3/reference/options/contracts", {"underlying_ticker": "SPY", "limit": 333, "sort": "expiration_date"}),
        ("/v3/reference/tickers", {"limit": 7}),
        ("/v3/snapshot", {"limit": 11}),
    ],
)
def test_pages_are_whole_without_doubles_and_as_small_as_was_asked(http, path, query):
    found = pages(http, path, **query)

    names = tickers(found)
    assert len(found) > 2
    assert {len(page["results"]) for page in found[:-1]} == {query["limit"]}
    assert len(names) == len(set(names))
    assert sorted(names) == sorted(tickers(pages(http, path, **{**query, "limit": 250})))


def test_a_chain_of_pages_is_the_chain_of_one_moment(http, server, truth):
    now = server.control.clock.now()
    first = http.get("/v3/snapshot/options/QQQ", params={"limit": 250}).json()
    server.control.set_clock(market_at=(now + timedelta(minutes=9)).isoformat())

    second = http.get(first["next_url"]).json()

    spots = {row["underlying_asset"]["price"] for page in (first, second) for row in page["results"]}
    assert spots == {truth.snapshot(["QQQ"], now=now)["QQQ"].quote.price}


def test_filters_stay_in_the_cursor_and_the_key_does_not(http):
    query = {"expiration_date__gte": "2026-03-10", "expiration_date__lt": "2026-03-12", "contract_type": "put"}

    found = pages(http, "/v3/snapshot/options/SPY", limit=50, **query)

    details = [row["details"] for page in found for row in page["results"]]
    assert {row["expiration_date"] for row in details} == {"2026-03-10", "2026-03-11"}
    assert {row["contract_type"] for row in details} == {"put"}
    assert KEY not in "".join(page.get("next_url", "") for page in found)


def test_the_usual_limits_are_small(get):
    assert len(get("/v3/snapshot/options/SPY")["results"]) == 10
    assert len(get("/v3/reference/options/contracts", underlying_ticker="SPX")["results"]) == 10
    assert len(get("/v3/snapshot")["results"]) == 10
    assert len(get("/v1/indicators/sma/SPY")["results"]["values"]) == 10
    assert len(get("/v3/reference/dividends")["results"]) == 10
    assert len(get("/fed/v1/treasury-yields")["results"]) == 100


def test_bars_stop_at_five_thousand_minutes_and_go_on_at_the_next_address(http, truth, server):
    path = "/v2/aggs/ticker/SPY/range/1/minute/2026-02-23/2026-03-09"
    now = server.control.clock.now()

    found = pages(http, path)

    known = truth.minute_bars("SPY", datetime(2026, 2, 23, 5, tzinfo=UTC), now, now=now)
    assert [len(page["results"]) for page in found[:-1]] == [5000] * (len(found) - 1)
    assert [row["t"] for page in found for row in page["results"]] == [1000 * at for at in known.ts.tolist()]


def test_a_limit_counts_minutes_also_where_bars_are_longer(http):
    path = "/v2/aggs/ticker/I:SPX/range/15/minute/2026-03-02/2026-03-06"

    found = pages(http, path, limit=390)

    rows = [row for page in found for row in page["results"]]
    assert [len(page["results"]) for page in found] == [26, 26, 26, 26, 26]
    assert len({row["t"] for row in rows}) == 5 * 26
    assert {row["t"] % 900_000 for row in rows} == {0}


def test_bars_may_come_newest_first(get):
    path = "/v2/aggs/ticker/SPY/range/1/day/2026-02-23/2026-03-06"

    rows = get(path, sort="desc")["results"]

    assert rows == get(path)["results"][::-1]
    assert len(rows) == 10


def test_dates_are_hopped_with_a_limit_of_one(get):
    query = {"underlying_ticker": "SPX", "sort": "expiration_date", "order": "asc", "limit": 1}
    first = get("/v3/reference/options/contracts", expiration_date__gte="2026-03-09", **query)["results"][0]
    second = get("/v3/reference/options/contracts", expiration_date__gt=first["expiration_date"], **query)["results"][0]

    assert (first["expiration_date"], second["expiration_date"]) == ("2026-03-09", "2026-03-10")


def test_a_cursor_of_somebody_else_is_refused(http):
    assert http.get("/v3/snapshot", params={"cursor": "abc"}).status_code == 400
    address = http.get("/v3/snapshot").json()["next_url"]
    assert http.get(f"{address}&limit=250").status_code == 400


def test_contracts_of_an_earlier_date_are_those_listed_then(get):
    query = {"underlying_ticker": "SPY", "sort": "expiration_date", "limit": 1}

    assert get("/v3/reference/options/contracts", as_of="2026-03-02", **query)["results"][0]["expiration_date"] == str(
        date(2026, 3, 2)
    )
