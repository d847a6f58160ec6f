"""Tokens of end-to-end tests: a table of who gets in, and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import bypass, counts, tokens
from accounts.models import Preferences, User
from config.http.errors import Unauthorized
from tests.factories.accounts import PreferencesFactory, UserFactory

pytestmark = pytest.mark.django_db

SECRET = "0123456789abcdef0123456789abcdef"
MEMBER = "00000000-0000-4000-8000-000000000001"
BAD = "The token is invalid or has expired"


@pytest.fixture
def open_gate(settings: Settings) -> Settings:
    settings.COACH_ENV = "staging"
    settings.E2E_BYPASS_AUTH = True
    settings.E2E_BYPASS_SHARED_SECRET = SECRET
    settings.E2E_BYPASS_TOKEN_PREFIX = "e2e:"
    return settings


def test_the_right_token_makes_a_member_once(open_gate: Settings) -> None:
    first = tokens.verify(f"e2e:{SECRET}:{MEMBER}")
    second = tokens.verify(f"e2e:{SECRET}:{MEMBER}")

    assert first == second == User.objects.get()
    assert (str(first.pk), first.is_e2e, first.email) == (MEMBER, True, f"e2e+{MEMBER}@e2e.invalid")
    assert not first.has_usable_password()
    assert not first.is_staff


def test_upper_case_ids_are_the_same_member(open_gate: Settings) -> None:
    upper = "00000000-0000-4000-8000-00000000000A"

    assert str(tokens.verify(f"e2e:{SECRET}:{upper}").pk) == upper.lower()


@pytest.mark.parametrize(
    "token",
    [
        f"e2e:{MEMBER}",
        f"e2e::{MEMBER}",
        f"e2e:{SECRET}",
        f"e2e:{SECRET}:",
        f"e2e:{SECRET[:-1]}:{MEMBER}",
        f"e2e:{SECRET}x:{MEMBER}",
        f"e2e:{SECRET.upper()}:{MEMBER}",
        f"e2e:{'ü' * 32}:{MEMBER}",
        f"e2e:{SECRET}:{MEMBER} ",
        f"e2e:{SECRET}:{MEMBER}:",
        f"e2e:{SECRET}:{{{MEMBER}}}",
        f"e2e:{SECRET}:{MEMBER.replace('-', '')}",
        f"e2e:{SECRET}:not-a-uuid",
        f"e2e:{SECRET}:00000000-0000-0000-0000-000000000000",
        f"e2e:{SECRET}:3f2b8c64-1f6e-4a0b-9a55-7d0c1e2f3a44",
        f"e2e:{SECRET}:00000000-0000-4000-9000-000000000001",
        f"E2E:{SECRET}:{MEMBER}",
        f"{SECRET}:{MEMBER}",
        "e2e:",
    ],
    ids=lambda token: token.replace(SECRET, "SECRET"),
)
def test_any_other_token_is_refused_in_the_same_words(open_gate: Settings, token: str) -> None:
    with pytest.raises(Unauthorized, match=BAD):
        tokens.verify(token)
    assert not User.objects.exists()


def test_a_real_member_cannot_be_impersonated(open_gate: Settings) -> None:
    UserFactory.create(pk=MEMBER)  # even with an id that no real member should have

    with pytest.raises(Unauthorized, match=BAD):
        tokens.verify(f"e2e:{SECRET}:{MEMBER}")


def test_a_made_up_member_who_is_switched_off_stays_out(open_gate: Settings) -> None:
    UserFactory.create(pk=MEMBER, is_e2e=True, is_active=False)

    with pytest.raises(Unauthorized, match=BAD):
        tokens.verify(f"e2e:{SECRET}:{MEMBER}")


@pytest.mark.parametrize(
    ("environment", "enabled", "secret", "opens"),
    [
        ("test", True, SECRET, True),
        ("test", True, "", True),
        ("test", False, SECRET, False),
        ("development", True, SECRET, True),
        ("development", True, "", False),
        ("staging", True, SECRET, True),
        ("staging", True, SECRET[:31], False),
        ("staging", True, f"{SECRET}:x", False),
        ("staging", False, SECRET, False),
        ("production", True, SECRET, False),
        ("Production", True, SECRET, False),
        ("", True, SECRET, False),
    ],
)
def test_when_the_gate_is_open(settings: Settings, environment: str, enabled: bool, secret: str, opens: bool) -> None:
    settings.COACH_ENV = environment
    settings.E2E_BYPASS_AUTH = enabled
    settings.E2E_BYPASS_SHARED_SECRET = secret
    token = f"e2e:{secret}:{MEMBER}" if secret else f"e2e:{MEMBER}"

    assert (bypass.gate() is not None) is opens
    if opens:
        assert str(tokens.verify(token).pk) == MEMBER
    else:
        with pytest.raises(Unauthorized, match=BAD):
            tokens.verify(token)


def test_without_a_secret_a_test_run_sends_the_bare_id(settings: Settings) -> None:
    settings.E2E_BYPASS_AUTH = True
    settings.E2E_BYPASS_SHARED_SECRET = ""

    assert str(tokens.verify(f"e2e:{MEMBER}").pk) == MEMBER
    with pytest.raises(Unauthorized, match=BAD):
        tokens.verify(f"e2e:{SECRET}:{MEMBER}")


def test_the_prefix_can_be_another(open_gate: Settings) -> None:
    open_gate.E2E_BYPASS_TOKEN_PREFIX = "robot/"

    assert str(tokens.verify(f"robot/{SECRET}:{MEMBER}").pk) == MEMBER
    with pytest.raises(Unauthorized, match=BAD):
        tokens.verify(f"e2e:{SECRET}:{MEMBER}")


def test_over_http_a_wrong_one_is_401_counted_and_logged_without_the_token(
    open_gate: Settings, api: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    api.credentials(HTTP_AUTHORIZATION=f"Bearer e2e:wrong-secret:{MEMBER}")

    answer = api.get("/api/preferences")

    assert answer.status_code == 401
    assert {name: answer.json()[name] for name in ("error", "message")} == {"error": "Unauthorized", "message": BAD}
    assert counts.of("accounts.bypass.refused.secret") > 0
    assert "accounts.bypass.refused" in caplog.messages
    assert "wrong-secret" not in caplog.text


def test_a_test_member_is_throttled_as_himself(open_gate: Settings, rf: object) -> None:
    request = rf.get("/", HTTP_AUTHORIZATION=f"Bearer e2e:{SECRET}:{MEMBER}")  # type: ignore[attr-defined]

    assert tokens.throttle_key(request) == f"user:{MEMBER}"
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "name",
    [
        "E2E_BYPASS_AUTH",
        "E2E_BYPASS_TOKEN_PREFIX",
        "E2E_BYPASS_SHARED_SECRET",
        "E2E_BYPASS_ALLOW_IN_PRODUCTION",
    ],
)
def test_in_production_any_bypass_variable_stops_the_process(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    room = apps.get_app_config("accounts")
    settings.COACH_ENV = "production"
    room.ready()
    monkeypatch.setenv(name, "false")

    with pytest.raises(ImproperlyConfigured, match=f"{name} set in production"):
        room.ready()


def test_elsewhere_they_may_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("E2E_BYPASS_AUTH", "true")

    apps.get_app_config("accounts").ready()


def test_a_gate_that_cannot_be_opened_fails_the_system_check(open_gate: Settings) -> None:
    assert bypass.check_gate() == []
    open_gate.E2E_BYPASS_SHARED_SECRET = "short"

    (error,) = bypass.check_gate()

    assert error.id == "accounts.E001"
    assert error.msg == "E2E_BYPASS_SHARED_SECRET has 5 characters, at least 32 are needed"


class TestRemoveMembers:
    def test_those_unused_for_a_day_go_with_all_they_own(self) -> None:
        now = timezone.now()
        long_ago, lately = now - timedelta(hours=30), now - timedelta(hours=1)
        old = UserFactory.create(is_e2e=True, date_joined=long_ago)
        PreferencesFactory.create(user=old)
        fresh = UserFactory.create(is_e2e=True, date_joined=lately)
        used = UserFactory.create(is_e2e=True, date_joined=long_ago, last_login=lately)
        real = UserFactory.create(date_joined=long_ago)

        assert bypass.remove_members(unused_since=now - timedelta(hours=24)) == 1

        assert set(User.objects.all()) == {fresh, used, real}
        assert not Preferences.objects.exists()
        assert bypass.remove_members(unused_since=now - timedelta(hours=24)) == 0
