"""The accounts of a first start."""

from __future__ import annotations

import pytest

from accounts.demo import ensure_demo
from accounts.models import Membership, Tier, User

pytestmark = pytest.mark.django_db


def test_the_demo_trader_has_the_top_tier_and_no_rights() -> None:
    user = ensure_demo("demo", "demo-1234")

    assert user.check_password("demo-1234")
    assert (user.is_staff, user.is_superuser) == (False, False)
    assert user.membership.tier == Tier.ELITE


def test_staff_may_use_the_admin() -> None:
    user = ensure_demo("admin", "admin-1234", staff=True)

    assert (user.is_staff, user.is_superuser) == (True, True)


def test_a_second_start_changes_nothing() -> None:
    ensure_demo("demo", "demo-1234")
    rows = list(User.objects.values()), list(Membership.objects.values())

    ensure_demo("demo", "demo-1234")

    assert (list(User.objects.values()), list(Membership.objects.values())) == rows


def test_a_new_password_takes_effect_and_signs_out() -> None:
    ensure_demo("demo", "demo-1234")

    user = ensure_demo("demo", "demo-5678")

    assert User.objects.get().check_password("demo-5678")
    assert user.token_version == 1
