"""How long job runs and heartbeats are kept."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from ops import heartbeats
from ops.models import JobRun

KEEP_RUNS_FOR = timedelta(days=30)
# At 30x a cadence runs every wall second; what an operator reads is the newest few hours anyway.
KEEP_RUNS_OF_A_JOB = 10_000
KEEP_SILENT_PROCESSES_FOR = timedelta(days=7)


def prune(*, keep_of_a_job: int = KEEP_RUNS_OF_A_JOB) -> dict[str, int]:
    """Delete what is too old or too much; return how many rows went."""
    old = JobRun.objects.filter(started_at__lt=timezone.now() - KEEP_RUNS_FOR).delete()[0]
    newest_first = Window(RowNumber(), partition_by=F("job"), order_by=F("started_at").desc())
    surplus = JobRun.objects.annotate(rank=newest_first).filter(rank__gt=keep_of_a_job).values("pk")
    many = JobRun.objects.filter(pk__in=surplus).delete()[0]
    return {"old": old, "surplus": many, "processes": heartbeats.forget(silent_for=KEEP_SILENT_PROCESSES_FOR)}
