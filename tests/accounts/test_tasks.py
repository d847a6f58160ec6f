"""The scheduled work of accounts, as Celery calls it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import tasks
from accounts.models import Membership, User
from tests.factories.accounts import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_periods_that_are_over_are_renewed() -> None:
    start = timezone.now() - timedelta(days=40)
    MembershipFactory.create(query_count=5, period_start=start)

    tasks.reset_allowances(from_a_newer_release=True)
    tasks.reset_allowances()

    assert Membership.objects.get().query_count == 0


def test_members_of_yesterdays_tests_are_removed() -> None:
    UserFactory.create(is_e2e=True, date_joined=timezone.now() - timedelta(hours=25))
    stays = UserFactory.create(is_e2e=True, date_joined=timezone.now() - timedelta(hours=23))

    tasks.remove_test_data(from_a_newer_release=True)
    tasks.remove_test_data()

    assert list(User.objects.all()) == [stays]


def test_expired_sessions_are_removed() -> None:
    now = timezone.now()
    for name, expires in (("old", now - timedelta(minutes=1)), ("new", now + timedelta(minutes=1))):
        Session.objects.create(session_key=name, session_data="", expire_date=expires)

    tasks.clear_sessions(from_a_newer_release=True)

    assert [session.session_key for session in Session.objects.all()] == ["new"]


def test_with_nothing_to_do_they_do_nothing() -> None:
    tasks.reset_allowances()
    tasks.remove_test_data()
    tasks.clear_sessions()
