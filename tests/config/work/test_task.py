"""The base task: one copy at a time where it says so, bounded by its lease, named on its log lines."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest
from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded
from django.contrib.auth.models import Group
from django.db import connection, transaction

from config.redis import client, key
from config.work.lease import Lease
from config.work.run import RunFilter, current, running
from config.work.task import SKIPPED, CoachTask


@pytest.fixture
def app() -> Iterator[Celery]:
    made = Celery("of-a-test", task_cls=CoachTask, set_as_current=False, broker="memory://", backend="disabled://")
    yield made
    made.close()


def test_a_task_without_a_lease_runs_as_often_as_it_is_called(app: Celery) -> None:
    @app.task(shared=False, name="t.plain")
    def plain(*, n: int) -> int:
        return n + 1

    assert plain(n=1) == 2
    assert plain.apply(kwargs={"n": 2}).result == 3


def test_a_second_copy_skips_while_the_first_one_works(app: Celery) -> None:
    at_work, may_end, results = threading.Event(), threading.Event(), []

    @app.task(shared=False, name="t.alone", lease_s=30)
    def alone() -> str:
        at_work.set()
        assert may_end.wait(10)
        return "done"

    first = threading.Thread(target=lambda: results.append(alone()))
    first.start()
    assert at_work.wait(10)
    second = alone()
    may_end.set()
    first.join(10)

    assert second == SKIPPED
    assert results == ["done"]


def test_the_lease_is_given_back_after_success_and_after_failure(app: Celery) -> None:
    @app.task(shared=False, name="t.fails", lease_s=30)
    def fails(*, really: bool) -> str:
        if really:
            raise ZeroDivisionError
        return "fine"

    with pytest.raises(ZeroDivisionError):
        fails(really=True)

    assert fails(really=False) == "fine"
    assert client().exists(key("lease", "t.fails")) == 0


def test_a_lease_that_passed_to_somebody_else_is_theirs(app: Celery, caplog: pytest.LogCaptureFixture) -> None:
    theirs = Lease("t.slow", seconds=30)

    @app.task(shared=False, name="t.slow", lease_s=30)
    def slow() -> None:
        client().delete(key("lease", "t.slow"))
        assert theirs.acquire()

    slow()

    assert [record.message for record in caplog.records] == ["work.lease.lost"]
    assert theirs.release()


def test_a_leased_task_is_killed_before_its_lease_ends(app: Celery) -> None:
    @app.task(shared=False, name="t.short", lease_s=10)
    def short() -> None: ...

    @app.task(shared=False, name="t.long", lease_s=100)
    def long() -> None: ...

    assert (short.time_limit, short.soft_time_limit) == (10, 8)
    assert (long.time_limit, long.soft_time_limit) == (100, 50)


def test_a_task_that_outlasts_its_lease_is_refused(app: Celery) -> None:
    with pytest.raises(ValueError, match="outlasts"):

        @app.task(shared=False, name="t.outlasts", lease_s=10, time_limit=20, lazy=False)
        def outlasts() -> None: ...


def test_a_lease_is_held_by_its_owner_only() -> None:
    mine, yours = Lease("name", seconds=30), Lease("name", seconds=30)

    assert mine.hold()
    assert mine.hold()
    assert not yours.hold()
    assert not yours.acquire()
    assert not yours.release()
    assert mine.release()
    assert yours.acquire()


def test_a_lease_ends_by_itself() -> None:
    Lease("dies", seconds=30).acquire()

    assert 0 < client().pttl(key("lease", "dies")) <= 30_000


def test_a_log_line_inside_a_run_carries_its_name(app: Celery) -> None:
    seen = []

    @app.task(shared=False, name="t.logs")
    def logs() -> None:
        record = logging.makeLogRecord({})
        RunFilter().filter(record)
        seen.append((record.task, record.task_id))

    logs.apply(task_id="abc")
    outside = logging.makeLogRecord({})

    assert RunFilter().filter(outside)
    assert seen == [("t.logs", "abc")]
    assert not hasattr(outside, "task")
    assert current() is None


def test_runs_nest() -> None:
    with running("outer", "1") as outer, running("inner", "2") as inner:
        assert current() == inner
    assert current() is None
    assert outer.task == "outer"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("struck", ["in a statement", "at the end of a transaction"])
def test_what_a_time_limit_leaves_of_a_connection_harms_no_later_task(app: Celery, struck: str) -> None:
    @app.task(shared=False, name="t.slow")
    def slow() -> None:
        if struck == "in a statement":
            with transaction.atomic():
                Group.objects.create(name="half-written")
                raise SoftTimeLimitExceeded
        # As when it strikes inside of the block's own end: Django still believes to be in it.
        connection.set_autocommit(False)
        Group.objects.create(name="half-written")
        connection.in_atomic_block = True
        connection.close()
        raise SoftTimeLimitExceeded

    @app.task(shared=False, name="t.next")
    def next_one() -> int:
        with transaction.atomic():
            Group.objects.create(name="whole")
        return Group.objects.filter(name="whole").count()

    with pytest.raises(SoftTimeLimitExceeded):
        slow()

    assert next_one() == 1
    assert not Group.objects.filter(name="half-written").exists()
