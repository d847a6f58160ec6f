"""What task signals write: heartbeats and job runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Task, current_app, signals
from celery.app.task import Context
from django.db import DatabaseError

from config.work.task import SKIPPED
from market import clock
from ops import headers, heartbeats, runs, telemetry
from ops.models import Heartbeat, JobRun
from tests.factories.ops import HeartbeatFactory, JobRunFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hand")]

SENT_AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
DUE_AT = datetime(2026, 2, 9, 7, 30, tzinfo=UTC)


@pytest.fixture
def act(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run a real task of ours whose body is replaced by what the test wants, as beat's message would."""
    current_app.loader.import_default_modules()

    def run(task: str, body: Callable[..., Any], *, job: str | None = None, **sent: Any) -> Any:
        found: Task = current_app.tasks[task]
        monkeypatch.setattr(found, "run", body)
        own = {"periodic_task_name": job} if job else {}
        return found.apply(headers=own | sent.pop("headers", {}), **sent)

    return run


def raises(error: Exception) -> Callable[..., None]:
    def body(**_unknown: Any) -> None:
        raise error

    return body


def test_a_cycle_that_works_leaves_a_heartbeat_and_a_run_with_its_counters(act: Callable[..., Any]) -> None:
    act("ops.watch", lambda **_: {"jobs": 3}, job="health watcher", task_id="id-1")

    beat, run = Heartbeat.objects.get(), JobRun.objects.get()
    assert (beat.name, beat.cycle_count, beat.success_count, beat.error_count) == ("health watcher", 1, 1, 0)
    assert (beat.running, beat.last_result, beat.consecutive_failures) == (False, {"jobs": 3}, 0)
    assert beat.last_cycle_started_at <= beat.last_success_at == beat.last_cycle_completed_at
    assert (run.job, run.run_key, run.state, run.counters) == ("health watcher", "id-1", "done", {"jobs": 3})
    assert run.market_at == clock.now()
    assert run.took_ms is not None


def test_while_it_works_the_heartbeat_says_so(act: Callable[..., Any]) -> None:
    seen = []

    act("ops.watch", lambda **_: seen.append(Heartbeat.objects.get().running))

    assert seen == [True]


def test_a_cycle_that_raises_counts_as_an_error_with_its_text(act: Callable[..., Any]) -> None:
    act("ops.watch", raises(ValueError("no such thing")))
    act("ops.watch", raises(ValueError("again")))

    beat = Heartbeat.objects.get()
    assert (beat.cycle_count, beat.success_count, beat.error_count, beat.consecutive_failures) == (2, 0, 2, 2)
    assert beat.last_error_message == "ValueError: again"
    assert list(JobRun.objects.order_by("pk").values_list("state", "error")) == [
        ("failed", "ValueError: no such thing"),
        ("failed", "ValueError: again"),
    ]


def test_a_success_ends_a_row_of_failures(act: Callable[..., Any]) -> None:
    act("ops.watch", raises(ValueError("no")))
    act("ops.watch", lambda **_: {})

    beat = Heartbeat.objects.get()
    assert beat.consecutive_failures == 0
    assert beat.last_success_at > beat.last_error_at


def test_a_retry_is_a_failed_cycle_with_the_error_behind_it_and_ends_as_one_run(act: Callable[..., Any]) -> None:
    task = current_app.tasks["ops.watch"]
    attempts = []

    def vendor_is_down_once(**_unknown: Any) -> dict[str, int]:
        attempts.append(1)
        if len(attempts) == 1:
            raise task.retry(exc=ConnectionError("vendor is down"), countdown=0)
        return {"ok": 1}

    act("ops.watch", vendor_is_down_once, task_id="one")

    beat, run = Heartbeat.objects.get(), JobRun.objects.get()
    assert (beat.cycle_count, beat.success_count, beat.error_count) == (2, 1, 1)
    assert beat.last_error_message == "ConnectionError: vendor is down"
    assert run.run_key == "one"


def test_a_run_that_met_another_copy_is_skipped(act: Callable[..., Any]) -> None:
    act("ops.watch", lambda **_: dict(SKIPPED))

    beat = Heartbeat.objects.get()
    assert (beat.skipped_count, beat.success_count, beat.running) == (1, 0, False)
    assert JobRun.objects.get().state == "skipped"


def test_a_time_of_day_runs_once_for_its_date(act: Callable[..., Any]) -> None:
    sent = headers.written(run_key="2026-02-09", queued_at=SENT_AT, due_at=DUE_AT)

    act("ops.prune", raises(ValueError("no")), job="job run retention", headers=sent, task_id="first")
    act("ops.prune", lambda **_: {"old": 2}, job="job run retention", headers=sent, task_id="second")

    run = JobRun.objects.get()
    assert (run.run_key, run.state, run.attempts, run.error) == ("2026-02-09", "done", 2, "")
    assert (run.task_id, run.counters, run.queued_at, run.due_at) == ("second", {"old": 2}, SENT_AT, DUE_AT)


def test_a_time_of_day_run_by_hand_counts_for_its_date(act: Callable[..., Any]) -> None:
    act("ops.prune", lambda **_: {})

    assert JobRun.objects.get().run_key == "2026-02-09"


def test_a_second_copy_of_a_dates_run_does_not_touch_the_first(act: Callable[..., Any]) -> None:
    at_work = JobRunFactory(
        job="job run retention", run_key="2026-02-09", state="running", started_at=datetime.now(UTC), task_id="first"
    )

    act("ops.prune", lambda **_: dict(SKIPPED), job="job run retention", task_id="second")

    at_work.refresh_from_db()
    assert (at_work.state, at_work.task_id, at_work.attempts) == ("running", "first", 1)


def test_the_run_of_a_killed_process_is_taken_over(act: Callable[..., Any]) -> None:
    JobRunFactory(
        job="job run retention",
        run_key="2026-02-09",
        state="running",
        task_id="killed",
        started_at=datetime.now(UTC) - runs.ABANDONED_AFTER - timedelta(seconds=1),
    )

    act("ops.prune", lambda **_: {}, job="job run retention", task_id="second")

    run = JobRun.objects.get()
    assert (run.state, run.task_id, run.attempts) == ("done", "second", 2)


def test_two_jobs_of_one_task_keep_apart(act: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    act("ops.watch", lambda **_: {}, job="market feed")  # not a job of this task: it belongs to the task's own

    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"health watcher"}


def test_a_job_does_not_fail_because_its_record_cannot_be_written(
    act: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_args: Any, **_kwargs: Any) -> None:
        raise DatabaseError("the server is restarting")

    monkeypatch.setattr(heartbeats, "cycle_succeeded", away)

    assert act("ops.watch", lambda **_: {"jobs": 1}).result == {"jobs": 1}
    assert "ops.telemetry.lost" in [record.message for record in caplog.records]


def test_a_dropped_message_is_counted() -> None:
    task = current_app.tasks["ops.watch"]
    request = Context(hostname="worker@x", headers={headers.JOB: "health watcher"})

    signals.task_revoked.send(sender=task, request=request, terminated=False, signum=None, expired=True)
    signals.task_revoked.send(sender=task, request=request, terminated=True, signum="TERM", expired=False)

    assert Heartbeat.objects.get(name="health watcher", instance="worker@x").expired_count == 1


def worker(*queues: str) -> SimpleNamespace:
    app = SimpleNamespace(amqp=SimpleNamespace(queues=SimpleNamespace(consume_from=dict.fromkeys(queues))))
    return SimpleNamespace(app=app, hostname="worker@x")


def test_a_worker_that_is_ready_shows_the_jobs_of_its_queues() -> None:
    telemetry._worker_ready(sender=worker("detectors"))

    assert set(Heartbeat.objects.values_list("name", flat=True)) == {
        "detector scan",
        "alerts",
        "setup expiry",
        "setup expiry after the close",
        "setup outcomes",
        "setup outcomes after the close",
    }


def test_a_worker_that_comes_back_keeps_its_counters() -> None:
    HeartbeatFactory(name="market feed", instance="worker@x", cycle_count=41)
    telemetry._worker_shutdown(sender=worker("feed"))
    assert Heartbeat.objects.get(name="market feed").stopped_at is not None

    telemetry._worker_ready(sender=worker("feed"))

    feed = Heartbeat.objects.get(name="market feed")
    assert (feed.cycle_count, feed.stopped_at) == (41, None)


def test_a_cycle_costs_two_statements_for_its_heartbeat_and_one_for_its_run(
    act: Callable[..., Any], django_assert_num_queries: Any
) -> None:
    act("ops.watch", lambda **_: {})

    with django_assert_num_queries(3):
        act("ops.watch", lambda **_: {})
