"""The health watcher: says once when a job goes stale, fails or was missed, and once when it is well again."""

from __future__ import annotations

import logging

from django.utils import timezone

from config.redis import client, key
from market import clock
from ops import runs, workers
from ops.pure.judgement import State

logger = logging.getLogger(__name__)

BAD = {
    State.STALE: (logging.ERROR, "ops.job.stale"),
    State.MISSED: (logging.ERROR, "ops.job.missed"),
    # A vendor's outage looks like this; when it lasts, the job is stale.
    State.FAILING: (logging.WARNING, "ops.job.failing"),
}


def watch() -> dict[str, int]:
    """Look at every job, log what changed since the last look, write down missed dates; return what was seen."""
    abandoned = runs.close_abandoned(timezone.now())
    reports = workers.report()
    before = _last_states()
    for report in reports:
        _tell(report, before.get(report.job.name))
        if report.state is State.MISSED and report.for_date is not None:
            run_key = report.for_date.isoformat()
            runs.note_missed(report.job.name, report.job.task, run_key, market_at=clock.now(), now=timezone.now())
    client().hset(_key(), mapping={report.job.name: report.state.value for report in reports})
    seen = {state.value: sum(report.state is state for report in reports) for state in BAD}
    return {"jobs": len(reports), **seen, "abandoned": abandoned}


def _tell(report: workers.WorkerReport, before: str | None) -> None:
    if report.state.value == before:
        return
    facts = {"job": report.job.name, "state": report.state.value, "before": before}
    if report.state in BAD:
        level, event = BAD[report.state]
        logger.log(level, event, extra=facts | {"error": report.error, "completed_at": report.completed_at})
    elif before in BAD:
        logger.info("ops.job.recovered", extra=facts)


def _last_states() -> dict[str, str]:
    return {name.decode(): state.decode() for name, state in client().hgetall(_key()).items()}


def _key() -> str:
    return key("ops", "states")
