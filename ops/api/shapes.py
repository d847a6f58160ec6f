"""Checks and workers as the contract spells them."""

from __future__ import annotations

from typing import Any

from ops.checks import Check
from ops.workers import WorkerReport


def check_shape(check: Check, *, staff: bool) -> dict[str, Any]:
    """Return HealthCheckItem; the dependency's own words are for staff."""
    if check.ok:
        return {"status": "pass", "latency": check.latency_ms}
    message = f"{check.message}: {check.detail}" if staff and check.detail else check.message
    return {"status": "fail", "latency": check.latency_ms, "message": message}


def worker_shape(report: WorkerReport, *, staff: bool) -> dict[str, Any]:
    """Return WorkerHealth and, beside it, our additive members."""
    interval_s, stale_after_s = report.wanted.interval_s, report.wanted.stale_after_s
    return {
        "name": report.job.wire_name,
        "isRunning": report.is_running,
        "startedAt": report.started_at,
        "stoppedAt": report.stopped_at,
        "lastCycleStartedAt": report.cycle_started_at,
        "lastCycleCompletedAt": report.completed_at,
        "lastSuccessAt": report.success_at,
        "lastErrorAt": report.error_at,
        "lastErrorMessage": (report.error or None) if staff else None,
        "cycleCount": report.cycles,
        "successCount": report.successes,
        "errorCount": report.errors,
        "lastDurationMs": report.took_ms,
        "pollIntervalMs": _ms(interval_s),
        "nextRunAt": report.next_run_at,
        "state": report.state.value,
        "staleAfterMs": _ms(stale_after_s),
        "job": report.job.name,
        "queue": report.job.queue,
    }


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(1000 * seconds)
