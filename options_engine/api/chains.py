"""The chain of one expiry date, and the dates there are."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from options_engine import chains, readings
from options_engine.api.answer_shapes import ExpirationsMembers, OptionsChainMembers
from options_engine.api.base import OptionsView
from options_engine.api.serializers import ChainQuery


class ChainView(OptionsView):
    """Contracts around the money."""

    @extend_schema(parameters=[ChainQuery], responses=OptionsChainMembers)
    def get(self, request: Request, symbol: str) -> Response:
        """Return the contracts of one expiry date."""
        ours = self.ours(symbol)
        query = ChainQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        max_age_s = 0.0 if asked.pop("force") else readings.FRESH_S
        return Response(chains.chain(ours, **asked, max_age_s=max_age_s))


class ExpirationsView(OptionsView):
    """When options expire."""

    @extend_schema(responses=ExpirationsMembers)
    def get(self, request: Request, symbol: str) -> Response:  # noqa: ARG002 -- DRF's signature
        """Return every expiry date; none for a symbol without options."""
        return Response(chains.expirations(self.ours(symbol)))
