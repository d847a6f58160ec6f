"""GET /api/positions/{id}/hindsight: what else could have come of a closed position."""

# ruff: noqa: N815 -- the wire's names

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.http.errors import NotFound
from config.http.schema import refusal
from config.http.views import ApiView
from positions import hindsight
from positions.api.fields import as_uuid
from positions.models import Hindsight, Position
from positions.pure.hindsight import Policy, Why


class OutcomeShape(serializers.Serializer[Any]):
    """What a way to get out makes."""

    policy = serializers.ChoiceField(choices=[each.value for each in Policy])
    net = serializers.FloatField(allow_null=True, help_text="All fees paid. USD")
    againstActual = serializers.FloatField(allow_null=True, help_text="What it makes more than what was done. USD")
    exitAt = serializers.DateTimeField(allow_null=True, help_text="null at expiry, and where it is not known.")
    why = serializers.ChoiceField(
        choices=[each.value for each in Why], allow_null=True, help_text="Why it is not known."
    )


class HindsightShape(serializers.Serializer[Any]):
    """Every way to get out, what was done first."""

    positionId = serializers.UUIDField()
    complete = serializers.BooleanField(help_text="Nothing more will come to be known.")
    computedAt = serializers.DateTimeField()
    outcomes = OutcomeShape(many=True)


class HindsightAnswer(serializers.Serializer[Any]):
    """`hindsight` is null until the evening of the day on which the position ended."""

    hindsight = HindsightShape(allow_null=True)


class HindsightView(ApiView):
    """Someone else's position looks like a missing one."""

    @extend_schema(
        operation_id="getPositionHindsight",
        responses={200: HindsightAnswer, 404: refusal("The caller has no such position.")},
    )
    def get(self, request: Request, pk: str) -> Response:
        """Return what is known of one position in hindsight."""
        position_id = as_uuid(pk)
        if not Position.objects.owned_by(request.user.pk).filter(pk=position_id).exists():
            raise NotFound(thing="position")
        row = hindsight.of_position(position_id)
        return Response({"hindsight": row and _told(row)})


def _told(row: Hindsight) -> dict[str, Any]:
    actual = _net(row.outcomes[Policy.ACTUAL.value])
    return {
        "positionId": row.position_id,
        "complete": row.complete,
        "computedAt": row.computed_at,
        "outcomes": [_outcome(policy, row.outcomes[policy.value], actual) for policy in Policy],
    }


def _outcome(policy: Policy, kept: dict[str, Any], actual: Decimal | None) -> dict[str, Any]:
    net = _net(kept)
    return {
        "policy": policy.value,
        "net": net,
        "againstActual": None if net is None or actual is None else net - actual,
        "exitAt": kept["exitAt"] and datetime.fromisoformat(kept["exitAt"]),
        "why": kept["why"],
    }


def _net(kept: dict[str, Any]) -> Decimal | None:
    return None if kept["net"] is None else Decimal(kept["net"])
