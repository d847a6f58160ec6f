"""The matrix of strikes and expiry dates."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from options_engine import matrix
from options_engine.api.base import OptionsView
from options_engine.api.matrix_shapes import OptionsMatrixMembers
from options_engine.api.serializers import Switch


class MatrixQuery(serializers.Serializer[Any]):
    """What /api/options/{symbol}/matrix understands."""

    expirations = serializers.IntegerField(
        min_value=1, max_value=matrix.MOST_EXPIRATIONS, default=matrix.USUAL_EXPIRATIONS
    )
    strikes = serializers.IntegerField(
        min_value=matrix.LEAST_STRIKES, max_value=matrix.MOST_STRIKES, default=matrix.USUAL_STRIKES
    )
    forceRefresh = Switch(source="force", default=False)  # noqa: N815 -- the wire's name


class MatrixView(OptionsView):
    """Strikes by expiry dates."""

    @extend_schema(parameters=[MatrixQuery], responses=OptionsMatrixMembers)
    def get(self, request: Request, symbol: str) -> Response:
        """Return the cells of the nearest expiry dates."""
        ours = self.ours(symbol)
        query = MatrixQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(matrix.matrix(ours, **query.validated_data))
