"""Bearer tokens: ours for twelve hours, void at once when the user's token version rises; and whom any token names."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.checks import CheckMessage, Error, Tags, register
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import address, bypass, external, external_keys
from accounts.models import User
from config.http.errors import Unauthorized

LIFETIME = timedelta(hours=12)
# Named here and never read from the token: else `none`, or a public key used as an HMAC secret, would verify.
ALGORITHM = "HS256"
CLOCKS_APART = timedelta(seconds=5)  # between two of our own machines
SHORTEST_SECRET_BYTES = 32


@dataclass(frozen=True)
class Claims:
    """What a token says, its signature and times checked."""

    user_id: uuid.UUID
    version: int


def issue(user: User, *, at: datetime | None = None) -> str:
    """Return a signed token for this user, good for `LIFETIME` from `at` (now)."""
    issued_at = at or timezone.now()
    claims = {
        "iss": settings.JWT_ISSUER,
        "sub": str(user.pk),
        "tv": user.token_version,
        "iat": issued_at,
        "exp": issued_at + LIFETIME,
    }
    return jwt.encode(claims, _secret(), algorithm=ALGORITHM)


def read(token: str) -> Claims:
    """Return what a token of ours says, without asking the database.

    Raises
    ------
    Unauthorized
        If it is malformed, signed otherwise, of another issuer, or expired.
    """
    try:
        claims = jwt.decode(
            token,
            _secret(),
            algorithms=[ALGORITHM],
            issuer=settings.JWT_ISSUER,
            leeway=CLOCKS_APART,
            options={"require": ["iss", "sub", "tv", "iat", "exp"]},
        )
        return Claims(user_id=uuid.UUID(claims["sub"]), version=int(claims["tv"]))
    except (jwt.InvalidTokenError, ValueError, TypeError):
        raise Unauthorized(reason="The token is invalid or has expired") from None


def verify(token: str, *, patience_s: float = external_keys.TIMEOUT_S) -> User:
    """Return the user whom a bearer token names: ours, the external issuer's, or a test's where those are on.

    Parameters
    ----------
    patience_s
        How long to wait for an external issuer whose key is not known. [seconds]

    Raises
    ------
    Unauthorized
        If the token is bad, or the user is gone, switched off, or signed out everywhere since.
    Unavailable
        If the external issuer has to be asked for its keys, and does not say.
    """
    if bypass.is_meant(token):
        return bypass.member(token)
    if external.is_meant(token):
        return external.member(token, patience_s=patience_s)
    claims = read(token)
    user = User.objects.filter(pk=claims.user_id, token_version=claims.version, is_active=True).first()
    if user is None:
        raise Unauthorized(reason="The token is invalid or has expired")
    return user


def good_until(token: str) -> float | None:
    """Return when a token that was verified a moment ago stops being good. [Unix seconds] None for a test's."""
    if bypass.is_meant(token):
        return None
    claims = jwt.decode(token, options={"verify_signature": False})
    leeway = external.LEEWAY if external.is_meant(token) else CLOCKS_APART
    return float(claims["exp"]) + leeway.total_seconds()


def bearer(header: str) -> str | None:
    """Return the token of an Authorization header; None when the header names no bearer token.

    Raises
    ------
    Unauthorized
        If the scheme is Bearer and what follows is not one word.
    """
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "bearer":
        return None
    if not token.strip() or len(token.split()) != 1:
        raise Unauthorized(reason="The Authorization header is missing or malformed")
    return token.strip()


def throttle_key(request: HttpRequest) -> str:
    """Return whose requests these are: the user's when signature or session says so, else the address's.

    Costs no query and no network of its own: a token is only checked by its signature, where the key is known, and the
    session is read once a request anyway.
    """
    user_id = _named_by_token(request) or _named_by_session(request)
    return f"user:{user_id}" if user_id else f"address:{address.of(request)}"


@register(Tags.security)
def check_secret(**_unknown: object) -> list[CheckMessage]:
    """Report a signing secret that could be guessed."""
    length = len(settings.JWT_SECRET.encode())
    if 0 < length < SHORTEST_SECRET_BYTES:
        said = f"JWT_SECRET has {length} bytes: HS256 needs at least {SHORTEST_SECRET_BYTES}"
        return [Error(said, hint="Leave it empty to derive one from SECRET_KEY.", id="accounts.E002")]
    return []


def _secret() -> str:
    # Derived, so that leaking a token key does not leak SECRET_KEY, nor the other way round.
    return settings.JWT_SECRET or salted_hmac("accounts.tokens", "signing", algorithm="sha256").hexdigest()


def _named_by_token(request: HttpRequest) -> uuid.UUID | None:
    try:
        token = bearer(request.META.get("HTTP_AUTHORIZATION", ""))
        return _user_id(token) if token is not None else None
    except Unauthorized:
        return None  # a bad token is answered further on; here it only does not count for anybody


def _user_id(token: str) -> uuid.UUID:
    if bypass.is_meant(token):
        return bypass.member_id(token)
    if external.is_meant(token):
        return external.read(token, ask=False).user_id
    return read(token).user_id


def _named_by_session(request: HttpRequest) -> str | None:
    session = getattr(request, "session", None)
    return session.get(SESSION_KEY) if session is not None else None
