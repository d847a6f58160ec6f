"""What the detectors found, over HTTP: the feed of all, and pretended ones for tests."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.http.errors import NotFound
from config.http.views import ApiView, ApiViewSet
from detectors import simulate, untold, wire
from detectors.api import paging
from detectors.api.answer_shapes import DetectionPage, SimulateDetectedResultMembers
from detectors.api.serializers import DetectionsQuery, PretendedDetection
from detectors.models import DetectedSetup, TrackedSetup
from market import clock

_FILTERS = {
    "symbol": "symbol",
    "type": "setup_type",
    "from": "detected_at__gte",
    "to": "detected_at__lt",
    "outcome": "outcome",
}


class DetectedSetupViewSet(ApiViewSet):
    """Facts about the market, the same for everybody; beside each, whether and why the caller was not told."""

    failure_label = "Failed to fetch detected setups"

    @extend_schema(operation_id="listDetectedSetups", parameters=[DetectionsQuery], responses=DetectionPage)
    def list(self, request: Request) -> Response:
        """Return detections, the latest first."""
        asked = DetectionsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        limit = wanted["limit"]
        filters = {column: wanted[name] for name, column in _FILTERS.items() if name in wanted}
        query = DetectedSetup.objects.of_engine().filter(**filters)
        rows = wire.detected(paging.page(query, by="detected_at", cursor=wanted.get("cursor"))[: limit + 1])
        after = paging.cursor_after(rows[limit - 1], by="detected_at") if len(rows) > limit else None
        return Response({"detections": _with_reasons(request, rows[:limit]), "nextCursor": after})


class SimulateDetectedView(ApiView):
    """Pretend a detection, where the tokens of end-to-end tests are accepted; elsewhere there is no such address."""

    failure_label = "Failed to simulate detected setup"

    @extend_schema(request=PretendedDetection, responses=SimulateDetectedResultMembers)
    def post(self, request: Request) -> Response:
        """Store and announce it. Token and body are checked before the gate, as the contract says."""
        body = PretendedDetection(data=request.data)
        body.is_valid(raise_exception=True)
        if not simulate.is_open():
            raise NotFound(thing="address")
        found_id, setup_id = simulate.detect(request.user.pk, body.validated_data, now=clock.now())
        found = wire.detected(DetectedSetup.objects.filter(pk=found_id))
        setup = wire.tracked(TrackedSetup.objects.owned_by(request.user.pk).filter(pk=setup_id))
        return Response({"detectedSetup": found[0], "trackedSetup": setup[0]}, status=201)


def _with_reasons(request: Request, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = untold.reasons(request.user, rows)
    return [{**row, "tracked_setup_id": found[row["id"]][0], "suppressed_reason": found[row["id"]][1]} for row in rows]
