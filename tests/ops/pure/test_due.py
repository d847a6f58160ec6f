"""When jobs are due: hand-checked tables on normal, early-close, daylight-change and closed days, then properties."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.schedule import At, Every, Job
from market.pure.sessions import Session, in_utc, make_session, new_york_date
from ops.pure.due import due, next_run, period, phase_began, window

MONDAY = date(2026, 2, 9)
HALF_DAY = date(2026, 11, 27)
SPRING_FORWARD = date(2026, 3, 8)  # a Sunday: 02:00 becomes 03:00
FALL_BACK = date(2026, 11, 1)  # a Sunday: 01:00 to 02:00 happens twice

FEED = Every(pre=5, open=5, after=5, closed=60, offset_s=2)
SCAN = Every(open=15, offset_s=10)
BRIEF = At(time=time(7), days="trading", latest=time(16))
DRAFTS = At(after_close_min=15, days="trading")
NIGHTLY = At(time=time(2, 10), days="daily")
WEEKLY = At(time=time(18), days="sunday")
MONTHLY = At(time=time(0, 5), days="monthly")


def job(when: Every | At) -> Job:
    return Job(name="j", task="t", queue="q", wire_name="w", when=when, purpose="p")


def session_of(day: date) -> Session | None:
    if day.weekday() >= 5:
        return None
    return make_session(day, time(13)) if day == HALF_DAY else make_session(day)


def at(day: date, clock: str) -> datetime:
    return in_utc(day, time.fromisoformat(clock))


def is_due(when: Every | At, day: date, clock: str, last: date | None = None) -> bool:
    return due(job(when), at(day, clock), session_of(day), last)


@pytest.mark.parametrize(
    ("when", "day", "last", "now", "expected"),
    [
        # The feed runs at :02, :07, :12 ... of each minute, once in each slot.
        (FEED, MONDAY, "09:31:02", "09:31:03", False),
        (FEED, MONDAY, "09:31:02", "09:31:06", False),
        (FEED, MONDAY, "09:31:02", "09:31:07", True),
        (FEED, MONDAY, "09:31:06", "09:31:07", True),
        # Closed hours have a cadence of their own.
        (FEED, MONDAY, "21:00:02", "21:00:55", False),
        (FEED, MONDAY, "21:00:02", "21:01:02", True),
        # The first look of the pre-market after a closed one.
        (FEED, MONDAY, "03:59:02", "04:00:00", True),
        # A job without a cadence for the phase rests.
        (SCAN, MONDAY, "09:00:10", "09:29:59", False),
        (SCAN, MONDAY, "09:00:10", "09:30:00", True),
        (SCAN, MONDAY, "15:59:40", "15:59:55", True),
        (SCAN, MONDAY, "15:59:55", "16:00:00", False),
        # On an early close it rests from 13:00.
        (SCAN, HALF_DAY, "12:59:40", "12:59:55", True),
        (SCAN, HALF_DAY, "12:59:55", "13:00:10", False),
        # The clock was set back: due at once, else the job would wait until the old time comes again.
        (SCAN, MONDAY, "15:00:10", "10:00:12", True),
    ],
)
def test_a_cadence_is_due_once_in_each_of_its_slots(
    when: Every, day: date, last: str, now: str, expected: bool
) -> None:
    assert is_due(when, day, now, at(day, last)) is expected


def test_a_cadence_that_never_ran_is_due_at_once() -> None:
    assert is_due(SCAN, MONDAY, "11:11:11")


def test_a_cadence_rests_on_days_without_trading() -> None:
    assert not is_due(SCAN, date(2026, 2, 8), "11:00:00")


@pytest.mark.parametrize(
    ("when", "day", "clock", "done_for", "expected"),
    [
        (BRIEF, MONDAY, "06:59:59", None, False),
        (BRIEF, MONDAY, "07:00", None, True),
        (BRIEF, MONDAY, "07:00", MONDAY, False),
        (BRIEF, MONDAY, "07:00", date(2026, 2, 6), True),
        (BRIEF, MONDAY, "15:59", None, True),  # a worker that was down at 07:00
        (BRIEF, MONDAY, "16:00:01", None, False),  # no "morning" brief in the evening
        (BRIEF, date(2026, 2, 8), "07:30", None, False),  # Sunday
        (DRAFTS, MONDAY, "16:14:59", None, False),
        (DRAFTS, MONDAY, "16:15", None, True),
        (DRAFTS, MONDAY, "23:59:59", None, True),
        (DRAFTS, HALF_DAY, "13:14:59", None, False),
        (DRAFTS, HALF_DAY, "13:15", None, True),
        (NIGHTLY, date(2026, 2, 8), "02:10", None, True),
        (NIGHTLY, MONDAY, "02:09", date(2026, 2, 8), False),
        # 02:10 does not exist on this day: the clock goes from 01:59:59 to 03:00, so it is due at 03:10.
        (NIGHTLY, SPRING_FORWARD, "03:09", date(2026, 3, 7), False),
        (NIGHTLY, SPRING_FORWARD, "03:10", date(2026, 3, 7), True),
        (WEEKLY, date(2026, 2, 8), "17:59", date(2026, 2, 1), False),
        (WEEKLY, date(2026, 2, 8), "18:00", date(2026, 2, 1), True),
        (WEEKLY, date(2026, 2, 10), "10:00", date(2026, 2, 1), True),  # caught up on Tuesday
        (WEEKLY, date(2026, 2, 10), "10:00", date(2026, 2, 8), False),
        (WEEKLY, date(2026, 2, 10), "10:00", date(2026, 2, 10), False),  # done on Tuesday, for that Sunday
        (MONTHLY, date(2026, 3, 1), "00:04", date(2026, 2, 1), False),
        (MONTHLY, date(2026, 3, 1), "00:05", date(2026, 2, 1), True),
        (MONTHLY, date(2026, 3, 20), "12:00", date(2026, 2, 1), True),
        (MONTHLY, date(2026, 3, 20), "12:00", date(2026, 3, 1), False),
    ],
)
def test_a_time_of_day_is_due_from_its_moment_until_it_is_done(
    when: At, day: date, clock: str, done_for: date | None, expected: bool
) -> None:
    assert is_due(when, day, clock, done_for) is expected


def test_the_repeated_hour_of_autumn_is_one_window() -> None:
    first_time = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 01:30 daylight time
    second_time = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # 01:30 standard time
    at_half_past_one = job(At(time=time(1, 30)))

    assert not due(at_half_past_one, first_time - timedelta(seconds=1), None, None)
    assert due(at_half_past_one, first_time, None, None)
    assert not due(at_half_past_one, second_time, None, FALL_BACK)


def test_a_moment_counts_as_its_date_in_new_york() -> None:
    late_on_monday = datetime(2026, 2, 10, 3, tzinfo=UTC)

    assert not due(job(NIGHTLY), at(MONDAY, "23:00"), session_of(MONDAY), late_on_monday)


def test_the_period_of_a_sunday_job_begins_on_its_sunday() -> None:
    week = [MONDAY + timedelta(days=ahead) for ahead in range(6)]

    assert {period(WEEKLY, day) for day in week} == {date(2026, 2, 8)}
    assert period(WEEKLY, date(2026, 2, 15)) == date(2026, 2, 15)


def test_a_job_of_trading_days_has_no_window_on_others() -> None:
    assert window(BRIEF, at(date(2026, 2, 8), "12:00"), None) is None


@pytest.mark.parametrize(
    ("clock", "began"),
    [("03:00", "00:00"), ("05:00", "04:00"), ("10:00", "09:30"), ("16:00", "16:00"), ("21:00", "20:00")],
)
def test_a_phase_began_at_its_edge(clock: str, began: str) -> None:
    assert phase_began(at(MONDAY, clock), session_of(MONDAY)) == at(MONDAY, began)


@pytest.mark.parametrize(
    ("when", "clock", "expected"),
    [
        (SCAN, "09:31:12", at(MONDAY, "09:31:25")),
        (SCAN, "03:00", at(MONDAY, "09:30")),
        (SCAN, "16:00", at(date(2026, 2, 10), "09:30")),
        (FEED, "19:59:58", at(MONDAY, "20:00:02")),
        (BRIEF, "06:00", at(MONDAY, "07:00")),
        (BRIEF, "07:00", at(date(2026, 2, 10), "07:00")),
        (DRAFTS, "12:00", at(MONDAY, "16:15")),
        (NIGHTLY, "12:00", at(date(2026, 2, 10), "02:10")),
        (WEEKLY, "12:00", at(date(2026, 2, 15), "18:00")),
        (MONTHLY, "12:00", at(date(2026, 3, 1), "00:05")),
    ],
)
def test_the_next_run_is_the_next_edge(when: Every | At, clock: str, expected: datetime) -> None:
    sessions = [make_session(MONDAY), make_session(date(2026, 2, 10))]

    assert next_run(when, at(MONDAY, clock), sessions) == expected


def test_nothing_is_promised_beyond_the_known_sessions() -> None:
    assert next_run(SCAN, at(MONDAY, "17:00"), [make_session(MONDAY)]) is None


TIMES = st.times(min_value=time(0), max_value=time(23, 59)).map(lambda t: t.replace(second=0, microsecond=0))
DATE_JOBS = st.one_of(
    st.builds(At, time=TIMES, days=st.sampled_from(["daily", "trading", "sunday", "monthly"])),
    st.builds(At, after_close_min=st.integers(-30, 200), days=st.just("trading")),
)
# Both changes of daylight time, an early close, weekends, a month's end.
STARTS = st.sampled_from([date(2026, 3, 6), date(2026, 10, 30), date(2026, 11, 24), date(2026, 2, 26)])


@settings(max_examples=60)
@given(when=DATE_JOBS, start=STARTS, step_min=st.integers(7, 90))
def test_a_time_of_day_never_runs_twice_for_a_date_nor_before_its_moment(when: At, start: date, step_min: int) -> None:
    now, done_for, seen = in_utc(start, time(0)), None, []
    while now < in_utc(start + timedelta(days=6), time(0)):
        session = session_of(new_york_date(now))
        if due(job(when), now, session, done_for):
            found = window(when, now, session)
            assert found is not None
            assert found.start <= now
            done_for = found.day
            seen.append(found.day)
        now += timedelta(minutes=step_min)

    assert len(seen) == len(set(seen))


@settings(max_examples=60)
@given(
    cadence=st.integers(1, 900),
    offset=st.integers(0, 59),
    start=st.integers(0, 6 * 3600),
    steps=st.lists(st.integers(1, 400), min_size=1, max_size=60),
)
def test_a_cadence_asked_often_enough_keeps_its_pace(cadence: int, offset: int, start: int, steps: list[int]) -> None:
    when = Every(open=cadence, offset_s=offset)
    now = first = at(MONDAY, "09:30:00") + timedelta(seconds=start % 3600)
    last, runs = now, 0
    for step in steps:
        now += timedelta(seconds=step)
        if now >= at(MONDAY, "16:00"):
            break
        if due(job(when), now, session_of(MONDAY), last):
            last, runs = now, runs + 1

    slots = int((last - first).total_seconds()) // cadence + 1
    assert runs <= min(len(steps), slots)
