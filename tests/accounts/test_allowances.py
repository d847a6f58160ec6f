"""The month's queries, counted exactly however many arrive at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import allowances, counts
from accounts.models import ALLOWANCES, Membership, Tier, User
from accounts.pure import periods
from config.http.errors import QueryLimitExceeded
from tests.factories.accounts import MembershipFactory


def plan(**values: object) -> Membership:
    return MembershipFactory.create(**values)


@pytest.mark.parametrize(("tier", "limit"), [("lite", 100), ("pro", 500), ("elite", 999_999)])
@pytest.mark.django_db
def test_the_last_query_of_a_tier_passes_and_the_next_does_not(tier: str, limit: int) -> None:
    membership = plan(tier=tier, query_count=limit - 1)

    allowances.spend(membership.user)
    with pytest.raises(QueryLimitExceeded) as refused:
        allowances.spend(membership.user)

    assert refused.value.extra() == {"queryCount": limit, "queryLimit": limit, "resetDate": membership.period_end}
    membership.refresh_from_db()
    assert membership.query_count == limit


def test_every_tier_has_a_limit() -> None:
    assert set(ALLOWANCES) == set(Tier)


@pytest.mark.django_db
def test_a_query_costs_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user = plan().user

    with django_assert_num_queries(3):  # the update, between savepoint and release; no savepoint outside a test
        allowances.spend(user)


@pytest.mark.django_db
def test_a_user_without_a_membership_has_no_limit(user: User) -> None:
    allowances.spend(user)

    assert not Membership.objects.exists()


@pytest.mark.django_db
def test_only_the_caller_pays() -> None:
    mine, other = plan(), plan()

    allowances.spend(mine.user)

    assert dict(Membership.objects.values_list("pk", "query_count")) == {mine.pk: 1, other.pk: 0}


@pytest.mark.django_db(transaction=True)
def test_of_thirty_at_once_exactly_those_pass_that_are_left() -> None:
    user = plan(tier=Tier.LITE, query_count=90).user

    def once(_: int) -> bool:
        try:
            allowances.spend(user)
        except QueryLimitExceeded:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(max_workers=30) as threads:
        passed = list(threads.map(once, range(30)))

    assert sum(passed) == 10
    assert Membership.objects.get(user=user).query_count == 100


@pytest.mark.django_db
def test_a_counter_that_cannot_be_read_lets_the_query_through(user: User, caplog: pytest.LogCaptureFixture) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_membership RENAME TO out_of_reach")

    allowances.spend(user)

    assert counts.of("accounts.allowance.unreadable") == 1
    assert caplog.messages == ["accounts.allowance.unreadable"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # the caller's transaction is not broken


@pytest.mark.django_db
def test_nobody_waits_for_the_reset_once_his_period_is_over() -> None:
    start = timezone.now() - timedelta(days=40)
    old = plan(tier=Tier.LITE, query_count=100, period_start=start)

    allowances.spend(old.user)

    new = Membership.objects.get(pk=old.pk)
    assert (new.query_count, new.period_start) == (1, old.period_end)
    assert new.period_end == periods.next_end(old.period_end, billing_day=start.day)


@pytest.mark.django_db
class TestRenewal:
    def test_it_goes_on_from_the_old_end(self) -> None:
        now = timezone.now()
        over = plan(query_count=7, period_start=now - timedelta(days=33))
        running = plan(query_count=3)

        assert allowances.renew_all(now=now) == 1

        renewed = Membership.objects.get(pk=over.pk)
        assert (renewed.query_count, renewed.period_start) == (0, over.period_end)
        assert renewed.period_start <= now < renewed.period_end
        assert Membership.objects.get(pk=running.pk).query_count == 3

    def test_a_second_run_changes_nothing(self) -> None:
        now = timezone.now()
        membership = plan(period_start=now - timedelta(days=33))
        allowances.renew_all(now=now)
        allowances.spend(membership.user)

        assert allowances.renew_all(now=now) == 0
        assert Membership.objects.get(pk=membership.pk).query_count == 1

    def test_of_two_at_once_one_wins(self) -> None:
        now = timezone.now()
        stale = plan(period_start=now - timedelta(days=33))
        assert allowances.renew(Membership.objects.get(pk=stale.pk), now=now)
        allowances.spend(stale.user)

        assert not allowances.renew(stale, now=now)
        assert Membership.objects.get(pk=stale.pk).query_count == 1
