"""What a gamma profile costs: calls of the vendor on its own wire, and fetches when many ask at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import close_old_connections
from pytest_django import Settings

from config.redis import client
from market import asked_once, clock, vendors
from market.pure.chain import Chain
from market.vendors.massive.vendor import MassiveVendor
from options_engine import exposure, rates
from tests.market.fakes import FakeVendor
from tests.massive_server.serving import KEY, Running, serving
from tests.options_engine import made_up

pytestmark = pytest.mark.django_db
# A Tuesday, noon and five seconds in New York.
NOON = datetime(2026, 2, 10, 17, 0, 5, tzinfo=UTC)
CALLS_OF_SIX_DATES, MANY = 13, 200
LARGE = 3_000


@pytest.fixture
def server() -> Iterator[Running]:
    with serving(at=NOON) as running:
        yield running


@pytest.fixture
def massive(server: Running, settings: Settings) -> Iterator[MassiveVendor]:
    settings.MARKET_PROVIDER_BASE_URL = server.url
    settings.MARKET_PROVIDER_API_KEY = KEY
    settings.MARKET_PROVIDER_RPS = 1_000
    with vendors.using(MassiveVendor()) as found, clock.standing(NOON):
        yield found


@pytest.mark.usefixtures("massive")
def test_six_dates_cost_thirteen_calls_at_most_and_nothing_while_they_are_kept(server: Running) -> None:
    cold = exposure.gex("SPX")

    first = server.control.stats.read()
    assert 0 < first["calls"] <= CALLS_OF_SIX_DATES
    assert first["problems"] == []
    assert len(cold["expirationsAnalyzed"]) == 6
    assert cold["simulated"] is False

    warm = exposure.gex("SPX", strikes=5)
    fewer = exposure.gex("SPX", expiries=2)

    assert server.control.stats.read()["calls"] == first["calls"]
    assert (warm["cached"], len(warm["gexByStrike"]), len(fewer["expirationsAnalyzed"])) == (True, 11, 2)


@pytest.mark.usefixtures("massive")
def test_a_date_by_itself_costs_three_calls_at_most(server: Running) -> None:
    found = exposure.gex("SPX", expiry=date(2026, 2, 11))

    assert found["expirationsAnalyzed"] == ["2026-02-11"]
    assert 0 < server.control.stats.read()["calls"] <= 3


class Slow(FakeVendor):
    """Tells its chain after a while, as a vendor does."""

    def option_chain(self, symbol: str, *, expiries: int, now: datetime, first: date | None = None) -> Chain:
        time.sleep(0.2)
        return super().option_chain(symbol, expiries=expiries, now=now, first=first)


def test_two_hundred_at_once_cost_one_fetch_and_one_computation(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Slow()
    fake.chains["SPY"] = made_up.chain("SPY", NOON)
    known = rates.of(NOON)  # read by this thread: the others would not see its transaction
    monkeypatch.setattr(rates, "of", lambda now: known)
    # The threads stand for processes, each of which has connections of its own.
    monkeypatch.setattr(client().connection_pool, "max_connections", 2 * MANY)
    # However slow this machine is, who waits does not give up.
    monkeypatch.setattr(asked_once, "WAIT_S", 60.0)
    monkeypatch.setattr(asked_once, "ASKING_S", 60.0)
    computed: list[datetime] = []
    answer = exposure._answer
    monkeypatch.setattr(exposure, "_answer", lambda read, now: computed.append(now) or answer(read, now))
    together = threading.Barrier(MANY)

    def ask(_: int) -> dict[str, Any]:
        together.wait(30)
        try:
            return exposure.gex("SPY")
        finally:
            close_old_connections()

    with vendors.using(fake), clock.standing(NOON), ThreadPoolExecutor(MANY) as pool:
        found = list(pool.map(ask, range(MANY)))

    assert fake.calls["option_chain SPY"] == 1
    assert len(computed) == 1
    assert sum(not each.pop("cached") for each in found) == 1
    assert all(each == found[0] for each in found)


def test_twelve_dates_of_spx_are_read_and_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeVendor()
    fake.chains["SPX"] = made_up.chain("SPX", NOON)
    assert len(fake.chains["SPX"]) > LARGE
    computed: list[datetime] = []
    answer = exposure._answer
    monkeypatch.setattr(exposure, "_answer", lambda read, now: computed.append(now) or answer(read, now))

    with vendors.using(fake), clock.standing(NOON):
        first, *later = (exposure.gex("SPX", expiries=12) for _ in range(20))

    assert (fake.calls["option_chain SPX"], len(computed)) == (1, 1)
    assert (first.pop("cached"), {each.pop("cached") for each in later}) == (False, {True})
    assert all(each == first for each in later)


def test_who_asks_beyond_the_ends_gets_the_ends() -> None:
    fake = FakeVendor()
    fake.chains["SPX"] = made_up.chain("SPX", NOON)

    with vendors.using(fake), clock.standing(NOON):
        widest, narrowest = exposure.gex("SPX", strikes=500, expiries=99), exposure.gex("SPX", strikes=0, expiries=0)

    assert (len(widest["gexByStrike"]), len(widest["expirationsAnalyzed"])) == (101, 12)
    assert (len(narrowest["gexByStrike"]), len(narrowest["expirationsAnalyzed"])) == (11, 1)
