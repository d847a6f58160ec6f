"""A trader's watchlists over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.http.errors import InvalidInput
from config.http.views import ApiViewSet
from market import watchlists
from market.api.serializers import WatchlistChange, WatchlistCreation, watchlist_row


class WatchlistViewSet(ApiViewSet):
    """Lists of symbols; someone else's id looks like a missing one."""

    failure_label = {
        "GET": "Failed to fetch watchlists",
        "POST": "Failed to create watchlist",
        "PUT": "Failed to update watchlist",
        "DELETE": "Failed to delete watchlist",
    }

    def list(self, request: Request) -> Response:
        """Return every list, the default first."""
        return Response(_all(request))

    @extend_schema(request=WatchlistCreation)
    def create(self, request: Request) -> Response:
        """Add a list."""
        body = WatchlistCreation(data=request.data)
        body.is_valid(raise_exception=True)
        row = watchlists.create(request.user, **body.validated_data)
        return Response({"watchlist": watchlist_row(row), **_all(request)}, status=201)

    @extend_schema(request=WatchlistChange)
    def update(self, request: Request, pk: str) -> Response:
        """Change a list."""
        list_id = _as_uuid(pk)
        body = WatchlistChange(data=request.data)
        body.is_valid(raise_exception=True)
        row = watchlists.change(request.user, list_id, **body.validated_data)
        return Response({"watchlist": watchlist_row(row), **_all(request)})

    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a list."""
        watchlists.delete(request.user, _as_uuid(pk))
        return Response({"success": True, **_all(request)})


def _all(request: Request) -> dict[str, Any]:
    rows = [watchlist_row(row) for row in watchlists.lists(request.user)]
    return {"watchlists": rows, "defaultWatchlist": rows[0]}


def _as_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(issues=[f"id: {text!r} is not a UUID"], where="path") from None
