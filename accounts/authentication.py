"""Who is asking: a bearer token, else the session of one of our own pages."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from accounts import tokens
from accounts.models import User
from config.http.errors import Forbidden


class BearerAuthentication(BaseAuthentication):
    """The API's own. Stands first, so that missing credentials are answered by 401 and not by 403."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        """Return the token's user; None without a bearer header.

        Raises
        ------
        Unauthorized
            If there is a token and it is not good: a session must not stand in for it.
        """
        token = tokens.bearer(request.META.get("HTTP_AUTHORIZATION", ""))
        return None if token is None else (tokens.verify(token), token)

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 -- the signature of DRF
        """Return the WWW-Authenticate header of a 401."""
        return "Bearer"


class CookieAuthentication(SessionAuthentication):
    """The session of our pages. The browser sends it by itself, so every write needs the CSRF token, too."""

    def enforce_csrf(self, request: Request) -> None:
        """Refuse a write that cannot be shown to come from a page of ours.

        Raises
        ------
        Forbidden
            In the words of a foreign origin, which is what it may be: the contract knows no other 403.
        """
        try:
            super().enforce_csrf(request)
        except PermissionDenied:
            raise Forbidden(reason="The page's security token is missing or old; reload the page") from None
