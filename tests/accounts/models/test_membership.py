"""The plan's row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import Membership, User
from tests.factories.accounts import MembershipFactory

pytestmark = pytest.mark.django_db


def test_a_plan_made_in_the_admin_runs_for_a_month_from_now(user: User) -> None:
    before = timezone.now()

    membership = Membership.objects.create(user=user)

    assert before <= membership.period_start <= timezone.now()
    assert timedelta(days=27) < membership.period_end - membership.period_start <= timedelta(days=31)
    assert membership.billing_day == membership.period_start.day


def test_a_plan_that_starts_on_the_31st_remembers_it(user: User) -> None:
    starting = Membership.starting(user.pk, tier="pro", at=datetime(2026, 1, 31, 9, tzinfo=UTC))

    assert (starting.period_end, starting.billing_day) == (datetime(2026, 2, 28, 9, tzinfo=UTC), 31)


@pytest.mark.parametrize(
    "values",
    [{"tier": "gold"}, {"billing_day": 0}, {"billing_day": 32}, {"period_end": datetime(2020, 1, 1, tzinfo=UTC)}],
    ids=["unknown tier", "day 0", "day 32", "ends before it begins"],
)
def test_the_database_refuses_a_plan_that_cannot_be(values: dict[str, object]) -> None:
    membership = MembershipFactory.create()

    with pytest.raises(IntegrityError):
        Membership.objects.filter(pk=membership.pk).update(**values)
