"""The room's recurring tasks."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from ops import retention, watch


@shared_task(name="ops.watch", lease_s=30)
def watch_jobs(**_unknown: Any) -> dict[str, int]:
    """Notice jobs that went stale, fail or were missed. Safe to run twice."""
    return watch.watch()


@shared_task(name="ops.prune", lease_s=120, soft_time_limit=100, time_limit=110)
def prune(**_unknown: Any) -> dict[str, int]:
    """Delete old job runs and heartbeats. Safe to run twice."""
    return retention.prune()
