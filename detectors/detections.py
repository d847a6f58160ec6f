"""Storing a detection: written once, tracked for everybody who wants it, and told, in one transaction."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from detectors import announcements
from detectors.models import DetectedSetup, Source
from detectors.pure.detection import RULESET, Detection
from detectors.pure.identity import detection_id, tracked_prefix
from detectors.pure.lifecycle import TRACKING_DIRECTION
from detectors.statements import STORE
from realtime.events import publish

THROTTLE = dt.timedelta(minutes=5)
MOST_A_SYMBOL = 6  # automatically tracked, for a trader, symbol and session
MOST_A_SESSION = 20  # over all his symbols
DEFAULT_ORB_PERIOD = 15  # of a trader who has chosen none
NOTE = "Detected automatically"


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a detection: whether it was new, and for how many traders it is tracked."""

    new: bool
    tracked: int


def as_row(detection: Detection, *, session_date: dt.date, suppressed: str | None, now: datetime) -> DetectedSetup:
    """Return the unsaved row of a detection; float prices become decimals here."""
    plan = detection.plan
    entry, stop, target = (plan.entry, plan.stop, plan.target) if plan else (None, None, None)
    return DetectedSetup(
        id=detection_id(detection.key, session_date=session_date, ruleset=RULESET, source=Source.ENGINE),
        session_date=session_date,
        symbol=detection.symbol,
        setup_type=detection.setup_type,
        direction=detection.direction,
        fingerprint=detection.fingerprint,
        occurrence=detection.occurrence,
        ruleset=RULESET,
        source=Source.ENGINE,
        bar_at=_instant(detection.bar_ts),
        detected_at=_instant(detection.detected_ts),
        valid_until=_instant(detection.valid_until),
        confidence=detection.score,
        raw_score=detection.score,
        price=_money(detection.price),
        description=detection.description,
        variant=detection.variant,
        volume_source=detection.volume_source,
        signal_data=_signal(detection),
        trade_suggestion=plan.suggested_trade() if plan else None,
        plan=plan.as_wire() if plan else None,
        entry=_money(entry),
        stop=_money(stop),
        target=_money(target),
        plan_rejected=detection.plan_rejected,
        suppressed_reason=suppressed,
        created_at=now,
    )


def store(found: DetectedSetup, *, now: datetime) -> Stored:
    """Write a detection and track it for its watchers; the second time does nothing. Two statements, whoever watches.

    The row carries `suppressed_reason` where nobody is to be told; then it is stored and nothing else.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STORE, _parameters(found, now))
        new, tracked = cursor.fetchone()
        if tracked:
            publish(announcements.detected(found))
    return Stored(new=bool(new), tracked=tracked)


def _parameters(found: DetectedSetup, now: datetime) -> dict[str, object]:
    values = vars(found)
    documents = {name: _json(values[name]) for name in ("signal_data", "trade_suggestion", "plan")}
    return {
        **values,
        **documents,
        "now": now,
        "tracking_direction": TRACKING_DIRECTION[found.direction],
        "id_prefix": tracked_prefix(found.id),
        "notes": NOTE,
        "next_allowed_at": found.detected_at + THROTTLE,
        "most_a_symbol": MOST_A_SYMBOL,
        "most_a_session": MOST_A_SESSION,
        "default_variant": DEFAULT_ORB_PERIOD,
    }


def _signal(detection: Detection) -> dict[str, object]:
    company = {"confluence": list(detection.confluence), "opposed": list(detection.opposed)}
    return {
        **detection.signal,
        "description": detection.description,
        "currentPrice": detection.price,
        **{name: types for name, types in company.items() if types},
    }


def _json(document: object) -> Jsonb | None:
    return None if document is None else Jsonb(document)


def _instant(ts: int) -> datetime:
    return datetime.fromtimestamp(ts, UTC)


def _money(price: float | None) -> Decimal | None:
    return None if price is None else Decimal(repr(price))
