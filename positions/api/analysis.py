"""Positions that nobody holds, analysed over HTTP."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.http.errors import Unavailable
from config.http.views import ApiView
from market import clock
from market.vendors import vendor
from positions import analysis
from positions.api import analysis_wire
from positions.api.analysis_serializers import PositionsToAnalyze
from positions.api.analysis_shapes import PortfolioMembers
from positions.pure.analysis import PriceSource

SCHEMAS = "#/components/schemas/"
FOUND = OpenApiResponse(
    {"anyOf": [{"$ref": f"{SCHEMAS}PositionAnalysis"}, {"$ref": f"{SCHEMAS}PortfolioAnalysis"}]},
    "PositionAnalysis for `position`, PortfolioAnalysis for `positions`.",
)
REFUSED = OpenApiResponse(
    {"anyOf": [{"$ref": f"{SCHEMAS}ValidationError"}, {"$ref": f"{SCHEMAS}Error"}]},
    "Validation failed; or, with `error` = `Invalid position`, an option without strike or expiry.",
)


class AnalyzeView(ApiView):
    """What a position would be worth, win and lose; nothing is stored. Costs one query of the allowance."""

    counts_as_query = True

    @extend_schema(request=PositionsToAnalyze, responses=PortfolioMembers)
    def post(self, request: Request) -> Response:
        """Analyse one position, or some of them and what they are together."""
        body = PositionsToAnalyze(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        single = "position" in told
        asked = [told["position"]] if single else told["positions"]
        ideas = [analysis_wire.idea(each, "position" if single else f"positions.{at}") for at, each in enumerate(asked)]
        now = clock.now()
        found = analysis.of(ideas, now=now, curves=single)
        if all(each.away and each.source is PriceSource.NONE for each in found):
            raise Unavailable(provider=vendor().name)
        if single:
            return Response(analysis_wire.one(asked[0], found[0], now=now))
        return Response(analysis_wire.several(asked, found, now=now))


class AnalyzeOptionsView(AnalyzeView):
    """The same under the address that the old server answered, too."""

    @extend_schema(
        operation_id="analyzeOptionPositions",
        request=PositionsToAnalyze,
        responses={
            200: FOUND,
            400: REFUSED,
            503: OpenApiResponse({"$ref": f"{SCHEMAS}RetryableError"}, "A provider is out of reach."),
        },
    )
    def post(self, request: Request) -> Response:
        """Analyse one position, or some of them and what they are together."""
        return super().post(request)
