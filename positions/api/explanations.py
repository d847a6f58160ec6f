"""Why a position won or lost what it did, over HTTP."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.http.schema import refusal
from config.http.views import ApiViewSet
from market import clock
from positions import explain
from positions.api.fields import as_uuid
from positions.explain import Explained
from positions.pure.explain import Parts

Shape = serializers.Serializer[Any]
COMPONENTS = ("delta", "gamma", "theta", "vega", "spread", "fees", "residual")


class ExplainQuery(Shape):
    """Which day."""

    date = serializers.DateField(required=False, help_text="New York; today or the position's last day without it.")


class PartsShape(Shape):
    """What made a profit; the members add up to `pnl`. USD."""

    pnl = serializers.FloatField()
    delta = serializers.FloatField(help_text="The spot's move times the delta of the start.")
    gamma = serializers.FloatField(help_text="What that move made beyond it.")
    theta = serializers.FloatField(help_text="Time that passed.")
    vega = serializers.FloatField(help_text="Volatility that changed.")
    spread = serializers.FloatField(help_text="What trades cost against the mark of their moment.")
    fees = serializers.FloatField()
    residual = serializers.FloatField(help_text="What is left, and what `unexplained` contracts made.")


class LegPartsShape(PartsShape):
    """The same of one contract."""

    contract = serializers.CharField()


class ExplanationAnswer(Shape):
    """A position's profit between two moments, taken apart by full revaluation."""

    positionId = serializers.UUIDField()  # noqa: N815 -- the wire's name
    date = serializers.DateField()
    startAt = serializers.DateTimeField(help_text="The kept close before, or the opening.")  # noqa: N815 -- as above
    endAt = serializers.DateTimeField(help_text="The day's close, the position's end, or the last look.")  # noqa: N815
    explained = PartsShape(allow_null=True, help_text="Null where what is held had no price at one of the two.")
    legs = LegPartsShape(many=True)
    unexplained = serializers.ListField(child=serializers.CharField(), help_text="Of which too little was known.")
    stale = serializers.BooleanField()


class ExplanationViewSet(ApiViewSet):
    """Why a trader's position made what it made; someone else's id looks like a missing one."""

    @extend_schema(
        operation_id="explainPosition",
        parameters=[ExplainQuery],
        responses={200: ExplanationAnswer, 404: refusal("No such position, or nothing was kept of it that day.")},
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        """Take the profit of a day apart: spot, time, volatility, spread and fees, and what is left."""
        position_id = as_uuid(pk)
        asked = ExplainQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = explain.of_day(request.user.pk, position_id, asked.validated_data.get("date"), now=clock.now())
        return Response({"positionId": position_id, **_told(found)})


def _told(found: Explained) -> dict[str, Any]:
    return {
        "date": found.day,
        "startAt": found.start_at,
        "endAt": found.end_at,
        "explained": None if found.parts is None else _parts(found.parts),
        "legs": [{"contract": contract, **_parts(each)} for contract, each in found.by_leg.items()],
        "unexplained": list(found.parts.unexplained) if found.parts else [],
        "stale": found.stale,
    }


def _parts(parts: Parts) -> dict[str, Any]:
    return {name: getattr(parts, name) for name in ("pnl", *COMPONENTS)}
