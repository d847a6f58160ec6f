"""Reports of companies: the calendar of a watchlist, and the analysis, history and crush of one symbol."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.http.errors import Unavailable
from config.http.views import ApiView
from market import clock, symbols, watchlists
from market.errors import NoChains, ProviderUnavailable, RateLimited, UnknownSymbol
from options_engine import readings
from options_engine.api.earnings_questions import CalendarQuery, CrushQuery, HistoryQuery
from options_engine.api.earnings_shapes import (
    EarningsAnalysisMembers,
    EarningsCalendarMembers,
    EarningsHistory,
    IvCrush,
    UnavailableMembers,
)
from options_engine.earnings import analysis, calendar, crush, history


class NoListedOptions(Unavailable):
    """The underlying has no options, told where the contract knows no 404."""

    code, label = "DATA_UNAVAILABLE", "Data unavailable"
    message = "There are no options of {symbol}"
    symbol: str

    def extra(self) -> dict[str, object]:
        """Return why, beside the wait."""
        return {**super().extra(), "reason": "no_options"}


class VendorAway(Unavailable):
    """A vendor is away, under the only label that the contract gives this answer."""

    label = "Data unavailable"
    message = "{why}"

    def extra(self) -> dict[str, object]:
        """Return why, beside the wait."""
        return {**super().extra(), "reason": "provider"}


class CalendarView(ApiView):
    """Who reports soon."""

    counts_as_query = True

    @extend_schema(parameters=[CalendarQuery], responses=EarningsCalendarMembers)
    def get(self, request: Request) -> Response:
        """Return the reports of a watchlist, the caller's own one without it."""
        query = CalendarQuery(data=_with_repeated(request))
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        wanted = asked.get("watchlist") or own_symbols(request)
        return Response(calendar.calendar(wanted, asked["days"], clock.now()))


class SymbolView(ApiView):
    """Numbers of one symbol around its report; each costs one query of the allowance."""

    counts_as_query = True

    def handle_exception(self, exc: Exception) -> object:  # type: ignore[override]
        """Answer 503 for a symbol without options: the contract knows no 404 here."""
        if isinstance(exc, NoChains | UnknownSymbol):
            exc = NoListedOptions(symbol=exc.symbol)
        return super().handle_exception(exc)


class AnalysisView(SymbolView):
    """What options expect of a report, and what past ones did."""

    def handle_exception(self, exc: Exception) -> object:
        """Answer with the contract's one label when a vendor is away."""
        if isinstance(exc, ProviderUnavailable | RateLimited):
            exc = VendorAway(why=str(exc))
        return super().handle_exception(exc)

    @extend_schema(responses={200: EarningsAnalysisMembers, 503: UnavailableMembers})
    def get(self, request: Request, symbol: str) -> Response:  # noqa: ARG002 -- DRF's signature
        """Return the analysis of a symbol before its next report."""
        return Response(analysis.analysis(symbols.normalise(symbol), clock.now()))


class CrushView(SymbolView):
    """What a report takes out of a straddle."""

    @extend_schema(parameters=[CrushQuery], responses={200: IvCrush, 503: UnavailableMembers})
    def get(self, request: Request, symbol: str) -> Response:
        """Return the straddle after a report, priced anew."""
        ours = symbols.normalise(symbol)
        query = CrushQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        max_age_s = 0.0 if asked.pop("force") else readings.FRESH_S
        return Response(crush.iv_crush(ours, clock.now(), **asked, max_age_s=max_age_s))


class HistoryView(SymbolView):
    """What past reports did."""

    @extend_schema(parameters=[HistoryQuery], responses={200: EarningsHistory, 503: UnavailableMembers})
    def get(self, request: Request, symbol: str) -> Response:
        """Return the moves of past reports, newest first."""
        ours = symbols.normalise(symbol)
        query = HistoryQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(history.answer(ours, clock.now(), most=query.validated_data["limit"]))


def own_symbols(request: Request) -> list[str]:
    """Return the symbols of the caller's default list, and of nobody else's."""
    found = watchlists.default_list(request.user).symbols[: calendar.MOST_SYMBOLS]
    return list(found) or list(calendar.USUAL_SYMBOLS)


def _with_repeated(request: Request) -> dict[str, Any]:
    """Return the query with `watchlist=a&watchlist=b` in one text, as `watchlist=a,b`."""
    told = request.query_params
    return {**told.dict(), "watchlist": ",".join(told.getlist("watchlist"))}
