"""Who is at the other end of a socket: by bearer token or by the session cookie of our own pages."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import Future
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.http.cookie import parse_cookie
from django.utils.crypto import constant_time_compare

from accounts import external, external_keys, tokens
from config.http.errors import Unauthorized, Unavailable
from realtime.threads import Threads

RECHECK_S = 300.0  # how long a signed-out user's socket may live on
KEYS_S = 5.0  # how often the age of an external issuer's keys is looked at


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

    def ask_ahead(self) -> Future[None] | None:
        """Have an external issuer asked for what checking needs; return what is done when he has answered, or None."""
        return external.ask_ahead(self.text)

    def check(self) -> Member:
        """Return whose it is.

        Raises
        ------
        Unauthorized
            If it is bad, void or has run out.
        ConnectionError
            If that cannot be told now, because the external issuer is away, or has not been waited for.
        """
        try:
            user = tokens.verify(self.text, patience_s=0)
        except Unavailable as problem:
            raise ConnectionError(str(problem)) from problem  # an outage: the socket closes with 1011, or asks again
        return Member(user.pk, tokens.good_until(self.text))


@dataclass(frozen=True)
class SessionKey:
    """The key of a signed-in session, from the cookie."""

    key: str

    def ask_ahead(self) -> None:
        """Ask nobody: our own table says it all."""

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


class Checks:
    """Checks credentials in threads of their own: neither the hub's work nor other sockets wait for an issuer."""

    def __init__(self) -> None:
        self._threads = Threads(2)

    async def run(self, given: Credentials) -> Member:
        """Return whose credentials these are; an issuer that has to be asked is waited for outside the threads.

        Raises
        ------
        Unauthorized, ConnectionError
            As their `check`.
        """
        answer = given.ask_ahead()
        if answer is not None:
            await asyncio.wait([asyncio.wrap_future(answer)], timeout=external_keys.TIMEOUT_S)
        return await self._threads.run(given.check)

    async def keep_keys(self) -> None:
        """Have the keys of an external issuer renewed where it is time, so that nobody waits for them."""
        await asyncio.sleep(KEYS_S)
        external.renew_keys()

    async def close(self) -> None:
        """End the threads."""
        await self._threads.close()


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
