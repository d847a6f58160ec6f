"""Implied volatility: rank, skew and term structure; what an event does to it; and the fitted surface."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from options_engine import crush, surfaces, volatility
from options_engine.api.base import UNANSWERED, OptionsView, UnlistedView
from options_engine.api.volatility_queries import CrushQuery, SurfaceQuery, VolatilityQuery
from options_engine.api.volatility_shapes import CrushProjection, IVAnalysisMembers, VolatilitySurface
from options_engine.keeping import kept


class VolatilityView(UnlistedView):
    """Rank, skew and term structure."""

    @extend_schema(parameters=[VolatilityQuery], responses=IVAnalysisMembers)
    def get(self, request: Request, symbol: str) -> Response:
        """Return the analysis, at most five minutes old."""
        ours = self.ours(symbol)
        query = VolatilityQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(volatility.answer(ours, **query.validated_data))


class CrushView(OptionsView):
    """What an event does to volatility."""

    @extend_schema(parameters=[CrushQuery], responses={200: CrushProjection, **UNANSWERED})
    def get(self, request: Request, symbol: str) -> Response:
        """Return the projection, at most five minutes old."""
        ours = self.ours(symbol)
        query = CrushQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        day, when = asked["event_date"], asked["event_time"]

        def made(max_age_s: float) -> dict[str, Any]:
            return crush.projection(ours, day, event_time=when, max_age_s=max_age_s)

        return Response(kept("iv-crush", ours, day, when, force=asked["force"], made=made).body)


class SurfaceView(OptionsView):
    """The fitted surface."""

    @extend_schema(parameters=[SurfaceQuery], responses={200: VolatilitySurface, **UNANSWERED})
    def get(self, request: Request, symbol: str) -> Response:
        """Return the fitted slices, at most five minutes old."""
        ours = self.ours(symbol)
        query = SurfaceQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        count = query.validated_data["expirations"]

        def made(max_age_s: float) -> dict[str, Any]:
            return surfaces.fitted(ours, expirations=count, max_age_s=max_age_s)

        return Response(kept("surface", ours, count, force=query.validated_data["force"], made=made).body)
