"""Scheduled work on the event log."""

from __future__ import annotations

import logging

from celery import shared_task

from realtime import retention

logger = logging.getLogger(__name__)


@shared_task(name="realtime.prune", lease_s=600, soft_time_limit=90, time_limit=110)
def prune(**_unknown: object) -> dict[str, int]:
    """Remove events that are older than they are kept. Safe to run twice; what is left over goes tomorrow."""
    removed = retention.prune()
    logger.info("realtime.prune.done", extra={"removed": removed})
    return {"removed": removed}
