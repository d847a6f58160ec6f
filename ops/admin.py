"""Job runs and heartbeats in the admin: to read, never to write; the schedule's rows stand in django_celery_beat's."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from market.admin import eastern
from ops.models import Heartbeat, JobRun


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that jobs write and people read."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 -- the signature of Django
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002 -- see above
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002 -- see above
        """Refuse; retention deletes."""
        return False


@admin.register(JobRun)
class JobRunAdmin(ReadOnlyAdmin):
    """Each run with its counters."""

    list_display = (
        "job",
        "run_key",
        "state",
        "market_time",
        "started_at",
        "took_ms",
        "attempts",
        "counters",
        "short_error",
    )
    list_filter = ("state", "job", "started_at")
    search_fields = ("job", "run_key", "task_id", "error")
    date_hierarchy = "started_at"
    ordering = ("-started_at",)
    show_full_result_count = False

    @admin.display(description="market time", ordering="market_at")
    def market_time(self, run: JobRun) -> str:
        """Return which market instant the run was for."""
        return eastern(run.market_at)

    @admin.display(description="error")
    def short_error(self, run: JobRun) -> str:
        """Return the first line of the error."""
        return run.error.partition("\n")[0][:120]


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    """The last signs of life of each job in each process."""

    list_display = (
        "name",
        "instance",
        "standing",
        "age",
        "last_duration_ms",
        "cycle_count",
        "error_count",
        "consecutive_failures",
        "short_error",
        "last_result",
    )
    list_filter = ("name", "instance", "running")
    search_fields = ("name", "instance", "last_error_message")
    ordering = ("name", "instance")

    @admin.display(description="state")
    def standing(self, beat: Heartbeat) -> str:
        """Return what the process does with this job now."""
        if beat.stopped_at:
            return "stopped"
        if beat.running:
            return "running"
        return "failing" if beat.consecutive_failures else "ok"

    @admin.display(description="last cycle", ordering="last_cycle_completed_at")
    def age(self, beat: Heartbeat) -> str:
        """Return how long ago the last cycle ended."""
        if beat.last_cycle_completed_at is None:
            return "—"
        return f"{(timezone.now() - beat.last_cycle_completed_at).total_seconds():.0f} s ago"

    @admin.display(description="last error")
    def short_error(self, beat: Heartbeat) -> str:
        """Return the first line of the last error."""
        return beat.last_error_message.partition("\n")[0][:120]
