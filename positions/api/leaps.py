"""A trader's LEAPS over HTTP: the list, one with its projection, and what a roll of it costs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.http.errors import InvalidInput
from config.http.views import ApiViewSet
from market import clock
from positions import leaps, leaps_outlook
from positions.api import leaps_wire
from positions.api.leaps_serializers import LeapsChange, LeapsCreation, RollQuestion
from positions.api.leaps_shapes import (
    GreeksProjectionMembers,
    LeapsCreatedMembers,
    LeapsDetailMembers,
    LeapsListMembers,
    RollAnalysisMembers,
)
from positions.errors import ProjectionUnknown
from positions.models import Leaps

SHORT_LIVED = "expires_within_270_days"


class LeapsViewSet(ApiViewSet):
    """What a trader holds for long; someone else's id looks like a missing one."""

    @extend_schema(responses=LeapsListMembers)
    def list(self, request: Request) -> Response:
        """Return his LEAPS, the latest added first, as the market values them now."""
        rows = list(Leaps.objects.owned_by(request.user.pk).newest_first()[: leaps.MOST])
        leaps.refresh(rows, now=clock.now())
        return Response({"positions": [leaps_wire.row(row) for row in rows], "count": len(rows)})

    @extend_schema(request=LeapsCreation, responses=LeapsCreatedMembers)
    def create(self, request: Request) -> Response:
        """Add one; what hardly deserves the name is added with a warning."""
        body = LeapsCreation(data=request.data)
        body.is_valid(raise_exception=True)
        now = clock.now()
        row = leaps.add(request.user.pk, body.validated_data, now=now)
        warnings = [SHORT_LIVED] if leaps_outlook.days_left(row, now) <= leaps.LEAST_DAYS else []
        return Response({"position": leaps_wire.row(row), "warnings": warnings}, status=201)

    @extend_schema(responses=LeapsDetailMembers)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Return one with its projection; an empty one where nobody knows what it would be made of."""
        row, now = leaps.one(request.user.pk, as_uuid(pk)), clock.now()
        told = leaps.refresh([row], now=now)[row.pk]
        try:
            projected, unknown = leaps_wire.points(leaps_outlook.project(row, told, now).points), None
        except ProjectionUnknown as problem:
            projected, unknown = [], str(problem)
        return Response(
            {
                "position": leaps_wire.row(row),
                "daysToExpiry": leaps_outlook.days_left(row, now),
                "daysHeld": leaps_outlook.days_held(row, now),
                "greeksProjection": projected,
                "projectionTrouble": unknown,
                **leaps_wire.outlook(row, now),
            }
        )

    @extend_schema(request=LeapsChange, responses=LeapsCreatedMembers)
    def update(self, request: Request, pk: str) -> Response:
        """Change what its trader says of one; what the body leaves out stays as it is."""
        leaps_id = as_uuid(pk)
        body = LeapsChange(data=request.data)
        body.is_valid(raise_exception=True)
        row = leaps.change(request.user.pk, leaps_id, body.validated_data, now=clock.now())
        return Response({"position": leaps_wire.row(row)})

    def destroy(self, request: Request, pk: str) -> Response:
        """Remove one; one that is not there is gone all the same."""
        leaps.remove(request.user.pk, as_uuid(pk))
        return Response({"success": True})

    @extend_schema(request=RollQuestion, responses=RollAnalysisMembers)
    def roll(self, request: Request, pk: str) -> Response:
        """Return what it costs to exchange one for another strike, or another expiry."""
        leaps_id = as_uuid(pk)
        body = RollQuestion(data=request.data)
        body.is_valid(raise_exception=True)
        asked: dict[str, Any] = body.validated_data
        row, now = leaps.one(request.user.pk, leaps_id), clock.now()
        told = leaps.refresh([row], now=now)[row.pk]
        offer = leaps_outlook.roll(row, told, asked["newStrike"], asked.get("newExpiry"), now)
        return Response(leaps_wire.roll(offer))

    @extend_schema(request=None, responses=GreeksProjectionMembers)
    def projection(self, request: Request, pk: str) -> Response:
        """Return what one is worth as time passes."""
        row, now = leaps.one(request.user.pk, as_uuid(pk)), clock.now()
        told = leaps.refresh([row], now=now)[row.pk]
        made = leaps_outlook.project(row, told, now)
        answer = leaps_wire.projection(row, made, leaps_outlook.days_left(row, now))
        return Response(answer | leaps_wire.outlook(row, now))


def as_uuid(text: str) -> UUID:
    """Return the id that an address names.

    Raises
    ------
    InvalidInput
        If it is none.
    """
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(issues=["id: expected a UUID"], where="path") from None
