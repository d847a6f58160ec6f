"""Whether a job does its work in time: its signs of life against what the schedule expects."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from config.schedule import At, Every, Job
from market.pure.sessions import Session, new_york_date
from ops.pure.due import period, phase, phase_began, window
from ops.pure.pace import interval_s, stale_after_s

# A time-of-day job that is not done this long after it was due was missed. [market time]
MISSED_AFTER = dt.timedelta(minutes=30)
_EPOCH = dt.datetime.fromtimestamp(0, dt.UTC)


class State(StrEnum):
    """What an operator needs to know of a job in one word."""

    OK = "ok"
    RESTING = "resting"  # nothing expected at this hour, or switched off
    WAITING = "waiting"  # expected, and not late yet
    FAILING = "failing"  # its last cycle raised
    STALE = "stale"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of a job, over all processes; wall instants.

    `alive_at` is when the processes that schedule and judge it were started, `done_for` the last market date that it
    was done for.
    """

    alive_at: dt.datetime
    completed_at: dt.datetime | None = None
    success_at: dt.datetime | None = None
    error_at: dt.datetime | None = None
    done_for: dt.date | None = None

    @property
    def failed_last(self) -> bool:
        """Whether the newest cycle raised."""
        return self.error_at is not None and (self.success_at is None or self.error_at > self.success_at)


@dataclass(frozen=True, slots=True)
class Clocks:
    """Both clocks at one instant.

    Attributes
    ----------
    wall, market : datetime
        The two instants.
    session : Session or None
        The market's hours on that date.
    speed : float
        Market seconds a wall second, 0 while paused.
    runs_since, runs_until : datetime
        The stretch of market time around now that has no jump in it.
    set_at : datetime or None
        Wall time at which somebody set the market clock last.
    """

    wall: dt.datetime
    market: dt.datetime
    session: Session | None
    speed: float
    runs_since: dt.datetime
    runs_until: dt.datetime
    set_at: dt.datetime | None = None

    @property
    def pace(self) -> float:
        """Market seconds a wall second; a paused clock counts as 1."""
        return self.speed or 1.0

    def wall_of(self, market: dt.datetime) -> dt.datetime | None:
        """Return the wall time of a market time, None where a jump lies in between."""
        if not self.runs_since <= market <= self.runs_until:
            return None
        return self.wall + (market - self.market) / self.pace


@dataclass(frozen=True, slots=True)
class Expected:
    """What the schedule asks of a job now.

    Attributes
    ----------
    interval_s : float or None
        Wall seconds between cycles; None where no cycle is expected at this hour.
    since : datetime
        Wall instant from which cycles of that interval have been expected.
    """

    interval_s: float | None
    since: dt.datetime

    @property
    def stale_after_s(self) -> float | None:
        """Wall seconds of silence that are still fine."""
        return None if self.interval_s is None else stale_after_s(self.interval_s)


def expected(job: Job, clocks: Clocks) -> Expected:
    """Return what the schedule asks of the job now."""
    began = max(phase_began(clocks.market, clocks.session), clocks.runs_since)
    since = max(clocks.wall - (clocks.market - began) / clocks.pace, clocks.set_at or _EPOCH)
    cadence = job.when.during(phase(clocks.market, clocks.session)) if isinstance(job.when, Every) else None
    return Expected(None if cadence is None else interval_s(cadence, clocks.speed), since)


def judge(job: Job, signs: Signs, clocks: Clocks) -> State:
    """Say how the job stands."""
    if isinstance(job.when, At):
        return _judge_date(job.when, signs, clocks)
    wanted = expected(job, clocks)
    if wanted.stale_after_s is None:
        return State.RESTING
    limit = dt.timedelta(seconds=wanted.stale_after_s)
    # A job that raises in every cycle completes them all; what counts is when it last did its work.
    last = signs.success_at if signs.failed_last else signs.completed_at
    expected_from = max(wanted.since, signs.alive_at)
    if clocks.wall - max(last or expected_from, expected_from) > limit:
        return State.STALE
    if signs.failed_last:
        return State.FAILING
    return State.WAITING if signs.completed_at is None else State.OK


def _judge_date(when: At, signs: Signs, clocks: Clocks) -> State:
    found = window(when, clocks.market, clocks.session)
    if found is None or clocks.market < found.start:
        return State.FAILING if signs.failed_last else State.RESTING
    if signs.done_for is not None and period(when, signs.done_for) == found.day:
        return State.OK
    # A coach that was started at noon owes nothing of the morning until it had the time to do it.
    grace_until = max(signs.alive_at, clocks.set_at or _EPOCH) + dt.timedelta(seconds=stale_after_s(0.0))
    late = clocks.market - max(found.start, clocks.runs_since) >= MISSED_AFTER
    if late and clocks.wall >= grace_until:
        return State.MISSED
    return State.FAILING if signs.failed_last else State.WAITING


def date_key(when: At, clocks: Clocks) -> dt.date:
    """Return the date that a run of the job would be for now."""
    return period(when, new_york_date(clocks.market))
