"""Publishing: the last statement of an act writes its events, and on commit the hubs are told to look."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.db import connection, transaction
from redis.exceptions import RedisError

from config.http.renderers import dumps
from market import clock
from realtime import audiences, layer
from realtime.channels import RING_GROUP, Channel
from realtime.messages import Stored

logger = logging.getLogger(__name__)
# One parameter, written with the same pen as answers and frames: decimals become numbers, instants texts, NaN null.
# Rows come by ordinality and Postgres knows it, so the order costs no sort; sorting ten thousand spills to disk.
INSERT = """
INSERT INTO realtime_event (user_id, channel, type, symbol, payload, facts, subject, created_at, written_at)
SELECT user_id, channel, type, symbol, payload, facts, subject, created_at, clock_timestamp()
FROM ROWS FROM (
    jsonb_to_recordset(%(rows)s) AS (
        user_id uuid, channel text, type text, symbol text, payload jsonb, facts jsonb, subject uuid,
        created_at timestamptz
    )
) WITH ORDINALITY
ORDER BY ordinality
RETURNING id
"""
RING_TIMEOUT_S = 2.0  # an act that is already committed must not wait long for Redis


@dataclass(frozen=True, kw_only=True, slots=True)
class NewEvent:
    """An event that is to be written.

    Attributes
    ----------
    payload
        The frame's `data`, in the names of the wire.
    facts
        What only we read: plan, legs, source ids, with a version.
    user_id
        Who hears it; None for a shared event, which needs a `subject` and a type with a registered audience.
    market_at
        When it became true, in market time; now unless given.
    """

    type: str
    channel: str
    symbol: str
    payload: dict[str, Any]
    facts: dict[str, Any] = field(default_factory=dict)
    user_id: UUID | None = None
    subject: UUID | None = None
    market_at: datetime | None = None

    @classmethod
    def telling(cls, message: Stored, **rest: Any) -> Self:
        """Return the event that carries this message; `rest` are the other fields."""
        members = message.members()
        rest.setdefault("symbol", members.get("symbol", ""))
        return cls(type=message.TYPE, channel=message.CHANNEL, payload=members, **rest)


def publish(event: NewEvent) -> int:
    """Write one event and return its id; see `publish_all`."""
    return publish_all([event])[0]


def publish_all(events: Sequence[NewEvent]) -> list[int]:
    """Write the events, in this order, with one statement; return their ids.

    Must be the last statement of the transaction: from here to the commit every other publisher waits. On commit the
    socket processes are rung; if that fails they look a second later by themselves.

    Raises
    ------
    transaction.TransactionManagementError
        Outside a transaction: the event and what made it true must stand or fall together.
    ValueError
        If an event is addressed to nobody.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("publish inside the transaction that makes the event true")
    if not events:
        return []
    market_now = clock.now()
    rows = [_row(event, market_now) for event in events]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, {"rows": dumps(rows).decode()})
        ids = [event_id for (event_id,) in cursor.fetchall()]
    transaction.on_commit(ring)
    return ids


def ring() -> None:
    """Tell every socket process that the log has grown. A ring that is lost costs a second, never an event."""
    try:
        layer.group_send(RING_GROUP, {"type": "ring"}, timeout_s=RING_TIMEOUT_S)
    except (RedisError, OSError, TimeoutError) as problem:
        logger.warning("realtime.ring.lost", extra={"problem": repr(problem)})


def _row(event: NewEvent, market_now: datetime) -> dict[str, Any]:
    if event.user_id is None and (event.subject is None or not audiences.is_registered(event.type)):
        raise ValueError(f"{event.type} is addressed to nobody: it has no user, and no room says who hears it")
    return {
        "user_id": event.user_id,
        "channel": Channel(event.channel),
        "type": event.type,
        "symbol": event.symbol,
        "payload": event.payload,
        "facts": event.facts,
        "subject": event.subject,
        "created_at": event.market_at or market_now,
    }
