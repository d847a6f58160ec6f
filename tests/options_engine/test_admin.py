from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories.accounts import UserFactory
from tests.factories.options_engine import GammaSnapshotFactory, VolatilityDayFactory

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


def test_days_of_volatility_are_listed_in_points_with_what_they_are_made_of(pages: Client) -> None:
    VolatilityDayFactory.create()
    VolatilityDayFactory.create(symbol="QQQ", source="reconstructed", iv30=None, front_iv=0.2512, skew25=-0.01)
    listing = reverse("admin:options_engine_volatilityday_changelist")

    page = pages.get(listing).content.decode()
    for told in ("6,002.00", "20.00", "18.00", "3.50", "kept on the day"):
        assert told in page

    page = pages.get(listing, {"q": "qqq"}).content.decode()
    for told in ("25.12", "-1.00", "read back later"):
        assert told in page
    assert "18.00" not in page

    page = pages.get(listing, {"source__exact": "stored"}).content.decode()
    assert 'field-symbol">SPX<' in page
    assert 'field-symbol">QQQ<' not in page


def test_one_day_of_volatility_says_which_moment_its_chains_are_of(pages: Client) -> None:
    row = VolatilityDayFactory.create()

    page = pages.get(reverse("admin:options_engine_volatilityday_change", args=[row.pk])).content.decode()

    assert "Feb 9, 2026 10:00:00 ET".replace(" ", "\u00a0") in page
    assert '<input type="text"' not in page


def test_nobody_writes_or_removes_a_day_of_volatility_by_hand(pages: Client) -> None:
    row = VolatilityDayFactory.create()
    change = reverse("admin:options_engine_volatilityday_change", args=[row.pk])

    assert pages.get(reverse("admin:options_engine_volatilityday_add")).status_code == 403
    assert pages.post(change, {"iv30": 0.9}).status_code == 403
    assert (
        pages.post(reverse("admin:options_engine_volatilityday_delete", args=[row.pk]), {"post": "yes"}).status_code
        == 403
    )
    row.refresh_from_db()
    assert row.iv30 == 0.20


def test_days_of_volatility_are_for_staff(client: Client) -> None:
    listing = reverse("admin:options_engine_volatilityday_changelist")
    nobody = client.get(listing)
    client.force_login(UserFactory.create())
    trader = client.get(listing)

    for answer in (nobody, trader):
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("admin:login"))
