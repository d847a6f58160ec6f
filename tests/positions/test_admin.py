"""Holdings, advice, plans and LEAPS in the admin."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from positions import plan
from positions.models import Fill, Leg, Position
from positions.pure.plan_rules import Plan
from tests.factories.accounts import UserFactory
from tests.factories.positions import TEN, AdviceFactory, LeapsFactory, closed_call, held_call

pytestmark = pytest.mark.django_db
MODELS = ("position", "fill", "advice", "leaps", "tradingplan", "planchange", "planbreach")


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(
        UserFactory(is_staff=True, is_superuser=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def trader() -> None:
    """Make a trader with some of everything."""
    user = UserFactory.create()
    AdviceFactory.create(user=user)
    LeapsFactory.create(user=user)
    closed_call(user)
    # A plan that his second call breaks.
    plan.replace(user.pk, Plan(max_loss_trade=Decimal(1)), now=TEN)
    held_call(user)


@pytest.mark.parametrize("model", MODELS)
def test_every_list_costs_the_same_for_one_trader_as_for_three(
    operator: Client, model: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    trader()
    address = reverse(f"admin:positions_{model}_changelist")
    with django_assert_max_num_queries(20) as one:
        assert operator.get(address).status_code == 200
    trader()
    trader()

    with django_assert_max_num_queries(len(one)):
        page = operator.get(address)

    assert page.context["cl"].result_count >= 3


@pytest.mark.parametrize("model", MODELS)
def test_every_row_can_be_read_and_none_written(operator: Client, model: str) -> None:
    trader()
    found = apps.get_model("positions", model).objects.first()
    change = reverse(f"admin:positions_{model}_change", args=[found.pk])

    assert operator.get(change).status_code == 200
    assert operator.post(change, {}).status_code == 403
    assert operator.get(reverse(f"admin:positions_{model}_add")).status_code == 403
    assert operator.post(reverse(f"admin:positions_{model}_delete", args=[found.pk])).status_code == 403


def test_a_position_shows_its_legs_and_no_field_to_write_in(operator: Client) -> None:
    position = held_call(UserFactory.create())

    page = operator.get(reverse("admin:positions_position_change", args=[position.pk])).content.decode()

    assert "SPY260220C00600000" in page
    assert 'name="legs-0-' not in page.replace('type="hidden" name="legs-0-', "")


def test_a_user_can_be_deleted_together_with_all_he_holds(operator: Client) -> None:
    trader()
    user = Position.objects.values_list("user", flat=True).first()

    operator.post(reverse("admin:accounts_user_delete", args=[user]), {"post": "yes"})

    assert not get_user_model().objects.filter(pk=user).exists()
    assert not Position.objects.exists()
    assert not Leg.objects.exists()
    assert not Fill.objects.exists()
