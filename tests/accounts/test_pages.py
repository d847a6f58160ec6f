"""The way in and out: sign-in, sign-up, sign-out."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.forms import SignUpForm
from accounts.models import Membership, User
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

SIGN_IN, SIGN_UP, SIGN_OUT = "/accounts/sign-in", "/accounts/sign-up", "/accounts/sign-out"
NEW = {"username": "ada", "email": "ada@example.com", "password1": "long-and-odd-9", "password2": "long-and-odd-9"}
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "javascript:alert(1)",
    "http:evil.example",
]


@pytest.fixture
def demo(_fast_hashing: None) -> User:
    return UserFactory.create(username="demo", password="right password")


def sign_in(client: Client, password: str = "right password", **more: str) -> object:
    return client.post(SIGN_IN, {"username": "demo", "password": password, **more})


def focused(page: object) -> list[str]:
    """Return the names of the fields that ask for the cursor."""
    return [
        re.search(r'name="([^"]+)"', tag).group(1)  # type: ignore[union-attr]
        for tag in re.findall(r"<input[^>]*>", page.content.decode())  # type: ignore[attr-defined]
        if "autofocus" in tag
    ]


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize(("url", "first"), [(SIGN_IN, "username"), (SIGN_UP, "username")])
def test_a_form_opens_with_the_cursor_in_its_first_field(client: Client, url: str, first: str) -> None:
    page = client.get(url)

    assert page.status_code == 200
    assert focused(page) == [first]


class TestSignIn:
    def test_the_right_password_leads_to_the_coach(self, client: Client, demo: User) -> None:
        answer = sign_in(client)

        assert (answer.status_code, answer["Location"]) == (302, "/coach/")
        assert client.session["_auth_user_id"] == str(demo.pk)

    @pytest.mark.parametrize("after", ["/coach/chart/SPX?tf=5m", "/coach/"])
    def test_it_leads_back_to_the_page_that_asked(self, client: Client, demo: User, after: str) -> None:
        page = client.get(f"{SIGN_IN}?next={quote(after)}")
        assert f'name="next" value="{after}"' in page.content.decode()

        assert sign_in(client, next=after)["Location"] == after

    @pytest.mark.parametrize("after", ELSEWHERE)
    def test_it_never_leads_off_the_site(self, client: Client, demo: User, after: str) -> None:
        assert sign_in(client, next=after)["Location"] == "/coach/"

    def test_a_wrong_password_comes_back_with_422_and_a_sentence(self, client: Client, demo: User) -> None:
        page = sign_in(client, "wrong")

        assert page.status_code == 422
        assert "The name or the password is wrong" in page.content.decode()
        assert 'value="demo"' in page.content.decode()
        assert "wrong&quot;" not in page.content.decode()
        assert focused(page) == ["username"]
        assert not is_signed_in(client)

    def test_the_cursor_is_in_the_first_bad_field(self, client: Client, demo: User) -> None:
        page = sign_in(client, "")

        assert page.status_code == 422
        assert focused(page) == ["password"]
        assert 'aria-invalid="true"' in page.content.decode()

    def test_next_survives_a_wrong_password(self, client: Client, demo: User) -> None:
        assert 'name="next" value="/coach/x"' in sign_in(client, "wrong", next="/coach/x").content.decode()

    def test_who_is_signed_in_is_sent_on(self, client: Client, demo: User) -> None:
        client.force_login(demo)

        assert client.get(f"{SIGN_IN}?next=/coach/x")["Location"] == "/coach/x"
        assert client.get(f"{SIGN_IN}?next=//evil.example/")["Location"] == "/coach/"

    def test_a_new_session_key_is_made(self, client: Client, demo: User) -> None:
        client.get(SIGN_IN)
        session = client.session
        session["seen"] = True
        session.save()
        before = session.session_key

        sign_in(client)

        assert client.session.session_key != before

    def test_it_needs_a_csrf_token(self, demo: User) -> None:
        strict = Client(enforce_csrf_checks=True)

        assert sign_in(strict).status_code == 403
        assert not is_signed_in(strict)

    def test_too_many_failures_lock_the_name_for_a_while(self, client: Client, demo: User, settings: Settings) -> None:
        settings.AXES_FAILURE_LIMIT = 2
        for _ in range(2):
            sign_in(client, "wrong")

        page = sign_in(client)

        assert page.status_code == 429
        assert "Too many failed sign-ins; try again in 15 minutes" in page.content.decode()
        assert page["Retry-After"] == "900"
        assert not is_signed_in(client)

    def test_many_tries_in_a_minute_have_to_wait(self, client: Client, settings: Settings) -> None:
        settings.RATE_LIMITS = {**settings.RATE_LIMITS, "auth": 1}
        client.post(SIGN_IN, {"username": "a", "password": "x"})

        page = client.post(SIGN_IN, {"username": "b", "password": "x"})

        assert page.status_code == 429
        assert "More than 1 requests in a minute" in page.content.decode()

    def test_made_up_members_of_tests_have_no_password(self, client: Client) -> None:
        UserFactory.create(username="demo", is_e2e=True)

        assert sign_in(client, "!").status_code == 422

    def test_its_scripts_and_styles_fit_the_policy(self, client: Client) -> None:
        page = client.get(SIGN_IN)

        assert "script-src" in page["Content-Security-Policy"]
        assert not re.search(r"<script|style=|<style| on[a-z]+=", page.content.decode())


class TestSignUp:
    def test_a_new_account_is_signed_in_and_has_a_plan(self, client: Client) -> None:
        answer = client.post(SIGN_UP, NEW | {"next": "/coach/x"})

        user = User.objects.get(username="ada")
        assert answer["Location"] == "/coach/x"
        assert client.session["_auth_user_id"] == str(user.pk)
        assert (user.email, user.is_staff, user.is_e2e) == ("ada@example.com", False, False)
        assert (user.membership.tier, user.membership.query_count) == ("lite", 0)

    def test_the_address_is_optional(self, client: Client) -> None:
        assert client.post(SIGN_UP, NEW | {"email": ""})["Location"] == "/coach/"

    @pytest.mark.parametrize("after", ELSEWHERE)
    def test_it_never_leads_off_the_site(self, client: Client, after: str) -> None:
        assert client.post(SIGN_UP, NEW | {"next": after})["Location"] == "/coach/"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"username": "DEMO"}, "username"),
            ({"username": "External-3f2b8c64-1f6e-4a0b-9a55-7d0c1e2f3a44"}, "username"),
            ({"username": "e2e-1"}, "username"),
            ({"username": ""}, "username"),
            ({"username": "two words"}, "username"),
            ({"email": "not an address"}, "email"),
            ({"email": "DEMO@example.com"}, "email"),
            ({"password1": "", "password2": ""}, "password1"),
            ({"password2": "different-9"}, "password2"),
            ({"password1": "12345678", "password2": "12345678"}, "password2"),
            ({"password1": "password", "password2": "password"}, "password2"),
        ],
        ids=str,
    )
    def test_a_faulty_form_comes_back_with_the_cursor_in_place(
        self, client: Client, demo: User, changes: dict[str, str], field: str
    ) -> None:
        page = client.post(SIGN_UP, NEW | changes)

        assert page.status_code == 422
        assert focused(page) == [field]
        assert User.objects.count() == 1
        assert not is_signed_in(client)

    def test_of_two_clicks_at_once_the_second_is_told_so(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def one_click_earlier(form: SignUpForm, **_: object) -> User:
            UserFactory.create(username=NEW["username"])
            return save(form)

        save = SignUpForm.save
        monkeypatch.setattr(SignUpForm, "save", one_click_earlier)

        page = client.post(SIGN_UP, NEW)

        assert page.status_code == 422
        assert "was made a moment ago" in page.content.decode()
        assert (User.objects.count(), Membership.objects.count()) == (1, 0)

    def test_nobody_signs_up_as_staff(self, client: Client) -> None:
        client.post(SIGN_UP, NEW | {"is_staff": "on", "is_superuser": "on", "token_version": "7", "is_e2e": "on"})

        user = User.objects.get(username="ada")
        assert (user.is_staff, user.is_superuser, user.token_version, user.is_e2e) == (False, False, 0, False)

    def test_it_can_be_switched_off(self, client: Client, settings: Settings) -> None:
        settings.SIGN_UP_OPEN = False

        assert client.get(SIGN_UP).status_code == 404
        assert client.post(SIGN_UP, NEW).status_code == 404
        assert not User.objects.exists()
        assert "sign-up" not in client.get(SIGN_IN).content.decode()

    def test_where_it_is_open_the_sign_in_page_says_so_and_keeps_next(self, client: Client, settings: Settings) -> None:
        settings.SIGN_UP_OPEN = True

        assert f'href="{SIGN_UP}?next=%2Fcoach%2Fx"' in client.get(f"{SIGN_IN}?next=/coach/x").content.decode()

    def test_who_is_signed_in_is_sent_on(self, client: Client, demo: User) -> None:
        client.force_login(demo)

        assert client.get(SIGN_UP)["Location"] == "/coach/"

    def test_many_accounts_in_a_minute_have_to_wait(self, client: Client, settings: Settings) -> None:
        settings.RATE_LIMITS = {**settings.RATE_LIMITS, "auth": 1}
        client.post(SIGN_UP, NEW | {"password2": "x"})

        assert client.post(SIGN_UP, NEW).status_code == 429
        assert Membership.objects.count() == 0


class TestSignOut:
    def test_it_ends_the_session(self, client: Client, demo: User) -> None:
        client.force_login(demo)

        answer = client.post(SIGN_OUT)

        assert (answer.status_code, answer["Location"]) == (302, SIGN_IN)
        assert not is_signed_in(client)

    def test_a_link_or_a_picture_cannot_sign_anybody_out(self, client: Client, demo: User) -> None:
        client.force_login(demo)

        assert client.get(SIGN_OUT).status_code == 405
        assert is_signed_in(client)
