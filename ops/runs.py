"""Job runs: a cadence's are written once at their end, a date's is taken at its start and closed by who took it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q

from ops.models import JobRun

# Twice Redis' visibility timeout: no task may work that long.
ABANDONED_AFTER = timedelta(minutes=4)
LONGEST_ERROR = 10_000


@dataclass(frozen=True, slots=True)
class Started:
    """One execution as it began; `for_date` when its key is a market date."""

    job: str
    run_key: str
    for_date: bool
    task: str
    task_id: str
    instance: str
    market_at: datetime
    queued_at: datetime | None
    due_at: datetime | None
    at: datetime


def take(run: Started) -> None:
    """Mark the date's run as running, unless another copy is at it."""
    columns = _columns(run) | {"state": JobRun.State.RUNNING, "finished_at": None, "took_ms": None}
    at_work = Q(state=JobRun.State.RUNNING) & ~Q(task_id=run.task_id) & Q(started_at__gt=run.at - ABANDONED_AFTER)
    existing = JobRun.objects.of(run.job, run.run_key)
    if not existing.exclude(at_work).update(**columns, attempts=F("attempts") + 1):
        JobRun.objects.bulk_create([JobRun(job=run.job, run_key=run.run_key, **columns)], ignore_conflicts=True)


def finish(
    run: Started, state: JobRun.State, *, at: datetime, took_ms: int, counters: dict[str, Any], error: str = ""
) -> None:
    """Write how the run ended; of two copies of a date's run only the one that took the row may."""
    result = {
        "state": state,
        "finished_at": at,
        "took_ms": took_ms,
        "counters": counters,
        "error": error[:LONGEST_ERROR],
    }
    if run.for_date:
        JobRun.objects.of(run.job, run.run_key).filter(task_id=run.task_id).update(**result)
        return
    columns = _columns(run) | result
    JobRun.objects.bulk_create(
        [JobRun(job=run.job, run_key=run.run_key, **columns)],
        update_conflicts=True,
        unique_fields=["job", "run_key"],
        update_fields=list(columns),
    )


def attempted(job: str, run_key: str) -> JobRun | None:
    """Return the run of that date so far."""
    return JobRun.objects.of(job, run_key).first()


def close_abandoned(now: datetime) -> int:
    """Mark runs whose process was killed as failed; return how many."""
    return JobRun.objects.abandoned(now, after=ABANDONED_AFTER).update(
        state=JobRun.State.FAILED, finished_at=now, error="Ended without an answer: killed, or over its time limit"
    )


def note_missed(job: str, task: str, run_key: str, *, market_at: datetime, now: datetime) -> bool:
    """Write that a date's run was not done in time; False when it has a row already, of a failure for instance."""
    missed = {"task": task, "state": JobRun.State.MISSED, "market_at": market_at, "started_at": now, "attempts": 0}
    return JobRun.objects.get_or_create(job=job, run_key=run_key, defaults=missed)[1]


def _columns(run: Started) -> dict[str, Any]:
    return {
        "task": run.task,
        "task_id": run.task_id,
        "instance": run.instance,
        "market_at": run.market_at,
        "queued_at": run.queued_at,
        "due_at": run.due_at,
        "started_at": run.at,
    }
