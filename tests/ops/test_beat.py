"""The scheduler against real Postgres and Redis: what it sends, when, how often, and what it survives."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
import time_machine
from celery import Celery, current_app
from django.db import DatabaseError, connection
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks
from kombu.exceptions import OperationalError

from config.redis import client
from config.work.lease import Lease
from config.work.task import CoachTask
from market import clock
from ops import beat, headers, runs
from ops.models import Heartbeat, JobRun
from tests.factories.ops import JobRunFactory
from tests.ops.conftest import OPEN

pytestmark = pytest.mark.django_db

NIGHTLY = {
    "quota reset",
    "test data clean-up",
    "session clean-up",
    "event retention",
    "gamma profile retention",
    "job run retention",
    "calendar horizon",
    "earnings retention",
    "position retention",
    "symbol reference",
    "earnings calendar",
    "treasury yields",
}
WHILE_OPEN = {
    "market feed",
    "session bars",
    "gamma profiles",
    "opening straddles",
    "volatility history",
    "detector scan",
    "alerts",
    "position tracker",
    "exit advisor",
    "contract minutes",
    "setup expiry",
    "setup outcomes",
    "health watcher",
}


class Recorded(beat.MarketScheduler):
    """The scheduler with the test's hand on its watch, and a notebook of what it handed to the broker."""

    wall_s = staticmethod(time.time)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        super().__init__(*args, **kwargs)

    @property
    def producer(self) -> Recorded:
        """Stand in for the connection, so that the notebook knows whose message it writes."""
        return self

    def names(self) -> set[str]:
        """Return the jobs sent since the last question."""
        names = [name for name, _ in self.sent]
        assert len(names) == len(set(names))
        self.sent.clear()
        return set(names)


@pytest.fixture(autouse=True)
def _notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    current_app.loader.import_default_modules()
    real = CoachTask.apply_async

    def write(task: CoachTask, args: Any, kwargs: Any, *, producer: Any, **options: Any) -> Any:
        if not isinstance(producer, Recorded):
            return real(task, args, kwargs, producer=producer, **options)
        return producer.sent.append((options["headers"][headers.JOB], options))

    monkeypatch.setattr(CoachTask, "apply_async", write)


@pytest.fixture(autouse=True)
def _one_connection(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the connection that holds the test's transaction: beat would close it as somebody's left-over."""
    if "transactional_db" not in request.fixturenames:
        monkeypatch.setattr("ops.beat.close_old_connections", lambda: None)
        monkeypatch.setattr("django_celery_beat.schedulers.close_old_connections", lambda: None)


@pytest.fixture
def wall() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(datetime(2030, 1, 1, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def scheduler() -> Recorded:
    return Recorded(app=current_app._get_current_object())


@pytest.fixture
def running(wall: time_machine.Coordinates, hand: clock.Standing, scheduler: Recorded) -> Recorded:
    """A scheduler whose first second is behind it."""
    scheduler.tick()
    scheduler.sent.clear()
    return scheduler


def let_pass(wall: time_machine.Coordinates, hand: clock.Standing, seconds: float, *, speed: float = 1.0) -> None:
    wall.shift(seconds)
    hand.forward(seconds=seconds * speed)


def done_today() -> None:
    for name in NIGHTLY:
        JobRunFactory(job=name, run_key="2026-02-09", state="done")


def test_a_new_beat_sends_all_that_is_due(wall: Any, hand: clock.Standing, scheduler: Recorded) -> None:
    scheduler.tick()

    assert scheduler.names() == WHILE_OPEN | NIGHTLY


def test_it_looks_again_at_the_next_whole_second(wall: Any, hand: clock.Standing, scheduler: Recorded) -> None:
    wall.shift(0.25)

    assert scheduler.tick() == pytest.approx(0.75)


def test_each_second_it_sends_what_fell_due_and_nothing_else(
    wall: Any, hand: clock.Standing, running: Recorded
) -> None:
    sent = {}
    for second in range(16, 33):
        let_pass(wall, hand, 1)
        running.tick()
        sent[second] = running.names()

    # It is 09:47:15 before the first of these seconds.
    assert {second: names for second, names in sent.items() if names} == {
        17: {"market feed"},
        19: {"position tracker"},
        20: {"health watcher", "opening straddles"},
        22: {"market feed"},
        25: {"detector scan"},
        26: {"exit advisor"},
        27: {"market feed"},
        30: {"setup outcomes"},
        32: {"market feed"},
    }


def test_a_job_of_the_session_is_sent_in_no_other_phase(wall: Any, hand: clock.Standing, scheduler: Recorded) -> None:
    done_today()
    hand.move_to(datetime(2026, 2, 9, 23, 30, tzinfo=UTC))  # 18:30, after hours

    scheduler.tick()

    assert scheduler.names() == {
        "market feed",
        "detector scan",
        "alerts",
        "position tracker",
        "volatility history",
        "setup expiry",
        "health watcher",
        "earnings reactions",
        "earnings reactions in the evening",
        "expected moves of past reports",
        "hindsight",
        "session bars at the close",
        "setup expiry after the close",
        "setup outcomes after the close",
        "LEAPS at the close",
        "position days",
        "option settlement",
        "option settlement in the morning",
    }


def test_a_cadence_at_speed_is_sent_once_a_wall_second_at_most(
    wall: Any, hand: clock.Standing, running: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "speed", lambda: 30.0)
    feeds = 0
    for _ in range(10):
        let_pass(wall, hand, 1, speed=30)
        running.tick()
        feeds += "market feed" in running.names()

    assert feeds == 10


def test_a_paused_market_does_not_stop_the_workers(
    wall: Any, hand: clock.Standing, running: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "paused", lambda: True)
    feeds = 0
    for _ in range(20):
        wall.shift(1)
        running.tick()
        feeds += "market feed" in running.names()

    assert feeds == 4


@pytest.mark.parametrize(("speed", "feed_s", "retention_s"), [(1.0, 4.5, 54.0), (30.0, 0.9, 4.5), (0.1, 45.0, 540.0)])
def test_messages_expire_before_their_successor(
    wall: Any,
    hand: clock.Standing,
    scheduler: Recorded,
    monkeypatch: pytest.MonkeyPatch,
    speed: float,
    feed_s: float,
    retention_s: float,
) -> None:
    monkeypatch.setattr(clock, "speed", lambda: speed)

    scheduler.tick()

    options = dict(scheduler.sent)
    assert options["market feed"]["expires"] == pytest.approx(feed_s)
    assert options["job run retention"]["expires"] == pytest.approx(retention_s)


def test_a_message_names_its_job_its_date_and_when_it_was_sent(
    wall: Any, hand: clock.Standing, scheduler: Recorded
) -> None:
    scheduler.tick()

    options = dict(scheduler.sent)
    assert options["job run retention"]["headers"] == {
        "celery_beat_task": True,
        headers.JOB: "job run retention",
        headers.RUN_KEY: "2026-02-09",
        headers.QUEUED_AT: "2030-01-01T00:00:00+00:00",
        headers.DUE_AT: "2026-02-09T07:30:00+00:00",
    }
    assert options["market feed"]["headers"][headers.DUE_AT] == "2026-02-09T14:47:12+00:00"
    assert headers.RUN_KEY not in options["market feed"]["headers"]


def test_a_date_done_before_a_restart_is_not_sent_again(wall: Any, hand: clock.Standing, scheduler: Recorded) -> None:
    done_today()

    scheduler.tick()

    assert scheduler.names() == WHILE_OPEN


def test_a_date_that_is_not_done_is_sent_again_after_a_minute_until_it_is(
    wall: Any, hand: clock.Standing, running: Recorded
) -> None:
    let_pass(wall, hand, 59)
    running.tick()
    assert "quota reset" not in running.names()

    let_pass(wall, hand, 1)
    running.tick()
    assert "quota reset" in running.names()

    JobRunFactory(job="quota reset", run_key="2026-02-09", state="done")
    let_pass(wall, hand, 60)
    running.tick()
    assert "quota reset" not in running.names()


def test_a_date_that_fails_is_sent_again_ever_later(wall: Any, hand: clock.Standing, running: Recorded) -> None:
    JobRunFactory(job="quota reset", run_key="2026-02-09", state="failed", attempts=2)
    let_pass(wall, hand, 239)
    running.tick()
    assert "quota reset" not in running.names()

    let_pass(wall, hand, 1)
    running.tick()
    assert "quota reset" in running.names()


@pytest.mark.parametrize(("since", "again"), [(timedelta(0), False), (runs.ABANDONED_AFTER * 2, True)])
def test_a_date_at_work_is_left_alone_unless_its_process_died(
    wall: Any, hand: clock.Standing, scheduler: Recorded, since: timedelta, again: bool
) -> None:
    started_at = datetime(2030, 1, 1, tzinfo=UTC) - since
    JobRunFactory(job="quota reset", run_key="2026-02-09", state="running", started_at=started_at)

    scheduler.tick()

    assert ("quota reset" in scheduler.names()) is again


def test_a_missed_date_is_still_made_up_for(wall: Any, hand: clock.Standing, scheduler: Recorded) -> None:
    JobRunFactory(job="quota reset", run_key="2026-02-09", state=JobRun.State.MISSED)

    scheduler.tick()

    assert "quota reset" in scheduler.names()


def test_the_next_date_is_due_again(wall: Any, hand: clock.Standing, running: Recorded) -> None:
    done_today()
    let_pass(wall, hand, 60)
    running.tick()
    running.sent.clear()

    hand.move_to(OPEN + timedelta(days=1))
    let_pass(wall, hand, 60)
    running.tick()

    assert running.names() >= NIGHTLY


def test_an_operator_switches_a_job_off_while_beat_runs(wall: Any, hand: clock.Standing, running: Recorded) -> None:
    row = PeriodicTask.objects.get(name="market feed")
    row.enabled = False
    wall.shift(1)
    row.save()

    feeds = 0
    for _ in range(10):
        let_pass(wall, hand, 1)
        running.tick()
        feeds += "market feed" in running.names()

    assert feeds == 0


def test_an_operators_interval_is_kept_while_beat_runs(wall: Any, hand: clock.Standing, running: Recorded) -> None:
    row = PeriodicTask.objects.get(name="market feed")
    row.interval = IntervalSchedule.objects.create(every=10, period="seconds")
    wall.shift(1)
    row.save()

    feeds = 0
    for _ in range(20):
        let_pass(wall, hand, 1)
        running.tick()
        feeds += "market feed" in running.names()

    assert feeds == 2


def test_a_row_of_an_operators_own_runs_by_the_wall(wall: Any, hand: clock.Standing, running: Recorded) -> None:
    wall.shift(1)
    interval = IntervalSchedule.objects.create(every=3, period="seconds")
    PeriodicTask.objects.create(name="my own", task="ops.prune", interval=interval)

    own = 0
    for _ in range(10):
        wall.shift(1)
        running.tick()
        own += "my own" in running.names()

    assert own == 3


def test_a_second_beat_waits_until_the_first_one_is_gone(wall: Any, hand: clock.Standing, running: Recorded) -> None:
    second = Recorded(app=current_app._get_current_object())

    second.tick()
    assert second.names() == set()

    let_pass(wall, hand, 5)  # 09:47:20
    running.close()
    second.tick()
    assert second.names() == {"market feed", "position tracker", "health watcher", "opening straddles"}


def test_who_takes_over_sends_each_slot_once_and_misses_none(
    wall: Any, hand: clock.Standing, running: Recorded
) -> None:
    second = Recorded(app=current_app._get_current_object())
    second.tick()
    for _ in range(3):
        let_pass(wall, hand, 1)
        running.tick()
    assert running.names() == {"market feed"}

    # The first one is killed at 09:47:18; its lease lasts on.
    died = Lease(beat.BEAT, seconds=beat.LEASE_S)
    taken_over_at = None
    sent: dict[str, int] = {}
    for _ in range(20):
        let_pass(wall, hand, 1)
        if hand.at.second == 27:
            client().delete(died._key)  # as Redis does by itself
        second.tick()
        for name in second.names():
            taken_over_at = taken_over_at or hand.at
            sent[name] = sent.get(name, 0) + 1

    assert taken_over_at == OPEN.replace(second=27)
    # At once: what fell due meanwhile; then :30 and :35, :32 and :37, and :34. Nothing of the first one's minutes.
    once = dict.fromkeys(("detector scan", "exit advisor", "setup outcomes", "opening straddles"), 1)
    assert sent == {"market feed": 3, "position tracker": 2, "health watcher": 2} | once


def test_a_date_that_the_dead_beat_sent_is_not_sent_again_at_once(
    wall: Any, hand: clock.Standing, running: Recorded
) -> None:
    second = Recorded(app=current_app._get_current_object())
    second.tick()
    let_pass(wall, hand, 12)
    client().delete(Lease(beat.BEAT, seconds=1)._key)

    second.tick()

    assert not second.names() & NIGHTLY
    let_pass(wall, hand, 48)
    second.tick()
    assert second.names() >= NIGHTLY


def test_a_beat_that_stands_by_is_seen_and_counts_for_no_ones_health(
    wall: Any, hand: clock.Standing, running: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_instance", "beat@first")
    second = Recorded(app=current_app._get_current_object())
    second._instance = "beat@second"
    second.tick()

    standing_by = Heartbeat.objects.get(instance="beat@second")
    assert (standing_by.name, standing_by.stopped_at, standing_by.cycle_count) == (beat.WAITING, None, 1)

    running.close()
    second.tick()
    assert Heartbeat.objects.get(instance="beat@second", name=beat.WAITING).stopped_at is not None
    assert Heartbeat.objects.get(instance="beat@second", name=beat.BEAT).cycle_count == 1


def test_a_beat_that_died_is_followed_after_its_lease(wall: Any, hand: clock.Standing, scheduler: Recorded) -> None:
    dead = Lease(beat.BEAT, seconds=60)
    assert dead.acquire()
    scheduler.tick()
    assert scheduler.names() == set()

    assert dead.release()  # as Redis does by itself
    scheduler.tick()

    assert scheduler.names() >= WHILE_OPEN


def test_a_beat_that_was_kept_waiting_longer_than_its_lease_sends_nothing(
    wall: Any, hand: clock.Standing, scheduler: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Lease(beat.BEAT, seconds=60)
    entries = scheduler._entries

    def slowly() -> Any:
        assert scheduler._lease.release()  # as Redis does by itself, while Postgres does not answer
        assert other.acquire()
        return entries()

    monkeypatch.setattr(scheduler, "_entries", slowly)
    scheduler.tick()

    assert scheduler.names() == set()


def test_beat_shows_that_it_lives_and_that_it_stopped(wall: Any, hand: clock.Standing, running: Recorded) -> None:
    for _ in range(12):
        let_pass(wall, hand, 1)
        running.tick()

    alive = Heartbeat.objects.get(name=beat.BEAT)
    assert alive.cycle_count == 3
    assert alive.last_success_at == datetime(2030, 1, 1, 0, 0, 10, tzinfo=UTC)

    running.close()
    assert Heartbeat.objects.get(name=beat.BEAT).stopped_at is not None


@pytest.mark.django_db(transaction=True)
def test_told_to_stop_in_the_middle_of_a_tick_it_stops_in_good_order(
    transactional_db: None, wall: Any, hand: clock.Standing, scheduler: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped_by_a_signal() -> None:
        # As Celery's handler does, while the driver waits for an answer.
        connection.cursor().connection.pgconn.send_query(b"SELECT 1")
        scheduler.close()
        raise SystemExit

    scheduler.tick()
    monkeypatch.setattr(beat, "look", stopped_by_a_signal)
    with pytest.raises(SystemExit):
        scheduler.tick()

    assert Lease(beat.BEAT, seconds=1).acquire()
    assert Heartbeat.objects.get(name=beat.BEAT).stopped_at is not None


def test_without_redis_it_waits_and_goes_on(
    wall: Any,
    hand: clock.Standing,
    running: Recorded,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def away(_lease: Lease) -> bool:
        raise redis.ConnectionError("connection refused")

    with monkeypatch.context() as outage:
        outage.setattr(Lease, "hold", away)
        let_pass(wall, hand, 5)
        assert 0 < running.tick() <= 1
    assert running.names() == set()
    assert "ops.beat.outage" in [record.message for record in caplog.records]

    running.tick()
    assert "market feed" in running.names()


def test_without_postgres_cadences_go_on_and_dates_wait(
    wall: Any, hand: clock.Standing, scheduler: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise DatabaseError("the server is restarting")

    with monkeypatch.context() as outage:
        outage.setattr(PeriodicTasks, "last_change", away)
        outage.setattr(runs, "attempted", away)
        scheduler.tick()
    assert scheduler.names() == WHILE_OPEN

    let_pass(wall, hand, 1)
    scheduler.tick()
    assert scheduler.names() >= NIGHTLY


def test_a_broker_that_refuses_is_asked_again_a_second_later(
    wall: Any, hand: clock.Standing, running: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: Any, **__: Any) -> None:
        raise OperationalError("no broker")

    with monkeypatch.context() as outage:
        outage.setattr(running, "apply_async", refuses)
        let_pass(wall, hand, 5)
        running.tick()

    running.tick()
    assert "market feed" in running.names()


@pytest.mark.django_db(transaction=True)
def test_what_it_sends_arrives_in_the_queue_of_its_job(transactional_db: None, wall: Any, hand: clock.Standing) -> None:
    app: Celery = current_app._get_current_object()
    real = beat.MarketScheduler(app=app)

    real.tick()

    with app.connection_for_read() as connection:
        waiting = connection.default_channel.client.llen("detectors")
        connection.default_channel.client.delete("detectors", "feed", "ops", "coach")
    assert waiting == 4
