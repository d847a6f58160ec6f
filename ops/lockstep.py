"""The whole schedule in one process, step by step on the market clock: the same day twice gives the same events."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from celery import current_app

from config.schedule import JOBS, At, Job
from market import calendar, clock
from market.pure.sessions import Session
from ops import heartbeats
from ops.pure.due import due, window

logger = logging.getLogger(__name__)

# The feed's own offset: two seconds after the minute its bar is complete.
STEP, OFFSET = timedelta(minutes=1), timedelta(seconds=2)
# Long enough for what is due twenty minutes after the close.
AFTER_CLOSE = timedelta(minutes=21)


@dataclass
class Steps:
    """What a replay did: how many instants it stood at, and how often each job ran."""

    instants: int = 0
    ran: dict[str, int] = field(default_factory=dict)


def run(
    day: date,
    *,
    first: datetime | None = None,
    last: datetime | None = None,
    jobs: Collection[str] | None = None,
) -> Steps:
    """Stand at every minute of a session, two seconds after it, and run what is due there, one job after the other.

    Jobs run in the table's order, and what they enqueue runs inside them; nothing goes through the broker.

    Parameters
    ----------
    day : date
        A trading day in New York.
    first, last : datetime or None
        Market times between which to step, both included; by default from the open to 21 minutes after the close.
    jobs : collection of str or None
        Names of jobs, or of their tasks; by default all but those of the `ops` queue, which look after processes and
        not the market.

    Raises
    ------
    ValueError
        If there is no trading on that day, or no such job.
    celery.exceptions and whatever a task raises
        A replay stops at the first failure.
    """
    session = calendar.session(day)
    if session is None:
        raise ValueError(f"{day}: no trading that day")
    current_app.loader.import_default_modules()
    chosen = _chosen(jobs)
    steps, last_done = Steps(), {}
    with _inline(), clock.standing(first or session.open_at) as hand:
        for instant in _instants(first or session.open_at, last or session.close_at + AFTER_CLOSE):
            hand.move_to(instant)
            steps.instants += 1
            for job in chosen:
                if due(job, instant, session, last_done.get(job.name)):
                    _run(job)
                    last_done[job.name] = _done(job, instant, session)
                    steps.ran[job.name] = steps.ran.get(job.name, 0) + 1
    logger.info("ops.lockstep.done", extra={"day": day.isoformat(), "instants": steps.instants})
    return steps


def _chosen(names: Collection[str] | None) -> list[Job]:
    if names is None:
        return [job for job in JOBS if job.queue != "ops"]
    unknown = set(names) - {job.name for job in JOBS} - {job.task for job in JOBS}
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))}: no such job in config/schedule.py")
    return [job for job in JOBS if job.name in names or job.task in names]


def _instants(first: datetime, last: datetime) -> Iterator[datetime]:
    at = first.replace(second=0, microsecond=0) + OFFSET
    while at <= last:
        if at >= first:
            yield at
        at += STEP


def _run(job: Job) -> None:
    current_app.tasks[job.task].apply(headers={"periodic_task_name": job.name}, throw=True)


def _done(job: Job, instant: datetime, session: Session) -> date:
    found = window(job.when, instant, session) if isinstance(job.when, At) else None
    return instant if found is None else found.day


@contextmanager
def _inline() -> Iterator[None]:
    """Have `delay` and `apply_async` run the task at once, in this process, and raise what it raises."""
    conf = current_app.conf
    before = conf.task_always_eager, conf.task_eager_propagates
    conf.task_always_eager = conf.task_eager_propagates = True
    try:
        yield
    finally:
        conf.task_always_eager, conf.task_eager_propagates = before
        heartbeats.process_stopped(heartbeats.INLINE)
