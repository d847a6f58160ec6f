"""A market clock that stands, an audience that the test fills, and what a committed test leaves behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest

from accounts.models import User
from market import clock, vendors
from realtime import audiences, hub
from tests.factories.accounts import UserFactory

NOON = datetime(2026, 2, 9, 17, 0, tzinfo=UTC)  # Monday, 12:00 in New York


class MadeUp:
    """A vendor of which only this is asked here."""

    name = "made up"
    simulated = True


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.standing(NOON), vendors.using(MadeUp()):
        yield


class Circle:
    """Who hears which subject: the register of a room that does not exist."""

    def __init__(self) -> None:
        self.ids: defaultdict[UUID, dict[UUID, str]] = defaultdict(dict)
        self.questions = 0

    def let_hear(self, subject: UUID, *users: object) -> None:
        for user in users:
            self.ids[subject][user.pk] = f"tracked-{user.pk}"

    def hearers(self, subject: UUID, user_ids: list[UUID]) -> dict[UUID, dict[str, object]]:
        self.questions += 1
        heard = self.ids[subject]
        return {user_id: self.members(subject, user_id) for user_id in user_ids if user_id in heard}

    def heard_by(self, user_id: UUID, subjects: list[UUID]) -> dict[UUID, dict[str, object]]:
        self.questions += 1
        return {subject: self.members(subject, user_id) for subject in subjects if user_id in self.ids[subject]}

    def members(self, subject: UUID, user_id: UUID) -> dict[str, object]:
        return {"trackedSetupId": self.ids[subject][user_id], "userId": str(user_id)}


@pytest.fixture
def circle(monkeypatch: pytest.MonkeyPatch) -> Circle:
    """Return the audience of `setup_detected`, empty at first."""
    known = Circle()
    monkeypatch.setitem(audiences._audiences, "setup_detected", audiences.Audience(known.hearers, known.heard_by))
    return known


@pytest.fixture
async def running(transactional_db: None) -> AsyncIterator[hub.Hub]:
    """Return the hub of the test's loop, which knows its place in the log."""
    started = hub.of_this_process()
    await started.known()
    yield started
    await hub.stop()


@pytest.fixture
def ann(transactional_db: None) -> User:
    """Return a user."""
    return UserFactory(username="ann")


@pytest.fixture
def bob(transactional_db: None) -> User:
    """Return another."""
    return UserFactory(username="bob")
