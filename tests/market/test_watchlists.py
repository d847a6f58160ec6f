from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from config.http.errors import InvalidInput, NotFound
from market import clock, watchlists
from market.models import Following, Watchlist
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

STANDARD = ["SPX", "NDX", "SPY", "QQQ"]
MONDAY_NOON = datetime(2026, 2, 9, 17, tzinfo=UTC)


@pytest.fixture(autouse=True)
def hand() -> clock.Standing:
    with clock.standing(MONDAY_NOON) as standing:
        yield standing


@pytest.fixture
def user(hand: clock.Standing) -> User:
    """A trader with the standard list."""
    user = UserFactory.create()
    watchlists.lists(user)
    return user


def names(user: User) -> list[str]:
    return [row.name for row in watchlists.lists(user)]


def following(user: User) -> dict[str, bool]:
    return dict(Following.objects.filter(user=user).values_list("symbol", "auto_track"))


def test_a_new_trader_has_the_standard_list() -> None:
    user = User.objects.create_user(username="ann", email="ann@example.com", password="secret of ann")

    (row,) = Watchlist.objects.filter(user=user)

    assert (row.name, row.symbols, row.is_default, row.created_at) == ("Default", STANDARD, True, MONDAY_NOON)
    assert following(user) == dict.fromkeys(STANDARD, True)


def test_whoever_was_made_in_bulk_gets_the_standard_list_on_the_first_read(user: User) -> None:
    Watchlist.objects.filter(user=user).delete()

    assert [row.symbols for row in watchlists.lists(user)] == [STANDARD]


def test_reading_costs_one_query(user: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for name in "abc":
        watchlists.create(user, name=name, symbols=["AAPL"], is_default=False)

    with django_assert_num_queries(1):
        watchlists.lists(user)


def test_lists_come_default_first_and_then_the_latest_touched(user: User, hand: clock.Standing) -> None:
    made = {}
    for name in "abc":
        hand.forward(minutes=1)
        made[name] = watchlists.create(user, name=name, symbols=["AAPL"], is_default=False)
    hand.forward(minutes=1)
    watchlists.change(user, made["a"].pk, symbols=["TSLA"])

    assert names(user) == ["Default", "a", "c", "b"]


def test_symbols_are_cleaned_and_keep_their_order(user: User) -> None:
    row = watchlists.create(user, name="x", symbols=[" tsla", "I:SPX", "TSLA ", "brk.b", "spx"], is_default=False)

    assert row.symbols == ["TSLA", "SPX", "BRK.B"]


def test_one_malformed_symbol_refuses_all_and_is_named(user: User) -> None:
    with pytest.raises(InvalidInput, match=r"symbols\.1: 'TOO LONG A SYMBOL'"):
        watchlists.create(user, name="x", symbols=["SPY", "TOO LONG A SYMBOL", "QQQ"], is_default=False)

    assert names(user) == ["Default"]


@pytest.mark.parametrize("symbols", [[], ["***"], ["a b", "c d"]])
def test_nothing_left_after_clean_up_has_a_label_of_its_own(user: User, symbols: list[str]) -> None:
    with pytest.raises(watchlists.NoSymbols) as refused:
        watchlists.create(user, name="x", symbols=symbols, is_default=False)

    assert (refused.value.label, refused.value.status) == ("Invalid symbols", 400)


def test_the_fifty_first_list_is_refused(user: User) -> None:
    for number in range(49):
        watchlists.create(user, name=f"list {number}", symbols=["SPY"], is_default=False)

    with pytest.raises(InvalidInput, match="50 lists"):
        watchlists.create(user, name="one too many", symbols=["SPY"], is_default=False)

    assert Watchlist.objects.filter(user=user).count() == 50


def test_a_new_default_takes_the_mark_off_the_old_one(user: User) -> None:
    row = watchlists.create(user, name="mine", symbols=["AAPL", "SPY"], is_default=True)

    assert [(one.name, one.is_default) for one in watchlists.lists(user)] == [("mine", True), ("Default", False)]
    assert watchlists.default_list(user) == row
    assert following(user) == {"AAPL": True, "SPY": True, "SPX": False, "NDX": False, "QQQ": False}


def test_making_another_list_the_default_moves_the_mark(user: User) -> None:
    row = watchlists.create(user, name="mine", symbols=["AAPL"], is_default=False)

    changed = watchlists.change(user, row.pk, is_default=True)

    assert changed.is_default
    assert names(user) == ["mine", "Default"]
    assert following(user)["AAPL"] is True
    assert following(user)["SPX"] is False


def test_unsetting_the_only_default_promotes_the_list_touched_last(user: User, hand: clock.Standing) -> None:
    (standard,) = watchlists.lists(user)
    watchlists.create(user, name="older", symbols=["AAPL"], is_default=False)
    hand.forward(minutes=1)

    watchlists.change(user, standard.pk, is_default=False)

    assert [(row.name, row.is_default) for row in watchlists.lists(user)] == [("Default", True), ("older", False)]


def test_changing_symbols_brings_the_flattened_copy_along(user: User) -> None:
    (standard,) = watchlists.lists(user)
    watchlists.create(user, name="other", symbols=["SPY", "TSLA"], is_default=False)

    watchlists.change(user, standard.pk, symbols=["AAPL"])

    assert following(user) == {"AAPL": True, "SPY": False, "TSLA": False}


def test_what_is_not_given_stays(user: User) -> None:
    (standard,) = watchlists.lists(user)

    changed = watchlists.change(user, standard.pk, name="Renamed")

    assert (changed.name, changed.symbols, changed.is_default) == ("Renamed", STANDARD, True)


def test_deleting_the_default_promotes_the_latest_of_the_others(user: User, hand: clock.Standing) -> None:
    (standard,) = watchlists.lists(user)
    for name in "ab":
        hand.forward(minutes=1)
        watchlists.create(user, name=name, symbols=["AAPL"], is_default=False)

    watchlists.delete(user, standard.pk)

    assert [(row.name, row.is_default) for row in watchlists.lists(user)] == [("b", True), ("a", False)]
    assert following(user) == {"AAPL": True}


def test_deleting_the_last_list_brings_the_standard_one_back(user: User) -> None:
    (standard,) = watchlists.lists(user)
    watchlists.change(user, standard.pk, symbols=["AAPL"], name="Mine")

    watchlists.delete(user, standard.pk)

    (row,) = watchlists.lists(user)
    assert (row.name, row.symbols, row.is_default) == ("Default", STANDARD, True)
    assert row.pk != standard.pk
    assert following(user) == dict.fromkeys(STANDARD, True)


def test_someone_elses_list_is_no_list(user: User) -> None:
    foreign = watchlists.default_list(UserFactory.create())

    for act in (lambda: watchlists.change(user, foreign.pk, name="taken"), lambda: watchlists.delete(user, foreign.pk)):
        with pytest.raises(NotFound):
            act()

    assert Watchlist.objects.get(pk=foreign.pk).name == "Default"


def test_a_list_that_is_gone_is_not_found(user: User) -> None:
    with pytest.raises(NotFound):
        watchlists.delete(user, uuid4())


def test_a_change_costs_the_same_for_many_symbols_as_for_one(
    user: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    (standard,) = watchlists.lists(user)
    fifty = [f"S{number}" for number in range(50)]

    for symbols in (["AAPL"], fifty):
        with django_assert_max_num_queries(9):
            watchlists.change(user, standard.pk, symbols=symbols)

    assert following(user) == dict.fromkeys(fifty, True)


def at_once(acts: list[Callable[[], object]]) -> list[object]:
    """Run each act on a thread and a connection of its own, all let go at the same moment."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            connection.ensure_connection()
            gate.wait(timeout=20)
            return act()
        except Exception as error:  # noqa: BLE001 -- the test looks at what came back
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.django_db(transaction=True)
def test_twenty_that_make_a_default_at_once_leave_exactly_one(user: User) -> None:
    rows = [
        watchlists.create(user, name=f"list {number}", symbols=["SPY", f"S{number}"], is_default=False)
        for number in range(20)
    ]

    results = at_once([lambda row=row: watchlists.change(user, row.pk, is_default=True) for row in rows])

    assert [error for error in results if isinstance(error, Exception)] == []
    (default,) = Watchlist.objects.filter(user=user, is_default=True)
    assert {symbol for symbol, tracked in following(user).items() if tracked} == set(default.symbols)


@pytest.mark.django_db(transaction=True)
def test_twenty_that_create_a_default_at_once_leave_exactly_one(user: User) -> None:
    acts = [
        lambda n=number: watchlists.create(user, name=f"list {n}", symbols=[f"S{n}"], is_default=True)
        for number in range(20)
    ]

    results = at_once(acts)

    assert [error for error in results if isinstance(error, Exception)] == []
    assert Watchlist.objects.filter(user=user).count() == 21
    assert Watchlist.objects.filter(user=user, is_default=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_ten_that_create_the_fiftieth_list_at_once_make_one(user: User) -> None:
    for number in range(48):
        watchlists.create(user, name=f"list {number}", symbols=["SPY"], is_default=False)

    results = at_once(
        [lambda: watchlists.create(user, name="last", symbols=["SPY"], is_default=False) for _ in range(10)]
    )

    assert sum(isinstance(result, InvalidInput) for result in results) == 9
    assert Watchlist.objects.filter(user=user).count() == 50
