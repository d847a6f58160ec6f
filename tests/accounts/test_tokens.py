"""Bearer tokens: what verifies, and everything that must not."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import tokens
from accounts.models import User
from config.http.errors import Unauthorized

SECRET = "a signing secret of forty characters, or so"
BAD = "The token is invalid or has expired"


@pytest.fixture(autouse=True)
def _secret(settings: Settings) -> None:
    settings.JWT_SECRET = SECRET


def claims(user: User, **changes: Any) -> dict[str, Any]:
    now = timezone.now()
    made = {"iss": "coach", "sub": str(user.pk), "tv": 0, "iat": now, "exp": now + timedelta(hours=1), **changes}
    return {name: value for name, value in made.items() if value is not ...}


def signed(payload: dict[str, Any], key: str = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(payload, key, algorithm=algorithm)


def test_a_token_names_its_user_again(user: User) -> None:
    assert tokens.verify(tokens.issue(user)) == user


def test_it_says_who_which_version_and_until_when(user: User) -> None:
    at = timezone.now().replace(microsecond=0)

    said = jwt.decode(tokens.issue(user, at=at), SECRET, algorithms=["HS256"], issuer="coach")

    assert said == {
        "iss": "coach",
        "sub": str(user.pk),
        "tv": 0,
        "iat": int(at.timestamp()),
        "exp": int(at.timestamp()) + 12 * 3600,
    }


def test_verifying_costs_one_query(user: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    token = tokens.issue(user)

    with django_assert_num_queries(1):
        tokens.verify(token)


def test_without_a_secret_of_its_own_one_is_derived(user: User, settings: Settings) -> None:
    settings.JWT_SECRET = ""
    token = tokens.issue(user)

    assert tokens.verify(token) == user
    settings.SECRET_KEY = "another"
    with pytest.raises(Unauthorized, match=BAD):
        tokens.verify(token)


NOW = timezone.now()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"exp": NOW - timedelta(minutes=1)}, id="expired"),
        pytest.param({"exp": ...}, id="no end"),
        pytest.param({"iat": NOW + timedelta(hours=1)}, id="from the future"),
        pytest.param({"iat": ...}, id="no beginning"),
        pytest.param({"iss": "somebody else"}, id="other issuer"),
        pytest.param({"iss": ...}, id="no issuer"),
        pytest.param({"sub": "3f2b8c64-1f6e-4a0b-9a55-7d0c1e2f3a44"}, id="unknown user"),
        pytest.param({"sub": "demo"}, id="no uuid"),
        pytest.param({"sub": ...}, id="nobody"),
        pytest.param({"tv": 1}, id="other version"),
        pytest.param({"tv": "x"}, id="version is text"),
        pytest.param({"tv": None}, id="version is null"),
        pytest.param({"tv": ...}, id="no version"),
    ],
)
def test_a_token_with_other_claims_is_refused(user: User, changes: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized, match=BAD):
        tokens.verify(signed(claims(user, **changes)))


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "e2e:00000000-0000-4000-8000-000000000001", "ü" * 40, "." * 9000], ids=range(6)
)
@pytest.mark.django_db
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthorized, match=BAD):
        tokens.verify(token)


def test_every_changed_character_is_noticed(user: User) -> None:
    token = tokens.issue(user)
    signature_at = token.rindex(".") + 1

    for position in (5, token.index(".") + 5, signature_at, signature_at + 20):
        changed = "A" if token[position] != "A" else "B"
        with pytest.raises(Unauthorized):
            tokens.verify(token[:position] + changed + token[position + 1 :])


def test_another_secret_is_noticed(user: User) -> None:
    with pytest.raises(Unauthorized, match=BAD):
        tokens.verify(signed(claims(user), key="not ours, but as long as ours: forty characters"))


def test_a_token_without_signature_is_refused(user: User) -> None:
    now = int(timezone.now().timestamp())
    parts = ({"alg": "none", "typ": "JWT"}, claims(user, iat=now, exp=now + 60))
    unsigned = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)

    for token in (f"{unsigned}.", signed(claims(user), key="", algorithm="none")):
        with pytest.raises(Unauthorized, match=BAD):
            tokens.verify(token)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_with_our_secret_is_refused(user: User, settings: Settings, algorithm: str) -> None:
    settings.JWT_SECRET = SECRET * 2

    with pytest.raises(Unauthorized, match=BAD):
        tokens.verify(signed(claims(user), key=SECRET * 2, algorithm=algorithm))


def test_a_token_signed_by_somebodys_private_key_is_refused(user: User) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    with pytest.raises(Unauthorized, match=BAD):
        tokens.verify(jwt.encode(claims(user), key, algorithm="RS256"))


def test_a_public_key_as_secret_does_not_let_it_sign(user: User, settings: Settings) -> None:
    """The classic confusion: what verifies RS256 is public, so it must never be taken for an HMAC secret."""
    public = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    settings.JWT_SECRET = pem.decode()
    # jwt.encode refuses to sign with a public key; an attacker's own code would not.
    by_hand = jwt.PyJWS(algorithms=["HS256"])
    by_hand._algorithms["HS256"].prepare_key = lambda key: key  # type: ignore[method-assign]
    now = int(timezone.now().timestamp())
    payload = json.dumps(claims(user, iat=now, exp=now + 60)).encode()

    forged = by_hand.encode(payload, pem, algorithm="HS256")

    with pytest.raises((Unauthorized, jwt.InvalidKeyError)):
        tokens.verify(forged)


def test_signing_out_everywhere_voids_older_tokens_only(user: User) -> None:
    old = tokens.issue(user)

    user.sign_out_everywhere()

    with pytest.raises(Unauthorized, match=BAD):
        tokens.verify(old)
    assert tokens.verify(tokens.issue(user)) == user


def test_a_new_password_voids_older_tokens(user: User) -> None:
    old = tokens.issue(user)

    user.set_password("another password")
    user.save()

    with pytest.raises(Unauthorized, match=BAD):
        tokens.verify(old)


def test_a_user_who_is_switched_off_has_no_token(user: User) -> None:
    token = tokens.issue(user)
    User.objects.filter(pk=user.pk).update(is_active=False)

    with pytest.raises(Unauthorized, match=BAD):
        tokens.verify(token)


def test_a_user_who_is_gone_has_no_token(user: User) -> None:
    token = tokens.issue(user)
    user.delete()

    with pytest.raises(Unauthorized, match=BAD):
        tokens.verify(token)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ("Bearer  abc ", "abc"),
        ("Basic abc", None),
        ("Bearerabc", None),
        ("", None),
    ],
)
def test_the_token_of_a_header(header: str, token: str | None) -> None:
    assert tokens.bearer(header) == token


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer a b"])
def test_a_bearer_header_needs_one_word(header: str) -> None:
    with pytest.raises(Unauthorized, match="missing or malformed"):
        tokens.bearer(header)


class TestThrottleKey:
    def test_a_good_token_counts_for_its_user_without_a_query(
        self, user: User, rf: RequestFactory, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        request = rf.get("/", HTTP_AUTHORIZATION=f"Bearer {tokens.issue(user)}")

        with django_assert_num_queries(0):
            assert tokens.throttle_key(request) == f"user:{user.pk}"

    @pytest.mark.parametrize("header", ["Bearer made-up", "Bearer", "Bearer e2e:x", "Basic abc"])
    def test_a_bad_token_counts_for_the_address(self, rf: RequestFactory, header: str) -> None:
        request = rf.get("/", HTTP_AUTHORIZATION=header, REMOTE_ADDR="203.0.113.9")

        assert tokens.throttle_key(request) == "address:203.0.113.9"

    def test_an_expired_token_counts_for_the_address(self, user: User, rf: RequestFactory) -> None:
        token = tokens.issue(user, at=timezone.now() - timedelta(days=1))

        assert tokens.throttle_key(rf.get("/", HTTP_AUTHORIZATION=f"Bearer {token}")) == "address:127.0.0.1"

    def test_a_session_counts_for_its_user(self, user: User, rf: RequestFactory) -> None:
        request = rf.get("/")
        request.session = {"_auth_user_id": str(user.pk)}  # type: ignore[assignment]

        assert tokens.throttle_key(request) == f"user:{user.pk}"


@pytest.mark.parametrize(("secret", "ids"), [("", []), ("x" * 32, []), ("x" * 31, ["accounts.E002"])])
def test_a_short_signing_secret_fails_the_system_check(settings: Settings, secret: str, ids: list[str]) -> None:
    settings.JWT_SECRET = secret

    assert [message.id for message in tokens.check_secret()] == ids
