"""GET /: the service card, or for a person's browser the way to the pages."""

from __future__ import annotations

from django.http import HttpResponseBase, HttpResponseRedirect
from rest_framework.request import Request
from rest_framework.response import Response

from ops.api.health import PublicView
from ops.service import card

PAGES = "/coach/"


class Card(PublicView):
    """Who answers here, and where things are."""

    def get(self, request: Request) -> HttpResponseBase:
        """Return ServiceInfo; a client that prefers HTML, as every browser does, is sent to the pages."""
        # Not `accepts`: to a plain client's */* a page is as good as JSON, and it wants JSON.
        if request._request.get_preferred_type(["application/json", "text/html"]) == "text/html":  # noqa: SLF001 -- DRF has no way to the headers' order
            return HttpResponseRedirect(PAGES)
        return Response(card())
