"""The made-up market runs in the hours in which its positions need it."""

from __future__ import annotations

from datetime import date

import pytest

from config.schedule import JOBS, At, Job
from market import calendar, running_hours
from ops.pure.due import window

DAY = date(2026, 2, 9)
OF_POSITIONS = [
    job for job in JOBS if job.task.startswith("positions.") and isinstance(job.when, At) and job.when.days == "trading"
]


@pytest.mark.django_db
@pytest.mark.parametrize("job", OF_POSITIONS, ids=lambda job: job.name)
def test_what_positions_need_once_a_day_falls_due_in_a_simulated_day(job: Job) -> None:
    session = calendar.session(DAY)
    assert session is not None
    assert isinstance(job.when, At)
    due = window(job.when, session.close_at, session)
    hours = running_hours.windows("simulated")

    assert due is not None
    assert hours is not None
    assert any(start <= due.start.timestamp() < end for start, end in zip(hours.starts, hours.ends, strict=True))
