"""How every job stands over all processes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from config.schedule import JOBS
from market import clock
from ops import rows, uptime, workers
from ops.models import Heartbeat, JobRun
from ops.pure.judgement import State
from tests.factories.ops import HeartbeatFactory, JobRunFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hand", "up_for_hours")]


@pytest.fixture
def up_for_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uptime, "started_at", lambda: timezone.now() - timedelta(hours=3))


def ago(seconds: float) -> datetime:
    return timezone.now() - timedelta(seconds=seconds)


def heartbeat(name: str, *, completed_s: float, **fields: Any) -> Heartbeat:
    completed_at = ago(completed_s)
    return HeartbeatFactory(
        name=name,
        started_at=ago(completed_s + 7200),
        last_cycle_started_at=completed_at,
        last_cycle_completed_at=completed_at,
        **{"last_success_at": completed_at} | fields,
    )


def report_of(name: str) -> workers.WorkerReport:
    return next(report for report in workers.report() if report.job.name == name)


def test_every_job_of_the_table_is_reported_behind_beat() -> None:
    assert [report.job.name for report in workers.report()] == ["beat", *(job.name for job in JOBS)]


def test_a_job_that_nobody_ever_ran_is_stale_and_not_running() -> None:
    feed = report_of("market feed")

    assert (feed.state, feed.is_running, feed.started_at, feed.cycles) == (State.STALE, False, None, 0)


def test_a_job_that_was_not_due_yet_is_fine() -> None:
    with clock.standing(clock.now().replace(hour=8, minute=0)):  # 03:00 in New York
        assert report_of("detector scan").state is State.RESTING
        assert report_of("session bars at the close").state is State.RESTING


def test_a_job_that_ran_just_now_is_fine() -> None:
    heartbeat("market feed", completed_s=3)

    feed = report_of("market feed")
    assert (feed.state, feed.is_running, feed.is_late) == (State.OK, True, False)
    assert feed.wanted.interval_s == 5
    assert feed.wanted.stale_after_s == 60


def test_a_killed_worker_shows_as_stale_within_a_minute() -> None:
    heartbeat("market feed", completed_s=61)

    assert report_of("market feed").state is State.STALE


def test_processes_of_one_job_are_merged() -> None:
    heartbeat("market feed", completed_s=400, cycle_count=10, success_count=9, error_count=1, last_duration_ms=70)
    heartbeat("market feed", completed_s=2, cycle_count=5, success_count=5, last_duration_ms=50, last_result={"n": 1})

    feed = report_of("market feed")
    assert (feed.cycles, feed.successes, feed.errors) == (15, 14, 1)
    assert (feed.took_ms, feed.last_result, feed.state) == (50, {"n": 1}, State.OK)


def test_a_job_is_stopped_when_all_its_processes_are() -> None:
    heartbeat("market feed", completed_s=30, stopped_at=ago(20))
    heartbeat("market feed", completed_s=15, stopped_at=ago(10))

    feed = report_of("market feed")
    assert not feed.is_running
    assert feed.stopped_at == max(Heartbeat.objects.values_list("stopped_at", flat=True))


def test_the_error_shown_is_the_newest() -> None:
    heartbeat("market feed", completed_s=3, last_error_at=ago(3), last_success_at=ago(9), last_error_message="new")
    heartbeat("market feed", completed_s=9, last_error_at=ago(50), last_error_message="old")

    feed = report_of("market feed")
    assert (feed.state, feed.error) == (State.FAILING, "new")


def test_a_date_that_is_done_is_fine_and_one_that_is_not_was_missed() -> None:
    JobRunFactory(job="quota reset", run_key="2026-02-09")
    JobRunFactory(job="event retention", run_key="2026-02-08")
    JobRunFactory(job="calendar horizon", run_key="2026-02-09", state=JobRun.State.FAILED)

    assert report_of("quota reset").state is State.OK
    assert report_of("event retention").state is State.MISSED
    assert report_of("calendar horizon").state is State.MISSED
    assert report_of("event retention").for_date == date(2026, 2, 9)


def test_right_after_the_start_nothing_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uptime, "started_at", timezone.now)

    assert [report.job.name for report in workers.report() if report.is_late] == []


def test_right_after_beat_started_nothing_is_late() -> None:
    heartbeat("beat", completed_s=1)
    Heartbeat.objects.update(started_at=ago(5))

    assert [report.job.name for report in workers.report() if report.is_late] == []


def test_a_job_that_is_switched_off_rests() -> None:
    rows.sync()
    row = next(row for row in rows.of_table() if row.name == "market feed")
    row.enabled = False
    row.save()

    assert report_of("market feed").state is State.RESTING
    assert report_of("market feed").next_run_at is None


def test_the_next_run_is_told_in_wall_time() -> None:
    # It is 09:47:15 in New York; the feed runs at :17, the journal of the session at 16:02.
    now = timezone.now()

    assert report_of("market feed").next_run_at - now == pytest.approx(timedelta(seconds=2), abs=timedelta(seconds=1))
    until_close = timedelta(hours=6, minutes=14, seconds=45)
    assert report_of("session bars at the close").next_run_at - now == pytest.approx(
        until_close, abs=timedelta(seconds=1)
    )


def test_beat_is_late_by_the_wall_whatever_the_market_does() -> None:
    heartbeat("beat", completed_s=61)
    Heartbeat.objects.update(started_at=ago(7200))

    assert report_of("beat").state is State.STALE


def test_the_whole_report_costs_three_statements(
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    rows.sync()
    for name in ("market feed", "detector scan", "health watcher"):
        heartbeat(name, completed_s=1)
    workers.report()

    with django_assert_num_queries(3):
        workers.report()
