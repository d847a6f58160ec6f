"""Who is at the other end of a socket: by bearer token or by the session cookie of our own pages."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.http.cookie import parse_cookie
from django.utils.crypto import constant_time_compare

from accounts import tokens
from config.http.errors import Unauthorized, Unavailable

RECHECK_S = 300.0  # how long a signed-out user's socket may live on


@dataclass(frozen=True)
class Member:
    """A user whose credentials were good a moment ago.

    Attributes
    ----------
    expires_at
        When they stop being good. [Unix seconds of the wall clock] None when nothing says so.
    """

    user_id: UUID
    expires_at: float | None = None

    def good_for_s(self) -> float:
        """Return the seconds for which to trust them before they are checked again."""
        left = RECHECK_S if self.expires_at is None else self.expires_at - time.time()
        return max(0.0, min(left, RECHECK_S))


@dataclass(frozen=True)
class Token:
    """A bearer token, of ours, of an external issuer or of an end-to-end test."""

    text: str

    def check(self) -> Member:
        """Return whose it is.

        Raises
        ------
        Unauthorized
            If it is bad, void or has run out.
        ConnectionError
            If that cannot be told now, because the external issuer is away.
        """
        try:
            user = tokens.verify(self.text)
        except Unavailable as problem:
            raise ConnectionError(str(problem)) from problem  # an outage: the socket closes with 1011, or asks again
        return Member(user.pk, tokens.good_until(self.text))


@dataclass(frozen=True)
class SessionKey:
    """The key of a signed-in session, from the cookie."""

    key: str

    def check(self) -> Member:
        """Return whose session it is.

        Raises
        ------
        Unauthorized
            If the session has ended, or the user was signed out everywhere or shut out.
        """
        # Not django.contrib.auth.get_user: it may give the session a new key, which no socket can send to a browser.
        session = import_module(settings.SESSION_ENGINE).SessionStore(self.key)
        user = get_user_model().objects.filter(pk=session.get(SESSION_KEY), is_active=True).first()
        if user is None or not _is_of(user, session.get(HASH_SESSION_KEY, "")):
            raise Unauthorized(reason="The session has ended")
        return Member(user.pk)


Credentials = Token | SessionKey


def given_token(headers: dict[bytes, bytes], query: bytes) -> Token | None:
    """Return the token that the handshake carries, if it carries one: the header first, then `?token=`."""
    try:
        token = tokens.bearer(headers.get(b"authorization", b"").decode("latin-1"))
    except Unauthorized:
        return Token("")  # a bearer without a token: refused like a bad one
    if token is not None:
        return Token(token)
    token = parse_qs(query.decode("latin-1")).get("token", [""])[-1].strip()
    return Token(token) if token else None


def given_session(headers: dict[bytes, bytes], origin: str | None, host: str) -> SessionKey | None:
    """Return the session that the handshake's cookie names; None unless the page is one we trust with it.

    A page of a foreign site may open a socket where all origins are allowed, but never as the signed-in user. Another
    port of our own host may: browsers share cookies between ports.
    """
    key = parse_cookie(headers.get(b"cookie", b"").decode("latin-1")).get(settings.SESSION_COOKIE_NAME)
    ours = (
        not origin or origin in settings.ALLOWED_ORIGINS or urlsplit(origin).hostname == urlsplit(f"//{host}").hostname
    )
    return SessionKey(key) if key and ours else None


def _is_of(user: Any, session_hash: str) -> bool:
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return any(constant_time_compare(session_hash, each) for each in hashes)
