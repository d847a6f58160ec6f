from __future__ import annotations

import pytest

from market.vendors.calls.breaker import Breaker


class Hand:
    """A clock that stands where a test puts it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def breaker(hand: Hand) -> Breaker:
    return Breaker(failures=5, open_s=15.0, monotonic=hand)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.failed()


def test_the_fifth_failure_in_a_row_opens_it(breaker: Breaker) -> None:
    fail(breaker, 4)
    assert breaker.wait_s() == 0

    fail(breaker, 1)
    assert breaker.wait_s() == 15.0


def test_a_success_in_between_starts_the_count_anew(breaker: Breaker) -> None:
    fail(breaker, 4)
    breaker.worked()
    fail(breaker, 4)

    assert breaker.wait_s() == 0


def test_after_its_spell_one_probe_goes_out(breaker: Breaker, hand: Hand) -> None:
    fail(breaker, 5)
    hand.now += 14.0
    assert breaker.wait_s() == 1.0

    hand.now += 1.0
    assert (breaker.wait_s(), breaker.wait_s()) == (0.0, 15.0)


def test_a_probe_that_works_closes_it_and_one_that_fails_opens_it_again(breaker: Breaker, hand: Hand) -> None:
    fail(breaker, 5)
    hand.now += 15.0
    assert breaker.wait_s() == 0
    hand.now += 2.0
    breaker.failed()
    assert breaker.wait_s() == 15.0

    hand.now += 15.0
    assert breaker.wait_s() == 0
    breaker.worked()
    assert (breaker.wait_s(), breaker.wait_s()) == (0.0, 0.0)


def test_a_probe_that_never_reports_is_followed_by_another(breaker: Breaker, hand: Hand) -> None:
    fail(breaker, 5)
    hand.now += 15.0
    assert breaker.wait_s() == 0

    hand.now += 15.0
    assert breaker.wait_s() == 0
