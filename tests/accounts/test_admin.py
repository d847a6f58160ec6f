"""The operator's pages of accounts."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import tokens
from accounts.models import User
from config.http.errors import Unauthorized
from tests.factories.accounts import MembershipFactory, PreferencesFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("model", ["user", "membership", "preferences"])
def test_every_list_costs_the_same_for_one_row_as_for_three(operator: Client, model: str) -> None:
    factory = {"user": MembershipFactory, "membership": MembershipFactory, "preferences": PreferencesFactory}[model]
    costs = []
    for more in (1, 2):
        factory.create_batch(more)
        operator.get(f"/admin/accounts/{model}/")
        with CaptureQueriesContext(connection) as queries:
            assert operator.get(f"/admin/accounts/{model}/").status_code == 200
        costs.append(len(queries))

    assert costs[0] == costs[1]


def test_signing_out_everywhere_voids_the_chosen_users_tokens(operator: Client) -> None:
    chosen, other = UserFactory.create_batch(2)
    void, good = tokens.issue(chosen), tokens.issue(other)

    operator.post("/admin/accounts/user/", {"action": "sign_out_everywhere", "_selected_action": [str(chosen.pk)]})

    with pytest.raises(Unauthorized):
        tokens.verify(void)
    assert tokens.verify(good) == other


def test_the_token_version_is_shown_and_cannot_be_typed(operator: Client) -> None:
    user = MembershipFactory.create().user
    address = f"/admin/accounts/user/{user.pk}/change/"
    page = operator.get(address).content.decode()
    assert "Token version" in page
    assert 'name="token_version"' not in page


@pytest.mark.parametrize("model", ["user", "membership", "preferences"])
def test_a_row_can_be_added(operator: Client, model: str) -> None:
    assert operator.get(f"/admin/accounts/{model}/add/").status_code == 200


def test_preferences_with_a_bad_zone_come_back_with_a_sentence(operator: Client) -> None:
    row = PreferencesFactory.create()
    address = f"/admin/accounts/preferences/{row.pk}/change/"

    page = operator.post(address, {"user": str(row.pk), "timezone": "Mars/Olympus", "quiet_from": "22:00"})

    assert page.status_code == 200
    assert "is not an IANA time zone" in page.content.decode()
    assert "Quiet hours need a beginning and an end" in page.content.decode()


def test_traders_see_none_of_it(client: Client, user: User) -> None:
    client.force_login(user)

    assert client.get("/admin/accounts/user/").status_code == 302
