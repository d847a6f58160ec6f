"""When a job of the schedule is due on the market clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from config.schedule import At, Every, Job
from market.pure.phase import Phase
from market.pure.sessions import Session, in_utc, new_york_date

_WEEKLY, _LONGEST_MONTH = 7, 31


class Window(NamedTuple):
    """The date that a run is for, from when it is due, and until when it may start: None is the next date's start."""

    day: dt.date
    start: dt.datetime
    end: dt.datetime | None


def due(job: Job, now: dt.datetime, session: Session | None, last_done: dt.date | None) -> bool:
    """Say whether the job should run at this market time.

    Parameters
    ----------
    job : Job
        A row of the schedule.
    now : datetime
        Aware market time.
    session : Session or None
        Of `now`'s date in New York; None on a day without trading.
    last_done : datetime, date or None
        For a cadence, when it was last sent. For a time of day, the date it was last done for.

    Returns
    -------
    bool
        A cadence is due once in each of its slots, and at once after a jump of the clock, in whichever direction.
        A time of day is due from its moment until it has been done for its date, inside its window.
    """
    if isinstance(job.when, Every):
        last = last_done if isinstance(last_done, dt.datetime) else None
        return _every_due(job.when, now, session, last)
    return _at_due(job.when, now, session, last_done)


def phase(now: dt.datetime, session: Session | None) -> Phase:
    """Return the market's phase at an instant of the session's date, CLOSED on a day without one."""
    return Phase.CLOSED if session is None else session.phase(now)


def phase_began(now: dt.datetime, session: Session | None) -> dt.datetime:
    """Return when the present phase began; midnight in New York for a closed morning or a day without trading."""
    bounds = [] if session is None else [session.pre_at, session.open_at, session.close_at, session.post_at]
    midnight = in_utc(new_york_date(now), dt.time())
    return max([midnight, *(bound for bound in bounds if bound <= now)])


def slot_began(when: Every, cadence: int, at: dt.datetime) -> dt.datetime:
    """Return the due time of the slot of `cadence` seconds that an instant lies in."""
    return dt.datetime.fromtimestamp(_slot(when, cadence, at) * cadence + when.offset_s, dt.UTC)


def period(when: At, day: dt.date) -> dt.date:
    """Return the date that a run on `day` is for: the day, the Sunday at or before it, or the first of its month."""
    if when.days == "sunday":
        return day - dt.timedelta(days=(day.weekday() + 1) % _WEEKLY)
    return day.replace(day=1) if when.days == "monthly" else day


def window(when: At, now: dt.datetime, session: Session | None) -> Window | None:
    """Return the window that `now` lies in or before; None on days that the job does not know."""
    if when.days == "trading" and session is None:
        return None
    day = period(when, new_york_date(now))
    return Window(day, _start(when, day, session), None if when.latest is None else in_utc(day, when.latest))


def next_run(when: Every | At, now: dt.datetime, sessions: Sequence[Session]) -> dt.datetime | None:
    """Return the next market time after `now` at which the job falls due, None if it is beyond what is known.

    Parameters
    ----------
    when : Every or At
        A cadence.
    now : datetime
        Aware market time.
    sessions : sequence of Session
        Ascending; the one of `now`'s date first if there is one.
    """
    if isinstance(when, Every):
        return _next_slot(when, now, sessions)
    return next((start for start in _starts(when, now, sessions) if start > now), None)


def _every_due(when: Every, now: dt.datetime, session: Session | None, last: dt.datetime | None) -> bool:
    cadence = when.during(phase(now, session))
    if cadence is None:
        return False
    return last is None or _slot(when, cadence, last) != _slot(when, cadence, now)


def _at_due(when: At, now: dt.datetime, session: Session | None, done_for: dt.date | None) -> bool:
    found = window(when, now, session)
    if found is None or now < found.start or (found.end is not None and now > found.end):
        return False
    if isinstance(done_for, dt.datetime):
        done_for = new_york_date(done_for)
    return done_for is None or period(when, done_for) != found.day


def _slot(when: Every, cadence: int, at: dt.datetime) -> int:
    return int((at.timestamp() - when.offset_s) // cadence)


def _start(when: At, day: dt.date, session: Session | None) -> dt.datetime:
    if when.time is not None:
        return in_utc(day, when.time)
    if session is None or when.after_close_min is None:
        raise ValueError(f"{when}: {day} has no close")
    return session.close_at + dt.timedelta(minutes=when.after_close_min)


def _next_slot(when: Every, now: dt.datetime, sessions: Sequence[Session]) -> dt.datetime | None:
    of_day = {session.date: session for session in sessions}
    cadence = when.during(phase(now, of_day.get(new_york_date(now))))
    if cadence is not None:
        seconds = (_slot(when, cadence, now) + 1) * cadence + when.offset_s
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    bounds = ((bound, s) for s in sessions for bound in (s.pre_at, s.open_at, s.close_at, s.post_at) if bound > now)
    return next((bound for bound, session in bounds if when.during(phase(bound, session))), None)


def _starts(when: At, now: dt.datetime, sessions: Sequence[Session]) -> Iterator[dt.datetime]:
    if when.days == "trading":
        yield from (_start(when, session.date, session) for session in sessions)
        return
    today = new_york_date(now)
    days = dict.fromkeys(period(when, today + dt.timedelta(days=ahead)) for ahead in range(_LONGEST_MONTH + 1))
    yield from (_start(when, day, None) for day in days)
