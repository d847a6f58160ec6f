"""How long job runs and heartbeats are kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from ops.models import Heartbeat, JobRun
from ops.retention import prune
from ops.tasks import prune as prune_task
from tests.factories.ops import HeartbeatFactory, JobRunFactory

pytestmark = pytest.mark.django_db


def test_runs_are_kept_for_thirty_days() -> None:
    JobRunFactory(run_key="old", started_at=timezone.now() - timedelta(days=30, seconds=1))
    JobRunFactory(run_key="kept", started_at=timezone.now() - timedelta(days=29))

    assert prune() == {"old": 1, "surplus": 0, "processes": 0}
    assert JobRun.objects.get().run_key == "kept"


def test_of_a_busy_job_only_the_newest_runs_are_kept() -> None:
    for age in range(5):
        JobRunFactory(job="busy", run_key=f"{age}", started_at=timezone.now() - timedelta(minutes=age))
    JobRunFactory(job="quiet", run_key="0", started_at=timezone.now() - timedelta(days=20))

    assert prune(keep_of_a_job=2)["surplus"] == 3
    assert set(JobRun.objects.values_list("job", "run_key")) == {("busy", "0"), ("busy", "1"), ("quiet", "0")}


def test_processes_that_are_long_gone_are_forgotten() -> None:
    HeartbeatFactory(instance="alive")
    HeartbeatFactory(instance="gone")
    Heartbeat.objects.filter(instance="gone").update(updated_at=timezone.now() - timedelta(days=8))

    assert prune()["processes"] == 1
    assert Heartbeat.objects.get().instance == "alive"


def test_a_second_run_finds_nothing() -> None:
    JobRunFactory(started_at=timezone.now() - timedelta(days=31))
    prune_task()

    assert prune_task() == {"old": 0, "surplus": 0, "processes": 0}
