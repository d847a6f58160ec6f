from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import redis

from config.redis import client, key
from config.work.lease import Lease
from market import asked_once, clock, option_chains
from market.errors import NoChains, ProviderUnavailable
from market.pure.chain import Chain
from market.vendors.protocol import CHAIN_S
from tests.market.chains import chain
from tests.market.fakes import FakeVendor

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 2, 9, 15, tzinfo=UTC)
LISTED = [(date(2026, 2, day), "SPXW", 6000.0, "C") for day in (9, 10, 11)]
ASKED = "option_chain SPX"


@pytest.fixture(autouse=True)
def hand() -> Iterator[clock.Standing]:
    with clock.standing(TEN) as standing:
        yield standing


@pytest.fixture(autouse=True)
def told(vendor: FakeVendor) -> Chain:
    vendor.chains["SPX"] = chain("SPX", LISTED, spot=6001.0, as_of=TEN, open_interest=[1, 2, 3])
    return vendor.chains["SPX"]


def ask(*, expiries: int = 6, max_age_s: float = option_chains.KEPT_S, later_s: float = 0) -> Chain:
    return option_chains.chain("SPX", now=TEN + timedelta(seconds=later_s), expiries=expiries, max_age_s=max_age_s)


@pytest.mark.parametrize(("later_s", "asked"), [(0, 1), (299.9, 1), (300, 2), (-4.9, 1), (-5.1, 2)])
def test_a_chain_is_asked_for_once_in_five_market_minutes(vendor: FakeVendor, later_s: float, asked: int) -> None:
    first, second = ask(), ask(later_s=later_s)

    assert vendor.calls[ASKED] == asked
    assert second.pack() == first.pack()


def test_an_old_chain_from_before_the_clock_was_set_back_is_not_told(vendor: FakeVendor) -> None:
    ask()
    ask(later_s=-3600)

    assert vendor.calls[ASKED] == 2


@pytest.mark.parametrize(("max_age_s", "asked"), [(0, 2), (60, 2), (60.1, 1), (9999, 1)])
def test_who_wants_it_fresher_says_so(vendor: FakeVendor, max_age_s: float, asked: int) -> None:
    ask()
    ask(max_age_s=max_age_s, later_s=60)

    assert vendor.calls[ASKED] == asked


def test_as_many_dates_come_as_were_asked_for(vendor: FakeVendor) -> None:
    assert ask(expiries=2).open_interest.tolist() == [1, 2]
    assert ask(expiries=3).open_interest.tolist() == [1, 2, 3]
    assert vendor.calls[ASKED] == 2


def test_more_dates_than_are_wanted_do(vendor: FakeVendor) -> None:
    ask(expiries=6)

    assert ask(expiries=2).open_interest.tolist() == [1, 2]
    assert vendor.calls[ASKED] == 1


def keep(told: Chain) -> None:
    """Keep a chain as another process would."""
    client().set(key("chain", "fake", "SPX"), option_chains._ASKED.pack(TEN.timestamp(), 6) + told.pack())


def one(day: int, **asked: Any) -> Chain:
    return option_chains.of_date("SPX", date(2026, 2, day), now=TEN, **asked)


def test_a_date_comes_out_of_the_nearest_ones_where_they_are_kept(vendor: FakeVendor) -> None:
    ask()

    assert one(10).open_interest.tolist() == [2]
    assert vendor.calls[ASKED] == 1


def test_a_date_is_asked_for_by_itself(vendor: FakeVendor) -> None:
    assert [one(11).open_interest.tolist(), one(11).open_interest.tolist()] == [[3], [3]]
    assert vendor.calls[ASKED] == 1
    assert one(11, max_age_s=0).open_interest.tolist() == [3]


def test_a_date_without_options_gives_the_next_one_that_has_some(vendor: FakeVendor, told: Chain) -> None:
    vendor.chains["SPX"] = told.take(told.strike * 0 == 0).take(told.open_interest != 2)

    assert one(10).expiries == [date(2026, 2, 11)]


@pytest.mark.parametrize(("later_s", "told_at_all"), [(299, True), (899, True), (900, False)])
def test_while_the_vendor_is_away_the_last_chain_does_for_who_says_so(
    vendor: FakeVendor, later_s: float, told_at_all: bool
) -> None:
    ask()
    vendor.failing[ASKED] = ProviderUnavailable(provider="fake")
    later = TEN + timedelta(seconds=later_s)

    if told_at_all:
        assert option_chains.chain("SPX", now=later, max_age_s=0, or_older=True).as_of == TEN
    else:
        with pytest.raises(ProviderUnavailable):
            option_chains.chain("SPX", now=later, max_age_s=0, or_older=True)
    with pytest.raises(ProviderUnavailable):
        option_chains.chain("SPX", now=later, max_age_s=0)


def test_expiries_are_asked_for_once_an_hour_and_past_ones_left_out(vendor: FakeVendor) -> None:
    def listed(later: timedelta) -> list[int]:
        return [each.day.day for each in option_chains.expiries("SPX", now=TEN + later)]

    assert listed(timedelta()) == listed(timedelta(minutes=59)) == [9, 10, 11]
    assert vendor.calls["option_expiries SPX"] == 1
    # 00:30 in New York, asked for at 23:45.
    assert listed(timedelta(hours=13, minutes=45)) == [9, 10, 11]
    assert listed(timedelta(hours=14, minutes=30)) == [10, 11]
    assert vendor.calls["option_expiries SPX"] == 2


def test_it_stays_in_redis_no_longer_than_its_market_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    ask()
    assert 300 < client().ttl(key("chain", "fake", "SPX")) <= 900

    monkeypatch.setattr(clock, "speed", lambda: 30.0)
    ask(later_s=600)
    assert 10 < client().ttl(key("chain", "fake", "SPX")) <= 30


@pytest.mark.parametrize("trouble", [NoChains(provider="fake", symbol="SPX"), ProviderUnavailable(provider="fake")])
def test_trouble_is_told_and_the_next_one_asks_at_once(vendor: FakeVendor, trouble: Exception) -> None:
    vendor.failing[ASKED] = trouble
    with pytest.raises(type(trouble)):
        ask()

    vendor.failing.clear()
    assert len(ask()) == 3


def test_what_another_release_wrote_is_asked_for_again(vendor: FakeVendor) -> None:
    ask()
    client().set(key("chain", "fake", "SPX"), client().get(key("chain", "fake", "SPX"))[:50])

    assert len(ask()) == 3
    assert vendor.calls[ASKED] == 2


def test_without_redis_everybody_asks(vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def __getattr__(self, name: str) -> Any:
            raise redis.ConnectionError("connection refused")

    monkeypatch.setattr(option_chains, "client", Away)
    monkeypatch.setattr("config.work.lease.client", Away)
    monkeypatch.setattr("config.work.lease._script", lambda source: Away().run)

    assert len(ask()) == len(ask()) == 3
    assert vendor.calls[ASKED] == 2


def test_many_at_once_ask_once(vendor: FakeVendor, told: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = threading.Event()

    def slow(symbol: str, *, expiries: int, now: datetime, first: date | None = None) -> Chain:
        vendor.calls[ASKED] += 1
        asking.set()
        time.sleep(0.1)
        return told

    monkeypatch.setattr(vendor, "option_chain", slow)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(ask)
        assert asking.wait(5)
        # Their readings of the clock differ by a little, to both sides.
        others = [pool.submit(ask, later_s=0.01 * n - 0.03) for n in range(7)]
        found = [each.result() for each in (first, *others)]

    assert {each.pack() for each in found} == {told.pack()}
    assert vendor.calls[ASKED] == 1


def test_a_vendor_that_takes_all_of_its_time_is_asked_by_one(
    vendor: FakeVendor, told: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process asks, and is answered at the last moment that a vendor may take."""
    waited_s = 0.0

    def sleep(seconds: float) -> None:
        nonlocal waited_s
        waited_s += seconds
        if waited_s >= CHAIN_S:
            keep(told)

    monkeypatch.setattr(asked_once, "time", SimpleNamespace(monotonic=lambda: waited_s, sleep=sleep))
    asking = Lease(key("chain", "fake", "SPX"), seconds=30)
    assert asking.acquire()

    assert ask().pack() == told.pack()
    assert vendor.calls[ASKED] == 0
    assert asking.release()


def test_a_lease_outlasts_what_is_done_under_it() -> None:
    assert CHAIN_S < asked_once.WAIT_S < asked_once.ASKING_S


def test_who_waited_for_somebody_who_died_asks_himself(vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked_once, "WAIT_S", 0.0)
    died = Lease(key("chain", "fake", "SPX"), seconds=30)
    assert died.acquire()

    assert len(ask()) == 3
    assert died.release()  # it was not ours to give back


def test_what_came_while_we_waited_for_our_turn_is_taken(
    vendor: FakeVendor, told: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the first look and the lease another process has asked and gone."""
    acquire = Lease.acquire

    def after_another(lease: Lease) -> bool:
        keep(told)
        return acquire(lease)

    monkeypatch.setattr(Lease, "acquire", after_another)

    assert len(ask()) == 3
    assert vendor.calls[ASKED] == 0


def test_a_partial_chain_is_told_but_never_kept(vendor: FakeVendor, told: Chain) -> None:
    vendor.chains["SPX"] = replace(told, partial=True)
    assert (ask().partial, ask().partial) == (True, True)
    assert vendor.calls[ASKED] == 2

    vendor.chains["SPX"] = told
    assert (ask().partial, ask().partial) == (False, False)
    assert vendor.calls[ASKED] == 3
