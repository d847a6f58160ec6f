"""How an address that knows its visitors and refuses nobody reads in the API's schema."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from accounts.schema import BEARER, COOKIE


class AnybodyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it has no types
    """Either way of signing in; that none is needed as well is for the view's permissions to say."""

    target_class = "ops.api.visitors.AnybodyAuthentication"
    name = [BEARER, COOKIE]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:  # noqa: ARG002 -- the library's signature
        """Return the two as alternatives."""
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:  # noqa: ARG002 -- as above
        """Return nothing: accounts.schema defines both."""
        return []
