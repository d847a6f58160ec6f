"""The run that this thread is working on, and the log lines that carry its name."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of one task."""

    task: str
    task_id: str


_current: ContextVar[Run | None] = ContextVar("coach_run", default=None)


def current() -> Run | None:
    """Return the run around this call, None outside of tasks."""
    return _current.get()


@contextmanager
def running(task: str, task_id: str) -> Iterator[Run]:
    """Mark what happens inside as part of that run."""
    run = Run(task, task_id)
    token = _current.set(run)
    try:
        yield run
    finally:
        _current.reset(token)


class RunFilter(logging.Filter):
    """Write the task and its id onto every log record made inside a run."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the fields where there is a run; never drop a record."""
        run = current()
        if run is not None:
            record.task, record.task_id = run.task, run.task_id
        return True
