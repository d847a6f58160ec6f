"""Gamma exposure of one underlying."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from options_engine import exposure
from options_engine.api.base import OptionsView
from options_engine.api.gex_shapes import GEXProfileMembers
from options_engine.api.serializers import ExpiryField, Switch


class GexQuery(serializers.Serializer[Any]):
    """What /api/options/{symbol}/gex understands."""

    expiry = ExpiryField(required=False)
    strikeRange = serializers.IntegerField(  # noqa: N815 -- the wire's name
        source="strikes",
        min_value=exposure.LEAST_STRIKES,
        max_value=exposure.MOST_STRIKES,
        default=exposure.USUAL_STRIKES,
    )
    maxExpirations = serializers.IntegerField(  # noqa: N815 -- the wire's name
        source="expiries", min_value=1, max_value=exposure.MOST_EXPIRIES, default=exposure.USUAL_EXPIRIES
    )
    forceRefresh = Switch(source="force", default=False)  # noqa: N815 -- the wire's name


class GexView(OptionsView):
    """The profile over some dates."""

    @extend_schema(parameters=[GexQuery], responses=GEXProfileMembers)
    def get(self, request: Request, symbol: str) -> Response:
        """Return the gamma exposure by strike with the levels that follow from it."""
        ours = self.ours(symbol)
        query = GexQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(exposure.gex(ours, **query.validated_data))
