"""Archiving setups whose time is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from detectors import announcements
from detectors.statements import EXPIRE
from realtime.events import publish_all

BATCH = 1_000
# How long the last bar inside the window may keep us waiting: a symbol may not trade in that minute.
PATIENCE = timedelta(minutes=3)


def expire(now: datetime) -> int:
    """Archive every active setup whose time is over, and tell their traders; return how many."""
    total = 0
    while True:
        moved = _batch(now)
        total += moved
        if moved < BATCH:
            return total


def _batch(now: datetime) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(EXPIRE, {"now": now, "give_up": now - PATIENCE, "most": BATCH})
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        publish_all([announcements.expired(row, at=now) for row in rows])
    return len(rows)
