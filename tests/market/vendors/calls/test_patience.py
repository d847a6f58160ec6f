from __future__ import annotations

import time
from typing import NoReturn

import pytest
import redis

from config.redis import key
from market.vendors.calls import patience
from market.vendors.calls.patience import ANSWERS_WITHIN_S, LEFT_ALONE_S, Patience
from tests.market.vendors.conftest import Silent


class Hand:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def fails(trouble: Exception) -> NoReturn:
    raise trouble


def test_a_redis_that_answers_is_asked_every_time() -> None:
    asked = Patience()

    asked.ask(lambda shared: shared.set(key("patience"), b"1", ex=60))
    assert asked.ask(lambda shared: shared.get(key("patience"))) == b"1"


def test_silence_costs_half_a_second_once(silent_redis: Silent) -> None:
    asked, began = Patience(), time.monotonic()
    with pytest.raises(redis.TimeoutError):
        asked.ask(lambda shared: shared.get("x"))
    silent_s = time.monotonic() - began
    assert silent_redis.called() == 1

    with pytest.raises(redis.ConnectionError, match="left alone"):
        asked.ask(lambda shared: shared.get("x"))
    assert silent_redis.called() == 0
    assert silent_s >= ANSWERS_WITHIN_S


def test_it_is_asked_again_after_a_while() -> None:
    hand = Hand()
    asked = Patience(hand)
    with pytest.raises(redis.TimeoutError):
        asked.ask(lambda _: fails(redis.TimeoutError("slow")))

    hand.now += LEFT_ALONE_S - 0.1
    with pytest.raises(redis.ConnectionError, match="left alone"):
        asked.ask(lambda _: 7)
    hand.now += 0.1
    assert asked.ask(lambda _: 7) == 7


def test_an_answer_that_is_an_error_is_an_answer() -> None:
    asked = Patience()
    with pytest.raises(redis.ResponseError):
        asked.ask(lambda _: fails(redis.ResponseError("wrong type")))

    assert asked.ask(lambda _: 7) == 7


def test_bucket_and_refusals_share_one_patience(silent_redis: Silent) -> None:
    with pytest.raises(redis.TimeoutError):
        patience.ask(lambda shared: shared.get("x"))
    with pytest.raises(redis.ConnectionError, match="left alone"):
        patience.ask(lambda shared: shared.get("y"))
    assert silent_redis.called() == 1
