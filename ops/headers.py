"""What beat writes onto a message for the telemetry of the run, and how a running task reads it."""

from __future__ import annotations

import datetime as dt
from typing import Any

RUN_KEY = "coach_run_key"
QUEUED_AT = "coach_queued_at"
DUE_AT = "coach_due_at"
JOB = "periodic_task_name"  # django-celery-beat's own


def written(*, run_key: str | None, queued_at: dt.datetime, due_at: dt.datetime) -> dict[str, str]:
    """Return the headers of one message; a cadence has no key of its own."""
    headers = {QUEUED_AT: queued_at.isoformat(), DUE_AT: due_at.isoformat()}
    return headers if run_key is None else headers | {RUN_KEY: run_key}


def read(request: Any, name: str) -> str | None:
    """Return a header of the message that a task runs for, None if somebody else than beat sent it."""
    return (request.headers or {}).get(name)


def queued_at(request: Any) -> dt.datetime | None:
    """Return when beat sent the message."""
    return _instant(request, QUEUED_AT)


def due_at(request: Any) -> dt.datetime | None:
    """Return the market time at which what beat sent fell due."""
    return _instant(request, DUE_AT)


def _instant(request: Any, name: str) -> dt.datetime | None:
    sent = read(request, name)
    return dt.datetime.fromisoformat(sent) if sent else None
