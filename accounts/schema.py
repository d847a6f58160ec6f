"""How our two ways of signing in read in the API's schema."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension

BEARER, COOKIE = "bearerAuth", "cookieAuth"


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it has no types
    """A token in the Authorization header."""

    target_class = "accounts.authentication.BearerAuthentication"
    name = BEARER

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 -- the library's signature
        """Return the scheme, under the contract's name."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token of POST /api/auth/token, or of the site's identity provider.",
        }


class CookieScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The session of our own pages."""

    target_class = "accounts.authentication.CookieAuthentication"
    name = COOKIE

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 -- as above
        """Return the scheme."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "The session of a page of ours; every write needs the X-CSRFToken header, too.",
        }
