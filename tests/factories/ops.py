"""Job runs and heartbeats for tests."""

from __future__ import annotations

from datetime import UTC, datetime

import factory

from ops.models import Heartbeat, JobRun

NOON = datetime(2026, 2, 9, 17, tzinfo=UTC)


class JobRunFactory(factory.django.DjangoModelFactory):
    """A run of the watcher that is done."""

    class Meta:
        model = JobRun

    job = "health watcher"
    run_key = factory.Sequence(lambda n: f"run-{n}")
    task = "ops.watch"
    task_id = factory.SelfAttribute("run_key")
    instance = "worker@test"
    state = JobRun.State.DONE
    market_at = NOON
    started_at = NOON
    finished_at = NOON
    took_ms = 5


class HeartbeatFactory(factory.django.DjangoModelFactory):
    """A worker that has just finished a cycle of the feed."""

    class Meta:
        model = Heartbeat

    name = "market feed"
    instance = factory.Sequence(lambda n: f"worker{n}@test")
    hostname = "test"
    pid = 1
    version = "0.1.0"
    started_at = NOON
    cycle_count = 1
