from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from detectors.models import DetectedSetup
from tests.factories.detectors import (
    AT_TEN,
    AlertFactory,
    AttentionFactory,
    DetectedSetupFactory,
    SymbolCursorFactory,
    TrackedSetupFactory,
)
from tests.factories.market import WatchlistFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(
        get_user_model().objects.create_superuser("operator", "operator@example.com", "x"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


@pytest.mark.parametrize("name", ["detectedsetup", "trackedsetup", "alert", "symbolcursor", "attention"])
def test_every_list_can_be_looked_through(operator: Client, name: str) -> None:
    made = {
        "detectedsetup": DetectedSetupFactory,
        "trackedsetup": TrackedSetupFactory,
        "alert": AlertFactory,
        "symbolcursor": SymbolCursorFactory,
        "attention": AttentionFactory,
    }[name].create()

    page = operator.get(reverse(f"admin:detectors_{name}_changelist"), {} if name == "attention" else {"q": "SPY"})
    row = operator.get(reverse(f"admin:detectors_{name}_change", args=[made.pk]))

    assert (page.status_code, row.status_code) == (200, 200)


def test_nobody_edits_facts(operator: Client) -> None:
    found = DetectedSetupFactory.create()
    change = reverse("admin:detectors_detectedsetup_change", args=[found.pk])

    assert operator.post(change, {"symbol": "QQQ"}).status_code == 403
    assert operator.get(reverse("admin:detectors_detectedsetup_add")).status_code == 403
    assert operator.post(reverse("admin:detectors_detectedsetup_delete", args=[found.pk])).status_code == 403
    assert DetectedSetup.objects.get().symbol == "SPY"


def test_a_user_can_be_deleted_together_with_his_setups_and_lists(operator: Client) -> None:
    setup = TrackedSetupFactory.create()
    AlertFactory.create(user=setup.user)
    AttentionFactory.create(user=setup.user)
    WatchlistFactory.create(user=setup.user)

    operator.post(reverse("admin:accounts_user_delete", args=[setup.user.pk]), {"post": "yes"})

    assert not get_user_model().objects.filter(pk=setup.user.pk).exists()


def test_the_list_of_alerts_says_what_came_of_them(operator: Client) -> None:
    AlertFactory.create(
        status="triggered",
        condition_met=True,
        triggered_at=AT_TEN,
        trigger_reason="traded_above",
        trigger_price=105.25,
        notes="take profit",
    )

    page = operator.get(reverse("admin:detectors_alert_changelist"), {"q": "take", "status__exact": "triggered"})

    told = page.content.decode()
    assert all(text in told for text in ("105.00<", "105.25<", "traded above", "price above"))
    assert "Feb 9, 2026 10:00:00 ET".replace(" ", "\u00a0") in told


def test_nobody_edits_alerts(operator: Client) -> None:
    alert = AlertFactory.create()
    change = reverse("admin:detectors_alert_change", args=[alert.pk])

    assert operator.post(change, {"symbol": "QQQ"}).status_code == 403
    assert operator.get(reverse("admin:detectors_alert_add")).status_code == 403


def test_lists_tell_time_in_new_york_and_prices_with_cents(operator: Client) -> None:
    DetectedSetupFactory.create()

    page = operator.get(reverse("admin:detectors_detectedsetup_changelist")).content.decode()

    assert "Feb 9, 2026 10:00:00 ET".replace(" ", "\u00a0") in page
    assert "101.20<" in page
