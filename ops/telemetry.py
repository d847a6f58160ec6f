"""What Celery's signals say about our tasks, written down as heartbeats and job runs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from celery import signals, states
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from config.schedule import ENQUEUED, JOBS, At, Job
from config.work.task import SKIPPED
from market import calendar, clock
from ops import headers, heartbeats, runs
from ops.models import JobRun
from ops.pure.due import window

logger = logging.getLogger(__name__)

_BY_NAME = {job.name: job for job in JOBS}
_BY_TASK = {job.task: job for job in reversed(JOBS)}


class _Open(NamedTuple):
    run: runs.Started
    began: float


# Runs of this process between their first signal and their last, by task id.
_open: dict[str, _Open] = {}


def connect() -> None:
    """Hear of every task of ours that runs in this process, and of the worker around them."""
    for signal, receiver in (
        (signals.task_prerun, _started),
        (signals.task_postrun, _ended),
        (signals.task_revoked, _revoked),
        (signals.worker_ready, _worker_ready),
        (signals.worker_shutdown, _worker_shutdown),
    ):
        signal.connect(receiver, weak=False, dispatch_uid=f"ops.telemetry{receiver.__name__}")


def _survives_outages(receiver: Callable[..., None]) -> Callable[..., None]:
    @wraps(receiver)
    def quiet(**kwargs: Any) -> None:
        try:
            receiver(**kwargs)
        except (DatabaseError, InterfaceError) as error:
            # A job must not fail because its record could not be written.
            logger.warning("ops.telemetry.lost", extra={"error": str(error).strip().partition("\n")[0]})

    return quiet


@_survives_outages
def _started(*, task_id: str, task: Any, **_unknown: Any) -> None:
    if not _ours(task.name):
        return
    run = _describe(task_id, task)
    _open[task_id] = _Open(run, time.monotonic())
    heartbeats.cycle_started(run.job, run.instance, run.at)
    if run.for_date:
        runs.take(run)


@_survives_outages
def _ended(*, task_id: str, retval: Any = None, state: str | None = None, **_unknown: Any) -> None:
    opened = _open.pop(task_id, None)
    if opened is None:
        return
    run, took_ms = opened.run, round(1000 * (time.monotonic() - opened.began))
    now = timezone.now()
    if retval == SKIPPED or state in (states.IGNORED, states.REJECTED):
        heartbeats.cycle_skipped(run.job, run.instance)
        runs.finish(run, JobRun.State.SKIPPED, at=now, took_ms=took_ms, counters={})
    elif state == states.SUCCESS:
        counters = retval if isinstance(retval, dict) else {}
        heartbeats.cycle_succeeded(run.job, run.instance, now, took_ms, counters)
        runs.finish(run, JobRun.State.DONE, at=now, took_ms=took_ms, counters=counters)
    else:
        error = _in_words(retval, state)
        heartbeats.cycle_failed(run.job, run.instance, now, took_ms, error)
        runs.finish(run, JobRun.State.FAILED, at=now, took_ms=took_ms, counters={}, error=error)


@_survives_outages
def _revoked(*, sender: Any, request: Any, expired: bool = False, **_unknown: Any) -> None:
    if expired and _ours(sender.name):
        heartbeats.message_expired(_job_name(sender.name, headers.read(request, headers.JOB)), request.hostname)


@_survives_outages
def _worker_ready(*, sender: Any, **_unknown: Any) -> None:
    queues = sender.app.amqp.queues.consume_from
    heartbeats.process_started([job.name for job in JOBS if job.queue in queues], sender.hostname)


@_survives_outages
def _worker_shutdown(*, sender: Any, **_unknown: Any) -> None:
    heartbeats.process_stopped(sender.hostname)


def _ours(task: str) -> bool:
    return task in _BY_TASK or task in ENQUEUED


def _describe(task_id: str, task: Any) -> runs.Started:
    request, market_at = task.request, clock.now()
    name = _job_name(task.name, headers.read(request, headers.JOB))
    run_key = headers.read(request, headers.RUN_KEY) or _key_of_date(_BY_NAME.get(name), market_at)
    return runs.Started(
        job=name,
        run_key=run_key or task_id,
        for_date=run_key is not None,
        task=task.name,
        task_id=task_id,
        instance=heartbeats.INLINE if request.is_eager else request.hostname,
        market_at=market_at,
        queued_at=headers.queued_at(request),
        due_at=headers.due_at(request),
        at=timezone.now(),
    )


def _job_name(task: str, sent: str | None) -> str:
    """Return the job that a message belongs to; a run by hand belongs to the first job of its task."""
    if sent in _BY_NAME and _BY_NAME[sent].task == task:
        return sent
    return _BY_TASK[task].name if task in _BY_TASK else task


def _key_of_date(job: Job | None, market_at: Any) -> str | None:
    if job is None or not isinstance(job.when, At):
        return None
    found = window(job.when, market_at, calendar.session(clock.market_date(market_at)))
    return None if found is None else found.day.isoformat()


def _in_words(retval: Any, state: str | None) -> str:
    if state is None:
        # No state, no value: the process was told to stop, or lost its broker, in the middle of the work.
        return "Interrupted before its end"
    # A retry carries the error that caused it.
    error = getattr(retval, "exc", None) or retval
    return f"{type(error).__name__}: {error}" if isinstance(error, BaseException) else state
