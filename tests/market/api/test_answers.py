"""GET /api/levels/{symbol}, /api/chart/{symbol} and /api/symbols/search."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Membership, User
from market import clock, vendors
from market.errors import ProviderUnavailable, RateLimited
from tests.contract.schemas import assert_response
from tests.factories.accounts import MembershipFactory
from tests.market.fakes import FakeVendor
from tests.market.past import days, eastern, minutes

pytestmark = pytest.mark.django_db
LEVELS, CHART, SEARCH = "/api/levels/{symbol}", "/api/chart/{symbol}", "/api/symbols/search"
ROUTES = (LEVELS, CHART, SEARCH)
FLAT = [(5905.0, 5903.0, 5904.0)] * 390


@pytest.fixture(autouse=True)
def vendor() -> Iterator[FakeVendor]:
    fake = FakeVendor()
    for symbol in ("SPY", "SPX", "BRK.B"):
        fake.daily[symbol] = days(date(2026, 2, 10), [(5920.0, 5880.0, 5900.0)])
        fake.minutes[symbol] = minutes("2026-02-09T09:30", FLAT).extended(minutes("2026-02-10T09:30", FLAT))
    fake.days = [date(2026, 2, 9), date(2026, 2, 10)]
    with vendors.using(fake), clock.standing(eastern("2026-02-10T12:00:05")):
        yield fake


def get(api: APIClient, route: str, symbol: str = "SPY", *, status: int = 200, **query: Any) -> dict[str, Any]:
    response = api.get(route.replace("{symbol}", symbol), query)
    assert response.status_code == status, response.content
    return assert_response(response, route)


@pytest.mark.parametrize("symbol", ["spx", "SPX", "I:SPX", "i:spx"])
@pytest.mark.parametrize("route", [LEVELS, CHART])
def test_a_symbol_is_taken_in_any_spelling(api: APIClient, route: str, symbol: str) -> None:
    assert get(api, route, symbol)["symbol"] == "SPX"


@pytest.mark.parametrize("route", [LEVELS, CHART])
def test_a_symbol_may_have_a_dot(api: APIClient, route: str) -> None:
    assert get(api, route, "brk.b")["symbol"] == "BRK.B"


@pytest.mark.parametrize("symbol", ["SP X", "***", "ELEVENCHARS", "NOPE", "%00"])
def test_a_symbol_without_levels_is_refused(api: APIClient, symbol: str) -> None:
    answer = get(api, LEVELS, symbol, status=400)

    assert answer["error"] == "VALIDATION_ERROR"
    assert answer["details"]["issues"][0].startswith("symbol:")


@pytest.mark.parametrize("symbol", ["SP X", "***", "ELEVENCHARS", "NOPE", "%00"])
def test_a_symbol_without_a_chart_is_refused(api: APIClient, symbol: str) -> None:
    assert get(api, CHART, symbol, status=400)["error"] == "Invalid symbol"


@pytest.mark.parametrize("view", ["intraday", "daily", "weekly"])
def test_levels_have_three_views(api: APIClient, view: str) -> None:
    assert get(api, LEVELS, timeframe=view)["timeframe"] == view


@pytest.mark.parametrize("timeframe", ["1m", "5m", "15m", "1h", "4h", "1D", "1W", "1M"])
def test_charts_have_eight_timeframes(api: APIClient, timeframe: str) -> None:
    assert get(api, CHART, timeframe=timeframe)["timeframe"] == timeframe


def test_a_chart_is_daily_unless_said_otherwise(api: APIClient) -> None:
    assert get(api, CHART)["timeframe"] == "1D"


@pytest.mark.parametrize("word", ["true", "TRUE", "True"])
def test_indicators_are_asked_for_in_words(api: APIClient, word: str) -> None:
    assert "providerIndicators" in get(api, CHART, includeIndicators=word)
    assert "providerIndicators" not in get(api, CHART, includeIndicators="False")


@pytest.mark.parametrize(
    ("route", "query"),
    [
        (LEVELS, {"timeframe": "hourly"}),
        (CHART, {"timeframe": "2m"}),
        (CHART, {"timeframe": "1d"}),
        (CHART, {"bars": 0}),
        (CHART, {"bars": 501}),
        (CHART, {"bars": "many"}),
        (CHART, {"includeIndicators": "1"}),
        (CHART, {"extended": "maybe"}),
        (SEARCH, {"q": "x" * 31}),
        (SEARCH, {"limit": 0}),
        (SEARCH, {"limit": 51}),
        (SEARCH, {"limit": "ten"}),
    ],
)
def test_a_bad_query_is_refused_without_asking_the_vendor(
    api: APIClient, vendor: FakeVendor, route: str, query: dict[str, Any]
) -> None:
    answer = get(api, route, status=400, **query)

    (name,) = query
    assert answer["error"] == "VALIDATION_ERROR"
    assert answer["details"]["issues"][0].startswith(f"{name}:")
    assert vendor.calls.total() == 0


@pytest.mark.parametrize(
    "trouble", [ProviderUnavailable(provider="fake"), RateLimited(provider="fake", retry_after=9.0)]
)
@pytest.mark.parametrize("route", [LEVELS, CHART])
def test_an_outage_is_a_503_that_says_when_to_come_back(
    api: APIClient, vendor: FakeVendor, route: str, trouble: Exception
) -> None:
    vendor.failing["daily_bars SPY"] = trouble

    answer = get(api, route, status=503)

    assert (answer["error"], answer["retryAfter"]) == ("Data provider error", 30)


def test_a_search_without_vendor_is_answered_from_the_popular_ones(api: APIClient, vendor: FakeVendor) -> None:
    vendor.failing["search"] = ProviderUnavailable(provider="fake")

    assert [row["symbol"] for row in get(api, SEARCH, q="apple")["results"]] == ["AAPL"]
    assert get(api, SEARCH, q="zzzz", status=503)["error"] == "Symbol search unavailable"


def test_an_empty_search_offers_the_popular_ones(api: APIClient) -> None:
    assert [row["symbol"] for row in get(api, SEARCH, limit=3)["results"]] == ["SPX", "NDX", "SPY"]


@pytest.mark.parametrize("route", ROUTES)
def test_without_a_token_nobody_is_served(db: None, route: str) -> None:
    response = APIClient().get(route.replace("{symbol}", "SPY"))

    assert response.status_code == 401
    assert_response(response, route)


@pytest.mark.parametrize(("route", "spent"), [(LEVELS, 1), (CHART, 0), (SEARCH, 0)])
def test_only_levels_use_up_the_allowance(api: APIClient, user: User, route: str, spent: int) -> None:
    MembershipFactory.create(user=user)

    get(api, route)

    assert Membership.objects.get(user=user).query_count == spent


@pytest.mark.parametrize("route", ROUTES)
def test_a_surprise_is_a_500_of_the_contract(api: APIClient, vendor: FakeVendor, route: str) -> None:
    for call in ("daily_bars SPY", "search"):
        vendor.failing[call] = RuntimeError("broken on purpose")

    assert get(api, route, status=500, q="app")["error"] == "Internal server error"
