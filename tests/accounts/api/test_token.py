"""POST /api/auth/token."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from axes.models import AccessAttempt
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from tests.factories.accounts import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
URL = "/api/auth/token"


@pytest.fixture
def demo(_fast_hashing: None) -> User:
    return UserFactory.create(username="demo", password="right password")


def sign_in(api: APIClient, username: object, password: object, **extra: object) -> object:
    return api.post(URL, {"username": username, "password": password}, format="json", **extra)


def test_name_and_password_bring_a_token_that_works(api: APIClient, demo: User) -> None:
    MembershipFactory.create(user=demo, tier="elite")
    before = timezone.now()

    answer = sign_in(api, "demo", "right password")

    body = answer.json()
    assert answer.status_code == 200
    assert body["user"] == {"id": str(demo.pk), "username": "demo", "tier": "elite"}
    expires_in = datetime.fromisoformat(body["expiresAt"]) - before
    assert timedelta(hours=12) <= expires_in < timedelta(hours=12, minutes=1)
    assert api.get("/api/preferences", HTTP_AUTHORIZATION=f"Bearer {body['token']}").status_code == 200


def test_the_sign_in_is_noted_and_leaves_no_session(api: APIClient, demo: User) -> None:
    answer = sign_in(api, "demo", "right password")

    demo.refresh_from_db()
    assert demo.last_login is not None
    assert answer.json()["user"]["tier"] is None
    assert not answer.cookies


@pytest.mark.parametrize(
    ("username", "password"),
    [("demo", "wrong"), ("demo", "right password "), ("nobody", "right password"), ("demo", "!")],
)
def test_anything_wrong_is_401_in_the_same_words(api: APIClient, demo: User, username: str, password: str) -> None:
    answer = sign_in(api, username, password)

    assert (answer.status_code, answer.json()["error"]) == (401, "Unauthorized")
    assert answer.json()["message"] == "The name or the password is wrong"


def test_a_user_who_is_switched_off_gets_none(api: APIClient, demo: User) -> None:
    User.objects.filter(pk=demo.pk).update(is_active=False)

    assert sign_in(api, "demo", "right password").status_code == 401


@pytest.mark.parametrize(
    "body", [{}, {"username": "demo"}, {"username": "", "password": "x"}, {"username": ["a"], "password": "x"}], ids=str
)
def test_a_body_without_both_is_400(api: APIClient, body: dict[str, object]) -> None:
    assert api.post(URL, body, format="json").status_code == 400


def test_a_nul_in_the_name_is_400(api: APIClient) -> None:
    assert sign_in(api, "de\x00mo", "x").status_code == 400


def test_a_bad_bearer_token_does_not_keep_anybody_from_signing_in(api: APIClient, demo: User) -> None:
    assert sign_in(api, "demo", "right password", HTTP_AUTHORIZATION="Bearer expired").status_code == 200


def test_after_too_many_failures_even_the_right_password_has_to_wait(
    api: APIClient, demo: User, settings: Settings
) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    for _ in range(3):
        last = sign_in(api, "demo", "wrong")

    answer = sign_in(api, "demo", "right password", HTTP_ORIGIN="http://localhost:3000")

    for refused in (last, answer):
        body = refused.json()
        assert (refused.status_code, body["error"], body["retryAfter"]) == (429, "Too many requests", 900)
        assert body["message"] == "Too many failed sign-ins; try again in 15 minutes"
        assert refused["Retry-After"] == "900"
    assert answer["Access-Control-Allow-Origin"]


def test_the_lock_is_for_one_name_from_one_address(api: APIClient, demo: User, settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    UserFactory.create(username="other", password="right password")
    for _ in range(2):
        sign_in(api, "demo", "wrong", REMOTE_ADDR="203.0.113.1")

    assert sign_in(api, "demo", "right password", REMOTE_ADDR="203.0.113.1").status_code == 429
    assert sign_in(api, "demo", "right password", REMOTE_ADDR="203.0.113.2").status_code == 200
    assert sign_in(api, "other", "right password", REMOTE_ADDR="203.0.113.1").status_code == 200


def test_a_success_forgets_the_failures_before(api: APIClient, demo: User) -> None:
    sign_in(api, "demo", "wrong")
    assert AccessAttempt.objects.count() == 1

    sign_in(api, "demo", "right password")

    assert not AccessAttempt.objects.exists()


def test_ten_tries_a_minute_are_served(api: APIClient, settings: Settings) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "auth": 2}

    statuses = [sign_in(api, f"name{n}", "x").status_code for n in range(3)]

    assert statuses == [401, 401, 429]


def test_the_password_is_not_logged(api: APIClient, demo: User, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        sign_in(api, "demo", "hunter2-hunter2")

    assert "hunter2" not in caplog.text
