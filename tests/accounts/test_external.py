"""Tokens of an external issuer: which verify, whom they name, and everything that must not get in."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from django.db import connections
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from pytest_httpserver import HTTPServer
from rest_framework.test import APIClient

from accounts import external, external_keys, tokens
from accounts.models import Membership, Tier, User
from config.http.errors import Unauthorized, Unavailable
from tests.accounts.issuer import AUDIENCE, NAME, SECRET, Issuer, claims, private_key, shared
from tests.factories.accounts import UserFactory

BAD = "The token is invalid or has expired"
SOMEBODY = "3f2b8c64-1f6e-4a0b-9a55-7d0c1e2f3a44"
RESERVED = "00000000-0000-4000-8000-000000000001"
URL = "/api/preferences"


@pytest.fixture(autouse=True)
def _set_up(settings: Settings) -> Iterator[None]:
    settings.EXTERNAL_JWT_ISSUER = NAME
    settings.EXTERNAL_JWT_AUDIENCE = AUDIENCE
    settings.EXTERNAL_JWT_SECRET = SECRET
    yield
    external_keys.at.cache_clear()


@pytest.fixture(params=["ES256", "RS256", "EdDSA"])
def algorithm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def issuer(httpserver: HTTPServer, settings: Settings) -> Issuer:
    """An issuer whose keys are published; the coach knows the address and nothing else."""
    made = Issuer(httpserver, "first")
    settings.EXTERNAL_JWT_SECRET = ""
    settings.EXTERNAL_JWT_JWKS_URL = made.url
    return made


@pytest.mark.django_db
class TestWhoIsNamed:
    def test_a_shared_secret_is_enough(self) -> None:
        user = tokens.verify(shared(sub=SOMEBODY, email="ann@example.com"))

        assert user == User.objects.get()
        assert (str(user.pk), user.issuer, user.username) == (SOMEBODY, NAME, f"external-{SOMEBODY}")
        assert (user.email, user.is_staff, user.is_superuser, user.is_e2e) == ("ann@example.com", False, False, False)
        assert not user.has_usable_password()

    def test_so_is_a_published_key(self, issuer: Issuer, algorithm: str) -> None:
        issuer.algorithm = algorithm
        issuer.publish("first", "second")

        users = [tokens.verify(issuer.token(kid, sub=SOMEBODY)) for kid in ("first", "second")]

        assert [str(user.pk) for user in users] == [SOMEBODY, SOMEBODY]
        assert (User.objects.count(), issuer.asked) == (1, 1)

    def test_a_known_user_costs_one_query(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        token = shared()
        tokens.verify(token)

        with django_assert_num_queries(1):
            tokens.verify(token)

    def test_a_new_one_has_the_plan_of_those_who_sign_up(self) -> None:
        user = tokens.verify(shared())

        assert Membership.objects.get(user=user).tier == Tier.LITE

    def test_an_upper_case_id_is_the_same_user(self) -> None:
        assert tokens.verify(shared(sub=SOMEBODY.upper())) == tokens.verify(shared(sub=SOMEBODY))

    def test_the_audience_may_be_one_of_several(self) -> None:
        assert tokens.verify(shared(aud=["other", AUDIENCE], sub=SOMEBODY)).issuer == NAME

    def test_clocks_may_be_a_little_apart(self) -> None:
        now = int(time.time())

        assert tokens.verify(shared(iat=now + 5, nbf=now + 5)).issuer == NAME
        assert tokens.verify(shared(iat=now - 60, exp=now - 5)).issuer == NAME

    @pytest.mark.parametrize(
        "said",
        [
            {"email": "ann"},
            {"email": "a@" + "b" * 250 + ".example"},
            {"email": 7},
            {"email": None},
            {"email": "ann@example.com\r\nBcc: x"},
            {"email": "ann@example.com", "email_verified": False},
            {"email": "ann@example.com", "email_verified": "no"},
            {},
        ],
        ids=str,
    )
    def test_an_address_nobody_stands_for_is_left_out(self, said: dict[str, Any]) -> None:
        assert tokens.verify(shared(**said)).email == ""

    def test_an_address_links_nobody_to_an_account_that_has_it(self) -> None:
        local = UserFactory.create(email="Ann@Example.com", is_staff=True)

        user = tokens.verify(shared(email="ann@example.com"))

        assert (user == local, user.email, user.is_staff) == (False, "", False)

    def test_claims_give_neither_name_nor_rights(self) -> None:
        said = {"preferred_username": "admin", "username": "admin", "role": "service_role", "is_staff": True}

        user = tokens.verify(shared(sub=SOMEBODY, **said))

        assert (user.username, user.is_staff, user.is_superuser) == (f"external-{SOMEBODY}", False, False)

    def test_a_name_that_somebody_else_took_opens_nothing(self) -> None:
        UserFactory.create(username=f"external-{SOMEBODY}")

        with pytest.raises(Unauthorized, match=BAD):
            tokens.verify(shared(sub=SOMEBODY))
        assert not User.objects.filter(pk=SOMEBODY).exists()


@pytest.mark.django_db(transaction=True)
def test_two_first_requests_at_once_make_one_user() -> None:
    token, both = shared(sub=SOMEBODY, email="ann@example.com"), Barrier(4)

    def first_request(_: int) -> UUID:
        try:
            both.wait(10)
            return tokens.verify(token).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(first_request, range(4)))

    assert found == {UUID(SOMEBODY)}
    assert [user.email for user in User.objects.all()] == ["ann@example.com"]
    assert Membership.objects.count() == 1


@pytest.mark.django_db
class TestWhoStaysOut:
    def test_an_account_of_our_own_with_the_same_id(self) -> None:
        local = UserFactory.create(pk=UUID(SOMEBODY))

        with pytest.raises(Unauthorized, match=BAD):
            tokens.verify(shared(sub=SOMEBODY))
        assert tokens.verify(tokens.issue(local)) == local

    def test_a_user_of_an_earlier_issuer(self, settings: Settings) -> None:
        tokens.verify(shared(sub=SOMEBODY))
        settings.EXTERNAL_JWT_ISSUER = "https://another.example"

        with pytest.raises(Unauthorized, match=BAD):
            tokens.verify(shared(sub=SOMEBODY, iss="https://another.example"))

    def test_who_was_switched_off(self) -> None:
        token = shared()
        User.objects.filter(pk=tokens.verify(token).pk).update(is_active=False)

        with pytest.raises(Unauthorized, match=BAD):
            tokens.verify(token)

    def test_tokens_from_before_the_user_was_signed_out_everywhere(self) -> None:
        now = int(time.time())
        user = tokens.verify(shared(sub=SOMEBODY))
        user.sign_out_everywhere()

        with pytest.raises(Unauthorized, match=BAD):
            tokens.verify(shared(sub=SOMEBODY, iat=now - 1))
        User.objects.filter(pk=user.pk).update(signed_out_at=timezone.now() - timedelta(minutes=1))
        assert tokens.verify(shared(sub=SOMEBODY, iat=now - 1)) == user

    def test_tokens_from_before_the_operator_gave_him_a_password(self) -> None:
        user = tokens.verify(shared(sub=SOMEBODY))
        user.set_password("a password of the operator's")
        user.save(update_fields=["password"])

        with pytest.raises(Unauthorized, match=BAD):
            tokens.verify(shared(sub=SOMEBODY))

    def test_one_issued_by_a_clock_ahead_of_ours_before_the_sign_out(self) -> None:
        user = tokens.verify(shared(sub=SOMEBODY))
        user.sign_out_everywhere()

        with pytest.raises(Unauthorized, match=BAD):
            tokens.verify(shared(sub=SOMEBODY, iat=int(time.time()) + 5))


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def unsigned() -> str:
    return f"{encoded({'alg': 'none', 'typ': 'JWT', 'kid': 'first'})}.{encoded(claims())}."


def signed_with_the_public_key(issuer: Issuer) -> str:
    """The classic confusion: what verifies is public, so it must never be taken for a shared secret."""
    pem = private_key(issuer.algorithm, "first").public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )  # fmt: skip
    by_hand = jwt.PyJWS(algorithms=["HS256"])  # jwt.encode refuses to sign with it; an attacker's own code would not
    by_hand._algorithms["HS256"].prepare_key = lambda key: key  # type: ignore[method-assign]
    return by_hand.encode(json.dumps(claims()).encode(), pem, algorithm="HS256", headers={"kid": "first"})


def swapped(token: str, **changes: Any) -> str:
    """Return the token with other claims and the signature it had."""
    header, _, signature = token.split(".")
    return (
        f"{header}.{base64.urlsafe_b64encode(json.dumps(claims(**changes)).encode()).rstrip(b'=').decode()}.{signature}"
    )


# What each way of signing must refuse; `make` signs well, with these claims.
WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "other audience": {"aud": "anon"},
    "other audiences": {"aud": ["a", "b"]},
    "no audience": {"aud": ...},
    "audience is null": {"aud": None},
    "expired": {"exp": time.time() - 60},
    "no end": {"exp": ...},
    "end is no time": {"exp": "tomorrow"},
    "issued in the future": {"iat": time.time() + 600},
    "no beginning": {"iat": ...},
    "beginning is no number": {"iat": [1]},
    "not yet": {"nbf": time.time() + 600},
    "nobody": {"sub": ...},
    "nobody, said": {"sub": None},
    "no uuid": {"sub": "ann"},
    "uuid without hyphens": {"sub": SOMEBODY.replace("-", "")},
    "uuid in braces": {"sub": f"{{{SOMEBODY}}}"},
    "a test's id": {"sub": RESERVED},
    "a test's id in capitals": {"sub": "00000000-0000-4000-8000-00000000000A"},
}
FORGERIES: dict[str, Callable[[Issuer], str]] = {
    "no signature": lambda _: unsigned(),
    "signed with the public key": signed_with_the_public_key,
    "signed with the other way's secret": lambda _: shared(),
    "signed with an empty secret": lambda _: jwt.encode(claims(), "", algorithm="none", headers={"kid": "first"}),
    "claims swapped": lambda issuer: swapped(issuer.token("first"), sub=SOMEBODY),
    "no key id": lambda issuer: jwt.encode(claims(), private_key(issuer.algorithm, "first"), issuer.algorithm),
    "key id of nobody": lambda issuer: issuer.token("nobody's"),
    "key id of another key": lambda issuer: issuer.token("other", headers={"kid": "first"}),
    "our name on it": lambda issuer: issuer.token("first", iss="coach"),
    "another issuer": lambda issuer: issuer.token("first", iss="https://elsewhere.example"),
    "issuer with a slash more": lambda issuer: issuer.token("first", iss=NAME + "/"),
    "issuer in a list": lambda issuer: swapped(issuer.token("first"), iss=[NAME]),
    "no issuer": lambda issuer: issuer.token("first", iss=...),
    "another algorithm": lambda _: jwt.encode(
        claims(), private_key("RS256", "first"), algorithm="RS512", headers={"kid": "first"}
    ),
    "its own key in the header": lambda issuer: issuer.token(
        "other", headers={"jwk": {"kty": "oct", "k": "AAAA"}, "jku": "http://127.0.0.1:9/keys"}
    ),
    "an extension nobody knows": lambda issuer: issuer.token("first", headers={"crit": ["x"], "x": 1}),
} | {name: lambda issuer, changes=changes: issuer.token("first", **changes) for name, changes in WRONG_CLAIMS.items()}


@pytest.mark.django_db
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_is_refused_in_the_same_words_and_makes_nobody(issuer: Issuer, api: APIClient, forgery: str) -> None:
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {FORGERIES[forgery](issuer)}")

    answer = api.get(URL)

    said = {name: answer.json()[name] for name in ("error", "code", "message")}
    assert (answer.status_code, said) == (401, {"error": "Unauthorized", "code": "UNAUTHORIZED", "message": BAD})
    assert not User.objects.exists()


SECRET_FORGERIES: dict[str, Callable[[], str]] = {
    "no signature": unsigned,
    "another secret": lambda: shared("another secret of the same length: 42 byte"),
    "a longer digest": lambda: shared(SECRET, "HS512"),
    "our own secret": lambda: shared("our own secret, as long as theirs: 42 byte"),
    "our name on it": lambda: shared(iss="coach"),
    "our name on it, complete": lambda: shared(iss="coach", tv=0, sub=SOMEBODY),
    "another issuer": lambda: shared(iss="https://elsewhere.example"),
    "signed with a private key": lambda: jwt.encode(claims(), private_key("ES256", "first"), algorithm="ES256"),
    "claims swapped": lambda: swapped(shared(), sub=SOMEBODY),
} | {name: lambda changes=changes: shared(**changes) for name, changes in WRONG_CLAIMS.items()}


@pytest.mark.django_db
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")  # the forger's own
@pytest.mark.parametrize("forgery", SECRET_FORGERIES)
def test_so_is_one_with_a_shared_secret(settings: Settings, forgery: str) -> None:
    settings.JWT_SECRET = "our own secret, as long as theirs: 42 byte"

    with pytest.raises(Unauthorized, match=BAD):
        tokens.verify(SECRET_FORGERIES[forgery]())
    assert not User.objects.exists()


@pytest.mark.django_db
def test_our_own_tokens_go_on_beside_it(issuer: Issuer) -> None:
    local = UserFactory.create()

    assert tokens.verify(tokens.issue(local)) == local
    assert issuer.asked == 0


@pytest.mark.django_db
def test_a_token_of_ours_with_the_issuers_name_is_not_the_issuers() -> None:
    local = UserFactory.create()
    forged = jwt.encode(claims(sub=str(local.pk), tv=0), tokens._secret(), algorithm="HS256")

    with pytest.raises(Unauthorized, match=BAD):
        tokens.verify(forged)


@pytest.mark.django_db
class TestTheIssuerAway:
    def test_who_cannot_be_checked_is_told_to_come_back(self, issuer: Issuer, api: APIClient) -> None:
        issuer.go_away()
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {issuer.token('first')}")

        answer = api.get(URL)

        body = answer.json()
        assert (answer.status_code, body["error"], body["retryAfter"]) == (503, "Data provider error", 30)
        assert body["message"] == "The service that issues tokens cannot be reached at the moment"

    def test_known_keys_go_on(self, issuer: Issuer) -> None:
        tokens.verify(issuer.token("first", sub=SOMEBODY))
        issuer.go_away()

        assert str(tokens.verify(issuer.token("first", sub=SOMEBODY)).pk) == SOMEBODY

    def test_a_token_that_has_run_out_is_bad_whoever_is_away(self, issuer: Issuer) -> None:
        issuer.go_away()

        with pytest.raises(Unauthorized, match=BAD):
            tokens.verify(issuer.token("first", exp=int(time.time()) - 60))
        assert issuer.asked == 0


@pytest.mark.django_db
def test_a_rotated_key_is_picked_up_and_the_old_one_is_void(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external_keys, "PAUSE_S", 0.0)
    old = issuer.token("first", sub=SOMEBODY)
    tokens.verify(old)
    issuer.publish("second")

    assert str(tokens.verify(issuer.token("second", sub=SOMEBODY)).pk) == SOMEBODY
    with pytest.raises(Unauthorized, match=BAD):
        tokens.verify(old)


class TestThrottleKey:
    def test_a_good_token_counts_for_its_user_without_a_query(
        self, rf: RequestFactory, db: None, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        request = rf.get("/", HTTP_AUTHORIZATION=f"Bearer {shared(sub=SOMEBODY)}")

        with django_assert_num_queries(0):
            assert tokens.throttle_key(request) == f"user:{SOMEBODY}"

    def test_it_never_asks_the_issuer(self, rf: RequestFactory, issuer: Issuer, db: None) -> None:
        request = rf.get("/", HTTP_AUTHORIZATION=f"Bearer {issuer.token('first', sub=SOMEBODY)}")

        assert (tokens.throttle_key(request), issuer.asked) == ("address:127.0.0.1", 0)
        tokens.verify(issuer.token("first", sub=SOMEBODY))
        assert (tokens.throttle_key(request), issuer.asked) == (f"user:{SOMEBODY}", 1)

    @pytest.mark.parametrize("name", ["no signature", "claims swapped", "expired", "a test's id"])
    def test_a_forgery_counts_for_the_address(self, rf: RequestFactory, name: str) -> None:
        request = rf.get("/", HTTP_AUTHORIZATION=f"Bearer {SECRET_FORGERIES[name]()}")

        assert tokens.throttle_key(request) == "address:127.0.0.1"


def test_a_refusal_is_logged_with_its_reason_and_without_the_token(db: None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "accounts.external")
    token = shared(aud="anon")

    with pytest.raises(Unauthorized):
        tokens.verify(token)

    assert [(record.message, record.why) for record in caplog.records] == [  # type: ignore[attr-defined]
        ("accounts.external.refused", "InvalidAudienceError: Audience doesn't match")
    ]
    assert token not in caplog.text


GOOD = {
    "EXTERNAL_JWT_ISSUER": NAME, "EXTERNAL_JWT_AUDIENCE": AUDIENCE, "EXTERNAL_JWT_SECRET": SECRET,
    "EXTERNAL_JWT_JWKS_URL": "",
}  # fmt: skip
KEYS = {"EXTERNAL_JWT_SECRET": "", "EXTERNAL_JWT_JWKS_URL": "https://sign-in.example/keys"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, None),
        (KEYS, None),
        ({"EXTERNAL_JWT_SECRET": "ü" * 16}, None),
        ({**KEYS, "EXTERNAL_JWT_JWKS_URL": "http://127.0.0.1:9999/keys"}, None),
        ({**KEYS, "EXTERNAL_JWT_JWKS_URL": "http://[::1]:9999/keys"}, None),
        ({**KEYS, "EXTERNAL_JWT_JWKS_URL": "http://localhost/keys"}, None),
        (dict.fromkeys(GOOD, ""), None),
        ({"EXTERNAL_JWT_ISSUER": ""}, "EXTERNAL_JWT_ISSUER is empty"),
        ({"EXTERNAL_JWT_ISSUER": "coach"}, "the same as JWT_ISSUER"),
        ({"EXTERNAL_JWT_AUDIENCE": ""}, "EXTERNAL_JWT_AUDIENCE is empty"),
        ({"EXTERNAL_JWT_SECRET": ""}, "Exactly one of"),
        ({**KEYS, "EXTERNAL_JWT_SECRET": SECRET}, "Exactly one of"),
        ({"EXTERNAL_JWT_SECRET": "x" * 31}, "has 31 bytes: HS256 needs at least 32"),
        ({"EXTERNAL_JWT_SECRET": "ours" * 10}, "the same as JWT_SECRET"),
        ({**KEYS, "EXTERNAL_JWT_JWKS_URL": "http://sign-in.example/keys"}, "plain http"),
        ({**KEYS, "EXTERNAL_JWT_JWKS_URL": "http://127.0.0.1.example/keys"}, "plain http"),
        ({**KEYS, "EXTERNAL_JWT_JWKS_URL": "http://10.0.0.1/keys"}, "plain http"),
    ],
    ids=str,
)
@pytest.mark.django_db
def test_settings_that_do_not_go_together_fail_the_check_and_open_nothing(
    settings: Settings, changes: dict[str, str], said: str | None
) -> None:
    settings.JWT_SECRET = "ours" * 10
    for name, value in (GOOD | changes).items():
        setattr(settings, name, value)

    found = external.check_issuer()

    assert [error.id for error in found] == (["accounts.E003"] if said else [])
    assert all(said in error.msg for error in found if said)
    if said:
        secret = settings.EXTERNAL_JWT_SECRET or SECRET
        with pytest.raises((Unauthorized, Unavailable), match=BAD):
            tokens.verify(jwt.encode(claims(iss=settings.EXTERNAL_JWT_ISSUER or NAME), secret.ljust(32), "HS256"))
        assert not User.objects.exists()


@pytest.mark.django_db
def test_without_an_issuer_nobody_is_let_in(settings: Settings) -> None:
    settings.EXTERNAL_JWT_ISSUER = ""
    settings.EXTERNAL_JWT_SECRET = ""

    with pytest.raises(Unauthorized, match=BAD):
        tokens.verify(shared(sub=str(uuid4())))
