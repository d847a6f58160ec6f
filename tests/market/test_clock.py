from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import redis
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from config.redis import client, key
from market import clock, clock_setting, vendors
from market.models import ClockState
from market.pure.phase import Phase
from tests.factories.market import SessionOverrideFactory
from tests.market.fakes import FakeVendor


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


WALL = utc("2026-11-21T08:00")
MORNING = utc("2026-02-09T14:35")  # Monday 09:35 in New York


@pytest.fixture
def wall() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(WALL, tick=False) as traveller:
        yield traveller


def heard() -> datetime:
    """Return what a process that has heard of every change tells; a wall clock that stands keeps memories fresh."""
    clock_setting.forget()
    return clock.now()


def test_standing_stops_the_clock_for_every_thread() -> None:
    told: list[datetime] = []
    with clock.standing(MORNING):
        thread = threading.Thread(target=lambda: told.append(clock.now()))
        thread.start()
        thread.join()

        assert told == [clock.now()] == [MORNING]
        assert clock.market_date() == date(2026, 2, 9)
        assert clock.phase() is Phase.OPEN
        assert clock.state().status == "open"


def test_a_standing_clock_moves_when_told_and_may_be_nested() -> None:
    with clock.standing(MORNING) as hand:
        hand.forward(minutes=2, seconds=5)
        assert clock.now() == MORNING + timedelta(minutes=2, seconds=5)
        with clock.standing(WALL):
            assert clock.now() == WALL
        hand.move_to(MORNING)
        assert clock.now() == MORNING


def test_an_instant_without_a_zone_cannot_be_stood_at() -> None:
    with pytest.raises(ValueError, match="time zone"), clock.standing(datetime(2026, 2, 9)):  # noqa: DTZ001 -- the point
        pass


def test_settle_is_the_newest_complete_minute() -> None:
    assert clock.settle(MORNING) == MORNING.timestamp() - 120
    assert clock.settle(MORNING + timedelta(seconds=2)) == MORNING.timestamp() - 60


@pytest.mark.django_db
def test_unset_the_clock_is_the_wall_clock(wall: time_machine.Traveller) -> None:
    assert clock.now() == WALL
    assert (clock.mode(), clock.speed(), clock.paused()) == ("live", 1.0, False)


@pytest.mark.django_db
def test_a_simulated_clock_runs_at_its_speed(wall: time_machine.Traveller) -> None:
    clock.set_state(mode="simulated", market_at=MORNING, speed=30)

    wall.shift(10)

    assert clock.now() == MORNING + timedelta(minutes=5)
    assert (clock.mode(), clock.speed()) == ("simulated", 30)


@pytest.mark.django_db
def test_a_simulated_clock_jumps_over_the_night_and_the_weekend(wall: time_machine.Traveller) -> None:
    clock.set_state(mode="simulated", market_at=utc("2026-02-06T22:45"), speed=60)  # Friday 17:45

    wall.shift(4)
    assert clock.now() == utc("2026-02-06T22:49")
    wall.shift(2)
    assert clock.now() == utc("2026-02-09T11:56")  # Monday 06:56


@pytest.mark.django_db
def test_a_simulated_clock_jumps_over_a_day_closed_by_override(wall: time_machine.Traveller) -> None:
    SessionOverrideFactory(date=date(2026, 2, 9))

    clock.set_state(mode="simulated", market_at=utc("2026-02-06T22:49"), speed=60)
    wall.shift(2)

    assert clock.now() == utc("2026-02-10T11:56")


@pytest.mark.django_db
def test_a_replay_runs_over_its_days_and_stands_at_the_end_of_the_last(wall: time_machine.Traveller) -> None:
    vendor = FakeVendor()
    vendor.days = [date(2026, 2, 9), date(2026, 2, 12)]
    with vendors.using(vendor):
        clock.set_state(mode="replay", market_at=utc("2026-02-10T00:58"), speed=60)  # Monday 19:58

        wall.shift(3)
        assert clock.now() == utc("2026-02-12T09:01")  # Thursday 04:01
        wall.shift(3600)
        assert clock.now() == utc("2026-02-13T01:00")


@pytest.mark.django_db
def test_a_rehearsed_live_market_runs_from_four_to_eight_and_over_the_weekend(
    wall: time_machine.Traveller, settings: Settings
) -> None:
    settings.MARKET_PROVIDER, settings.COACH_ENV = "massive", "test"
    with vendors.using(FakeVendor()):
        clock.set_state(mode="replay", market_at=utc("2026-03-07T00:58"), speed=60)  # Friday 19:58
        wall.shift(timedelta(seconds=3))

        assert heard() == utc("2026-03-09T08:01")  # Monday 04:01, by then in summer time


@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["replay", "simulated"])
def test_outside_of_tests_the_clock_of_a_live_market_is_the_worlds(settings: Settings, mode: str) -> None:
    settings.MARKET_PROVIDER, settings.COACH_ENV = "massive", "production"

    with pytest.raises(ValueError, match="a live market keeps the world's time"):
        clock.set_state(mode=mode, market_at=MORNING)

    assert not ClockState.objects.exists()


@pytest.mark.django_db
def test_a_replay_without_days_says_so(wall: time_machine.Traveller) -> None:
    vendor = FakeVendor()
    vendor.days = []
    with vendors.using(vendor):
        clock.set_state(mode="replay", market_at=MORNING)
        with pytest.raises(Exception, match="no session to play"):
            clock.now()


@pytest.mark.django_db
def test_speed_and_pause_change_nothing_but_the_pace(wall: time_machine.Traveller) -> None:
    clock.set_state(mode="simulated", market_at=MORNING, speed=60)
    wall.shift(1)
    clock.set_speed(30)
    assert clock.now() == MORNING + timedelta(seconds=60)
    wall.shift(2)
    clock.pause()
    wall.shift(100)
    assert clock.now() == MORNING + timedelta(seconds=120)
    clock.go_on()
    wall.shift(1)
    assert clock.now() == MORNING + timedelta(seconds=150)


@pytest.mark.django_db
def test_a_jump_may_go_back(wall: time_machine.Traveller) -> None:
    clock.set_state(mode="simulated", market_at=MORNING, speed=30)
    assert clock.now() == MORNING

    clock.jump(MORNING - timedelta(minutes=4))

    assert clock.now() == MORNING - timedelta(minutes=4)


@pytest.mark.django_db
def test_a_reader_never_sees_time_go_back_when_it_hears_of_a_slower_speed_late(wall: time_machine.Traveller) -> None:
    clock.set_state(mode="simulated", market_at=MORNING, speed=60)
    row = ClockState.objects.get()
    wall.shift(1)
    assert clock.now() == MORNING + timedelta(seconds=60)

    # Another process paused half a second ago, at 30 s past.
    row.paused, row.market_at, row.wall_at = True, MORNING + timedelta(seconds=30), WALL + timedelta(seconds=0.5)
    clock_setting.publish(clock_setting.of(row))

    assert clock.now() == MORNING + timedelta(seconds=60)


@pytest.mark.django_db
def test_a_wall_clock_set_back_does_not_take_market_time_with_it(wall: time_machine.Traveller) -> None:
    clock.set_state(mode="simulated", market_at=MORNING, speed=1)
    wall.shift(5)
    told = clock.now()
    wall.shift(-3)

    assert clock.now() == told


@pytest.mark.django_db
def test_another_process_hears_within_a_moment(wall: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_setting, "monotonic", lambda: 1000.0)
    assert clock.now() == WALL
    client().set(
        key("clock"),
        b'{"mode":"simulated","market_at":"2026-02-09T14:35:00+00:00","wall_at":"2026-11-21T08:00:00+00:00",'
        b'"speed":30.0,"paused":false,"jumps":1}',
    )

    assert clock.now() == WALL
    monkeypatch.setattr(clock_setting, "monotonic", lambda: 1000.3)
    assert clock.now() == MORNING


@pytest.mark.django_db
def test_a_reading_that_took_long_is_as_old_as_its_question(
    wall: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set_state(mode="simulated", market_at=MORNING, speed=30)
    row = ClockState.objects.get()
    row.market_at += timedelta(hours=3)
    clock_setting.forget()
    moments = [2000.0, 2000.2]
    monkeypatch.setattr(clock_setting, "monotonic", lambda: moments[0])
    slow = clock_setting._copy

    def copy() -> clock_setting.Setting | None:
        read = slow()
        clock_setting.publish(clock_setting.of(row))  # another process sets the clock while the answer is on its way
        moments.pop(0)
        return read

    monkeypatch.setattr(clock_setting, "_copy", copy)
    assert clock.now() == MORNING
    monkeypatch.setattr(clock_setting, "_copy", slow)
    moments[0] += 0.06

    assert clock_setting.current().market_at == row.market_at


@pytest.mark.django_db
def test_redis_may_forget_the_clock(wall: time_machine.Traveller) -> None:
    clock.set_state(mode="simulated", market_at=MORNING, speed=30)
    client().delete(key("clock"))
    wall.shift(2)

    assert heard() == MORNING + timedelta(minutes=1)
    assert client().get(key("clock")) is not None


@pytest.mark.django_db
def test_without_redis_the_row_is_read(wall: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> None:
    clock.set_state(mode="simulated", market_at=MORNING, speed=30)

    def away() -> redis.Redis:
        raise redis.ConnectionError

    monkeypatch.setattr(clock_setting, "client", away)

    assert heard() == MORNING


@pytest.mark.django_db
def test_reading_the_clock_costs_no_query_once_it_is_copied(wall: time_machine.Traveller) -> None:
    clock.set_state(mode="simulated", market_at=MORNING, speed=30)
    with CaptureQueriesContext(connection) as queries:
        for _ in range(20):
            heard()

    assert len(queries) == 0


@pytest.mark.django_db
def test_a_restart_goes_on_from_the_last_time_noted(wall: time_machine.Traveller) -> None:
    clock.set_state(mode="simulated", market_at=MORNING, speed=30)
    wall.shift(10)
    clock.note_progress()
    wall.shift(86_400)
    clock.forget()

    clock.resume()

    assert clock.now() == MORNING + timedelta(minutes=5)
    wall.shift(2)
    assert clock.now() == MORNING + timedelta(minutes=6)


@pytest.mark.django_db
def test_resuming_a_live_clock_or_an_unset_one_changes_nothing(wall: time_machine.Traveller) -> None:
    clock.resume()
    clock.note_progress()
    assert not ClockState.objects.exists()

    clock.set_state(mode="live")
    clock.resume()

    assert clock.now() == WALL


@pytest.mark.django_db
def test_a_pause_survives_a_restart(wall: time_machine.Traveller) -> None:
    clock.set_state(mode="simulated", market_at=MORNING, speed=30)
    clock.pause()
    clock.resume()
    wall.shift(60)

    assert clock.now() == MORNING
    assert clock.paused()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "simulated", "market_at": MORNING, "speed": 0},
        {"mode": "simulated", "market_at": MORNING, "speed": -1},
        {"mode": "live", "market_at": MORNING},
        {"mode": "live", "speed": 30},
        {"mode": "live", "paused": True},
    ],
)
def test_impossible_settings_are_refused_and_change_nothing(wall: time_machine.Traveller, wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"clock|speed"):
        clock.set_state(**wrong)

    assert clock.now() == WALL
    assert clock.mode() == "live"


@pytest.mark.django_db
def test_going_live_ends_speed_and_pause(wall: time_machine.Traveller) -> None:
    clock.set_state(mode="simulated", market_at=MORNING, speed=30, paused=True)

    clock.set_state(mode="live")

    assert clock.now() == WALL


@pytest.mark.django_db(transaction=True)
def test_an_event_loop_may_ask(wall: time_machine.Traveller) -> None:
    clock.set_state(mode="simulated", market_at=MORNING, speed=30)
    client().delete(key("clock"))

    async def ask() -> datetime:
        return heard()

    assert asyncio.run(ask()) == MORNING
