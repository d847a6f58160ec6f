"""The health watcher says each change once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from market import clock
from ops import runs, uptime
from ops.models import Heartbeat, JobRun
from ops.tasks import watch_jobs
from ops.watch import watch
from tests.factories.ops import HeartbeatFactory, JobRunFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hand")]


@pytest.fixture(autouse=True)
def _up_for_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uptime, "started_at", lambda: timezone.now() - timedelta(hours=3))


def told(caplog: pytest.LogCaptureFixture, job: str) -> list[str]:
    return [record.message for record in caplog.records if getattr(record, "job", None) == job]


def feed_ran(seconds_ago: float) -> None:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    HeartbeatFactory(name="market feed", instance="w", last_cycle_completed_at=at, last_success_at=at)


def test_a_job_that_goes_stale_is_told_once_and_once_more_when_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="ops.watch")
    feed_ran(90)
    watch()
    watch()
    Heartbeat.objects.update(last_cycle_completed_at=timezone.now(), last_success_at=timezone.now())
    watch()
    watch()

    assert told(caplog, "market feed") == ["ops.job.stale", "ops.job.recovered"]


def test_a_missed_date_is_written_down_once() -> None:
    watch()
    watch()

    missed = JobRun.objects.get(job="quota reset")
    assert (missed.run_key, missed.state, missed.attempts) == ("2026-02-09", "missed", 0)
    assert missed.market_at == clock.now()


def test_a_date_that_failed_keeps_its_error() -> None:
    JobRunFactory(job="quota reset", run_key="2026-02-09", state="failed", error="why")

    watch()

    assert JobRun.objects.get(job="quota reset").error == "why"


def test_the_run_of_a_killed_process_is_closed() -> None:
    long_ago = timezone.now() - runs.ABANDONED_AFTER - timedelta(seconds=1)
    killed = JobRunFactory(state="running", started_at=long_ago, finished_at=None)
    at_work = JobRunFactory(state="running", started_at=timezone.now(), finished_at=None)

    assert watch()["abandoned"] == 1

    killed.refresh_from_db()
    at_work.refresh_from_db()
    assert (killed.state, at_work.state) == ("failed", "running")
    assert killed.finished_at is not None


def test_the_task_returns_what_was_seen() -> None:
    seen = watch_jobs()

    assert set(seen) == {"jobs", "stale", "missed", "failing", "abandoned"}
    assert seen["stale"] > 0
