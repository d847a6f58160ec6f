"""Writing down how detections ended, from the bars that followed them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import groupby

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from detectors.models import DetectedSetup
from detectors.pure.outcomes import NO_PLAN, Outcome, resolve
from detectors.statements import RESOLVE
from market import feed
from market.pure.bars import Bars

BAR_S = 60
# Bars of a window arrive seconds after it ends; a minute without trades never does.
PATIENCE = timedelta(minutes=5)
# Further back there are no bars to be had for a session that nobody stored.
HORIZON = timedelta(days=7)


def resolve_due(now: datetime) -> int:
    """Write the outcome of every detection whose time is over; return how many were written. Safe to run twice.

    A detection whose symbol has no bars for its session stays open: nothing is known about it.
    """
    due = DetectedSetup.objects.of_engine().unresolved().filter(valid_until__lte=now, valid_until__gt=now - HORIZON)
    by_session = groupby(due.order_by("session_date", "detected_at"), key=lambda found: found.session_date)
    return sum(_resolve_session(session_date, list(found), now) for session_date, found in by_session)


def outcome_of(found: DetectedSetup, bars: Bars, now: datetime) -> Outcome | None:
    """Return how a detection ended in its session's bars; None while its last bars may still come."""
    if found.stop is None or found.entry is None or found.target is None or found.direction == "neutral":
        return NO_PLAN
    start, end = int(found.detected_at.timestamp()), int(found.valid_until.timestamp())
    if not len(bars) or (bars.ts[-1] + BAR_S < end and now < found.valid_until + PATIENCE):
        return None
    return resolve(
        found.direction,
        entry=float(found.entry),
        stop=float(found.stop),
        target=float(found.target),
        bars=bars.between(start, end),
    )


def _resolve_session(session_date: dt.date, found: Iterable[DetectedSetup], now: datetime) -> int:
    bars = feed.session_bars(sorted({detection.symbol for detection in found}), session_date)
    none = Bars.empty()
    endings = {
        detection: ending
        for detection in found
        if (ending := outcome_of(detection, bars.get(detection.symbol, none), now)) is not None
    }
    return _write(endings, now) if endings else 0


def _write(endings: Mapping[DetectedSetup, Outcome], now: datetime) -> int:
    parameters = {
        "id": [found.id for found in endings],
        "outcome": [ending.verdict for ending in endings.values()],
        "outcome_data": [Jsonb(ending.as_wire()) for ending in endings.values()],
        "now": now,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(RESOLVE, parameters)
        return int(cursor.rowcount)
