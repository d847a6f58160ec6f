from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from detectors.models import Alert, Attention, DetectedSetup, Hearing, TrackedSetup
from tests.factories.detectors import (
    AT_TEN,
    AlertFactory,
    AttentionFactory,
    DetectedSetupFactory,
    HearingFactory,
    TrackedSetupFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def refused(act: Any) -> str:
    """Return which constraint the database names when it refuses an act."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        act()
    return str(caught.value.__cause__.diag.constraint_name)


def test_a_detection_is_stored_once() -> None:
    found = DetectedSetupFactory.create()

    assert refused(lambda: DetectedSetupFactory.create(fingerprint=found.fingerprint)) == "detectors_detected_once"
    DetectedSetupFactory.create(fingerprint=found.fingerprint, occurrence=2)
    DetectedSetupFactory.create(fingerprint=found.fingerprint, ruleset="rs2")
    DetectedSetupFactory.create(fingerprint=found.fingerprint, source="backtest")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"direction": "up"}, "detectors_detected_direction"),
        ({"source": "rumour"}, "detectors_detected_source"),
        ({"confidence": 101}, "detectors_detected_confidence"),
        ({"outcome": "win"}, "detectors_detected_outcome"),
        ({"outcome": "draw", "resolved_at": AT_TEN}, "detectors_detected_outcome"),
        ({"resolved_at": AT_TEN}, "detectors_detected_outcome"),
    ],
)
def test_a_detection_that_cannot_be_is_refused(change: dict[str, Any], constraint: str) -> None:
    assert refused(lambda: DetectedSetupFactory.create(**change)) == constraint


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"symbol": ""}, "detectors_tracked_named"),
        ({"setup_type": ""}, "detectors_tracked_named"),
        ({"status": "open"}, "detectors_tracked_status"),
        ({"direction": "long"}, "detectors_tracked_direction"),
        ({"origin": "gift"}, "detectors_tracked_origin"),
        ({"opportunity_data": None}, "detectors_tracked_has_data"),
    ],
)
def test_a_tracked_setup_that_cannot_be_is_refused(change: dict[str, Any], constraint: str) -> None:
    assert refused(lambda: TrackedSetupFactory.create(**change)) == constraint


FIRED = {"status": "triggered", "condition_met": True, "triggered_at": AT_TEN, "trigger_reason": "came_near"}


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"symbol": ""}, "detectors_alert_named"),
        ({"alert_type": "price_at"}, "detectors_alert_type"),
        ({"status": "expired"}, "detectors_alert_status"),
        ({"target_value": 0}, "detectors_alert_target"),
        ({"target_value": -1}, "detectors_alert_target"),
        ({"tolerance_pct": 0}, "detectors_alert_tolerance"),
        ({"tolerance_pct": "10.001"}, "detectors_alert_tolerance"),
        ({"notification_channels": ["in-app", "fax"]}, "detectors_alert_channels"),
        ({"status": "triggered"}, "detectors_alert_triggered"),
        (FIRED | {"triggered_at": None}, "detectors_alert_triggered"),
        (FIRED | {"trigger_reason": None}, "detectors_alert_triggered"),
        (FIRED | {"status": "active"}, "detectors_alert_triggered"),
        ({"notification_sent": True}, "detectors_alert_triggered"),
        (FIRED | {"trigger_reason": "a feeling"}, "detectors_alert_reason"),
        ({"expired_at": AT_TEN}, "detectors_alert_expired"),
    ],
)
def test_an_alert_that_cannot_be_is_refused(change: dict[str, Any], constraint: str) -> None:
    assert refused(lambda: AlertFactory.create(**change)) == constraint


def test_alerts_that_can_be_are_kept() -> None:
    AlertFactory.create(tolerance_pct=10, notification_channels=[])
    AlertFactory.create(**FIRED, notification_sent=True)
    AlertFactory.create(status="cancelled", expired_at=AT_TEN)

    assert Alert.objects.active().count() == 1


def test_one_idea_has_one_active_row() -> None:
    first = TrackedSetupFactory.create(source_opportunity_id="scan-1")
    again = {"user": first.user, "source_opportunity_id": "scan-1"}

    assert refused(lambda: TrackedSetupFactory.create(**again)) == "detectors_tracked_once"
    TrackedSetupFactory.create_batch(2, **again, status="archived")
    TrackedSetupFactory.create(source_opportunity_id="scan-1")
    TrackedSetupFactory.create_batch(2, user=first.user)


def test_a_detection_that_somebody_tracks_cannot_be_removed() -> None:
    found = DetectedSetupFactory.create()
    TrackedSetupFactory.create(detected_setup=found)

    with pytest.raises(Exception, match="protected"):
        found.delete()


def test_with_a_user_goes_all_that_is_his() -> None:
    user = User.objects.create(username="ann")
    TrackedSetupFactory.create(user=user, detected_setup=DetectedSetupFactory.create())
    HearingFactory.create(user=user)
    AttentionFactory.create(user=user)
    AlertFactory.create(user=user)

    user.delete()

    assert [model.objects.count() for model in (TrackedSetup, Hearing, Attention, Alert)] == [0, 0, 0, 0]
    assert DetectedSetup.objects.count() == 1


def test_links_are_checked_before_the_event_is_published() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_or(condeferred) FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid IN ('detectors_trackedsetup'::regclass,"
            " 'detectors_hearing'::regclass, 'detectors_attention'::regclass)"
        )
        assert cursor.fetchone() == (False,)


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (DetectedSetupFactory, "SPY orb_breakout long 2026-02-09 15:00"),
        (TrackedSetupFactory, "SPY orb_breakout bullish: active"),
        (AlertFactory, "SPY price_above 105: active"),
        (HearingFactory, "SPY: 1 on 2026-02-09"),
        (AttentionFactory, "1 on 2026-02-09"),
    ],
)
def test_rows_say_what_they_are(made: Any, text: str) -> None:
    assert str(made.create()) == text
