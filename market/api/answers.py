"""Levels, candles and symbol search over HTTP."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.http.errors import CoachError, InvalidInput
from config.http.views import ApiView
from market import chart, levels, symbol_search, symbols
from market.api.answer_shapes import ChartDataMembers, LevelsMembers, SymbolSearchResultMembers
from market.api.serializers import ChartQuery, LevelsQuery, SearchQuery
from market.errors import InvalidSymbol, ProviderUnavailable, RateLimited, UnknownSymbol


class LevelsView(ApiView):
    """Support and resistance of a symbol."""

    counts_as_query = True

    @extend_schema(parameters=[LevelsQuery], responses=LevelsMembers)
    def get(self, request: Request, symbol: str) -> Response:
        """Return the levels of one of the three views."""
        try:
            ours = symbols.normalise(symbol)
            query = LevelsQuery(data=request.query_params)
            query.is_valid(raise_exception=True)
            return Response(levels.answer(ours, query.validated_data["timeframe"]))
        except (InvalidSymbol, UnknownSymbol) as error:
            # The contract has no 404 here.
            raise InvalidInput(issues=[f"symbol: {error}"], where="path") from None


class NoSuchSymbol(CoachError):
    """The contract's label for a symbol without a chart."""

    code, label, status = "VALIDATION_ERROR", "Invalid symbol", 400
    message = "{reason}"


class ChartView(ApiView):
    """Candles of a symbol; does not use up the allowance."""

    @extend_schema(parameters=[ChartQuery], responses=ChartDataMembers)
    def get(self, request: Request, symbol: str) -> Response:
        """Return bars and, if asked, their indicators."""
        query = ChartQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        try:
            return Response(chart.answer(symbols.normalise(symbol), **query.validated_data))
        except (InvalidSymbol, UnknownSymbol) as error:
            raise NoSuchSymbol(reason=str(error)) from None


class SearchUnavailable(CoachError):
    """Neither the vendor nor the popular symbols know an answer."""

    code, label, status = "EXTERNAL_SERVICE_ERROR", "Symbol search unavailable", 503
    message = "Symbols cannot be searched at the moment"


class SymbolSearchView(ApiView):
    """Symbols for what is typed into the search box."""

    @extend_schema(parameters=[SearchQuery], responses=SymbolSearchResultMembers)
    def get(self, request: Request) -> Response:
        """Return matches, the likeliest first."""
        query = SearchQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        try:
            return Response(symbol_search.answer(query.validated_data["q"], query.validated_data["limit"]))
        except (ProviderUnavailable, RateLimited):
            raise SearchUnavailable from None
