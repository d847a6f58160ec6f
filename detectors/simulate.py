"""A pretended detection for end-to-end tests: stored, tracked for its caller alone, and told like a real one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from detectors import announcements
from detectors.models import DetectedSetup, Origin, Source, TrackedSetup
from detectors.pure.detection import RULESET, Direction, Key
from detectors.pure.identity import detection_id, tracked_id
from detectors.pure.lifecycle import TRACKING_DIRECTION
from detectors.pure.suggested_prices import prices
from market import clock
from realtime.events import publish

NOTE = "Simulated detection"
_DETECTED_DIRECTION: dict[str, Direction] = {tracking: found for found, tracking in TRACKING_DIRECTION.items()}  # type: ignore[misc]


def is_open() -> bool:
    """Say whether detections may be pretended here: only where the tokens of end-to-end tests are accepted."""
    return bool(settings.E2E_BYPASS_AUTH) and settings.COACH_ENV != "production"


def detect(user_id: uuid.UUID, wanted: Mapping[str, Any], *, now: datetime) -> tuple[uuid.UUID, uuid.UUID]:
    """Store a detection and the caller's setup that tracks it, and publish its event: all or nothing.

    No throttle, budget or mute stands in its way, and a second one is another detection. Without a
    `trade_suggestion` with numbers price never moves it.

    Returns
    -------
    The ids of the detection and of the tracked setup.
    """
    found = _detection(wanted, now)
    setup = TrackedSetup(
        id=tracked_id(found.id, user_id),
        user_id=user_id,
        detected_setup=found,
        source_opportunity_id=str(found.id),
        symbol=found.symbol,
        setup_type=found.setup_type,
        direction=wanted["direction"],
        origin=Origin.E2E,
        notes=wanted.get("notes") or NOTE,
        entry=found.entry,
        stop=found.stop,
        target=found.target,
        tracked_at=now,
        created_at=now,
        updated_at=now,
    )
    with transaction.atomic():
        found.save(force_insert=True)
        setup.save(force_insert=True)
        publish(announcements.detected(found))
    return found.id, setup.id


def _detection(wanted: Mapping[str, Any], now: datetime) -> DetectedSetup:
    day = clock.market_date(now)
    direction = _DETECTED_DIRECTION[wanted["direction"]]
    # Never the same twice: the key holds a random text where the engine's holds what it saw.
    key = Key(wanted["symbol"], wanted["setup_type"], direction, uuid.uuid4().hex, 1)
    description = wanted.get("description") or f"Simulated {key.setup_type} on {key.symbol}"
    price, trade = wanted.get("current_price"), wanted.get("trade_suggestion")
    signal = {"source": "e2e_simulated_detector", "description": description, "currentPrice": price}
    return DetectedSetup(
        id=detection_id(key, session_date=day, ruleset=RULESET, source=Source.E2E),
        session_date=day,
        symbol=key.symbol,
        setup_type=key.setup_type,
        direction=direction,
        fingerprint=key.fingerprint,
        ruleset=RULESET,
        source=Source.E2E,
        bar_at=now,
        detected_at=now,
        confidence=wanted["confidence"],
        price=None if price is None else Decimal(str(price)),
        description=description,
        signal_data=signal,
        trade_suggestion=trade,
        created_at=now,
        **prices({"suggestedTrade": trade}),
    )
