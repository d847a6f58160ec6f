"""The first analysis of a share against the vendor's wire, every answer of which takes its time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import tokens
from market import clock, vendors
from market.vendors.massive.vendor import MassiveVendor
from options_engine import readings
from tests.factories.accounts import UserFactory
from tests.massive_server.faults import Fault
from tests.massive_server.serving import KEY, Running, serving

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 2, 10, 17, 0, tzinfo=UTC)
LATENCY_S, MOST_S = 0.15, 2.5
SHARES = ("AAPL", "MSFT", "NVDA")
MOST_CALLS, MOST_BARS = 12, 2


@pytest.fixture
def server(settings: Settings) -> Iterator[Running]:
    with serving(at=NOON) as running, clock.standing(NOON):
        settings.MARKET_PROVIDER_BASE_URL = running.url
        settings.MARKET_PROVIDER_API_KEY = KEY
        settings.MARKET_PROVIDER_RPS = 1_000
        with vendors.using(MassiveVendor()):
            readings._read.clear()
            yield running
            readings._read.clear()


@pytest.fixture
def early_exercise_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have options of shares read in milliseconds, so that time goes by in questions."""
    monkeypatch.setattr(readings, "INDEXES", readings.INDEXES | set(SHARES))


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


@pytest.mark.usefixtures("early_exercise_left_out")
def test_a_slow_vendor_is_asked_at_one_time_for_what_does_not_hang_together(server: Running, api: APIClient) -> None:
    server.control.faults.add(Fault("delay", facts={"seconds": LATENCY_S}))
    took_s = []
    for symbol in SHARES:
        began = time.perf_counter()
        answer = api.get(f"/api/earnings/{symbol}/analysis")
        took_s.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.content

    assert server.control.stats.read()["most_under_way"] >= 2
    # The quickest of three: whatever else runs on this machine slows some of them down.
    assert min(took_s) <= MOST_S, took_s
