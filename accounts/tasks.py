"""The scheduled work of accounts; all of it on wall time, which plans, sessions and test runs live by."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from accounts import allowances, bypass


@shared_task(name="accounts.reset_allowances", lease_s=60, expires=3_600)
def reset_allowances(**_unknown: object) -> dict[str, int]:
    """Begin the next period of every membership whose own is over. A second run finds none."""
    renewed = allowances.renew_all(now=timezone.now())
    return {"renewed": renewed}


@shared_task(name="accounts.remove_test_data", lease_s=60, expires=3_600)
def remove_test_data(**_unknown: object) -> dict[str, int]:
    """Delete the made-up members of end-to-end tests, and all they own, a day after they were last made use of."""
    removed = bypass.remove_members(unused_since=timezone.now() - timedelta(hours=24))
    return {"removed": removed}


@shared_task(name="accounts.clear_sessions", lease_s=60, expires=3_600)
def clear_sessions(**_unknown: object) -> None:
    """Delete sessions that have expired; Django leaves them in the table."""
    call_command("clearsessions")
