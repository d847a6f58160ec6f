"""A session's schedule in one process, minute by minute."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import pytest
from celery import current_app, shared_task
from django.core.management import CommandError, call_command

from config.schedule import JOBS
from market import clock
from market.pure.sessions import make_session
from ops import lockstep
from ops.models import Heartbeat, JobRun

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 2, 9)
HALF_DAY = date(2026, 11, 27)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, datetime]]:
    """Replace the body of every job by a note of when it ran."""
    current_app.loader.import_default_modules()
    notes: list[tuple[str, datetime]] = []

    def note(task: str) -> Callable[..., None]:
        return lambda **_unknown: notes.append((task, clock.now()))

    for job in JOBS:
        monkeypatch.setattr(current_app.tasks[job.task], "run", note(job.task))
    return notes


@pytest.fixture
def enqueued() -> Iterator[tuple[Any, list[str]]]:
    notes: list[str] = []

    @shared_task(name="ops.of_a_test")
    def noted(**_unknown: Any) -> None:
        notes.append("inside")

    yield noted, notes
    current_app.tasks.unregister("ops.of_a_test")


def minutes(seen: list[tuple[str, datetime]], task: str) -> list[str]:
    return [f"{at:%H:%M:%S}" for name, at in seen if name == task]


def test_it_stands_two_seconds_after_each_minute_and_runs_what_is_due_in_the_tables_order(
    seen: list[tuple[str, datetime]],
) -> None:
    session = make_session(MONDAY)

    steps = lockstep.run(MONDAY, first=session.open_at, last=session.open_at.replace(minute=32, second=2))

    assert steps.instants == 3
    assert minutes(seen, "market.refresh_feed") == ["14:30:02", "14:31:02", "14:32:02"]
    assert minutes(seen, "detectors.sweep") == ["14:30:02", "14:31:02", "14:32:02"]
    at_the_minute = [name for name, at in seen if at.minute == 32]
    assert at_the_minute == [
        "market.refresh_feed", "options_engine.capture_straddles",
        "detectors.sweep", "detectors.alerts", "positions.track", "positions.advise", "positions.keep_minutes",
        "detectors.expire", "detectors.resolve",
    ]  # fmt: skip


def test_a_whole_session_ends_with_what_is_due_after_its_close(seen: list[tuple[str, datetime]]) -> None:
    steps = lockstep.run(HALF_DAY, jobs=["session bars", "session bars at the close", "setup expiry after the close"])

    # At 09:30, from 09:31 to 12:56 every five minutes; then at 13:02 and 13:04.
    assert steps.ran == {"session bars": 43, "session bars at the close": 1, "setup expiry after the close": 1}
    assert minutes(seen, "market.keep_session_bars")[-1] == "18:02:02"
    assert minutes(seen, "detectors.expire") == ["18:04:02"]


def test_the_same_minutes_twice_are_the_same_runs(seen: list[tuple[str, datetime]]) -> None:
    last = make_session(MONDAY).open_at.replace(minute=59)

    lockstep.run(MONDAY, last=last)
    first_time = seen.copy()
    seen.clear()
    lockstep.run(MONDAY, last=last)

    assert seen == first_time


def test_what_a_job_enqueues_runs_inside_it(
    seen: list[tuple[str, datetime]], enqueued: tuple[Any, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    task, notes = enqueued

    def enqueue(**_unknown: Any) -> None:
        task.delay()
        notes.append("after")

    monkeypatch.setattr(current_app.tasks["detectors.sweep"], "run", enqueue)
    lockstep.run(MONDAY, last=make_session(MONDAY).open_at.replace(minute=30, second=2), jobs=["detector scan"])

    assert notes == ["inside", "after"]
    assert current_app.conf.task_always_eager is False


def test_it_stops_at_the_first_failure(seen: list[tuple[str, datetime]], monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_unknown: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(current_app.tasks["detectors.sweep"], "run", fails)

    with pytest.raises(ZeroDivisionError):
        lockstep.run(MONDAY, jobs=["detector scan"])


def test_its_runs_are_recorded_under_their_jobs(seen: list[tuple[str, datetime]]) -> None:
    lockstep.run(HALF_DAY, jobs=["setup expiry after the close"])

    assert list(JobRun.objects.values_list("job", "run_key", "state")) == [
        ("setup expiry after the close", "2026-11-27", "done")
    ]


def test_a_task_stands_for_all_its_jobs(seen: list[tuple[str, datetime]]) -> None:
    steps = lockstep.run(HALF_DAY, jobs=["detectors.expire"])

    # Each minute from 09:30:02 to 13:20:02, and at 13:04:02.
    assert steps.ran == {"setup expiry": 231, "setup expiry after the close": 1}


def test_it_leaves_no_process_behind_that_seems_to_run(seen: list[tuple[str, datetime]]) -> None:
    lockstep.run(HALF_DAY, jobs=["setup expiry after the close"])

    assert Heartbeat.objects.get().stopped_at is not None


def test_a_day_without_trading_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-02-08: no trading that day"):
        lockstep.run(date(2026, 2, 8))


def test_an_unknown_job_is_refused_by_name() -> None:
    with pytest.raises(CommandError, match="no-such-job"):
        call_command("lockstep", "2026-02-09", "--job", "no-such-job")


def test_the_command_tells_what_ran(seen: list[tuple[str, datetime]], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("lockstep", "2026-02-09", "--first", "09:30", "--last", "09:34:30", "--job", "detector scan")

    assert capsys.readouterr().out.splitlines() == ["5 minutes of 2026-02-09", "     5 detector scan"]
