"""How every job of the schedule stands, over all processes: what health, the admin and the watcher read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from config.schedule import At, Every, Job
from market import calendar, clock
from ops import rows, uptime
from ops.look import look
from ops.models import Heartbeat, JobRun
from ops.pure.due import next_run
from ops.pure.judgement import Clocks, Expected, Signs, State, date_key, expected, judge

BEAT = Job(
    name="beat",
    task="",
    queue="",
    wire_name="beat",
    when=Every(pre=5, open=5, after=5, closed=5),
    purpose="Send what is due.",
)
# Weekends and the longest run of holidays.
_DAYS_AHEAD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """One job with the heartbeats of its processes merged into one; instants are wall time.

    `for_date` is the market date that a time-of-day job would run for now, None for a cadence.
    """

    job: Job
    state: State
    wanted: Expected
    is_running: bool
    started_at: datetime | None
    stopped_at: datetime | None
    cycle_started_at: datetime | None
    completed_at: datetime | None
    success_at: datetime | None
    error_at: datetime | None
    error: str
    cycles: int
    successes: int
    errors: int
    took_ms: int | None
    last_result: dict[str, Any]
    next_run_at: datetime | None
    for_date: date | None

    @property
    def is_late(self) -> bool:
        """Whether the work was not done in time."""
        return self.state in (State.STALE, State.MISSED)


def report() -> list[WorkerReport]:
    """Return every job of the schedule, and beat, in the table's order: three queries."""
    clocks = look()
    beats = _by_name(Heartbeat.objects.order_by("started_at"))
    planned = rows.planned()
    done = _done_dates([plan.job for plan in planned], clocks)
    sessions = calendar.sessions(clock.market_date(clocks.market), clock.market_date(clocks.market + _DAYS_AHEAD))
    alive_at = max([uptime.started_at(), *(beat.started_at for beat in beats.get(BEAT.name, []))])
    reports = [_beat(beats.get(BEAT.name, []), clocks)]
    for plan in planned:
        signs = _signs(beats.get(plan.job.name, []), alive_at, done.get(plan.job.name))
        state = judge(plan.job, signs, clocks) if plan.enabled else State.RESTING
        upcoming = next_run(plan.job.when, clocks.market, sessions) if plan.enabled else None
        reports.append(_merged(plan.job, state, beats.get(plan.job.name, []), clocks, upcoming))
    return reports


def _beat(beats: list[Heartbeat], clocks: Clocks) -> WorkerReport:
    # Beat lives by the wall, whatever the market clock does.
    wall = Clocks(clocks.wall, clocks.wall, None, 1.0, clocks.wall - _DAYS_AHEAD, clocks.wall + _DAYS_AHEAD)
    state = judge(BEAT, _signs(beats, uptime.started_at(), None), wall)
    return _merged(BEAT, state, beats, wall, next_run(BEAT.when, clocks.wall, []))


def _by_name(beats: Iterable[Heartbeat]) -> dict[str, list[Heartbeat]]:
    named: dict[str, list[Heartbeat]] = {}
    for beat in beats:
        named.setdefault(beat.name, []).append(beat)
    return named


def _done_dates(jobs: list[Job], clocks: Clocks) -> dict[str, date]:
    keys = {job.name: date_key(job.when, clocks).isoformat() for job in jobs if isinstance(job.when, At)}
    found = JobRun.objects.filter(state=JobRun.State.DONE, job__in=keys, run_key__in=set(keys.values()))
    return {job: date.fromisoformat(key) for job, key in found.values_list("job", "run_key") if keys[job] == key}


def _signs(beats: list[Heartbeat], alive_at: datetime, done_for: date | None) -> Signs:
    return Signs(
        alive_at=alive_at,
        completed_at=_newest(beat.last_cycle_completed_at for beat in beats),
        success_at=_newest(beat.last_success_at for beat in beats),
        error_at=_newest(beat.last_error_at for beat in beats),
        done_for=done_for,
    )


def _merged(job: Job, state: State, beats: list[Heartbeat], clocks: Clocks, upcoming: datetime | None) -> WorkerReport:
    up = [beat for beat in beats if beat.stopped_at is None]
    last = max(beats, key=lambda beat: beat.last_cycle_completed_at or beat.started_at, default=None)
    failed = max(
        beats, key=lambda beat: beat.last_error_at or datetime.min.replace(tzinfo=clocks.wall.tzinfo), default=None
    )
    return WorkerReport(
        job=job,
        state=state,
        wanted=expected(job, clocks),
        is_running=bool(up),
        started_at=_newest(beat.started_at for beat in beats),
        stopped_at=None if up else _newest(beat.stopped_at for beat in beats),
        cycle_started_at=_newest(beat.last_cycle_started_at for beat in beats),
        completed_at=_newest(beat.last_cycle_completed_at for beat in beats),
        success_at=_newest(beat.last_success_at for beat in beats),
        error_at=_newest(beat.last_error_at for beat in beats),
        error=failed.last_error_message if failed else "",
        cycles=sum(beat.cycle_count for beat in beats),
        successes=sum(beat.success_count for beat in beats),
        errors=sum(beat.error_count for beat in beats),
        took_ms=last.last_duration_ms if last else None,
        last_result=last.last_result if last else {},
        next_run_at=None if upcoming is None else clocks.wall_of(upcoming),
        for_date=date_key(job.when, clocks) if isinstance(job.when, At) else None,
    )


def _newest(instants: Iterable[datetime | None]) -> datetime | None:
    return max((at for at in instants if at is not None), default=None)
