"""GET, PUT, PATCH and DELETE /api/preferences: always the caller's own."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import preferences
from accounts.api.serializers import PreferencesSerializer
from accounts.models import Preferences, User
from config.http.views import ApiView


class PreferencesView(ApiView):
    """The caller's preferences; there is no address for anybody else's."""

    failure_label = {
        "GET": "Failed to fetch preferences",
        "PUT": "Failed to save preferences",
        "PATCH": "Failed to save preferences",
        "DELETE": "Failed to reset preferences",
    }

    @extend_schema(operation_id="getPreferences", responses=PreferencesSerializer)
    def get(self, request: Request) -> Response:
        """Answer with the stored values, or the defaults without writing them."""
        return _answer(Preferences.of(_caller(request)))

    @extend_schema(operation_id="replacePreferences", request=PreferencesSerializer, responses=PreferencesSerializer)
    def put(self, request: Request) -> Response:
        """Replace everything: what the body leaves out goes back to its default."""
        return _answer(preferences.replace(_caller(request), _values(request)))

    @extend_schema(operation_id="changePreferences", request=PreferencesSerializer, responses=PreferencesSerializer)
    def patch(self, request: Request) -> Response:
        """Change what the body names."""
        return _answer(preferences.merge(_caller(request), _values(request)))

    @extend_schema(operation_id="resetPreferences", responses={200: PreferencesSerializer})
    def delete(self, request: Request) -> Response:
        """Reset; answer with the defaults, so that a page need not ask again."""
        return _answer(preferences.reset(_caller(request)))


def _caller(request: Request) -> User:
    return cast("User", request.user)


def _values(request: Request) -> dict[str, Any]:
    serializer = PreferencesSerializer(data=request.data, partial=True)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _answer(row: Preferences) -> Response:
    return Response(PreferencesSerializer(row).data)
