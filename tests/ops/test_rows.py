"""The schedule's rows in the admin, and what an edit of one means."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from config.schedule import JOBS, At, Every, Job
from ops import rows

pytestmark = pytest.mark.django_db


def job(when: Every | At) -> Job:
    return Job(name="j", task="t", queue="q", wire_name="w", when=when, purpose="p")


def row_of(name: str) -> PeriodicTask:
    return PeriodicTask.objects.get(name=name)


def interval(every: int, period: str = "seconds") -> IntervalSchedule:
    return IntervalSchedule.objects.create(every=every, period=period)


def crontab(hour: str, minute: str) -> CrontabSchedule:
    return CrontabSchedule.objects.create(hour=hour, minute=minute, timezone="America/New_York")


def test_every_job_gets_a_row_of_its_kind() -> None:
    rows.sync()

    kinds = {row.name: (row.task, row.interval is not None, row.crontab is not None) for row in rows.of_table()}
    assert kinds == {job.name: (job.task, isinstance(job.when, Every), isinstance(job.when, At)) for job in JOBS}


def test_rows_show_the_fastest_cadence_and_the_time_in_new_york() -> None:
    rows.sync()

    feed, expiry = row_of("market feed"), row_of("setup expiry after the close")
    assert (feed.interval.every, feed.interval.period) == (5, "seconds")
    assert (expiry.crontab.hour, expiry.crontab.minute, expiry.crontab.day_of_week) == ("16", "4", "1-5")
    assert str(expiry.crontab.timezone) == "America/New_York"


def test_a_second_sync_changes_nothing() -> None:
    rows.sync()
    before = list(PeriodicTask.objects.order_by("pk").values())

    rows.sync()

    assert list(PeriodicTask.objects.order_by("pk").values()) == before


def test_rows_of_the_table_mean_what_the_table_says() -> None:
    rows.sync()

    assert [plan.job for plan in rows.planned()] == list(JOBS)
    assert all(plan.enabled for plan in rows.planned())


def test_without_rows_the_table_stands() -> None:
    assert [plan.job for plan in rows.planned()] == list(JOBS)


def test_an_operators_edits_stand_through_a_restart() -> None:
    rows.sync()
    PeriodicTask.objects.filter(name="market feed").update(interval=interval(10))
    PeriodicTask.objects.filter(name="detector scan").update(enabled=False)

    rows.sync()

    planned = {plan.job.name: plan for plan in rows.planned()}
    assert planned["market feed"].job.when == Every(pre=10, open=10, after=10, closed=60, offset_s=2)
    assert not planned["detector scan"].enabled


def test_a_release_that_changes_a_cadence_resets_its_row_but_not_whether_it_is_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows.sync()
    PeriodicTask.objects.filter(name="market feed").update(interval=interval(10), enabled=False)
    changed = tuple(replace(job, when=Every(open=7)) if job.name == "market feed" else job for job in JOBS)
    monkeypatch.setattr(rows, "JOBS", changed)

    rows.sync()

    feed = row_of("market feed")
    assert (feed.interval.every, feed.enabled) == (7, False)


def test_a_row_whose_job_left_the_table_goes_and_a_row_of_an_operator_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    rows.sync()
    PeriodicTask.objects.create(name="my own", task="ops.prune", interval=interval(77))
    monkeypatch.setattr(rows, "JOBS", JOBS[:2])

    rows.sync()

    assert set(PeriodicTask.objects.values_list("name", flat=True)) == {JOBS[0].name, JOBS[1].name, "my own"}


@pytest.mark.parametrize(
    ("when", "edit", "expected"),
    [
        (Every(pre=5, open=5, closed=60), (2, "minutes"), Every(pre=120, open=120, closed=60)),
        (Every(open=15), (100, "microseconds"), Every(open=1)),
    ],
)
def test_an_edited_interval_replaces_the_shown_cadence(when: Every, edit: tuple[int, str], expected: Every) -> None:
    row = PeriodicTask(name="j", task="t", interval=interval(*edit))

    assert rows.edited(job(when), row).when == expected


@pytest.mark.parametrize(
    ("when", "hour", "minute", "expected"),
    [
        (At(time=time(7), days="trading"), "6", "45", At(time=time(6, 45), days="trading")),
        (At(after_close_min=15, days="trading"), "16", "30", At(after_close_min=30, days="trading")),
        (At(time=time(7), days="trading"), "*/2", "0", At(time=time(7), days="trading")),
    ],
)
def test_an_edited_crontab_replaces_the_time_and_never_the_days(when: At, hour: str, minute: str, expected: At) -> None:
    row = PeriodicTask(name="j", task="t", crontab=crontab(hour, minute))

    assert rows.edited(job(when), row).when == expected


def test_a_row_of_the_wrong_kind_is_as_the_table_says(caplog: pytest.LogCaptureFixture) -> None:
    row = PeriodicTask(name="j", task="t", crontab=crontab("1", "2"))

    assert rows.edited(job(Every(open=15)), row).when == Every(open=15)
    assert [record.message for record in caplog.records] == ["ops.schedule.unusable_row"]
