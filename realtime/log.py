"""Reading the event log: following it, and what a client missed. Runs in threads, never in the event loop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import Max, Q
from django.utils import timezone

from config.http.renderers import dumps
from realtime import audiences
from realtime.audiences import Members
from realtime.channels import wire_name
from realtime.models import Event, Retention

BATCH = 500
MOST_REPLAYED = 500
REPLAY_WINDOW = timedelta(hours=24)  # of wall time: how long a browser may have been away
MOST_SHARED_ASKED = 20_000  # shared events of one replay whose audience is asked for
_COLUMNS = ("id", "user_id", "channel", "type", "payload", "subject", "written_at")
# Written out: every event waits for it in every socket process, and the ORM takes longer than Postgres does.
_AFTER = f"SELECT {', '.join(_COLUMNS)} FROM realtime_event WHERE id > %s ORDER BY id LIMIT %s"  # noqa: S608 -- ours


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as it leaves the log."""

    id: int
    user_id: UUID | None
    channel: str
    type: str
    payload: dict[str, Any]
    subject: UUID | None
    written_at: datetime

    def frame(self, user_id: UUID, members: Members) -> str:
        """Return the contract's frame for one hearer: the payload, his own members, and the position."""
        data = {**self.payload, **members} if members else self.payload
        channel = wire_name(self.channel, user_id)
        return dumps({"type": self.type, "channel": channel, "data": data, "id": self.id}).decode()


@dataclass(frozen=True, slots=True)
class Heard:
    """An event and what one hearer's copy of it says beside the payload."""

    entry: Entry
    members: Members


def newest() -> int:
    """Return the last id of the log, removed ones included; 0 before the first event."""
    last = Event.objects.aggregate(last=Max("id"))["last"]
    return max(last or 0, _removed_upto())


def after(event_id: int) -> list[Entry]:
    """Return the next events of everybody, at most `BATCH`."""
    with connection.cursor() as cursor:
        cursor.execute(_AFTER, [event_id, BATCH])
        return [
            Entry(*before, orjson.loads(payload), subject, written_at)
            for *before, payload, subject, written_at in cursor.fetchall()
        ]


def replay(user_id: UUID, channels: Iterable[str], *, since: int, upto: int) -> list[Heard] | None:
    """Return what the user's channels carried after `since` and up to `upto`, in order.

    Returns
    -------
    None when that cannot be told: `since` is a position this log never gave, or lies before what retention removed;
    an event is older than `REPLAY_WINDOW`; or there are more than `MOST_REPLAYED`.
    """
    if since < _removed_upto() or (since > upto and since > newest()):
        return None
    span = Event.objects.filter(id__gt=since, id__lte=upto, channel__in=list(channels)).order_by("id")
    asked = span.shared().values_list("id", "type", "subject")[: MOST_SHARED_ASKED + 1]
    shared = list(asked)
    if len(shared) > MOST_SHARED_ASKED:
        return None
    members = audiences.heard(user_id, {(event_type, subject) for _, event_type, subject in shared})
    heard_ids = [event_id for event_id, event_type, subject in shared if (event_type, subject) in members]
    rows = span.filter(Q(user_id=user_id) | Q(id__in=heard_ids))[: MOST_REPLAYED + 1].values_list(*_COLUMNS)
    entries = _entries(rows)
    if len(entries) > MOST_REPLAYED or (entries and entries[0].written_at < timezone.now() - REPLAY_WINDOW):
        return None
    return [Heard(entry, {} if entry.user_id else members[entry.type, _subject(entry)]) for entry in entries]


def _entries(rows: Iterable[tuple[Any, ...]]) -> list[Entry]:
    return [Entry(*row) for row in rows]


def _removed_upto() -> int:
    return Retention.objects.values_list("removed_upto", flat=True).first() or 0


def _subject(entry: Entry) -> UUID:
    assert entry.subject is not None, "the log's constraint: no user, so a subject"  # noqa: S101 -- as it says
    return entry.subject
