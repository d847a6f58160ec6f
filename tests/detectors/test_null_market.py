"""Driftless markets through the gate that traders stand behind: what is stored, and what is tracked for them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from accounts.models import User
from detectors import detections
from detectors.models import DetectedSetup, TrackedSetup
from detectors.pure import engine
from gallery.sessions import random_walks
from tests.detectors.conftest import follow
from tests.factories.accounts import UserFactory

SESSIONS = 200


@pytest.mark.django_db
def test_two_hundred_driftless_sessions_store_25_and_track_6_at_most() -> None:
    # Spec B-05. Each session is a symbol with a trader of its own, so that no other symbol spends his day.
    day = random_walks(23, SESSIONS)
    for symbol in day.panel.symbols:
        trader: User = UserFactory.create()
        follow(trader, symbol)
    found, _ = engine.detect(day.panel, close_ts=day.close_ts, background=day.background)

    for detection in found:
        now = datetime.fromtimestamp(detection.detected_ts + 2, UTC)
        suppressed = None if detection.trackable else detection.plan_rejected or "no_plan"
        row = detections.as_row(detection, session_date=day.date, suppressed=suppressed, now=now)
        detections.store(row, now=now)

    stored = Counter(DetectedSetup.objects.values_list("symbol", flat=True))
    tracked = Counter(TrackedSetup.objects.values_list("symbol", flat=True))
    assert (len(stored), stored.total()) == (SESSIONS, len(found))
    assert max(stored.values()) <= 25
    assert max(tracked.values()) == 6
    assert len(tracked) > SESSIONS / 2
