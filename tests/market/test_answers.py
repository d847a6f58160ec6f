from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis

from config.redis import client, key
from market import answers, clock

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 2, 9, 17, 0, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def hand() -> Iterator[clock.Standing]:
    with clock.standing(NOON) as standing:
        yield standing


class Counted:
    """Computes a body and counts how often."""

    def __init__(self, **body: Any) -> None:
        self.body, self.times = body, 0

    def __call__(self) -> dict[str, Any]:
        self.times += 1
        return {**self.body, "n": self.times}

    def ask(self, ttl_s: int = 60, **how: bool) -> answers.Answer:
        return answers.remembered("thing", "SPY", ttl_s=ttl_s, now=clock.now(), compute=self, **how)


def test_an_answer_is_computed_once_while_it_is_good(hand: clock.Standing) -> None:
    thing = Counted()

    first, second = thing.ask(), thing.ask()

    assert (first.body, first.cached) == ({"n": 1}, False)
    assert (second.body, second.cached, second.expires_at) == ({"n": 1}, True, first.expires_at)


def test_it_expires_when_the_next_minute_has_settled(hand: clock.Standing) -> None:
    thing = Counted()

    first = thing.ask()

    assert first.expires_at == datetime(2026, 2, 9, 17, 1, 2, tzinfo=UTC)
    hand.move_to(datetime(2026, 2, 9, 17, 1, 1, 999_000, tzinfo=UTC))
    assert thing.ask().cached
    hand.move_to(datetime(2026, 2, 9, 17, 1, 2, tzinfo=UTC))
    assert not thing.ask().cached


@pytest.mark.parametrize(("second", "minute"), [(0, 0), (1, 0), (2, 1), (59, 1)])
def test_the_minute_that_settles_next_is_meant(hand: clock.Standing, second: int, minute: int) -> None:
    hand.move_to(NOON.replace(second=second))

    assert Counted().ask().expires_at == NOON.replace(minute=minute, second=2)


def test_longer_lives_are_counted_from_the_settled_minute(hand: clock.Standing) -> None:
    assert Counted().ask(ttl_s=300).expires_at == datetime(2026, 2, 9, 17, 5, 2, tzinfo=UTC)


def test_a_degraded_answer_lasts_fifteen_seconds(hand: clock.Standing) -> None:
    thing = Counted(degraded=["intraday"])

    assert thing.ask().expires_at == NOON.replace(second=45)


def test_a_stale_answer_lasts_as_short(hand: clock.Standing) -> None:
    thing = Counted(stale=True)

    assert thing.ask(ttl_s=300).expires_at == NOON + timedelta(seconds=15)


def test_who_asks_anew_asks_for_everybody(hand: clock.Standing) -> None:
    thing = Counted()
    thing.ask()
    hand.forward(seconds=1)

    fresh = answers.remembered("thing", "SPY", ttl_s=60, now=clock.now(), compute=thing, anew=True)

    assert (fresh.body, fresh.cached) == ({"n": 2}, False)
    assert (thing.ask().body, thing.times) == ({"n": 2}, 2)


def test_a_clock_that_was_set_back_forgets_what_it_has_not_lived_through(hand: clock.Standing) -> None:
    thing = Counted()
    thing.ask(ttl_s=3600)

    hand.move_to(NOON.replace(hour=15))

    assert not thing.ask(ttl_s=3600).cached


def test_redis_forgets_it_by_itself_when_it_is_no_longer_good(hand: clock.Standing) -> None:
    Counted().ask()

    assert client().ttl(key("answer", "thing", "SPY")) == 32


def test_a_fast_clock_shortens_the_time_in_redis(hand: clock.Standing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "speed", lambda: 30.0)

    Counted().ask(ttl_s=3600)

    assert 100 < client().ttl(key("answer", "thing", "SPY")) <= 120


def test_without_redis_every_answer_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    unreachable = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.1)
    monkeypatch.setattr(answers, "client", lambda: unreachable)
    thing = Counted()

    assert [thing.ask().body["n"], thing.ask().body["n"]] == [1, 2]


@pytest.mark.parametrize("once", [False, True])
def test_who_wants_it_anew_gets_it_anew_and_so_does_everybody_after_him(hand: clock.Standing, once: bool) -> None:
    thing = Counted()
    thing.ask(once=once)
    hand.move_to(NOON.replace(second=31))

    assert thing.ask(once=once, anew=True).body == {"n": 2}
    assert thing.ask(once=once).body == {"n": 2}


def test_of_all_who_ask_at_once_one_computes(hand: clock.Standing) -> None:
    computing = threading.Event()

    class Slow(Counted):
        def __call__(self) -> dict[str, Any]:
            computing.set()
            time.sleep(0.1)
            return super().__call__()

    thing = Slow()

    def ask(before_s: float) -> answers.Answer:
        now = NOON - timedelta(seconds=before_s)
        return answers.remembered("thing", "SPY", ttl_s=60, now=now, compute=thing, once=True)

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(ask, 0.0)
        assert computing.wait(5)
        # Their readings of the clock differ by a little, to both sides.
        others = [pool.submit(ask, 0.02 * n - 0.05) for n in range(7)]
        bodies = [each.result().body for each in (first, *others)]

    assert bodies == [{"n": 1}] * 8


def test_who_fails_leaves_it_to_the_next(hand: clock.Standing) -> None:
    def fail() -> dict[str, Any]:
        raise LookupError("nothing there")

    with pytest.raises(LookupError):
        answers.remembered("thing", "SPY", ttl_s=60, now=NOON, compute=fail, once=True)

    assert Counted().ask(once=True).body == {"n": 1}
