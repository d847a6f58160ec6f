"""Signs of life, one row a job and process: a single UPDATE each, an INSERT only the first time."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from ops import host
from ops.models import Heartbeat

LONGEST_ERROR = 2_000
# Tasks that run inside another process, by hand or in lockstep, belong to no worker.
INLINE = f"inline@{settings.MACHINE}"


def process_started(names: Iterable[str], instance: str) -> None:
    """Note that a process is up and ready to run these jobs."""
    now = timezone.now()
    beats = [_new(name, instance, now) for name in names]
    who = ["hostname", "host_print", "pid", "version", "started_at", "stopped_at", "running", "updated_at"]
    Heartbeat.objects.bulk_create(beats, update_conflicts=True, unique_fields=["name", "instance"], update_fields=who)


def process_stopped(instance: str) -> None:
    """Note that a process went down in good order: silence is no alarm then."""
    Heartbeat.objects.filter(instance=instance, stopped_at=None).update(
        stopped_at=timezone.now(), running=False, updated_at=timezone.now()
    )


def cycle_started(name: str, instance: str, at: datetime) -> None:
    """Note that a cycle is under way."""
    _update(name, instance, running=True, last_cycle_started_at=at, cycle_count=F("cycle_count") + 1, stopped_at=None)


def cycle_succeeded(name: str, instance: str, at: datetime, took_ms: int, result: dict[str, Any]) -> None:
    """Note a cycle that did its work."""
    _update(
        name,
        instance,
        **_completed(at, took_ms),
        last_success_at=at,
        success_count=F("success_count") + 1,
        consecutive_failures=0,
        last_result=result,
    )


def cycle_failed(name: str, instance: str, at: datetime, took_ms: int, error: str) -> None:
    """Note a cycle that raised."""
    _update(
        name,
        instance,
        **_completed(at, took_ms),
        last_error_at=at,
        last_error_message=error[:LONGEST_ERROR],
        error_count=F("error_count") + 1,
        consecutive_failures=F("consecutive_failures") + 1,
    )


def cycle_skipped(name: str, instance: str) -> None:
    """Note a cycle that met another copy at work; it says nothing about the work itself."""
    _update(name, instance, running=False, skipped_count=F("skipped_count") + 1)


def message_expired(name: str, instance: str) -> None:
    """Note a message that waited longer than its cadence and was dropped."""
    _update(name, instance, expired_count=F("expired_count") + 1)


def forget(*, silent_for: timedelta) -> int:
    """Delete the rows of processes that have been silent that long; return how many."""
    return Heartbeat.objects.filter(updated_at__lt=timezone.now() - silent_for).delete()[0]


def _completed(at: datetime, took_ms: int) -> dict[str, Any]:
    return {"running": False, "last_cycle_completed_at": at, "last_duration_ms": took_ms}


def _update(name: str, instance: str, **columns: Any) -> None:
    mine = Heartbeat.objects.filter(name=name, instance=instance)
    columns |= {"pid": os.getpid(), "updated_at": timezone.now()}
    if not mine.update(**columns):
        Heartbeat.objects.bulk_create([_new(name, instance, timezone.now())], ignore_conflicts=True)
        mine.update(**columns)


def _new(name: str, instance: str, at: datetime) -> Heartbeat:
    return Heartbeat(
        name=name,
        instance=instance,
        hostname=socket.gethostname(),
        host_print=host.fingerprint(),
        pid=os.getpid(),
        version=settings.SERVICE_VERSION,
        started_at=at,
    )
