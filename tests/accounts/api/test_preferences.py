"""GET, PUT, PATCH and DELETE /api/preferences."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import Preferences, User
from accounts.models.preferences import INDICATORS
from tests.factories.accounts import PreferencesFactory, UserFactory

pytestmark = pytest.mark.django_db
URL = "/api/preferences"

ALL_TOLD = {"setups": True, "alerts": True, "positionAdvice": True, "morningBrief": True, "drafts": True}
DEFAULTS: dict[str, Any] = {
    "default_risk_per_trade": 100.0,
    "default_account_size": None,
    "risk_per_trade_pct": 1.0,
    "orb_period": 15,
    "chart_indicators": INDICATORS,
    "default_chart_timeframe": "1D",
    "auto_sync_workflow_symbol": False,
    "notifications_enabled": True,
    "notification_preferences": ALL_TOLD,
    "muted_types": [],
    "min_confidence": 0,
    "quiet_from": None,
    "quiet_to": None,
    "default_options_strike_range": 10,
    "default_show_gex": True,
    "default_show_vol_analytics": True,
    "timezone": "America/New_York",
    "dashboard_layout": None,
    "ui": {},
}
CHANGED: dict[str, Any] = {
    "default_risk_per_trade": 250.5,
    "default_account_size": 25000.0,
    "risk_per_trade_pct": 0.75,
    "orb_period": 5,
    "chart_indicators": {name: not shown for name, shown in INDICATORS.items()},
    "default_chart_timeframe": "5m",
    "auto_sync_workflow_symbol": True,
    "notifications_enabled": False,
    "notification_preferences": dict.fromkeys(ALL_TOLD, False),
    "muted_types": ["gap_fill", "vwap_bounce"],
    "min_confidence": 60,
    "quiet_from": "22:00",
    "quiet_to": "06:30",
    "default_options_strike_range": 30,
    "default_show_gex": False,
    "default_show_vol_analytics": False,
    "timezone": "Europe/Berlin",
    "dashboard_layout": {"columns": [1, 2]},
    "ui": {"theme": "dark"},
}


def values(answer: Any) -> dict[str, Any]:
    """Return the answer's fields without the moment of the last change."""
    assert answer.status_code == 200, answer.json()
    return {name: value for name, value in answer.json().items() if name != "updated_at"}


def test_defaults_are_read_without_writing(signed_in: APIClient) -> None:
    answer = signed_in.get(URL)

    assert values(answer) == DEFAULTS
    assert answer.json()["updated_at"] is None
    assert not Preferences.objects.exists()


def test_what_is_put_is_read(signed_in: APIClient) -> None:
    assert values(signed_in.put(URL, CHANGED, format="json")) == CHANGED
    assert values(signed_in.get(URL)) == CHANGED


def test_a_put_resets_what_it_leaves_out(signed_in: APIClient) -> None:
    signed_in.put(URL, CHANGED, format="json")

    assert values(signed_in.put(URL, {"orb_period": 30}, format="json")) == DEFAULTS | {"orb_period": 30}


def test_a_patch_keeps_what_it_leaves_out(signed_in: APIClient) -> None:
    signed_in.put(URL, CHANGED, format="json")

    assert values(signed_in.patch(URL, {"orb_period": 30}, format="json")) == CHANGED | {"orb_period": 30}
    assert values(signed_in.patch(URL, {}, format="json")) == CHANGED | {"orb_period": 30}


def test_a_delete_resets(signed_in: APIClient) -> None:
    signed_in.put(URL, CHANGED, format="json")

    assert values(signed_in.delete(URL)) == DEFAULTS
    assert values(signed_in.delete(URL)) == DEFAULTS
    assert not Preferences.objects.exists()


def test_a_patch_changes_single_switches_of_an_object(signed_in: APIClient) -> None:
    body = {
        "chart_indicators": {"rsi": True, "bollinger": True},
        "notification_preferences": {"drafts": False},
        "ui": {"theme": "dark", "density": "compact"},
    }
    signed_in.patch(URL, body, format="json")

    answer = signed_in.patch(URL, {"chart_indicators": {"macd": True}, "ui": {"theme": None}}, format="json")

    assert values(answer) == DEFAULTS | {
        "chart_indicators": INDICATORS | {"rsi": True, "macd": True},
        "notification_preferences": ALL_TOLD | {"drafts": False},
        "ui": {"density": "compact"},
    }


@pytest.mark.parametrize(
    ("sent", "kept"), [(0, 0.25), (-3, 0.25), (0.25, 0.25), (1.234, 1.23), (1.235, 1.24), (5, 5), (1e9, 5), ("2", 2)]
)
def test_the_risk_percentage_is_clamped(signed_in: APIClient, sent: object, kept: float) -> None:
    assert signed_in.patch(URL, {"risk_per_trade_pct": sent}, format="json").json()["risk_per_trade_pct"] == kept


@pytest.mark.parametrize(
    ("sent", "kept"), [({"orbMinutes": 5}, 5), ({"orbMinutes": 5, "orb_period": 30}, 30), ({"orb_period": "30"}, 30)]
)
def test_orb_minutes_is_another_name_of_the_orb_period(
    signed_in: APIClient, sent: dict[str, object], kept: int
) -> None:
    assert signed_in.patch(URL, sent, format="json").json()["orb_period"] == kept


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"orb_period": 10}, "orb_period"),
        ({"orb_period": None}, "orb_period"),
        ({"orbMinutes": 10}, "orb_period"),
        ({"risk_per_trade_pct": "a lot"}, "risk_per_trade_pct"),
        ({"risk_per_trade_pct": "NaN"}, "risk_per_trade_pct"),
        ({"risk_per_trade_pct": "Infinity"}, "risk_per_trade_pct"),
        ({"risk_per_trade_pct": None}, "risk_per_trade_pct"),
        ({"default_risk_per_trade": -1}, "default_risk_per_trade"),
        ({"default_risk_per_trade": 1e12}, "default_risk_per_trade"),
        ({"default_risk_per_trade": "NaN"}, "default_risk_per_trade"),
        ({"default_risk_per_trade": None}, "default_risk_per_trade"),
        ({"default_account_size": -0.01}, "default_account_size"),
        ({"chart_indicators": {"ema8": "yes"}}, "chart_indicators.ema8"),
        ({"chart_indicators": {"ema8": 1}}, "chart_indicators.ema8"),
        ({"chart_indicators": []}, "chart_indicators"),
        ({"notification_preferences": {"setups": None}}, "notification_preferences.setups"),
        ({"default_chart_timeframe": "1d"}, "default_chart_timeframe"),
        ({"default_options_strike_range": 12}, "default_options_strike_range"),
        ({"timezone": "Mars/Olympus_Mons"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": ""}, "timezone"),
        ({"muted_types": ["ORB Breakout"]}, "muted_types"),
        ({"muted_types": "orb"}, "muted_types"),
        ({"muted_types": ["a"] * 101}, "muted_types"),
        ({"min_confidence": 101}, "min_confidence"),
        ({"min_confidence": 60.5}, "min_confidence"),
        ({"quiet_from": "25:00", "quiet_to": "07:00"}, "quiet_from"),
        ({"quiet_from": "22:00"}, "quiet_to"),
        ({"quiet_to": "07:00"}, "quiet_from"),
        ({"quiet_from": "07:00", "quiet_to": "07:00"}, "quiet_to"),
        ({"dashboard_layout": [1]}, "dashboard_layout"),
        ({"dashboard_layout": {"a": "x" * 33_000}}, "dashboard_layout"),
        ({"ui": None}, "ui"),
        ({"ui": {"a": "\x00"}}, "ui"),
    ],
    ids=lambda value: str(value)[:60],
)
@pytest.mark.parametrize("method", ["put", "patch"])
def test_input_out_of_bounds_is_refused_by_name_and_nothing_is_kept(
    signed_in: APIClient, method: str, body: dict[str, object], field: str
) -> None:
    answer = getattr(signed_in, method)(URL, body | {"min_confidence": body.get("min_confidence", 99)}, format="json")

    assert (answer.status_code, answer.json()["error"]) == (400, "VALIDATION_ERROR")
    assert {issue.split(":")[0].split(".0")[0] for issue in answer.json()["details"]["issues"]} == {field}
    assert values(signed_in.get(URL)) == DEFAULTS


def test_half_a_change_of_stored_quiet_hours_is_fine(signed_in: APIClient) -> None:
    signed_in.patch(URL, {"quiet_from": "22:00", "quiet_to": "07:00"}, format="json")

    assert signed_in.patch(URL, {"quiet_to": "08:00"}, format="json").json()["quiet_from"] == "22:00"
    assert signed_in.patch(URL, {"quiet_from": None}, format="json").status_code == 400
    both = signed_in.patch(URL, {"quiet_from": None, "quiet_to": None}, format="json")
    assert (both.json()["quiet_from"], both.json()["quiet_to"]) == (None, None)


def test_an_object_cannot_grow_past_its_limit_in_small_steps(signed_in: APIClient) -> None:
    assert signed_in.patch(URL, {"ui": {"a": "x" * 20_000}}, format="json").status_code == 200

    answer = signed_in.patch(URL, {"ui": {"b": "x" * 20_000}}, format="json")

    assert answer.status_code == 400
    assert list(signed_in.get(URL).json()["ui"]) == ["a"]


def test_unknown_and_foreign_members_are_ignored(signed_in: APIClient, user: User) -> None:
    victim = PreferencesFactory.create()
    body = {
        "user": str(victim.user_id),
        "user_id": str(victim.user_id),
        "id": str(victim.user_id),
        "updated_at": "2020-01-01T00:00:00Z",
        "notify_setups": False,
        "is_staff": True,
        "orb_period": 5,
    }

    answer = signed_in.patch(URL, body, format="json")

    assert values(answer) == DEFAULTS | {"orb_period": 5}
    assert Preferences.objects.get(user=user).updated_at.year > 2020
    victim.refresh_from_db()
    assert victim.orb_period == 15
    user.refresh_from_db()
    assert not user.is_staff


def test_nobody_reads_or_changes_somebody_elses(signed_in: APIClient) -> None:
    victim = UserFactory.create()
    other = APIClient()
    other.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(victim)}")
    other.put(URL, CHANGED, format="json")

    assert values(signed_in.get(URL)) == DEFAULTS
    for act in (signed_in.put, signed_in.patch):
        act(URL, {"orb_period": 30, "user": str(victim.pk)}, format="json")
    signed_in.delete(URL)
    signed_in.get(f"{URL}?user={victim.pk}")

    assert values(other.get(URL)) == CHANGED


def test_there_is_no_address_for_somebody_elses(signed_in: APIClient) -> None:
    victim = PreferencesFactory.create()

    assert signed_in.get(f"{URL}/{victim.user_id}").status_code == 404


@pytest.mark.parametrize("raw", [b"[]", b"{", b'"x"', b"null", b'{"ui": {"a": NaN}}'])
def test_a_body_that_is_no_object_is_400(signed_in: APIClient, raw: bytes) -> None:
    answer = signed_in.patch(URL, raw, content_type="application/json")

    assert (answer.status_code, answer.json()["error"]) == (400, "VALIDATION_ERROR")


@pytest.mark.django_db(transaction=True)
def test_two_devices_that_change_different_settings_both_succeed(user: User) -> None:
    header = f"Bearer {tokens.issue(user)}"
    changes = [{"orb_period": 5}, {"timezone": "Asia/Tokyo"}, {"ui": {"a": 1}}, {"ui": {"b": 2}}]

    def change(body: dict[str, object]) -> int:
        try:
            return APIClient().patch(URL, body, format="json", HTTP_AUTHORIZATION=header).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=4) as devices:
        assert set(devices.map(change, changes)) == {200}

    stored = Preferences.objects.get(user=user)
    assert (stored.orb_period, stored.timezone, stored.ui) == (5, "Asia/Tokyo", {"a": 1, "b": 2})
