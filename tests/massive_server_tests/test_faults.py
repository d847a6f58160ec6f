"""Every fault does what its name says, as often and where it was asked to, and nothing else."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import timedelta

import httpx
import pytest

from tests.massive_server.faults import KINDS, Fault
from tests.massive_server.serving import KEY

SPY = "/v2/snapshot/locale/us/markets/stocks/tickers/SPY"
BARS = "/v2/aggs/ticker/SPY/range/1/minute/2026-03-09/2026-03-09"
CHAIN = "/v3/snapshot/options/SPY"


@pytest.fixture
def fault(server):
    """Return what switches a fault on by the address for it."""

    def switch_on(kind, *, times=1, **rest):
        answer = httpx.post(f"{server.url}/__sim__/fault", json={"kind": kind, "times": times, **rest})
        assert answer.status_code == 200, answer.text

    return switch_on


REFUSED = {
    "429": (429, "You've exceeded the maximum requests per minute."),
    "429_empty": (429, ""),
    "401": (401, "Unknown API Key"),
    "403": (403, "You are not entitled to this data."),
    "404": (404, "Not found."),
    "500": (500, "Internal server error"),
    "502": (502, "502 Bad Gateway"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refusal_comes_once_and_then_the_answer(http, fault, kind):
    fault(kind)

    first, second = http.get(SPY), http.get(SPY)

    status, said = REFUSED[kind]
    assert first.status_code == status
    assert said in first.text
    assert "retry-after" not in first.headers
    assert second.status_code == 200


def test_a_429_may_say_how_long_to_wait(http, fault):
    fault("429", facts={"retry_after": 3})

    assert http.get(SPY).headers["retry-after"] == "3"


def test_a_fault_strikes_as_often_as_it_was_told_and_only_its_path(http, fault):
    fault("500", times=2, path="/v3/snapshot/options")

    seen = [http.get(path).status_code for path in (SPY, CHAIN, SPY, CHAIN, CHAIN)]

    assert seen == [200, 500, 200, 500, 200]


def test_a_fault_without_an_end_strikes_until_it_is_cleared(http, fault, server):
    fault("500", times=None)
    assert [http.get(SPY).status_code for _ in range(3)] == [500, 500, 500]

    httpx.post(f"{server.url}/__sim__/faults/clear")

    assert http.get(SPY).status_code == 200


def test_a_probable_fault_strikes_the_same_calls_for_the_same_seed(http, fault, server):
    def struck():
        httpx.post(f"{server.url}/__sim__/reset")
        fault("500", times=None, probability=0.3)
        return [http.get("/v1/marketstatus/now").status_code for _ in range(40)]

    first = struck()

    assert first == struck()
    assert 4 <= Counter(first)[500] <= 20


def test_a_delay_delays(http, fault):
    fault("delay", facts={"seconds": 0.3})
    began = time.monotonic()

    assert http.get(SPY).status_code == 200
    assert time.monotonic() - began >= 0.3


def test_a_call_that_hangs_gets_no_answer(http, fault):
    fault("hang")

    with pytest.raises(httpx.ReadTimeout):
        http.get(SPY, timeout=0.3)
    assert http.get(SPY).status_code == 200


def test_a_reset_breaks_the_connection(http, fault):
    fault("reset")

    with pytest.raises(httpx.ReadError, match="reset"):
        http.get(SPY)
    assert http.get(SPY).status_code == 200


def test_truncated_json_is_no_json(http, fault):
    fault("truncated")

    answer = http.get(SPY)

    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert http.get(SPY).text.startswith(answer.text[:100])


def test_a_wrong_type_is_said_of_right_bytes(http, fault):
    fault("wrong_type")

    answer = http.get(SPY)

    assert answer.headers["content-type"].startswith("text/html")
    assert answer.json()["ticker"]["ticker"] == "SPY"


def test_delayed_says_so_wherever_freshness_is_said(get, fault):
    fault("delayed", times=2)

    chain, stock = get(CHAIN), get(SPY)

    assert (chain["status"], stock["status"]) == ("DELAYED", "DELAYED")
    assert {row["last_quote"]["timeframe"] for row in chain["results"]} == {"DELAYED"}
    assert {row["underlying_asset"]["timeframe"] for row in chain["results"]} == {"DELAYED"}


@pytest.mark.parametrize(
    ("kind", "left"), [("results_missing", "absent"), ("results_null", None), ("object_for_array", {})]
)
def test_results_may_be_missing_null_or_an_object(get, fault, kind, left):
    for path in (BARS, CHAIN):
        fault(kind)
        assert get(path).get("results", "absent") == left


def test_missing_fields_are_missing_from_every_row(get, fault):
    fault("fields_missing", facts={"fields": ["greeks", "bid"]})
    rows = get(CHAIN)["results"]
    fault("fields_missing", facts={"fields": ["min", "lastTrade"]})
    stock = get(SPY)["ticker"]

    assert all("greeks" not in row and "bid" not in row["last_quote"] and "ask" in row["last_quote"] for row in rows)
    assert {"min", "lastTrade"}.isdisjoint(stock)
    assert "day" in stock


def test_duplicates_repeat_a_row_on_the_next_page(http, get, fault):
    fault("duplicates")
    first = get(CHAIN, limit=10)

    second = http.get(first["next_url"]).json()

    assert second["results"][0] == first["results"][-1]


def test_a_cursor_loop_never_ends(http, get, fault):
    fault("cursor_loop", times=None)
    first = get(CHAIN, limit=10)

    second = http.get(first["next_url"]).json()
    third = http.get(second["next_url"]).json()

    assert second["next_url"] == third["next_url"]
    assert second["results"] == third["results"]


def test_a_foreign_next_leads_to_somebody_else(get, fault):
    fault("foreign_next", times=2)

    assert get(CHAIN)["next_url"].startswith("https://api.example.com/v3/snapshot/options/SPY?cursor=")
    assert get(BARS)["next_url"].startswith("https://api.example.com/v2/aggs/")


def test_crossed_quotes_bid_above_the_ask(get, fault):
    right = [row["last_quote"] for row in get(CHAIN)["results"]]
    fault("crossed", times=2)

    crossed = [row["last_quote"] for row in get(CHAIN)["results"]]
    stock = get(SPY)["ticker"]["lastQuote"]

    assert [(quote["bid"], quote["ask"]) for quote in crossed] == [(quote["ask"], quote["bid"]) for quote in right]
    assert stock["p"] > stock["P"]


def test_a_clamped_volatility_comes_with_its_greeks(get, fault):
    fault("iv_five")

    rows = get(CHAIN)["results"]

    assert {row["implied_volatility"] for row in rows} == {5}
    assert {(row["greeks"]["delta"], row["greeks"]["gamma"]) for row in rows} == {(1, 0)}


def test_nan_is_written_as_text(get, fault):
    fault("nan_text", times=2)

    assert {row["implied_volatility"] for row in get(CHAIN)["results"]} == {"NaN"}
    assert {row["c"] for row in get(BARS)["results"]} == {"NaN"}


def test_stale_answers_are_those_of_an_earlier_moment(get, fault, server):
    fault("stale", facts={"seconds": 600})
    stale = get(SPY)["ticker"]
    now = server.control.clock.now()
    server.control.set_clock(market_at=(now - timedelta(seconds=600)).isoformat())

    assert get(SPY)["ticker"] == stale


@pytest.mark.parametrize(
    ("kind", "key"), [("av_note", "Note"), ("av_information", "Information"), ("av_error", "Error Message")]
)
def test_alpha_vantage_says_no_with_200(server, fault, kind, key):
    fault(kind, path="/query")

    answer = httpx.get(f"{server.url}/query", params={"function": "EARNINGS_CALENDAR", "apikey": KEY})

    assert (answer.status_code, list(answer.json())) == (200, [key])


def test_a_fault_that_nobody_knows_is_refused(server):
    answer = httpx.post(f"{server.url}/__sim__/fault", json={"kind": "gremlins"})

    assert answer.status_code == 400
    assert "gremlins" in answer.json()["error"]
    with pytest.raises(ValueError, match="probability"):
        Fault("500", probability=0)


def test_every_kind_has_a_test_here():
    from pathlib import Path

    source = Path(__file__).read_text(encoding="utf-8")

    assert [kind for kind in KINDS if f'"{kind}"' not in source] == []
