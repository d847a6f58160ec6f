"""Who hears a shared event: the rooms that publish one register how to find out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

# Members of `data` that differ from hearer to hearer, such as the id of his own tracked setup.
Members = dict[str, object]
Hearers = Callable[[UUID, list[UUID]], dict[UUID, Members]]
HeardBy = Callable[[UUID, list[UUID]], dict[UUID, Members]]


@dataclass(frozen=True)
class Audience:
    """Both directions of one question, each in one query.

    Attributes
    ----------
    hearers
        Of these users, who hears the event about this subject, and each one's own members.
    heard_by
        Of these subjects, which this user hears, and his own members.
    """

    hearers: Hearers
    heard_by: HeardBy


_audiences: dict[str, Audience] = {}


def register(event_type: str, hearers: Hearers, heard_by: HeardBy) -> None:
    """Say who hears shared events of this type; called when the app that publishes them is ready."""
    _audiences[event_type] = Audience(hearers, heard_by)


def is_registered(event_type: str) -> bool:
    """Say whether events of this type may be shared."""
    return event_type in _audiences


def hearers(event_type: str, subject: UUID, user_ids: list[UUID]) -> dict[UUID, Members]:
    """Return who of `user_ids` hears the event about `subject`; nobody when no room answers for its type."""
    if not user_ids or event_type not in _audiences:
        return {}
    return _audiences[event_type].hearers(subject, user_ids)


def heard(user_id: UUID, events: Iterable[tuple[str, UUID]]) -> dict[tuple[str, UUID], Members]:
    """Return which of these (type, subject) pairs the user hears, with his own members; one query a type."""
    subjects: defaultdict[str, list[UUID]] = defaultdict(list)
    for event_type, subject in events:
        subjects[event_type].append(subject)
    return {
        (event_type, subject): members
        for event_type, about in subjects.items()
        if event_type in _audiences
        for subject, members in _audiences[event_type].heard_by(user_id, about).items()
    }
