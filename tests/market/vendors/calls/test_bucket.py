from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import pytest

from config.redis import client, key
from market.errors import ProviderUnavailable, RateLimited
from market.vendors.calls.bucket import RESERVE, Bucket, Limit
from tests.market.vendors.conftest import Silent


class Hand:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def hand() -> Hand:
    return Hand()


def made(hand: Hand, *limits: Limit) -> Bucket:
    """Return a bucket of calls that are all of one kind."""
    return Bucket("made_up", limits, sleep=hand.sleep, now_s=hand)


def shared(hand: Hand, *limits: Limit) -> Bucket:
    """Return a bucket of prices and everything else."""
    return Bucket("made_up", limits, reserve=RESERVE, sleep=hand.sleep, now_s=hand)


def went_out(bucket: Bucket, hand: Hand, calls: int, **how: Any) -> list[float]:
    """Return when each call went out, counted from the first question."""
    began, at = hand.now, []
    for _ in range(calls):
        bucket.take(within_s=3600, **how)
        at.append(round(hand.now - began, 3))
    return at


def test_a_window_holds_no_more_than_its_limit(hand: Hand) -> None:
    at = went_out(made(hand, Limit(5, 60.0)), hand, 12, urgent=True)

    assert at == [0.0] * 5 + [60.0] * 5 + [120.0] * 2


def test_the_window_slides(hand: Hand) -> None:
    bucket = made(hand, Limit(2, 60.0))
    bucket.take(within_s=0, urgent=True)
    hand.now += 50
    bucket.take(within_s=0, urgent=True)

    with pytest.raises(RateLimited) as refused:
        bucket.take(within_s=5, urgent=True)
    assert refused.value.retry_after == pytest.approx(10.0)
    hand.now += 10
    bucket.take(within_s=0, urgent=True)


def test_nobody_waits_in_vain(hand: Hand) -> None:
    bucket = made(hand, Limit(1, 60.0))
    bucket.take(within_s=0, urgent=True)

    with pytest.raises(RateLimited, match=r"made_up asks us to wait 60\.0 s"):
        bucket.take(within_s=59.9, urgent=True)
    assert hand.slept == []


@pytest.mark.parametrize("urgent", [True, False])
def test_each_kind_leaves_a_fifth_of_the_window_to_the_other(hand: Hand, urgent: bool) -> None:
    bucket = shared(hand, Limit(10, 60.0))
    assert went_out(bucket, hand, 8, urgent=urgent) == [0.0] * 8

    with pytest.raises(RateLimited):
        bucket.take(within_s=1, urgent=urgent)
    assert went_out(bucket, hand, 2, urgent=not urgent) == [0.0] * 2
    with pytest.raises(RateLimited):
        bucket.take(within_s=1, urgent=not urgent)


@pytest.mark.parametrize("calls", [2, 5, 7, 30])
def test_neither_kind_starves_the_other(hand: Hand, calls: int) -> None:
    """A small plan, of which both want more than there is, every second for ten minutes."""
    bucket, out = shared(hand, Limit(calls, 60.0)), {True: 0, False: 0}
    for _ in range(600):
        for urgent in (True, True, False):
            with suppress(RateLimited):
                bucket.take(within_s=0, urgent=urgent)
                out[urgent] += 1
        hand.now += 1

    floor = 10 * math.ceil(RESERVE * calls)
    assert sum(out.values()) == 10 * calls
    assert min(out.values()) >= floor


def test_a_plan_of_one_call_has_nothing_to_keep_back(hand: Hand) -> None:
    bucket = shared(hand, Limit(1, 60.0))

    assert went_out(bucket, hand, 1) == [0.0]
    assert went_out(bucket, hand, 1, urgent=True) == [60.0]


def test_the_tighter_of_two_limits_counts(hand: Hand) -> None:
    at = went_out(made(hand, Limit(2, 1.0), Limit(3, 60.0)), hand, 4, urgent=True)

    assert at == [0.0, 0.0, 1.0, 60.0]


def test_a_pause_stops_everybody(hand: Hand) -> None:
    bucket = made(hand, Limit(50, 1.0))
    bucket.pause(7.0)
    bucket.pause(2.0)  # a shorter one does not end it

    assert went_out(bucket, hand, 1, urgent=True) == [7.0]


def test_no_pause_is_longer_than_a_minute(hand: Hand) -> None:
    bucket = made(hand, Limit(50, 1.0))
    bucket.pause(86_400.0)

    assert went_out(bucket, hand, 1, urgent=True) == [60.0]


def test_two_processes_share_what_they_may_ask(hand: Hand) -> None:
    one, other = made(hand, Limit(3, 60.0)), made(hand, Limit(3, 60.0))
    went_out(one, hand, 2, urgent=True)

    assert went_out(other, hand, 1, urgent=True) == [0.0]
    with pytest.raises(RateLimited):
        other.take(within_s=1, urgent=True)
    with pytest.raises(RateLimited):
        one.take(within_s=1, urgent=True)


def test_providers_do_not_share(hand: Hand) -> None:
    made(hand, Limit(1, 60.0)).take(within_s=0, urgent=True)

    Bucket("other", [Limit(1, 60.0)], sleep=hand.sleep, now_s=hand).take(within_s=0, urgent=True)


def test_no_limit_lets_everything_out(hand: Hand) -> None:
    assert went_out(made(hand, Limit(0, 60.0)), hand, 200) == [0.0] * 200


def test_redis_keeps_no_more_than_a_window(hand: Hand) -> None:
    went_out(shared(hand, Limit(3, 60.0)), hand, 9, urgent=True)

    names = [key("pace", "made_up", name) for name in ("60s", "60s:urgent")]
    assert [client().llen(name) for name in names] == [3, 2]
    assert all(0 < client().pttl(name) <= 60_000 for name in names)


def test_the_clock_of_redis_will_do() -> None:
    bucket = Bucket("made_up", [Limit(2, 3600.0)])
    bucket.take(within_s=0, urgent=True)
    bucket.take(within_s=0, urgent=True)

    with pytest.raises(RateLimited) as refused:
        bucket.take(within_s=0, urgent=True)
    assert 3590 < refused.value.retry_after <= 3600


def test_without_redis_nobody_gets_out_and_nobody_waits_long(silent_redis: Silent) -> None:
    """No process knows then how much of the plan the others have used."""
    bucket = Bucket("made_up", [Limit(5, 60.0)])
    for _ in range(20):
        with pytest.raises(ProviderUnavailable, match="its plan cannot be kept, Redis does not answer"):
            bucket.take(within_s=4.0, urgent=True)

    assert silent_redis.called() == 1  # so half a second was waited, and once


def test_who_was_told_to_keep_still_does_so_without_redis(silent_redis: Silent, hand: Hand) -> None:
    bucket = made(hand, Limit(50, 1.0))
    bucket.pause(7.0)

    with pytest.raises(RateLimited) as refused:
        bucket.take(within_s=4.0, urgent=True)
    assert refused.value.retry_after == pytest.approx(7.0)
    assert silent_redis.called() == 1


def test_a_wait_that_took_longer_than_it_should_counts_in_full(hand: Hand) -> None:
    """A machine that was busy sleeps for 22 s instead of 10, and somebody else was out five seconds before."""
    bucket, other = made(hand, Limit(1, 10.0)), made(hand, Limit(1, 10.0))
    bucket.take(within_s=0, urgent=True)

    def oversleep(_: float) -> None:
        hand.now += 17
        other.take(within_s=0, urgent=True)
        hand.now += 5

    bucket._sleep = oversleep
    with pytest.raises(RateLimited) as refused:
        bucket.take(within_s=25, urgent=True)
    assert refused.value.retry_after == pytest.approx(5.0)
