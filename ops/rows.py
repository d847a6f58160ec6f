"""The schedule's rows in the admin: written from the table, and what an operator's edit of one means."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db import transaction
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from config.schedule import JOBS, At, Every, Job
from ops.pure.words import cadence_in_words

logger = logging.getLogger(__name__)

REGULAR_CLOSE_MIN = 16 * 60
_MARK = "From the schedule table: "
_WEEKDAYS = {"daily": "*", "trading": "1-5", "sunday": "0", "monthly": "*"}


@dataclass(frozen=True, slots=True)
class Planned:
    """A job as its row has it now."""

    job: Job
    enabled: bool


def sync() -> None:
    """Write the table's rows where they are missing or where a release changed them; leave an operator's edits alone.

    A row's description repeats the table's cadence. While the two agree, interval and crontab are the operator's; when
    a release changes the table they are reset. `enabled` is the operator's from the first day on. Rows that left the
    table are removed; rows that never came from it are not touched.
    """
    with transaction.atomic():
        known = {row.name: row for row in PeriodicTask.objects.select_for_update()}
        for job in JOBS:
            _sync_one(job, known.get(job.name))
        names = {job.name for job in JOBS}
        for row in known.values():
            if row.description.startswith(_MARK) and row.name not in names:
                logger.info("ops.schedule.removed", extra={"job": row.name})
                row.delete()


def planned() -> list[Planned]:
    """Return every job of the table as its row has it; a job without a row yet is as the table says."""
    rows = {row.name: row for row in of_table()}
    return [Planned(edited(job, rows.get(job.name)), _enabled(rows.get(job.name))) for job in JOBS]


def of_table() -> Iterable[PeriodicTask]:
    """Return the rows of the table's jobs."""
    names = [job.name for job in JOBS]
    return PeriodicTask.objects.filter(name__in=names).select_related("interval", "crontab")


def edited(job: Job, row: PeriodicTask | None) -> Job:
    """Return the job with the cadence of its row.

    An edited interval replaces the shown cadence in every phase that has it; the other phases keep theirs. An edited
    crontab replaces the time of day; its days stay the table's, which knows holidays. After the close, 16:20 means
    20 minutes after it, so that an early close keeps its distance.
    """
    if row is None:
        return job
    if isinstance(job.when, Every) and row.interval is not None:
        return replace(job, when=_with_interval(job.when, row.interval))
    if isinstance(job.when, At) and row.crontab is not None:
        return replace(job, when=_with_crontab(job, job.when, row.crontab))
    logger.warning("ops.schedule.unusable_row", extra={"job": job.name, "row": str(row)})
    return job


def describe(job: Job) -> str:
    """Return the description of a row, by which a later release recognises it."""
    return f"{_MARK}{cadence_in_words(job.when)}. {job.purpose}"


def _enabled(row: PeriodicTask | None) -> bool:
    return row is None or row.enabled


def _sync_one(job: Job, row: PeriodicTask | None) -> None:
    if row is None:
        PeriodicTask.objects.create(name=job.name, task=job.task, description=describe(job), **_schedule(job.when))
    elif row.description != describe(job) or row.task != job.task:
        logger.info("ops.schedule.reset", extra={"job": job.name})
        row.task, row.description = job.task, describe(job)
        row.interval, row.crontab = None, None
        for name, value in _schedule(job.when).items():
            setattr(row, name, value)
        row.save()


def _schedule(when: Every | At) -> dict[str, IntervalSchedule | CrontabSchedule]:
    if isinstance(when, Every):
        shown, _ = IntervalSchedule.objects.get_or_create(every=when.fastest, period=IntervalSchedule.SECONDS)
        return {"interval": shown}
    at = when.time or _clock(REGULAR_CLOSE_MIN + (when.after_close_min or 0))
    crontab, _ = CrontabSchedule.objects.get_or_create(
        minute=str(at.minute),
        hour=str(at.hour),
        day_of_week=_WEEKDAYS[when.days],
        day_of_month="1" if when.days == "monthly" else "*",
        month_of_year="*",
        timezone="America/New_York",
    )
    return {"crontab": crontab}


def _with_interval(when: Every, interval: IntervalSchedule) -> Every:
    shown = when.fastest
    # Whole seconds: beat looks once a second.
    seconds = max(1, round(dt.timedelta(**{interval.period: interval.every}).total_seconds()))
    phases = {name: getattr(when, name) for name in ("pre", "open", "after", "closed")}
    return replace(when, **{name: seconds if cadence == shown else cadence for name, cadence in phases.items()})


def _with_crontab(job: Job, when: At, crontab: CrontabSchedule) -> At:
    try:
        at = dt.time(int(crontab.hour), int(crontab.minute))
    except ValueError:
        logger.warning("ops.schedule.unusable_crontab", extra={"job": job.name, "crontab": json.dumps(str(crontab))})
        return when
    if when.time is not None:
        return replace(when, time=at)
    return replace(when, after_close_min=at.hour * 60 + at.minute - REGULAR_CLOSE_MIN)


def _clock(minutes: int) -> dt.time:
    return dt.time(minutes // 60, minutes % 60)
