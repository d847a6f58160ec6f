"""Implied volatility: rank, skew and term structure; what an event does to it; and the fitted surface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from market import answers, clock
from options_engine import crush, readings, surfaces, volatility
from options_engine.api.base import OptionsView, UnlistedView
from options_engine.api.volatility_queries import CrushQuery, SurfaceQuery, VolatilityQuery
from options_engine.api.volatility_shapes import CrushProjection, IVAnalysisMembers, VolatilitySurface

KEPT_S: Final = 300


class VolatilityView(UnlistedView):
    """Rank, skew and term structure."""

    @extend_schema(parameters=[VolatilityQuery], responses=IVAnalysisMembers)
    def get(self, request: Request, symbol: str) -> Response:
        """Return the analysis, at most five minutes old."""
        ours = self.ours(symbol)
        query = VolatilityQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        expiry, count = asked.get("expiry"), asked["expirations"]

        def made(max_age_s: float) -> dict[str, Any]:
            return volatility.analysis(ours, expiry=expiry, expirations=count, max_age_s=max_age_s)

        return _kept("iv", ours, str(expiry or "multi"), str(count), force=asked["force"], made=made)


class CrushView(OptionsView):
    """What an event does to volatility."""

    @extend_schema(parameters=[CrushQuery], responses=CrushProjection)
    def get(self, request: Request, symbol: str) -> Response:
        """Return the projection, at most five minutes old."""
        ours = self.ours(symbol)
        query = CrushQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        day, when = asked["event_date"], asked["event_time"]

        def made(max_age_s: float) -> dict[str, Any]:
            return crush.projection(ours, day, event_time=when, max_age_s=max_age_s)

        return _kept("iv-crush", ours, str(day), when, force=asked["force"], made=made)


class SurfaceView(OptionsView):
    """The fitted surface."""

    @extend_schema(parameters=[SurfaceQuery], responses=VolatilitySurface)
    def get(self, request: Request, symbol: str) -> Response:
        """Return the fitted slices, at most five minutes old."""
        ours = self.ours(symbol)
        query = SurfaceQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        count = query.validated_data["expirations"]

        def made(max_age_s: float) -> dict[str, Any]:
            return surfaces.fitted(ours, expirations=count, max_age_s=max_age_s)

        return _kept("surface", ours, str(count), force=query.validated_data["force"], made=made)


def _kept(part: str, *name: str, force: bool, made: Callable[[float], dict[str, Any]]) -> Response:
    now = clock.now()
    answer = answers.remembered(
        *("options", part, clock.market_date(now).isoformat(), *name),
        ttl_s=KEPT_S,
        now=now,
        compute=lambda: made(0.0 if force else readings.FRESH_S),
        anew=force,
    )
    return Response(answer.body)
