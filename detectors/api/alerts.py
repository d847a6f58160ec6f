"""A trader's price alerts over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.http.views import ApiViewSet
from detectors import alerts
from detectors.api.alert_serializers import EXPIRED, AlertChange, AlertCreation, AlertsQuery
from detectors.api.answer_shapes import AlertMembers
from detectors.api.path_ids import as_uuid
from detectors.models import Alert
from market import clock

MOST_WITHOUT_LIMIT = 1_000
_COLUMNS = (
    *("id", "user_id", "symbol", "alert_type", "target_value", "condition_met", "triggered_at", "notification_sent"),
    *("notification_channels", "status", "notes", "created_at", "expires_at"),
    *("tolerance_pct", "trigger_reason", "trigger_price", "armed_price", "rearmed_at", "expired_at"),
)


class AlertViewSet(ApiViewSet):
    """What a trader wants to be told of; someone else's id looks like a missing one."""

    @extend_schema(parameters=[AlertsQuery], responses=AlertMembers)
    def list(self, request: Request) -> Response:
        """Return his alerts, the latest first, some of them if he asks for so."""
        asked = AlertsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        found = _filtered(Alert.objects.owned_by(request.user.pk), wanted)
        start = wanted["offset"]
        rows = found.newest_first().values(*_COLUMNS)[start : start + wanted.get("limit", MOST_WITHOUT_LIMIT)]
        return Response({"alerts": list(rows), "total": found.count()})

    @extend_schema(request=AlertCreation, responses=AlertMembers)
    def create(self, request: Request) -> Response:
        """Set an alert; what is met already fires at once."""
        body = AlertCreation(data=request.data)
        body.is_valid(raise_exception=True)
        alert_id = alerts.create(request.user.pk, body.validated_data, now=clock.now())
        return Response(_row(request, alert_id), status=201)

    @extend_schema(request=AlertChange, responses=AlertMembers)
    def update(self, request: Request, pk: str) -> Response:
        """Change an alert; what the body leaves out stays as it is."""
        alert_id = as_uuid(pk)
        body = AlertChange(data=request.data)
        body.is_valid(raise_exception=True)
        alerts.change(request.user.pk, alert_id, body.validated_data, now=clock.now())
        return Response(_row(request, alert_id))

    def destroy(self, request: Request, pk: str) -> Response:
        """Remove an alert; one that is not there is gone all the same."""
        alerts.delete(request.user.pk, as_uuid(pk), now=clock.now())
        return Response({"success": True})

    @extend_schema(request=None, responses=AlertMembers)
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel an active alert."""
        alert_id = as_uuid(pk)
        alerts.cancel(request.user.pk, alert_id, now=clock.now())
        return Response(_row(request, alert_id))


def _filtered(own: Any, wanted: dict[str, Any]) -> Any:
    if wanted.get("status") == EXPIRED:
        return own.none()
    return own.filter(**{name: wanted[name] for name in ("status", "symbol") if name in wanted})


def _row(request: Request, alert_id: UUID) -> dict[str, Any] | None:
    return Alert.objects.owned_by(request.user.pk).filter(pk=alert_id).values(*_COLUMNS).first()
