"""What operators read about jobs: each run, and the last sign of life of each process."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


class JobRunQuerySet(models.QuerySet["JobRun"]):
    """Job runs in an operator's words."""

    def of(self, job: str, run_key: str) -> JobRunQuerySet:
        """Return the run of that job for that key."""
        return self.filter(job=job, run_key=run_key)

    def abandoned(self, now: datetime, *, after: timedelta) -> JobRunQuerySet:
        """Return runs that still say running although no task may take that long: their process was killed."""
        return self.filter(state=JobRun.State.RUNNING, started_at__lt=now - after)


class JobRun(models.Model):
    """One run of a job: of a cadence, or the run for a date of a job that runs at a time of day.

    `run_key` is the task's id for a cadence and the market date for a time of day, where a second attempt takes over
    the first one's row. All instants are wall time but `market_at`.
    """

    class State(models.TextChoices):
        """How the run stands; `missed` was not done within half an hour, `skipped` met another copy at work."""

        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        SKIPPED = "skipped"
        MISSED = "missed"

    job = models.CharField(max_length=80)
    run_key = models.CharField(max_length=64)
    task = models.CharField(max_length=80)
    task_id = models.CharField(max_length=64, blank=True)
    instance = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=8, choices=State.choices)
    attempts = models.PositiveIntegerField(default=1)
    market_at = models.DateTimeField(help_text="Market time at which it started")
    due_at = models.DateTimeField(null=True, blank=True, help_text="Market time at which it fell due, if beat sent it")
    queued_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    took_ms = models.PositiveIntegerField(null=True, blank=True)
    counters = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    error = models.TextField(blank=True)

    objects = JobRunQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "run_key"], name="ops_jobrun_once")]
        indexes = [
            models.Index(fields=["job", "-started_at"], name="ops_jobrun_of_job"),
            models.Index(fields=["-started_at"], name="ops_jobrun_newest"),
            models.Index(fields=["started_at"], condition=models.Q(state="running"), name="ops_jobrun_running"),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.run_key}"


class Heartbeat(models.Model):
    """The last signs of life of one job in one worker, or of beat; all instants are wall time.

    `running` says that a cycle is under way, so that a hung one is visible; `stopped_at` that its process went
    down in good order.
    """

    name = models.CharField(max_length=80)
    instance = models.CharField(max_length=120)
    hostname = models.CharField(max_length=120)
    # A default of the database's: the release before writes rows without it.
    host_print = models.CharField(
        max_length=16, blank=True, default="", db_default="", help_text="Tells the host from others of its name"
    )
    pid = models.PositiveIntegerField()
    version = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)
    running = models.BooleanField(default=False)
    last_cycle_started_at = models.DateTimeField(null=True, blank=True)
    last_cycle_completed_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    last_error_message = models.TextField(blank=True)
    cycle_count = models.PositiveBigIntegerField(default=0)
    success_count = models.PositiveBigIntegerField(default=0)
    error_count = models.PositiveBigIntegerField(default=0)
    skipped_count = models.PositiveBigIntegerField(default=0, help_text="Met another copy at work")
    expired_count = models.PositiveBigIntegerField(default=0, help_text="Waited longer than its cadence, and dropped")
    consecutive_failures = models.PositiveIntegerField(default=0)
    last_duration_ms = models.PositiveIntegerField(null=True, blank=True)
    last_result = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "instance"], name="ops_heartbeat_once")]

    def __str__(self) -> str:
        return f"{self.name} on {self.instance}"


class Shared(models.Model):
    """What every machine of this database has in common: one row, written by the first and held against the others'."""

    THE_ONE = 1

    source = models.CharField(max_length=500, help_text="Whose market data the database holds")
    key_print = models.CharField(max_length=64, help_text="Tells SECRET_KEY and JWT_SECRET from others")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="ops_shared_one_row")]

    def __str__(self) -> str:
        return self.source
