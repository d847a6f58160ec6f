from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import redis

from config.redis import client, key
from market import clock, contract_marks
from market.errors import ProviderUnavailable, RateLimited
from market.pure.chain import Chain
from market.pure.contract_marks import Mark, Marks
from market.vendors.reference import Told
from tests.market.chains import chain
from tests.market.fakes import FakeVendor

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 2, 9, 15, tzinfo=UTC)
FRIDAY = date(2026, 2, 13)
ASKED = "contract_marks"
CALL, PUT, OTHER = "SPXW260213C06000000", "SPXW260213P06000000", "AAPL260213C00200000"
NOBODYS = "SPXW260213C09000000"


@pytest.fixture(autouse=True)
def hand() -> Iterator[clock.Standing]:
    with clock.standing(TEN) as standing:
        yield standing


@pytest.fixture(autouse=True)
def told(vendor: FakeVendor) -> None:
    spx = [(FRIDAY, "SPXW", 6000.0, side) for side in "CP"]
    vendor.chains["SPX"] = chain("SPX", spx, spot=6001.0, as_of=TEN, bid=[4.0, 3.0], ask=[5.0, 4.0])
    vendor.chains["AAPL"] = chain("AAPL", [(FRIDAY, "AAPL", 200.0, "C")], spot=201.0, as_of=TEN, bid=2.0, ask=2.2)


def ask(*tickers: str, max_age_s: float = 12, later_s: float = 0) -> Marks:
    return contract_marks.marks(tickers, now=TEN + timedelta(seconds=later_s), max_age_s=max_age_s)


def mids(found: Marks) -> dict[str, float]:
    return {ticker: round(mark.mid, 4) for ticker, mark in found.marks.items()}


def strip(count: int) -> tuple[Chain, list[str]]:
    """Return a chain of so many calls, and their names in order."""
    made = chain("XYZ", [(FRIDAY, "XYZ", 1.0 + n, "C") for n in range(count)], spot=50.0, as_of=TEN, bid=1.0, ask=1.2)
    return made, [f"XYZ260213C{1000 * (1 + n):08d}" for n in range(count)]


def test_contracts_of_any_underlyings_take_one_call(vendor: FakeVendor) -> None:
    found = ask(PUT, OTHER, NOBODYS, CALL, CALL, "AAPL")

    assert mids(found) == {OTHER: 2.1, CALL: 4.5, PUT: 3.5}
    assert list(found.marks) == [OTHER, CALL, PUT]
    assert (found.missing, found.failed) == (("AAPL", NOBODYS), {})
    assert (found.marks[CALL].at, found.marks[CALL].underlying_price) == (TEN, 6001.0)
    assert vendor.calls[ASKED] == 1


@pytest.mark.parametrize("tickers", [(), ("AAPL", "", "O:" + CALL)])
def test_who_names_no_contract_costs_no_call(vendor: FakeVendor, tickers: tuple[str, ...]) -> None:
    found = ask(*tickers)

    assert (found.marks, found.missing, found.failed) == ({}, tuple(sorted(tickers)), {})
    assert vendor.calls[ASKED] == 0


@pytest.mark.parametrize(("later_s", "asked"), [(0, 1), (11.9, 1), (12, 2), (-4.9, 1), (-5.1, 2)])
def test_a_mark_is_asked_for_once_by_all_who_take_it_as_old(vendor: FakeVendor, later_s: float, asked: int) -> None:
    first, second = ask(CALL, NOBODYS), ask(NOBODYS, CALL, later_s=later_s)

    assert vendor.calls[ASKED] == asked
    assert (mids(second), second.missing) == (mids(first), (NOBODYS,)) == ({CALL: 4.5}, (NOBODYS,))


@pytest.mark.parametrize(("max_age_s", "asked"), [(0, 2), (30, 2), (30.1, 1), (9999, 1)])
def test_who_wants_it_fresher_says_so(vendor: FakeVendor, max_age_s: float, asked: int) -> None:
    ask(CALL, max_age_s=60)
    ask(CALL, max_age_s=max_age_s, later_s=30)

    assert vendor.calls[ASKED] == asked


def test_nothing_is_taken_that_is_older_than_a_minute(vendor: FakeVendor) -> None:
    ask(CALL)
    ask(CALL, max_age_s=9999, later_s=60)

    assert vendor.calls[ASKED] == 2


def test_only_what_is_not_kept_is_asked_for(vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = watched(vendor, monkeypatch)

    ask(CALL)
    found = ask(OTHER, CALL, PUT)

    assert asked == [[CALL], [OTHER, PUT]]
    assert mids(found) == {OTHER: 2.1, CALL: 4.5, PUT: 3.5}


def watched(vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch, **trouble: Exception) -> list[list[str]]:
    """Return what will be asked for; a call whose first contract has trouble raises it."""
    asked: list[list[str]] = []
    tell = vendor.contract_marks

    def contract_marks(tickers: Collection[str], *, now: datetime) -> Told[Mark]:
        asked.append(list(tickers))
        if found := trouble.get(asked[-1][0]):
            raise found
        return tell(tickers, now=now)

    monkeypatch.setattr(vendor, "contract_marks", contract_marks)
    return asked


def test_many_are_asked_for_in_batches_that_are_always_the_same(
    vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor.chains["XYZ"], names = strip(501)
    asked = watched(vendor, monkeypatch)

    found = contract_marks.marks([*reversed(names), *names[:7]], now=TEN, max_age_s=12)

    assert list(found.marks) == names
    assert asked == [names[:250], names[250:500], names[500:]]


@pytest.mark.parametrize("together", [1, 3])
@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (ProviderUnavailable(provider="fake", reason="it sleeps"), "fake cannot be used at the moment: it sleeps"),
        (RateLimited(provider="fake", retry_after=2.5), "fake asks us to wait 2.5 s"),
    ],
)
def test_a_batch_that_fails_leaves_the_others_standing(
    vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch, together: int, trouble: Exception, why: str
) -> None:
    vendor.chains["XYZ"], names = strip(600)
    monkeypatch.setattr(vendor, "marks_together", together, raising=False)
    broken = watched(vendor, monkeypatch, **{names[250]: trouble})

    found = contract_marks.marks([*names, NOBODYS.replace("SPXW", "ZZZ")], now=TEN, max_age_s=12)

    assert list(found.marks) == names[:250] + names[500:]
    assert found.missing == ("ZZZ260213C09000000",)
    assert found.failed == dict.fromkeys(names[250:500], why)
    assert len(broken) == 3

    # What failed is all that is asked for again.
    again = watched(vendor, monkeypatch)
    assert list(contract_marks.marks(names, now=TEN, max_age_s=12).failed) == names[250:500]
    assert again == [names[250:500]]


def test_when_nothing_can_be_had_every_contract_has_its_reason(vendor: FakeVendor) -> None:
    vendor.failing[ASKED] = ProviderUnavailable(provider="fake")

    found = ask(CALL, PUT, "AAPL")

    assert (found.marks, found.missing) == ({}, ("AAPL",))
    assert set(found.failed) == {CALL, PUT}
    assert len(set(found.failed.values())) == 1


def test_an_error_of_our_own_is_not_swallowed(vendor: FakeVendor) -> None:
    vendor.failing[ASKED] = ZeroDivisionError("ours")

    with pytest.raises(ZeroDivisionError):
        ask(CALL)


def test_half_an_answer_says_nothing_of_the_other_half(vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch) -> None:
    tell = vendor.contract_marks
    monkeypatch.setattr(
        vendor,
        "contract_marks",
        lambda tickers, now: replace(tell([each for each in tickers if each != PUT], now=now), partial=True),
    )

    found = ask(CALL, PUT)

    assert (mids(found), found.missing, found.failed) == ({CALL: 4.5}, (), {PUT: contract_marks.LOST})
    monkeypatch.setattr(vendor, "contract_marks", tell)
    assert mids(ask(CALL, PUT)) == {CALL: 4.5, PUT: 3.5}


def test_it_stays_in_redis_no_longer_than_its_market_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    ask(CALL)
    assert 0 < client().ttl(key("mark", "fake", CALL)) <= 60

    monkeypatch.setattr(clock, "speed", lambda: 30.0)
    ask(CALL, later_s=600)
    assert client().ttl(key("mark", "fake", CALL)) <= 2


@pytest.mark.parametrize("length", [4, 50])
def test_what_another_release_wrote_is_asked_for_again(vendor: FakeVendor, length: int) -> None:
    ask(CALL)
    client().set(key("mark", "fake", CALL), client().get(key("mark", "fake", CALL))[:length])

    assert mids(ask(CALL)) == {CALL: 4.5}
    assert vendor.calls[ASKED] == 2


def test_without_redis_everybody_asks(vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def __getattr__(self, name: str) -> Any:
            raise redis.ConnectionError("connection refused")

    monkeypatch.setattr(contract_marks, "client", Away)
    monkeypatch.setattr("config.work.lease.client", Away)
    monkeypatch.setattr("config.work.lease._script", lambda source: Away().run)

    assert mids(ask(CALL)) == mids(ask(CALL)) == {CALL: 4.5}
    assert vendor.calls[ASKED] == 2


def test_many_who_want_the_same_at_once_ask_once(vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch) -> None:
    tell, asking, others_wait = vendor.contract_marks, threading.Event(), threading.Event()

    def slow(tickers: Collection[str], *, now: datetime) -> Told[Mark]:
        asking.set()
        assert others_wait.wait(10)
        return tell(tickers, now=now)

    monkeypatch.setattr(vendor, "contract_marks", slow)
    sleep = contract_marks.asked_once.__globals__["time"].sleep
    monkeypatch.setattr("market.asked_once.time.sleep", lambda seconds: (others_wait.set(), sleep(seconds)))
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(ask, CALL, PUT)
        assert asking.wait(10)
        found = [each.result() for each in (first, *(pool.submit(ask, PUT, CALL) for _ in range(3)))]

    assert [mids(each) for each in found] == [{CALL: 4.5, PUT: 3.5}] * 4
    assert vendor.calls[ASKED] == 1
