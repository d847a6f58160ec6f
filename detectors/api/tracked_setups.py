"""A trader's tracked setups over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db.models import Count
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.http.views import ApiViewSet
from detectors import bulk, tracked, wire
from detectors.api import paging
from detectors.api.answer_shapes import (
    BulkReport,
    TrackedSetupCreatedMembers,
    TrackedSetupListMembers,
    TrackedSetupMembers,
)
from detectors.api.path_ids import as_uuid
from detectors.api.serializers import BulkChange, SetupChange, SetupCreation, SetupsQuery
from detectors.models import Status, TrackedSetup
from detectors.pure.suggested_prices import target_is_behind
from market import clock

MOST_WITHOUT_LIMIT = 1_000


class TrackedSetupViewSet(ApiViewSet):
    """Ideas that a trader follows; someone else's id looks like a missing one."""

    failure_label = {
        "GET": "Failed to fetch tracked setups",
        "POST": "Failed to track setup",
        "PATCH": "Failed to update tracked setup",
        "DELETE": "Failed to delete tracked setup",
    }

    @extend_schema(parameters=[SetupsQuery], responses=TrackedSetupListMembers)
    def list(self, request: Request) -> Response:
        """Return his setups, the latest first, a page if he asks for one."""
        asked = SetupsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        limit = wanted.get("limit", MOST_WITHOUT_LIMIT)
        own = TrackedSetup.objects.owned_by(request.user.pk)
        query = paging.page(_filtered(own, wanted), by="tracked_at", cursor=wanted.get("cursor"))
        rows = wire.tracked(query[: limit + 1])
        after = paging.cursor_after(rows[limit - 1], by="tracked_at") if len(rows) > limit else None
        return Response({"trackedSetups": rows[:limit], "nextCursor": after, "counts": _counts(own)})

    @extend_schema(request=SetupCreation, responses=TrackedSetupCreatedMembers)
    def create(self, request: Request) -> Response:
        """Track an idea; the same idea twice is one row."""
        body = SetupCreation(data=request.data)
        body.is_valid(raise_exception=True)
        setup_id, duplicate = tracked.track(request.user.pk, body.validated_data, now=clock.now())
        row = _row(request, setup_id)
        if duplicate:
            return Response({"trackedSetup": row, "duplicate": True})
        return Response({"trackedSetup": row, "warnings": _warnings(row)}, status=201)

    @extend_schema(request=SetupChange, responses=TrackedSetupMembers)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change status or notes."""
        setup_id = as_uuid(pk)
        body = SetupChange(data=request.data)
        body.is_valid(raise_exception=True)
        tracked.change(request.user.pk, setup_id, body.validated_data, now=clock.now())
        return Response({"trackedSetup": _row(request, setup_id)})

    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a setup."""
        tracked.delete(request.user.pk, as_uuid(pk), now=clock.now())
        return Response({"success": True})

    @extend_schema(operation_id="changeTrackedSetups", request=BulkChange, responses={200: BulkReport})
    def bulk(self, request: Request) -> Response:
        """Do one thing to several setups, and report on each."""
        body = BulkChange(data=request.data)
        body.is_valid(raise_exception=True)
        wanted, user_id, now = body.validated_data, request.user.pk, clock.now()
        if wanted["action"] == "delete":
            report = bulk.delete(user_id, wanted["ids"], now=now)
        else:
            report = bulk.set_status(user_id, wanted["ids"], wanted["status"], now=now)
        members = asdict(report)
        members["notFound"] = members.pop("not_found")
        return Response(members)


def _filtered(own: Any, wanted: dict[str, Any]) -> Any:
    names = {"status": "status", "symbol": "symbol", "since": "tracked_at__gte"}
    return own.filter(**{column: wanted[name] for name, column in names.items() if name in wanted})


def _counts(own: Any) -> dict[str, int]:
    found = dict(own.order_by().values_list("status").annotate(Count("id")))
    return {status: found.get(status, 0) for status in Status.values}


def _row(request: Request, setup_id: UUID | None) -> dict[str, Any] | None:
    rows = wire.tracked(TrackedSetup.objects.owned_by(request.user.pk).filter(pk=setup_id))
    return rows[0] if rows else None


def _warnings(row: dict[str, Any] | None) -> list[str]:
    if row is None:
        return []
    behind = target_is_behind(row["direction"], row["target"], row["opportunity_data"].get("currentPrice"))
    return ["target_behind_price"] if behind else []
