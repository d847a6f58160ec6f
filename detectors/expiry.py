"""Ending what has run out of time: setups are archived, alerts cancelled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from detectors import announcements
from detectors.models import Alert, AlertStatus
from detectors.rows import returned_by
from detectors.statements import EXPIRE, EXPIRE_ALERTS
from market import clock
from realtime.events import NewEvent, publish_all

BATCH = 1_000
# How long the last bar inside the window may keep us waiting: a symbol may not trade in that minute.
PATIENCE = timedelta(minutes=3)


def expire(now: datetime) -> int:
    """Archive every active setup whose time is over, and tell their traders; return how many."""
    give_up = now - PATIENCE
    return _all(EXPIRE, lambda row: announcements.expired(row, at=now), now=now, give_up=give_up)


def expire_alerts(now: datetime) -> int:
    """Cancel every active alert whose time is over, and tell their traders; return how many."""
    # Where nothing trades no bar is on its way.
    resting = {clock.phase(now), clock.phase(now - PATIENCE)} == {clock.Phase.CLOSED}
    return _all(
        EXPIRE_ALERTS, lambda row: _alert_expired(row, now), now=now, give_up=now if resting else now - PATIENCE
    )


def _all(statement: str, told: Callable[[dict[str, Any]], NewEvent], *, now: datetime, give_up: datetime) -> int:
    total = 0
    while True:
        with transaction.atomic():
            rows = returned_by(statement, {"now": now, "give_up": give_up, "most": BATCH})
            publish_all([told(row) for row in rows])
        total += len(rows)
        if len(rows) < BATCH:
            return total


def _alert_expired(row: dict[str, Any], now: datetime) -> NewEvent:
    return announcements.alert_changed(
        Alert(**row), previous=AlertStatus.ACTIVE, status=AlertStatus.CANCELLED, reason="expired", at=now, actor="time"
    )
