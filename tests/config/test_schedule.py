"""The schedule table and the tasks it names."""

from __future__ import annotations

import inspect
from datetime import time

import pytest
from celery import current_app

from config.schedule import ENQUEUED, JOBS, ROUTES, At, Every
from config.work.task import CoachTask


def our_tasks() -> dict[str, CoachTask]:
    current_app.loader.import_default_modules()
    return {name: task for name, task in current_app.tasks.items() if not name.startswith("celery.")}


def test_names_are_unique() -> None:
    assert len({job.name for job in JOBS}) == len(JOBS)
    assert len({job.wire_name for job in JOBS}) == len(JOBS)


def test_every_row_names_a_task_that_exists() -> None:
    assert set(ROUTES) - set(our_tasks()) == set()


def test_every_task_of_ours_has_a_row_or_a_queue() -> None:
    assert set(our_tasks()) - set(ROUTES) == set()


def test_a_task_has_one_queue() -> None:
    assert {(job.task, job.queue) for job in JOBS} == {(job.task, ROUTES[job.task]["queue"]) for job in JOBS}
    assert set(ENQUEUED).isdisjoint({job.task for job in JOBS})


def test_tasks_take_keywords_and_what_a_newer_release_may_add() -> None:
    for name, task in our_tasks().items():
        kinds = {parameter.kind for parameter in inspect.signature(task.run).parameters.values()}
        assert kinds <= {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}, name
        assert inspect.Parameter.VAR_KEYWORD in kinds, name


def test_tasks_are_safe_to_hand_on_and_end_before_redis_hands_them_out_again() -> None:
    visibility_s = current_app.conf.broker_transport_options["visibility_timeout"]
    for name, task in our_tasks().items():
        assert isinstance(task, CoachTask), name
        assert task.acks_late, name
        assert task.reject_on_worker_lost, name
        assert task.ignore_result, name
        assert task.soft_time_limit < task.time_limit < visibility_s, name


def test_a_cadence_never_runs_twice_at_once() -> None:
    assert [job.task for job in JOBS if isinstance(job.when, Every) and our_tasks()[job.task].lease_s is None] == []


def test_a_cadence_shows_its_fastest_phase() -> None:
    assert Every(pre=60, open=15, closed=300).fastest == 15


@pytest.mark.parametrize(
    "fields",
    [{}, {"time": time(7), "after_close_min": 5, "days": "trading"}, {"after_close_min": 5, "days": "daily"}],
)
def test_a_time_of_day_is_one_of_two_kinds(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"clock time|trading days"):
        At(**fields)
