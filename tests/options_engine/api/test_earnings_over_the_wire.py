"""The first analysis of a share against the vendor's wire, every answer of which takes its time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import tokens
from market import clock, vendors
from market.vendors import earnings
from market.vendors.calls.transport import Transport
from market.vendors.massive.vendor import MassiveVendor
from options_engine import readings
from tests.factories.accounts import UserFactory
from tests.massive_server.faults import Fault
from tests.massive_server.serving import KEY, Running, serving

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 2, 10, 17, 0, tzinfo=UTC)
SEASON = datetime(2026, 3, 24, 16, 0, tzinfo=UTC)  # reports are due from April on
# An answer may take two and a half seconds, half of them for calls of 150 ms.
LATENCY_S, MOST_S = 0.15, 2.5
MOST_CALLS, MOST_BARS = 12, 2


@pytest.fixture
def moment() -> datetime:
    return NOON


@pytest.fixture
def server(settings: Settings, moment: datetime) -> Iterator[Running]:
    with serving(at=moment) as running, clock.standing(moment):
        settings.MARKET_PROVIDER_BASE_URL = running.url
        settings.MARKET_PROVIDER_API_KEY = KEY
        settings.MARKET_PROVIDER_RPS = 1_000
        with vendors.using(MassiveVendor()):
            readings._read.clear()
            yield running
            readings._read.clear()


@pytest.fixture
def api(server: Running) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(UserFactory.create())}")
    return client


def asked(server: Running) -> dict[str, int]:
    return server.control.stats.read()["routes"]


def test_the_first_analysis_takes_few_questions_and_the_next_none(server: Running, api: APIClient) -> None:
    first = api.get("/api/earnings/AAPL/analysis")

    assert first.status_code == 200, first.content
    assert len(first.json()["historicalMoves"]) == 8
    cold = asked(server)
    bars = sum(calls for route, calls in cold.items() if "aggs" in route)
    assert (sum(cold.values()) <= MOST_CALLS, 1 <= bars <= MOST_BARS) == (True, True), cold

    again = api.get("/api/earnings/AAPL/analysis")

    assert again.json()["historicalMoves"] == first.json()["historicalMoves"]
    assert asked(server) == cold


def test_what_does_not_hang_together_is_asked_at_one_time(
    server: Running, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.control.faults.add(Fault("delay", facts={"seconds": LATENCY_S}))
    spans: list[tuple[float, float]] = []
    get = Transport.get

    def timed(self: Transport, *words: Any, **more: Any) -> Any:
        began = time.perf_counter()
        try:
            return get(self, *words, **more)
        finally:
            spans.append((time.perf_counter(), began))

    monkeypatch.setattr(Transport, "get", timed)

    assert api.get("/api/earnings/AAPL/analysis").status_code == 200

    # The most calls of which each began after the one before had ended: what a trader waits for, on any machine.
    rounds, over = 0, 0.0
    for ended, began in sorted(spans):
        if began >= over:
            rounds, over = rounds + 1, ended
    assert rounds < len(spans) <= MOST_CALLS
    assert rounds * LATENCY_S <= MOST_S / 2, spans


@pytest.fixture
def alpha_vantage(server: Running, settings: Settings) -> Iterator[None]:
    settings.ALPHA_VANTAGE_BASE_URL = server.url
    settings.ALPHA_VANTAGE_API_KEY = KEY
    earnings._alpha_vantage.cache_clear()
    yield
    earnings._alpha_vantage.cache_clear()


@pytest.mark.usefixtures("alpha_vantage")
@pytest.mark.parametrize("moment", [SEASON])
@pytest.mark.parametrize("kind", ["av_note", "av_information", "av_error", "500", "reset"])
def test_whatever_the_source_of_dates_says_instead_is_no_empty_calendar(
    server: Running, api: APIClient, moment: datetime, kind: str
) -> None:
    asked_for = "/api/earnings/calendar?watchlist=AAPL,MSFT,NVDA&days=60"
    good = api.get(asked_for).json()
    assert good["count"] >= 3
    assert (good["degraded"], [each["trouble"] for each in good["sources"]]) == (False, [None, None])

    server.control.faults.add(Fault(kind, path="query"))
    with clock.standing(moment + timedelta(days=1)):
        worse = api.get(asked_for)

    assert worse.status_code == 200
    body = worse.json()
    assert body["degraded"] is True
    assert [each["date"] for each in body["events"]] == [each["date"] for each in good["events"]]
    (away,) = [each for each in body["sources"] if each["trouble"]]
    assert (away["name"], away["ageMinutes"]) == ("alpha_vantage", 24 * 60)
    assert KEY not in worse.content.decode()
