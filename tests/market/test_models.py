from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from market import clock
from market.models import ClockState, Watchlist
from tests.factories.accounts import UserFactory
from tests.factories.market import (
    ClockStateFactory,
    EconomicEventFactory,
    FollowingFactory,
    SessionBarsFactory,
    WatchlistFactory,
)
from tests.market.test_tasks import OPEN

pytestmark = pytest.mark.django_db


def test_a_trader_has_at_most_one_default_list() -> None:
    user = UserFactory()  # with the list that every new trader gets
    WatchlistFactory(user=user)

    with pytest.raises(IntegrityError), transaction.atomic():
        WatchlistFactory(user=user, is_default=True)


def test_a_list_has_a_name() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        WatchlistFactory(name="")


def test_lists_come_default_first_then_the_most_recently_touched() -> None:
    with clock.standing(OPEN) as hand:
        user = UserFactory()
        default = Watchlist.objects.get()
        hand.forward(minutes=1)
        older = WatchlistFactory(user=user)
        hand.forward(minutes=1)
        newer = WatchlistFactory(user=user)

    assert list(Watchlist.objects.in_order()) == [default, newer, older]


def test_rows_are_stamped_with_market_time() -> None:
    with clock.standing(OPEN):
        assert WatchlistFactory().created_at == OPEN


def test_a_symbol_is_followed_once() -> None:
    row = FollowingFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        FollowingFactory(user=row.user, symbol=row.symbol, auto_track=True)


def test_a_session_is_kept_once() -> None:
    SessionBarsFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        SessionBarsFactory()


def test_a_release_is_listed_once() -> None:
    row = EconomicEventFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        EconomicEventFactory(at=row.at, name=row.name)


@pytest.mark.parametrize("wrong", [{"id": 2}, {"speed": 0}, {"mode": ClockState.Mode.SIMULATED}])
def test_there_is_one_clock_that_runs_forward_from_an_anchor(wrong: dict) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ClockStateFactory(**wrong)
