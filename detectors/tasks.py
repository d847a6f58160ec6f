"""The recurring and the enqueued work of detectors."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from celery import shared_task

from detectors import expiry, outcomes, scan, triggering
from market import clock
from market.errors import ProviderUnavailable, RateLimited

logger = logging.getLogger(__name__)
SHARD = 50  # symbols a task


@shared_task(
    name="detectors.advance",
    soft_time_limit=25,
    time_limit=30,
    expires=30,  # the sweep takes up what no worker got to
    autoretry_for=(ProviderUnavailable, RateLimited),
    retry_backoff=1,
    max_retries=2,
)
def advance(*, symbols: list[str], **_unknown: object) -> dict[str, Any]:
    """Scan these symbols up to their last completed bar and move what is tracked. Safe to run twice."""
    result = scan.advance(symbols, clock.now())
    counters = {
        "symbols": len(symbols),
        "read": result.read,
        "detected": result.detected,
        "tracked": result.tracked,
        "moved": result.moved,
        "stale": list(result.stale),
        "failed": list(result.failed),
        "abstained": {f"{detector}.{reason}": n for (detector, reason), n in result.abstained.items()},
    }
    logger.log(_level(result), "detectors.scan.done", extra=counters)
    return counters


def _level(result: scan.ScanResult) -> int:
    if result.failed:
        return logging.WARNING
    # A minute in which nothing happened is most minutes; the heartbeat counts it.
    return logging.INFO if result.detected or result.moved else logging.DEBUG


def enqueue(symbols: Iterable[str]) -> int:
    """Hand symbols to workers, at most fifty a task; return how many tasks."""
    wanted = sorted(set(symbols))
    pieces = [wanted[start : start + SHARD] for start in range(0, len(wanted), SHARD)]
    for piece in pieces:
        advance.delay(symbols=piece)
    return len(pieces)


def hear_bars(symbols: Sequence[str]) -> None:
    """Have symbols with new bars scanned; the feed calls this."""
    if scan.is_reading(clock.now()):
        enqueue(symbols)


@shared_task(name="detectors.sweep", lease_s=14, expires=14)
def sweep(**_unknown: object) -> dict[str, int]:
    """Have every symbol scanned whose newest bar nobody has read: what a lost message left behind."""
    unread = scan.unread(clock.now())
    return {"unread": len(unread), "tasks": enqueue(unread)}


@shared_task(name="detectors.expire", lease_s=55, expires=55)
def expire(**_unknown: object) -> dict[str, int]:
    """Archive setups and cancel alerts whose time is over."""
    now = clock.now()
    counters = {"setups": expiry.expire(now), "alerts": expiry.expire_alerts(now)}
    if any(counters.values()):
        logger.info("detectors.expired", extra=counters)
    return counters


@shared_task(name="detectors.alerts", lease_s=28, expires=28)
def alerts(**_unknown: object) -> dict[str, Any]:
    """Hold bars outside of the regular session against price alerts; inside of it the scan does."""
    result = triggering.sweep(clock.now())
    return {"read": result.read, "triggered": result.triggered, "failed": list(result.failed)}


@shared_task(name="detectors.resolve", lease_s=55, expires=55)
def resolve(**_unknown: object) -> dict[str, int]:
    """Write down how detections ended."""
    count = outcomes.resolve_due(clock.now())
    if count:
        logger.info("detectors.resolved", extra={"detections": count})
    return {"resolved": count}
