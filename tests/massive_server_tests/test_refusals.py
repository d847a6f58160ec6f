"""What the server does not answer: calls without the key, unknown paths, and questions with a slip of the pen."""

from __future__ import annotations

import httpx
import pytest

from tests.massive_server.serving import KEY

SNAPSHOT = "/v3/snapshot/options/I:SPX"


@pytest.mark.parametrize(
    ("headers", "said"),
    [({}, "API Key was not provided"), ({"Authorization": "Bearer wrong"}, "Unknown API Key")],
)
def test_without_the_key_there_is_nothing(server, headers, said):
    answer = httpx.get(f"{server.url}/v1/marketstatus/now", headers=headers)

    assert (answer.status_code, answer.json()["error"]) == (401, said)


def test_a_key_in_the_address_works_and_is_counted_against_the_client(server):
    answer = httpx.get(f"{server.url}/v1/marketstatus/now", params={"apiKey": KEY})

    assert answer.status_code == 200
    assert server.control.stats.read()["keys_in_addresses"] == 1


def test_an_unknown_path_is_not_found(http):
    answer = http.get("/v9/nothing")

    assert (answer.status_code, answer.json()["status"]) == (404, "NOT_FOUND")
    assert http.post("/v1/marketstatus/now").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        f"{SNAPSHOT}?limit=251",
        f"{SNAPSHOT}?limit=0",
        f"{SNAPSHOT}?limit=ten",
        f"{SNAPSHOT}?expiry=2026-03-09",
        f"{SNAPSHOT}?expiration_date=03/09/2026",
        f"{SNAPSHOT}?expiration_date.gt=20260309",
        f"{SNAPSHOT}?contract_type=both",
        f"{SNAPSHOT}?strike_price.gte=much",
        f"{SNAPSHOT}?sort=expiry",
        f"{SNAPSHOT}?order=up",
        f"{SNAPSHOT}?limit=10&limit=20",
        "/v2/aggs/ticker/SPY/range/0/minute/2026-03-09/2026-03-09",
        "/v2/aggs/ticker/SPY/range/1/min/2026-03-09/2026-03-09",
        "/v2/aggs/ticker/SPY/range/1/minute/2026-03-09/yesterday",
        "/v2/aggs/ticker/SPY/range/1/minute/2026-03-10/2026-03-09",
        "/v2/aggs/ticker/SPY/range/1/minute/2026-03-09/2026-03-09?limit=50001",
        "/v2/aggs/ticker/SPY/range/1/minute/2026-03-09/2026-03-09?adjusted=True",
        "/v3/reference/tickers?limit=1001",
        "/v3/reference/options/contracts?underlying=SPX",
        "/v3/snapshot?tickers=SPY",
        "/fed/v1/treasury-yields?sort=date&order=desc",
        "/v1/indicators/ema/SPY?window=0",
        "/v1/marketstatus/now?now=1",
    ],
)
def test_a_slip_of_the_pen_is_refused_and_remembered(http, server, path):
    answer = http.get(path)

    assert answer.status_code == 400, answer.text
    assert answer.json()["status"] == "ERROR"
    assert answer.json()["request_id"]
    (problem,) = server.control.stats.read()["problems"]
    assert problem.startswith("400 ")


@pytest.mark.parametrize(
    "path",
    [
        "/v2/aggs/ticker/NOPE/prev",
        "/v2/aggs/ticker/SPX/range/1/day/2026-03-06/2026-03-09",  # an index has a prefix
        "/v2/aggs/ticker/I:SPY/range/1/day/2026-03-06/2026-03-09",  # and a fund has none
        "/v2/snapshot/locale/us/markets/stocks/tickers/I:SPX",
        "/v3/reference/tickers/NOPE",
        "/v3/reference/options/contracts/O:SPY260309C99999000",
        "/v3/reference/options/contracts/O:SPY260231C00650000",
        "/v3/snapshot/options/QQQ/O:SPY260309C00650000",
    ],
)
def test_what_does_not_exist_is_not_found(http, path):
    assert http.get(path).status_code == 404


def test_what_the_plan_lacks_is_not_authorized(http):
    for path in ("O:SPY260309C00650000/range/1/day", "SPY/range/1/second"):
        answer = http.get(f"/v2/aggs/ticker/{path}/2026-03-06/2026-03-09")
        assert (answer.status_code, answer.json()["status"]) == (403, "NOT_AUTHORIZED")


def test_an_index_without_its_prefix_has_contracts_without_greeks(get):
    bare, whole = (get(f"/v3/snapshot/options/{name}", limit=5)["results"] for name in ("SPX", "I:SPX"))

    assert [row["details"] for row in bare] == [row["details"] for row in whole]
    assert all("greeks" not in row and "implied_volatility" not in row for row in bare)
    assert all(row["greeks"]["delta"] for row in whole)


def test_an_index_has_no_volume_anywhere(get):
    rows = get("/v2/aggs/ticker/I:SPX/range/1/minute/2026-03-09/2026-03-09")["results"]

    assert {frozenset(row) for row in rows} == {frozenset("ohlct")}


def test_alpha_vantage_always_answers_200(server):
    ask = {"function": "EARNINGS_CALENDAR", "symbol": "AAPL", "horizon": "12month"}

    table = httpx.get(f"{server.url}/query", params={**ask, "apikey": KEY})
    wrong = httpx.get(f"{server.url}/query", params={**ask, "apikey": "wrong"})
    nothing = httpx.get(f"{server.url}/query", params={**ask, "symbol": "NOPE", "apikey": KEY})

    header = "symbol,name,reportDate,fiscalDateEnding,estimate,currency,timeOfTheDay"
    assert table.text.split("\r\n")[:2] == [header, "AAPL,Apple Inc.,2026-04-15,2026-03-31,2.60,USD,pre-market"]
    assert (wrong.status_code, list(wrong.json())) == (200, ["Error Message"])
    assert nothing.text == f"{header}\r\n"


def test_alpha_vantage_tells_how_a_company_has_earned_as_text(server):
    body = httpx.get(f"{server.url}/query", params={"function": "EARNINGS", "symbol": "AAPL", "apikey": KEY}).json()

    newest = body["quarterlyEarnings"][0]
    assert (newest["fiscalDateEnding"], newest["reportedDate"], newest["estimatedEPS"]) == (
        "2025-12-31",
        "2026-01-15",
        "2.60",
    )
    assert float(newest["reportedEPS"]) - 2.60 == pytest.approx(float(newest["surprise"]))
