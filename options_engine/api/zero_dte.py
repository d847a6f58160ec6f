"""Options that expire today."""

from __future__ import annotations

import math
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from options_engine import zero_dte
from options_engine.api.base import UnlistedView
from options_engine.api.serializers import Switch
from options_engine.api.zero_dte_shapes import ZeroDTEAnalysisMembers


@extend_schema_field({"type": "number", "exclusiveMinimum": 0})
class Strike(serializers.FloatField):
    """A price above 0."""

    def to_internal_value(self, data: Any) -> float:
        """Return the number."""
        strike = float(super().to_internal_value(data))
        if not 0 < strike < math.inf:
            raise serializers.ValidationError("Expected a strike above 0, such as 6050.")
        return strike


class ZeroDTEQuery(serializers.Serializer[Any]):
    """What /api/options/{symbol}/0dte understands."""

    strike = Strike(required=False)
    type = serializers.ChoiceField(choices=("call", "put"), required=False)
    chain = Switch(default=False)


class ZeroDTEView(UnlistedView):
    """What is left of today's options."""

    @extend_schema(parameters=[ZeroDTEQuery], responses=ZeroDTEAnalysisMembers)
    def get(self, request: Request, symbol: str) -> Response:
        """Return the move of the day, the clock of decay, gamma and the most traded contracts."""
        ours = self.ours(symbol)
        query = ZeroDTEQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        return Response(
            zero_dte.analysis(ours, strike=asked.get("strike"), side=asked.get("type"), whole_chain=asked["chain"])
        )
