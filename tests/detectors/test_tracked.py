from __future__ import annotations

import pickle
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction

from accounts.models import User
from config.http.errors import InvalidInput
from detectors import bulk, tracked
from detectors.models import TrackedSetup
from tests.detectors.conftest import told, wait_until_somebody_waits
from tests.factories.accounts import UserFactory
from tests.factories.detectors import AT_TEN, TrackedSetupFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]

IDEA = {
    "source_opportunity_id": "scan-1",
    "symbol": "SPY",
    "setup_type": "gap_fill",
    "direction": "bullish",
    "opportunity_data": {},
}
LATER = AT_TEN + timedelta(minutes=1)


class Meanwhile:
    """An act of another connection that holds its locks until somebody waits for them, then commits."""

    def __init__(self, act: Any) -> None:
        self._act = act
        self._acted = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()
        self._acted.wait()

    def __exit__(self, *_raised: object) -> None:
        self._thread.join()

    def _run(self) -> None:
        try:
            with transaction.atomic():
                self._act()
                self._acted.set()
                wait_until_somebody_waits()
        finally:
            connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_an_idea_that_leaves_active_while_it_is_tracked_again_is_tracked_anew() -> None:
    # The insert waits for the other's archiving; when that commits the place is free.
    user = UserFactory.create()
    old, _ = tracked.track(user.id, IDEA, now=AT_TEN)

    with Meanwhile(lambda: tracked.change(user.id, old, {"status": "archived"}, now=LATER)):
        new, duplicate = tracked.track(user.id, IDEA, now=LATER)

    assert not duplicate
    assert new != old
    assert TrackedSetup.objects.active().get().id == new


@pytest.mark.django_db(transaction=True)
def test_an_idea_tracked_anew_while_it_is_reopened_in_bulk_becomes_a_conflict() -> None:
    user = UserFactory.create()
    old = TrackedSetupFactory.create(user=user, source_opportunity_id="scan-1", status="archived")
    other = TrackedSetupFactory.create(user=user, status="archived")

    with Meanwhile(lambda: tracked.track(user.id, IDEA, now=LATER)):
        report = bulk.set_status(user.id, [old.id, other.id], "active", now=LATER)

    assert (report.conflicts, report.updated) == ([old.id], [other.id])


def test_a_trader_who_does_not_exist_is_no_duplicate() -> None:
    with pytest.raises(IntegrityError):
        tracked.track(User().id, IDEA, now=AT_TEN)


def test_a_conflict_survives_the_journey_between_processes() -> None:
    again = pickle.loads(pickle.dumps(tracked.ReopenConflict()))  # noqa: S301 -- our own bytes

    assert isinstance(again, InvalidInput)
    assert again.extra() == tracked.ReopenConflict().extra()


def test_nothing_is_told_of_what_was_rolled_back() -> None:
    row = TrackedSetupFactory.create()

    with transaction.atomic():
        tracked.change(row.user_id, row.id, {"status": "archived"}, now=LATER)
        transaction.set_rollback(True)

    row.refresh_from_db()
    assert (row.status, told()) == ("active", [])
