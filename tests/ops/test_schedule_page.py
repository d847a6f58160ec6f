"""docs/schedule.md says what the table says."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command

from config.schedule import JOBS
from ops import schedule_page


def test_the_page_is_current() -> None:
    assert schedule_page.PATH.read_text(encoding="utf-8") == schedule_page.render(), "run manage.py schedule_docs"


def test_every_job_has_its_line() -> None:
    page = schedule_page.render()

    assert [job.name for job in JOBS if f"| {job.name} | `{job.task}` |" not in page] == []


def test_the_command_writes_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule_page, "PATH", tmp_path / "schedule.md")

    call_command("schedule_docs", stdout=None)

    assert (tmp_path / "schedule.md").read_text(encoding="utf-8") == schedule_page.render()
