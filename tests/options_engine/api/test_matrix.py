from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from django.db import connection
from rest_framework.test import APIClient

from market import clock, vendors
from market.errors import ProviderUnavailable
from market.pure.chain import Chain
from market.vendors.massive.vendor import MassiveVendor
from options_engine import matrix
from tests.contract.schemas import assert_response
from tests.market.fakes import FakeVendor
from tests.massive_server.serving import KEY, serving
from tests.options_engine.api.conftest import NOON

# As many as a web process has: the others queue before it.
THREADS = 32
ASKED = "option_chain SPX"


def get(api: APIClient, path: str, status: int = 200) -> dict:
    answer = api.get(f"/api/options/{path}")
    assert answer.status_code == status, answer.content
    return assert_response(answer, "/api/options/{symbol}/matrix", "get")


def cell(body: dict, expiry: str, strike: float) -> dict:
    return next(each for each in body["cells"] if (each["expiry"], each["strike"]) == (expiry, strike))


def test_a_matrix_has_five_dates_and_fifty_strikes_on_each_side(api: APIClient) -> None:
    body = get(api, "spx/matrix")

    dates = body["expirations"]
    assert (body["symbol"], len(dates), dates[0]) == ("SPX", 5, "2026-02-10")
    assert body["strikes"] == sorted(set(body["strikes"]))
    for day in dates:
        strikes = [each["strike"] for each in body["cells"] if each["expiry"] == day]
        assert len(strikes) == 101
        assert abs(strikes[50] - body["currentPrice"]) <= 5
    order = [(each["strike"], dates.index(each["expiry"])) for each in body["cells"]]
    assert order == sorted(order)
    assert {each["strike"] for each in body["cells"]} == set(body["strikes"])


def test_the_edges_of_the_parameters_are_answered(api: APIClient) -> None:
    small, large = get(api, "SPX/matrix?expirations=1&strikes=10"), get(api, "SPX/matrix?expirations=10&strikes=80")

    assert (len(small["expirations"]), len(small["cells"])) == (1, 21)
    assert (len(large["expirations"]), len(large["cells"])) == (10, 1610)
    assert {row["root"] for row in large["expiries"]} == {"SPXW"}
    assert small["cacheKey"] != large["cacheKey"]


def test_a_cell_says_what_its_two_contracts_say(api: APIClient) -> None:
    body = get(api, "SPX/matrix")
    found = cell(body, "2026-02-12", body["strikes"][len(body["strikes"]) // 2])
    call, put, metrics = found["call"], found["put"], found["metrics"]

    assert metrics["volume"] == call["volume"] + put["volume"]
    assert metrics["openInterest"] == call["openInterest"] + put["openInterest"]
    assert metrics["impliedVolatility"] in (call["impliedVolatility"], put["impliedVolatility"])
    # Within what the wire's eight digits of gamma leave of it.
    dollars = 100 * body["currentPrice"] ** 2 * 0.01
    by_hand = (call["gamma"] * call["openInterest"] - put["gamma"] * put["openInterest"]) * dollars
    slack = 1e-8 * metrics["openInterest"] * dollars + 1e-5 * abs(metrics["callGex"])
    assert metrics["gex"] == pytest.approx(by_hand, abs=slack)
    assert metrics["gex"] == pytest.approx(metrics["callGex"] - metrics["putGex"])
    assert metrics["unavailable"] == []


def test_what_nobody_knows_is_named_and_the_rest_is_null(api: APIClient, vendor: FakeVendor) -> None:
    told = vendor.chains["SPX"]
    blank = np.full(len(told), np.nan)
    vendor.chains["SPX"] = replace(told, bid=blank, ask=blank, last=blank, iv=blank, volume=blank, open_interest=blank)

    for each in get(api, "SPX/matrix")["cells"]:
        metrics = each["metrics"]
        assert metrics["unavailable"] == ["volume", "openInterest", "gex"]
        assert {metrics[name] for name in ("impliedVolatility", "callGex", "putGex", "vanna", "charm")} == {None}


def test_a_strike_with_one_side_has_no_contract_on_the_other(api: APIClient, vendor: FakeVendor) -> None:
    told = vendor.chains["SPX"]
    vendor.chains["SPX"] = told.take(told.is_call | (told.strike < told.spot))

    body = get(api, "SPX/matrix")

    above = [each for each in body["cells"] if each["strike"] >= body["currentPrice"]]
    assert above
    assert {each["put"] for each in above} == {None}


@pytest.mark.parametrize(
    ("path", "status", "label"),
    [
        ("SPX/matrix?expirations=0&strikes=8", 400, "VALIDATION_ERROR"),
        ("SPX/matrix?expirations=11", 400, "VALIDATION_ERROR"),
        ("SPX/matrix?strikes=81", 400, "VALIDATION_ERROR"),
        ("SPX/matrix?forceRefresh=yes", 400, "VALIDATION_ERROR"),
        ("NVDA/matrix", 404, "No options found"),
    ],
)
def test_what_cannot_be_answered_says_why(
    api: APIClient, vendor: FakeVendor, path: str, status: int, label: str
) -> None:
    assert get(api, path, status)["error"] == label
    assert vendor.calls[ASKED] == 0


def test_without_a_price_of_the_underlying_nothing_is_said(api: APIClient, vendor: FakeVendor) -> None:
    vendor.chains["SPX"] = replace(vendor.chains["SPX"], spot=float("nan"))

    body = get(api, "SPX/matrix", 503)

    assert (body["error"], body["retryAfter"]) == ("Data unavailable", 30)


def test_every_date_over_is_no_options(api: APIClient, vendor: FakeVendor) -> None:
    told = vendor.chains["SPX"]
    vendor.chains["SPX"] = told.take(told.expiry == np.datetime64("2026-02-10"))

    with clock.standing(NOON.replace(hour=22)):
        assert get(api, "SPX/matrix", 404)["error"] == "No options found"


def test_an_answer_is_kept_for_three_minutes_and_a_forced_one_asks_anew(api: APIClient, vendor: FakeVendor) -> None:
    first = get(api, "SPX/matrix")
    later = NOON + timedelta(seconds=170)
    vendor.chains["SPX"] = replace(vendor.chains["SPX"], as_of=later)
    with clock.standing(later):
        again = get(api, "SPX/matrix")
        asked = vendor.calls[ASKED]
        forced = get(api, "SPX/matrix?forceRefresh=true")

    assert again["generatedAt"] == first["generatedAt"] == "2026-02-10T17:00:05Z"
    assert (asked, vendor.calls[ASKED]) == (1, 2)
    assert forced["generatedAt"] == "2026-02-10T17:02:55Z"
    assert forced["cacheKey"] == first["cacheKey"]
    with clock.standing(NOON + timedelta(seconds=190)):
        assert get(api, "SPX/matrix")["generatedAt"] == forced["generatedAt"]


def test_the_last_matrix_is_shown_as_stale_and_asked_for_again_soon(api: APIClient, vendor: FakeVendor) -> None:
    get(api, "SPX/matrix")
    vendor.failing[ASKED] = ProviderUnavailable(provider="fake")
    with clock.standing(NOON + timedelta(minutes=5)):
        stale = get(api, "SPX/matrix")
    vendor.failing.clear()
    vendor.chains["SPX"] = replace(vendor.chains["SPX"], as_of=NOON + timedelta(minutes=5))
    with clock.standing(NOON + timedelta(minutes=5, seconds=20)):
        fresh = get(api, "SPX/matrix")

    assert (stale["stale"], stale["degraded"], stale["asOf"]) == (True, ["stale"], "2026-02-10T17:00:05Z")
    assert (fresh["stale"], fresh["degraded"]) == (False, [])


def test_while_the_vendor_is_away_and_nothing_is_known_a_retry_is_offered(api: APIClient, vendor: FakeVendor) -> None:
    vendor.failing[ASKED] = ProviderUnavailable(provider="fake")

    body = get(api, "SPX/matrix", 503)

    assert (body["error"], body["retryAfter"]) == ("Data provider error", 30)


@pytest.mark.django_db
def test_two_hundred_at_once_are_one_fetch_and_one_answer(vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch) -> None:
    told, computed = vendor.chains["SPX"], []
    body = matrix._body

    def slow(symbol: str, *, expiries: int, now: datetime, first: date | None = None) -> Chain:
        vendor.calls[ASKED] += 1
        time.sleep(0.5)  # so that the others come meanwhile
        return told.nearest(expiries)

    def asked() -> dict:
        try:
            return matrix.matrix("SPX")
        finally:
            connection.close()  # this thread's own

    def counted(*args: object) -> dict:
        computed.append(threading.get_ident())
        return body(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(vendor, "option_chain", slow)
    monkeypatch.setattr(matrix, "_body", counted)
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(lambda _: asked(), range(200)))

    assert (vendor.calls[ASKED], len(computed)) == (1, 1)
    assert {(each["generatedAt"], len(each["cells"])) for each in found} == {("2026-02-10T17:00:05Z", 505)}


@pytest.mark.django_db
@pytest.mark.parametrize("symbol", ["SPX", "AAPL"])
def test_a_matrix_costs_at_most_eleven_calls_and_then_none(settings: object, symbol: str) -> None:
    with serving(at=NOON) as server:
        settings.MARKET_PROVIDER_BASE_URL = server.url  # type: ignore[attr-defined]
        settings.MARKET_PROVIDER_API_KEY = KEY  # type: ignore[attr-defined]
        settings.MARKET_PROVIDER_RPS = 1_000  # type: ignore[attr-defined]
        with vendors.using(MassiveVendor()), clock.standing(NOON):
            body = matrix.matrix(symbol)
            cold = server.control.stats.read()["calls"]
            matrix.matrix(symbol)
            warm = server.control.stats.read()["calls"] - cold

    assert len(body["expirations"]) == 5
    assert 1 <= cold <= 11
    assert warm == 0
