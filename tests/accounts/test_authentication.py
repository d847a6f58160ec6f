"""Who may call the API, and in which words everybody else is refused."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import User
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
URL = "/api/preferences"


def refused(answer: object) -> dict[str, object]:
    body = answer.json()  # type: ignore[attr-defined]
    assert body["message"]
    return {"status": answer.status_code, "error": body["error"], "code": body["code"]}  # type: ignore[attr-defined]


UNAUTHORIZED = {"status": 401, "error": "Unauthorized", "code": "UNAUTHORIZED"}
FORBIDDEN = {"status": 403, "error": "Forbidden", "code": "FORBIDDEN"}


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_without_credentials_it_is_401(api: APIClient, method: str) -> None:
    answer = getattr(api, method)(URL)

    assert refused(answer) == UNAUTHORIZED
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer", "Bearer x", "Bearer a b", "Basic ZGVtbzpkZW1v", "Token x"])
def test_with_bad_credentials_it_is_401(api: APIClient, header: str) -> None:
    assert refused(api.get(URL, HTTP_AUTHORIZATION=header)) == UNAUTHORIZED


def test_a_bearer_token_reads_and_writes_without_a_csrf_token(user: User) -> None:
    strict = APIClient(enforce_csrf_checks=True)
    strict.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(user)}")

    assert strict.get(URL).status_code == 200
    assert strict.patch(URL, {"orb_period": 5}, format="json").status_code == 200


def test_a_session_reads_without_a_csrf_token(user: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)

    assert browser.get(URL).status_code == 200


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_session_does_not_write_without_a_csrf_token(user: User, method: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)

    answer = getattr(browser, method)(URL, "{}", content_type="application/json")

    assert refused(answer) == FORBIDDEN


def test_a_session_writes_with_a_csrf_token(user: User, settings: Settings) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.get("/accounts/sign-in")
    secret = browser.cookies[settings.CSRF_COOKIE_NAME].value
    browser.force_login(user)

    answer = browser.patch(URL, '{"orb_period": 30}', content_type="application/json", headers={"X-CSRFToken": secret})

    assert (answer.status_code, answer.json()["orb_period"]) == (200, 30)


def test_a_bad_token_is_not_saved_by_a_good_session(user: User) -> None:
    browser = Client()
    browser.force_login(user)

    assert refused(browser.get(URL, headers={"Authorization": "Bearer x"})) == UNAUTHORIZED


def test_a_good_token_wins_over_somebody_elses_session(user: User) -> None:
    browser = Client()
    browser.force_login(UserFactory.create())

    browser.patch(
        URL,
        '{"orb_period": 30}',
        content_type="application/json",
        headers={"Authorization": f"Bearer {tokens.issue(user)}"},
    )

    assert user.preferences.orb_period == 30


def test_signing_out_everywhere_ends_sessions_too(user: User) -> None:
    browser = Client()
    browser.force_login(user)

    user.sign_out_everywhere()

    assert browser.get(URL).status_code == 401


def test_a_user_who_is_switched_off_has_no_session(user: User) -> None:
    browser = Client()
    browser.force_login(user)
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert browser.get(URL).status_code == 401
