"""Settings: what is stored is shown, what is sent is stored or named as wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import Preferences, User
from detectors.pure.engine import REGISTRY
from tests.coach.reading import Node, read

SETTINGS = "/coach/settings/"
FORM = {"orb_period": "30", "min_confidence": "70", "default_risk_per_trade": "250", "timezone": "Europe/Zurich"}


def page(browser: Client) -> Node:
    return read(browser.get(SETTINGS).content)


def test_the_defaults_are_shown_before_anything_is_stored(browser: Client, user: User) -> None:
    shown = page(browser)

    assert "checked" in shown.one("orb_period-15").attributes
    assert shown.one("default_risk_per_trade").attributes["value"] == "100.00"
    assert shown.one("default_account_size").attributes["value"] == ""
    assert "checked" in shown.one("notifications_enabled").attributes
    assert not Preferences.objects.filter(user=user).exists()


def test_a_form_without_scripts_is_stored(browser: Client, user: User) -> None:
    response = browser.post(SETTINGS, {**FORM, "muted_types": ["orb_breakout"], "setups": "on", "positionAdvice": "on"})

    row = Preferences.objects.get(user=user)
    assert (response.status_code, response["Location"]) == (302, "/coach/settings/?saved=true")
    assert (row.orb_period, row.min_confidence, row.default_risk_per_trade) == (30, 70, Decimal(250))
    assert (row.timezone, row.muted_types) == ("Europe/Zurich", ["orb_breakout"])
    assert (row.notify_setups, row.notify_position_advice, row.notifications_enabled) == (True, True, False)


def test_every_type_that_a_detector_yields_can_be_muted(browser: Client) -> None:
    offered = {
        node.attributes["value"] for node in page(browser).everything() if node.attributes.get("name") == "muted_types"
    }

    assert offered == {name for detector in REGISTRY for name in detector.setup_types}


def test_what_is_stored_is_shown(browser: Client) -> None:
    browser.post(SETTINGS, {**FORM, "muted_types": ["orb_breakout"]})

    shown = page(browser)

    assert "checked" in shown.one("orb_period-30").attributes
    assert "checked" in shown.one("mute-orb_breakout").attributes
    chosen = [node for node in shown.one("timezone").everything() if "selected" in node.attributes]
    assert [node.attributes["value"] for node in chosen] == ["Europe/Zurich"]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("min_confidence", "500", "less than or equal to 100"),
        ("orb_period", "7", "not a valid choice"),
        ("timezone", "Mars/Olympus", "not an IANA time zone"),
        ("default_risk_per_trade", "-1", "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_is_stored(
    browser: Client, user: User, name: str, value: str, text: str
) -> None:
    response = browser.post(SETTINGS, {**FORM, name: value})

    assert response.status_code == 422
    assert text in read(response.content).one("prefs").text()
    assert not Preferences.objects.filter(user=user).exists()


def test_every_field_has_a_name_for_screen_readers(browser: Client) -> None:
    fields = [
        node
        for node in page(browser).one("prefs").everything()
        if node.tag in ("input", "select") and node.attributes.get("type") not in ("hidden", "radio")
    ]

    for field in fields:
        labelled: Any = field.attributes.get("aria-labelledby") or field.attributes["name"] == "muted_types"
        assert labelled, field.attributes
