"""Who hears of a detection: those whose setup tracks it, found by ids that derive from the detection and the trader."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from detectors.models import TrackedSetup
from detectors.pure.identity import tracked_id
from realtime.audiences import Members


def of_detection(subject: UUID, user_ids: list[UUID]) -> dict[UUID, Members]:
    """Return which of these traders track the detection, with each one's own members of the frame."""
    users = {tracked_id(subject, user_id): user_id for user_id in user_ids}
    return {users[setup_id]: _members(setup_id, users[setup_id], interrupt) for setup_id, interrupt in _existing(users)}


def heard_by(user_id: UUID, subjects: list[UUID]) -> dict[UUID, Members]:
    """Return which of these detections the trader tracks, with his own members of each frame."""
    found = {tracked_id(subject, user_id): subject for subject in subjects}
    return {found[setup_id]: _members(setup_id, user_id, interrupt) for setup_id, interrupt in _existing(found)}


def _existing(ids: Iterable[UUID]) -> Iterable[tuple[UUID, bool]]:
    return TrackedSetup.objects.filter(pk__in=list(ids)).values_list("id", "interrupt")


def _members(setup_id: UUID, user_id: UUID, interrupt: bool) -> Members:  # noqa: FBT001 -- one column of a row
    return {"trackedSetupId": str(setup_id), "userId": str(user_id), "interrupt": interrupt}
