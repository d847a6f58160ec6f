"""What each process of a running coach holds; what a socket costs stands in `push`."""

from __future__ import annotations

from contextlib import ExitStack

import httpx

from bench import database  # first: it has Django stand, which models need

# isort: split
from bench import processes
from bench.processes import Process, memory_mb
from bench.row import Row
from ops.models import JobRun

BENCH = "memory"
WORKERS = ("worker", "worker_slow")
ASKED = ("/health", "/api/schema/")  # after these the web process has loaded what the API needs


def run(*, quick: bool = False) -> list[Row]:
    """Measure the processes of the Procfile, each with its children, after they have begun to work."""
    workers = WORKERS[:1] if quick else WORKERS  # the second is the first with other queues
    with database.fresh(), ExitStack() as stack:
        web, port = stack.enter_context(processes.web())
        running = [web, *(stack.enter_context(processes.worker(name)) for name in workers)]
        running.append(stack.enter_context(Process("beat", processes.line_of("beat"))))
        running[-1].until(JobRun.objects.exists, "heard: no job has run")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            for address in ASKED:
                client.get(address).raise_for_status()
        return [row for process in running for row in _rows(process)]


def _rows(process: Process) -> list[Row]:
    resident = process.resident()
    rss, pss = memory_mb(resident)
    case = f"{process.name}, {len(resident)} process{'es' if len(resident) > 1 else ''}"
    return [
        Row(BENCH, case, "resident (RSS)", round(rss, 1), "MiB"),
        Row(BENCH, case, "its share (PSS)", round(pss, 1), "MiB"),
    ]
