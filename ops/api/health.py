"""GET /health and its three longer forms: public, outside of the API's limits, error texts for staff only."""

from __future__ import annotations

import logging
from typing import Any

import redis
from django.conf import settings
from django.db import Error as DatabaseError
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.http.views import ApiView
from ops import checks, uptime, workers
from ops.api.answer_shapes import HealthWorkersMembers
from ops.api.shapes import check_shape, worker_shape
from ops.api.visitors import AnybodyAuthentication, is_staff
from ops.pure.judgement import State
from ops.pure.pace import MOST_STALE_S

logger = logging.getLogger(__name__)

# Channels and Celery need Redis: a process without it should get no traffic. The contract's detailed answer differs.
NEEDED_TO_BE_READY = ("database", "migrations", "redis")
NEEDED_TO_BE_HEALTHY = ("database", "migrations")
UNAVAILABLE = 503


class PublicView(ApiView):
    """No token, no limit."""

    authentication_classes = ()
    permission_classes = ()
    throttle_groups = ()


class Live(PublicView):
    """The process answers; nothing else is touched."""

    def get(self, _request: Request) -> Response:
        """Return HealthLive."""
        return Response(_head("healthy"))


class Ready(PublicView):
    """Whether this process should get traffic, as it was found within the last second."""

    authentication_classes = (AnybodyAuthentication,)

    def get(self, request: Request) -> Response:
        """Return HealthReady."""
        found = checks.recent()
        healthy = all(found[name].ok for name in NEEDED_TO_BE_READY)
        return _answer({"checks": _shapes(found, request)}, healthy=healthy)


class Detailed(PublicView):
    """The same checks, with plain booleans."""

    authentication_classes = (AnybodyAuthentication,)

    def get(self, request: Request) -> Response:
        """Return HealthDetailed."""
        found = checks.run()
        healthy = all(found[name].ok for name in NEEDED_TO_BE_HEALTHY)
        services = {name: check.ok for name, check in found.items()}
        return _answer({"services": services, "checks": _shapes(found, request)}, healthy=healthy)


class Workers(PublicView):
    """Every job of the schedule: when it ran, how it went, whether it is late."""

    authentication_classes = (AnybodyAuthentication,)

    @extend_schema(responses=HealthWorkersMembers)
    def get(self, request: Request) -> Response:
        """Return HealthWorkers; without its records every worker counts as unknown, which is not healthy."""
        try:
            reports = checks.apart(workers.report).result(timeout=checks.PATIENCE_S)
        except (DatabaseError, redis.RedisError, TimeoutError) as error:
            logger.warning("ops.health.unread", extra={"error": type(error).__name__})
            reports = None
        late = reports is None or any(report.is_late for report in reports)
        body = {
            "status": "degraded" if late else "healthy",
            "timestamp": timezone.now(),
            "summary": _summary(reports or []),
            "staleThresholdMs": round(1000 * MOST_STALE_S),
            "workers": [worker_shape(report, staff=is_staff(request)) for report in reports or []],
        }
        return Response(body, status=UNAVAILABLE if late else 200)


def _summary(reports: list[workers.WorkerReport]) -> dict[str, int]:
    return {
        "total": len(reports),
        "running": sum(report.is_running for report in reports),
        "stale": sum(report.is_late for report in reports),
        "failing": sum(report.state is State.FAILING for report in reports),
        "missed": sum(report.state is State.MISSED for report in reports),
    }


def _answer(members: dict[str, Any], *, healthy: bool) -> Response:
    head = _head("healthy" if healthy else "unhealthy")
    return Response(head | members, status=200 if healthy else UNAVAILABLE)


def _head(status: str) -> dict[str, Any]:
    return {
        "status": status,
        "timestamp": timezone.now(),
        "uptime": round(uptime.uptime_s(), 3),
        "version": settings.SERVICE_VERSION,
    }


def _shapes(found: dict[str, checks.Check], request: Request) -> dict[str, Any]:
    staff = is_staff(request)
    return {name: check_shape(check, staff=staff) for name, check in found.items()}
