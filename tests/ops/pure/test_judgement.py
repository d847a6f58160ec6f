"""Whether a job is late: against its own cadence, the market's hours and the market clock's speed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from config.schedule import At, Every, Job
from market.pure.sessions import in_utc, make_session
from ops.pure.judgement import Clocks, Signs, State, expected, judge

MONDAY = date(2026, 2, 9)
WALL = datetime(2030, 1, 1, 12, tzinfo=UTC)
LONG_AGO = WALL - timedelta(days=2)


def job(when: Every | At) -> Job:
    return Job(name="j", task="t", queue="q", wire_name="w", when=when, purpose="p")


FEED = job(Every(pre=5, open=5, after=5, closed=60))
SCAN = job(Every(open=15))
BRIEF = job(At(time=time(7), days="trading", latest=time(16)))
NIGHTLY = job(At(time=time(2, 10)))


def clocks(clock: str, *, speed: float = 1.0, runs_from: str = "00:00", day: date = MONDAY) -> Clocks:
    trades = day.weekday() < 5
    return Clocks(
        wall=WALL,
        market=in_utc(day, time.fromisoformat(clock)),
        session=make_session(day) if trades else None,
        speed=speed,
        runs_since=in_utc(day, time.fromisoformat(runs_from)),
        runs_until=in_utc(day, time(23, 59)),
    )


def ago(seconds: float) -> datetime:
    return WALL - timedelta(seconds=seconds)


def signs(*, completed_s: float | None = None, success_s: float | None = None, error_s: float | None = None) -> Signs:
    return Signs(
        alive_at=LONG_AGO,
        completed_at=None if completed_s is None else ago(completed_s),
        success_at=None if success_s is None else ago(success_s),
        error_at=None if error_s is None else ago(error_s),
    )


@pytest.mark.parametrize(
    ("silent_s", "clock", "speed", "state"),
    [
        (59, "11:00", 1.0, State.OK),
        (61, "11:00", 1.0, State.STALE),
        (179, "21:00", 1.0, State.OK),  # closed: every 60 s is enough
        (181, "21:00", 1.0, State.STALE),
        (59, "11:00", 30.0, State.OK),  # at 30x the least patience stays a minute of wall time
        (61, "11:00", 30.0, State.STALE),
        (61, "21:00", 30.0, State.STALE),
        (61, "11:00", 0.0, State.STALE),  # a paused market does not pause the feed
    ],
)
def test_silence_longer_than_three_cycles_or_a_minute_is_stale(
    silent_s: float, clock: str, speed: float, state: State
) -> None:
    assert judge(FEED, signs(completed_s=silent_s, success_s=silent_s), clocks(clock, speed=speed)) is state


def test_a_job_without_a_cadence_at_this_hour_rests_however_long_it_was_silent() -> None:
    silent = signs(completed_s=60 * 60 * 24 * 3)

    assert judge(SCAN, silent, clocks("21:00")) is State.RESTING
    assert judge(SCAN, silent, clocks("11:00", day=date(2026, 2, 8))) is State.RESTING


@pytest.mark.parametrize(("clock", "state"), [("09:30:59", State.OK), ("09:31:01", State.STALE)])
def test_after_the_open_a_job_has_a_minute_to_show_itself(clock: str, state: State) -> None:
    assert judge(SCAN, signs(completed_s=60 * 60 * 17), clocks(clock)) is state


def test_time_in_a_phase_counts_in_wall_seconds() -> None:
    assert expected(SCAN, clocks("09:40", speed=30.0)).since == ago(20)


def test_a_jump_of_the_market_clock_is_no_silence() -> None:
    jumped = replace(clocks("11:00", speed=30.0), set_at=ago(10))

    assert judge(SCAN, signs(completed_s=3600, success_s=3600), jumped) is State.OK


@pytest.mark.parametrize(("alive_s", "state"), [(30, State.WAITING), (61, State.STALE)])
def test_a_job_that_never_ran_gets_a_minute_from_the_start(alive_s: float, state: State) -> None:
    assert judge(FEED, replace(signs(), alive_at=ago(alive_s)), clocks("11:00")) is state


def test_an_error_in_the_last_cycle_is_failing_and_when_it_lasts_stale() -> None:
    assert judge(FEED, signs(completed_s=1, success_s=6, error_s=1), clocks("11:00")) is State.FAILING
    assert judge(FEED, signs(completed_s=1, success_s=61, error_s=1), clocks("11:00")) is State.STALE
    assert judge(FEED, signs(completed_s=1, success_s=1, error_s=6), clocks("11:00")) is State.OK


@pytest.mark.parametrize(
    ("clock", "done_for", "state"),
    [
        ("06:00", None, State.RESTING),  # not due yet is fine
        ("07:00", None, State.WAITING),
        ("07:29", None, State.WAITING),
        ("07:30", None, State.MISSED),
        ("07:30", date(2026, 2, 6), State.MISSED),
        ("07:30", MONDAY, State.OK),
        ("23:00", MONDAY, State.OK),
    ],
)
def test_a_time_of_day_not_done_half_an_hour_later_was_missed(clock: str, done_for: date | None, state: State) -> None:
    assert judge(BRIEF, replace(signs(), done_for=done_for), clocks(clock)) is state


def test_a_closed_day_owes_nothing() -> None:
    assert judge(BRIEF, signs(), clocks("12:00", day=date(2026, 2, 7))) is State.RESTING


@pytest.mark.parametrize(("clock", "state"), [("07:20", State.WAITING), ("07:25", State.MISSED)])
def test_where_the_clock_jumps_over_the_night_the_half_hour_counts_from_the_morning(clock: str, state: State) -> None:
    assert judge(NIGHTLY, signs(), clocks(clock, speed=30.0, runs_from="06:55")) is state


def test_a_coach_started_late_owes_nothing_at_once() -> None:
    just_started = replace(signs(), alive_at=ago(10))

    assert judge(BRIEF, just_started, clocks("12:00")) is State.WAITING


def test_a_failed_attempt_shows_until_it_is_done() -> None:
    assert judge(BRIEF, signs(completed_s=5, error_s=5), clocks("07:10")) is State.FAILING


def test_a_market_time_beyond_a_jump_has_no_wall_time() -> None:
    now = clocks("16:00", speed=30.0, runs_from="06:55")

    assert now.wall_of(now.market + timedelta(minutes=5)) == WALL + timedelta(seconds=10)
    assert now.wall_of(now.market + timedelta(days=1)) is None
