"""docs/schedule.md, written from the schedule table."""

from __future__ import annotations

from pathlib import Path

from config.schedule import ENQUEUED, JOBS
from ops.pure.words import cadence_in_words

PATH = Path(__file__).parent.parent / "docs" / "schedule.md"

_HEAD = """\
# The schedule

Written by `manage.py schedule_docs` from `config/schedule.py`; change the table, not this page. Times are market time
in New York; seconds are market seconds. How due times are found, and what an edit in the admin means, stands in
[ops.md](ops.md).

| Job | Task | When | Queue | Name on `/health/workers` | What for |
|---|---|---|---|---|---|
"""
_ENQUEUED = """
Enqueued by other tasks, never by the clock:

| Task | Queue |
|---|---|
"""


def render() -> str:
    """Return the page."""
    rows = (
        [job.name, f"`{job.task}`", cadence_in_words(job.when), job.queue, f"`{job.wire_name}`", job.purpose]
        for job in JOBS
    )
    enqueued = ([f"`{task}`", queue] for task, queue in ENQUEUED.items())
    return _HEAD + "".join(map(_line, rows)) + _ENQUEUED + "".join(map(_line, enqueued))


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
