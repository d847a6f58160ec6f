"""Job runs and heartbeats in the admin."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories.accounts import UserFactory
from tests.factories.ops import HeartbeatFactory, JobRunFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(
        UserFactory(is_staff=True, is_superuser=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def test_runs_show_their_counters_and_the_first_line_of_an_error(staff: Client) -> None:
    JobRunFactory(state="failed", error="first line\nsecond line", counters={"symbols": 41})

    page = staff.get("/admin/ops/jobrun/").content.decode()

    assert "first line" in page
    assert "second line" not in page
    assert "symbols" in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"stopped_at": timezone.now()}, "stopped"),
        ({"running": True}, "running"),
        ({"consecutive_failures": 2, "last_error_message": "vendor is down"}, "failing"),
        ({"last_cycle_completed_at": timezone.now()}, "s ago"),
    ],
)
def test_heartbeats_show_state_age_and_error(staff: Client, fields: dict[str, object], words: str) -> None:
    HeartbeatFactory(**fields)

    page = staff.get("/admin/ops/heartbeat/").content.decode()

    assert words in page


@pytest.mark.parametrize("action", ["add/", "{pk}/delete/"])
def test_nobody_writes_them(staff: Client, action: str) -> None:
    run = JobRunFactory()

    assert staff.get(f"/admin/ops/jobrun/{action.format(pk=run.pk)}").status_code == 403


def test_a_run_can_be_read(staff: Client) -> None:
    run = JobRunFactory(counters={"symbols": 41})

    assert staff.get(f"/admin/ops/jobrun/{run.pk}/change/").status_code == 200


def test_the_schedule_can_be_edited(staff: Client) -> None:
    assert staff.get("/admin/django_celery_beat/periodictask/").status_code == 200
