"""Tokens of an external issuer: each names a user of that issuer, created at first sight, and never another account."""

from __future__ import annotations

import ipaddress
import logging
import uuid
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import bypass, external_keys
from accounts.models import TIER_OF_NEW_MEMBERS, Membership, User
from config.http.errors import Unauthorized

logger = logging.getLogger(__name__)

LEEWAY = timedelta(seconds=10)  # between the issuer's clock and ours
SYMMETRIC = "HS256"
SHORTEST_SECRET_BYTES = 32
LONGEST_EMAIL = 254
CLAIMS = ["iss", "aud", "sub", "iat", "exp"]


@dataclass(frozen=True)
class Said:
    """What a token of the issuer says, its signature and times checked.

    Attributes
    ----------
    issued_at
        When, by the issuer's clock. [Unix seconds]
    email
        Empty where there is none, or none that the issuer stands for.
    """

    user_id: uuid.UUID
    issued_at: float
    email: str


def problem() -> str | None:  # noqa: PLR0911 -- a table, one line a case
    """Return why the settings name an issuer whose tokens cannot be taken; None when they name none, or a good one."""
    secret, url, issuer = settings.EXTERNAL_JWT_SECRET, settings.EXTERNAL_JWT_JWKS_URL, settings.EXTERNAL_JWT_ISSUER
    if not issuer:
        others = (secret, url, settings.EXTERNAL_JWT_AUDIENCE)
        return "EXTERNAL_JWT_ISSUER is empty, but another EXTERNAL_JWT_ variable is set" if any(others) else None
    if issuer == settings.JWT_ISSUER:
        return "EXTERNAL_JWT_ISSUER is the same as JWT_ISSUER, the name of our own tokens"
    if not settings.EXTERNAL_JWT_AUDIENCE:
        return "EXTERNAL_JWT_AUDIENCE is empty: tokens made for another service would do"
    if bool(secret) == bool(url):
        return "Exactly one of EXTERNAL_JWT_SECRET and EXTERNAL_JWT_JWKS_URL is needed"
    if secret and len(secret.encode()) < SHORTEST_SECRET_BYTES:
        return f"EXTERNAL_JWT_SECRET has {len(secret.encode())} bytes: HS256 needs at least {SHORTEST_SECRET_BYTES}"
    if secret and secret == settings.JWT_SECRET:
        return "EXTERNAL_JWT_SECRET is the same as JWT_SECRET: whoever has it could sign our own tokens"
    if url and not _is_private(url):
        return "EXTERNAL_JWT_JWKS_URL is plain http: whoever sits on the way could sign in as anybody"
    return None


@register(Tags.security)
def check_issuer(**_unknown: Any) -> list[CheckMessage]:
    """Report an external issuer whose tokens are all refused because of how it is set up."""
    said = problem()
    hint = "docs/accounts.md, Tokens of an external issuer, lists the variables."
    return [Error(said, hint=hint, id="accounts.E003")] if said else []


def is_meant(token: str) -> bool:
    """Say whether a token claims to be of the external issuer; never where none is set up, or not well."""
    if not settings.EXTERNAL_JWT_ISSUER or problem():
        return False
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError):
        return False
    return bool(claims.get("iss") == settings.EXTERNAL_JWT_ISSUER)


def ask_ahead(token: str) -> Future[None] | None:
    """Have the issuer asked for the key of a token where it is not known, without waiting.

    Returns
    -------
    Future or None
        Done when the issuer has answered, or is found away; None where nobody has to be asked.
    """
    if not settings.EXTERNAL_JWT_JWKS_URL or not is_meant(token):
        return None
    try:
        kid = _key_id(token)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None  # refused whoever signed it
    keys = external_keys.at(settings.EXTERNAL_JWT_JWKS_URL)
    return None if kid is None or keys.known(kid) else keys.ask()


def renew_keys() -> None:
    """Have the issuer's keys fetched, in the background, where they are not known or grow old."""
    if settings.EXTERNAL_JWT_JWKS_URL and not problem():
        external_keys.at(settings.EXTERNAL_JWT_JWKS_URL).renew()


def read(token: str, *, ask: bool = True, patience_s: float = external_keys.TIMEOUT_S) -> Said:
    """Return what a token of the issuer says, without asking the database.

    Parameters
    ----------
    ask
        Whether the issuer may be asked for a key that is not known; False costs no network.
    patience_s
        How long to wait for his answer. [seconds]

    Raises
    ------
    Unauthorized
        If it is malformed, signed otherwise, for another audience, out of its time, or names nobody it may name.
    Unavailable
        If the issuer has to be asked for the key, and does not say.
    """
    try:
        key, algorithm = _key_of(token, ask=ask, patience_s=patience_s)
        claims = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            issuer=settings.EXTERNAL_JWT_ISSUER,
            audience=settings.EXTERNAL_JWT_AUDIENCE,
            leeway=LEEWAY,
            options={"require": CLAIMS, "enforce_minimum_key_length": True},
        )
        return Said(_user_id(claims["sub"]), float(claims["iat"]), _email(claims))
    except (jwt.PyJWTError, ValueError, TypeError) as refused:
        raise Unauthorized(reason="The token is invalid or has expired") from refused


def member(token: str, *, patience_s: float = external_keys.TIMEOUT_S) -> User:
    """Return the issuer's user whom a token names, created at first sight.

    Raises
    ------
    Unauthorized
        As `read`; also when the account is not of this issuer, was switched off, or signed out everywhere since.
    Unavailable
        As `read`.
    """
    try:
        said = read(token, patience_s=patience_s)
    except Unauthorized as refused:
        raise _refusal(f"{type(refused.__cause__).__name__}: {refused.__cause__}") from None
    user = User.objects.filter(pk=said.user_id).first() or _enrol(said)
    if user.issuer != settings.EXTERNAL_JWT_ISSUER:
        raise _refusal("not an account of this issuer")
    if not user.is_active:
        raise _refusal("switched off")
    # Their clock may be ahead of ours: what seems to be issued right after the sign-out may have been so before it.
    if user.signed_out_at and said.issued_at < (user.signed_out_at + LEEWAY).timestamp():
        raise _refusal("signed out everywhere")
    return user


def _key_of(token: str, *, ask: bool, patience_s: float) -> tuple[jwt.PyJWK | str, str]:
    # The algorithm comes from the settings or stands with the key. Read from the token it would let `none` verify, or
    # a public key used as a shared secret.
    if settings.EXTERNAL_JWT_SECRET:
        return settings.EXTERNAL_JWT_SECRET, SYMMETRIC
    kid = _key_id(token)
    keys = external_keys.at(settings.EXTERNAL_JWT_JWKS_URL)
    key = None if kid is None else keys.find(kid, patience_s=patience_s) if ask else keys.known(kid)
    if key is None:
        raise jwt.InvalidKeyError("no such key")
    return key, key.algorithm_name


def _key_id(token: str) -> str | None:
    # What has run out needs no key: it is refused even while the issuer is away.
    jwt.decode(token, options={"verify_signature": False, "verify_exp": True, "require": CLAIMS}, leeway=LEEWAY)
    kid: str | None = jwt.get_unverified_header(token).get("kid")
    return kid


def _user_id(subject: str) -> uuid.UUID:
    user_id = uuid.UUID(subject)
    if str(user_id) != subject.lower() or bypass.RESERVED_ID.fullmatch(str(user_id)):
        raise ValueError("no id of a user")  # in braces, without hyphens, or one of an end-to-end test
    return user_id


def _email(claims: dict[str, Any]) -> str:
    email = claims.get("email")
    if not isinstance(email, str) or len(email) > LONGEST_EMAIL or claims.get("email_verified", True) is not True:
        return ""
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return email


def _enrol(said: Said) -> User:
    # Two first requests at once both come here: the primary key lets one in, the other finds its row. An address that
    # another account has is left out: nobody is linked by it. The name is never the token's: one called `admin` would
    # be the account that the start-up makes staff.
    for email in (said.email, ""):
        try:
            with transaction.atomic():
                user = User.objects.create(
                    pk=said.user_id,
                    username=f"external-{said.user_id}",
                    email=email,
                    password="!",  # noqa: S106 -- no password opens this account
                    issuer=settings.EXTERNAL_JWT_ISSUER,
                )
                Membership.starting(user.pk, tier=TIER_OF_NEW_MEMBERS, at=timezone.now()).save()
        except IntegrityError:
            if there := User.objects.filter(pk=said.user_id).first():
                return there
        else:
            logger.info("accounts.external.enrolled", extra={"user": str(user.pk)})
            return user
    raise _refusal("its name is taken")


def _is_private(url: str) -> bool:
    address = urlsplit(url)
    if address.scheme == "https" or address.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.hostname or "").is_loopback
    except ValueError:
        return False


def _refusal(why: str) -> Unauthorized:
    logger.info("accounts.external.refused", extra={"why": why})
    return Unauthorized(reason="The token is invalid or has expired")
