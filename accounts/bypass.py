"""Tokens of end-to-end tests: `{prefix}{secret}:{uuid}` signs in a made-up member, nowhere near production."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from accounts import counts
from accounts.models import User
from config.http.errors import Unauthorized

logger = logging.getLogger(__name__)

VARIABLES = "E2E_BYPASS_"
SHORTEST_SECRET = 32
# Only ids that no real member can have: a test token must never open somebody's account.
RESERVED_ID = re.compile(r"00000000-0000-4000-8000-[0-9a-f]{12}")


@dataclass(frozen=True)
class Gate:
    """An open gate: how its tokens begin, and the secret they carry; None only in a local test run."""

    prefix: str
    secret: str | None


def forbidden(environ: Mapping[str, str], *, environment: str) -> list[str]:
    """Return the names of bypass variables that must not be set: all of them in production, none elsewhere.

    Even a variable that switches the bypass off is refused there, so that nothing is one edit away from open.
    """
    return sorted(name for name in environ if name.startswith(VARIABLES)) if environment == "production" else []


def problem() -> str | None:
    """Return why the settings ask for a gate that cannot be opened; None when they do not, or when it can."""
    secret = settings.E2E_BYPASS_SHARED_SECRET
    if not settings.E2E_BYPASS_AUTH:
        return None
    if settings.COACH_ENV not in ("test", "development", "staging"):
        return f"E2E_BYPASS_AUTH is on where COACH_ENV is {settings.COACH_ENV}"
    if ":" in secret:
        return "E2E_BYPASS_SHARED_SECRET contains a colon"
    if settings.COACH_ENV != "test" and len(secret) < SHORTEST_SECRET:
        return f"E2E_BYPASS_SHARED_SECRET has {len(secret)} characters, at least {SHORTEST_SECRET} are needed"
    return None


@register(Tags.security)
def check_gate(**_unknown: Any) -> list[CheckMessage]:
    """Report a gate that stays closed although the settings ask for it."""
    said = problem()
    hint = "Switch it off, or use COACH_ENV=staging with a random secret of 32 characters or more, without a colon."
    return [Error(said, hint=hint, id="accounts.E001")] if said else []


def gate() -> Gate | None:
    """Return the gate where the settings open it."""
    if not settings.E2E_BYPASS_AUTH or problem():
        return None
    return Gate(prefix=settings.E2E_BYPASS_TOKEN_PREFIX, secret=settings.E2E_BYPASS_SHARED_SECRET or None)


def is_meant(token: str) -> bool:
    """Say whether this is a test token; never where the gate is closed."""
    opened = gate()
    return opened is not None and token.startswith(opened.prefix)


def member_id(token: str) -> uuid.UUID:
    """Return the id that a test token names.

    Raises
    ------
    Unauthorized
        If the gate is closed, the secret is wrong or missing, or the id is not a reserved one: always in the same
        words, so that a guess learns nothing.
    """
    opened = gate()
    if opened is None or not token.startswith(opened.prefix):
        raise _refusal("closed")
    payload = token.removeprefix(opened.prefix)
    if opened.secret is not None:
        sent, _, payload = payload.partition(":")
        if not _same(sent, opened.secret):
            raise _refusal("secret")
    user_id = payload.lower()
    if not RESERVED_ID.fullmatch(user_id):
        raise _refusal("id")
    return uuid.UUID(user_id)


def member(token: str) -> User:
    """Return the made-up member that a test token names, created at first sight.

    Raises
    ------
    Unauthorized
        As `member_id`; also when the row is somebody's real account or was switched off.
    """
    user_id = member_id(token)
    user, _ = User.objects.get_or_create(
        pk=user_id,
        defaults={
            "username": f"e2e-{user_id}",
            "email": f"e2e+{user_id}@e2e.invalid",  # RFC 2606: mail to .invalid goes nowhere
            "password": "!",  # no password opens this account
            "first_name": "E2E",
            "last_name": "Member",
            "is_e2e": True,
        },
    )
    if not (user.is_e2e and user.is_active):
        raise _refusal("account")
    return user


def remove_members(*, unused_since: datetime) -> int:
    """Delete the made-up members that were created, and last signed in, before this moment; return how many."""
    made_up = User.objects.filter(is_e2e=True, date_joined__lt=unused_since)
    old = made_up.exclude(last_login__gte=unused_since)
    _, removed = old.delete()
    return removed.get("accounts.User", 0)


def _same(sent: str, secret: str) -> bool:
    # Digests have one length: the time it takes says nothing about the secret's.
    left, right = (hashlib.sha256(text.encode()).digest() for text in (sent, secret))
    return hmac.compare_digest(left, right)


def _refusal(why: str) -> Unauthorized:
    counts.add(f"accounts.bypass.refused.{why}")
    logger.warning("accounts.bypass.refused", extra={"why": why})
    return Unauthorized(reason="The token is invalid or has expired")
