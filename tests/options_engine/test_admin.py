from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories.accounts import UserFactory
from tests.factories.options_engine import GammaSnapshotFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(client: Client) -> Client:
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    return client


def test_profiles_are_listed_in_a_traders_words(pages: Client) -> None:
    GammaSnapshotFactory.create()
    GammaSnapshotFactory.create(symbol="QQQ", flip=None, call_gex=[0.0, 0.0, 1.0])

    page = pages.get(reverse("admin:options_engine_gammasnapshot_changelist"), {"q": "q"}).content.decode()
    assert "negative gamma: they amplify moves" in page
    assert "positive gamma" not in page

    page = pages.get(reverse("admin:options_engine_gammasnapshot_changelist")).content.decode()
    assert "positive gamma: they dampen moves" in page
    assert "5,994.50" in page
    assert "Feb 9, 2026 10:00:00 ET".replace(" ", "\u00a0") in page


def test_one_profile_says_where_its_walls_are(pages: Client) -> None:
    row = GammaSnapshotFactory.create()

    page = pages.get(reverse("admin:options_engine_gammasnapshot_change", args=[row.pk])).content.decode()

    assert "calls 6,050.00, puts 5,950.00, largest 6,050.00" in page
    assert "3, from 5,950.00 to 6,050.00" in page


def test_only_the_code_writes_them(pages: Client) -> None:
    row = GammaSnapshotFactory.create()
    change = reverse("admin:options_engine_gammasnapshot_change", args=[row.pk])

    assert pages.get(reverse("admin:options_engine_gammasnapshot_add")).status_code == 403
    assert pages.post(change, {"spot": 1}).status_code == 403
