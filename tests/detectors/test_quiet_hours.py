"""When news may not interrupt: one expression, held to the same tables for detections, alerts and advice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from accounts import notices
from accounts.models import Preferences, User
from config.redis import client
from detectors import alerts, detections, tracking
from detectors.models import TrackedSetup
from market import calendar, clock
from market import quotes as quote_store
from market.vendors.protocol import Quote
from tests.detectors.conftest import follow, told
from tests.detectors.sessions import CLOSE_TS, OPEN_TS, as_bars
from tests.factories.accounts import PreferencesFactory, UserFactory
from tests.factories.detectors import AlertFactory, DetectedSetupFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]

KINDS = ("setups", "alerts", "position_advice")
NEW_YORK_NOON = datetime(2026, 2, 9, 17, 0, tzinfo=UTC)


def by_detection(user: User, at: datetime) -> bool:
    """Find a setup at an instant and say whether it interrupts."""
    follow(user, "SPY")
    found = DetectedSetupFactory.build(variant=None, bar_at=at - timedelta(minutes=1), detected_at=at)
    assert detections.store(found, now=at + timedelta(seconds=3)).tracked == 1
    return TrackedSetup.objects.get(user=user).interrupt


def by_alert(user: User, at: datetime) -> bool:
    """Have the bar that ends at an instant fire an alert and say whether that interrupts."""
    session = calendar.session(clock.market_date(at))
    assert session is not None
    AlertFactory.create(user=user, created_at=at - timedelta(minutes=5))
    bar = as_bars([(101, 106, 100, 105, 900)], open_ts=int(at.timestamp()) - 60)
    tracking.move("SPY", bar, session, scanned=True, now=at + timedelta(seconds=3))
    return bool(told("alert_triggered")[-1].payload["interrupt"])


def by_creation(user: User, at: datetime) -> bool:
    """Set an alert that is met at an instant and say whether that interrupts."""
    with clock.standing(at):
        pipe = client().pipeline()
        quote = Quote(symbol="SPY", price=106.0, prev_close=100, volume_today=1, at=at)
        quote_store.replace_all(pipe, {"SPY": quote})
        pipe.execute()
        wanted = {"symbol": "SPY", "alert_type": "price_above", "target_value": 105, "notification_channels": []}
        alerts.create(user.pk, wanted, now=at)
    return bool(told("alert_triggered")[-1].payload["interrupt"])


def by_advice(user: User, at: datetime) -> bool:
    """Say whether advice on a position, given at an instant, interrupts."""
    return notices.advice_interrupts({user.pk}, now=at)[user.pk]


ways = pytest.mark.parametrize("way", [by_detection, by_alert, by_creation, by_advice])
Way = Callable[[User, datetime], bool]


def trader(start: time | None, end: time | None, zone: str = "America/New_York", **choices: Any) -> User:
    user = UserFactory.create()
    PreferencesFactory.create(user=user, quiet_from=start, quiet_to=end, timezone=zone, **choices)
    return user


@ways
@pytest.mark.parametrize(
    ("start", "end", "interrupts"),
    [
        (time(11), time(13), False),  # inside
        (time(12), time(13), False),  # the beginning is quiet
        (time(12, 1), time(13), True),
        (time(11), time(12), True),  # the end is not
        (time(11), time(12, 1), False),
        (time(12, 0, 1), time(12), True),  # all day but this one second
        (time(12), time(11, 59), False),
        (None, None, True),
        # Across midnight.
        (time(22), time(7), True),
        (time(22), time(12), True),
        (time(22), time(12, 1), False),
        (time(12), time(7), False),
        (time(12, 1), time(7), True),
    ],
)
def test_inside_at_both_edges_and_across_midnight(way: Way, start: time, end: time, interrupts: bool) -> None:
    assert way(trader(start, end), NEW_YORK_NOON) is interrupts


@ways
@pytest.mark.parametrize(
    ("zone", "start", "end", "interrupts"),
    [
        ("Europe/Berlin", time(18), time(19), False),  # 18:00 in Berlin
        ("Europe/Berlin", time(12), time(13), True),
        ("Asia/Kolkata", time(22, 30), time(6), False),  # 22:30 in Kolkata
        ("Asia/Kolkata", time(22, 31), time(6), True),
        ("UTC", time(17), time(17, 1), False),
    ],
)
def test_wall_times_are_those_of_the_traders_own_zone(
    way: Way, zone: str, start: time, end: time, interrupts: bool
) -> None:
    assert way(trader(start, end, zone), NEW_YORK_NOON) is interrupts


@ways
@pytest.mark.parametrize(("day", "interrupts"), [("2026-02-09T17:00Z", False), ("2026-06-09T17:00Z", True)])
def test_daylight_saving_moves_the_quiet_hours_along(way: Way, day: str, interrupts: bool) -> None:
    # 12:00 in New York in February, 13:00 in June.
    assert way(trader(time(12), time(13)), datetime.fromisoformat(day)) is interrupts


@ways
def test_somebody_who_has_chosen_nothing_is_interrupted(way: Way) -> None:
    user = UserFactory.create()

    assert way(user, NEW_YORK_NOON) is True
    assert not Preferences.objects.filter(user=user).exists()


@ways
@pytest.mark.parametrize("choice", ["notifications_enabled", *(f"notify_{kind}" for kind in KINDS)])
def test_outside_of_quiet_hours_the_switches_decide(way: Way, choice: str) -> None:
    own = {by_detection: "notify_setups", by_advice: "notify_position_advice"}.get(way, "notify_alerts")
    heard = choice not in {"notifications_enabled", own}

    assert way(trader(time(1), time(2), **{choice: False}), NEW_YORK_NOON) is heard


def test_the_detections_time_decides_and_not_the_workers() -> None:
    user = trader(time(12), time(13))
    follow(user, "SPY")
    found = DetectedSetupFactory.build(variant=None, detected_at=NEW_YORK_NOON - timedelta(seconds=1))

    detections.store(found, now=NEW_YORK_NOON + timedelta(seconds=30))

    assert TrackedSetup.objects.get(user=user).interrupt is True


def test_each_of_several_traders_is_asked_for_himself() -> None:
    quiet, awake, plain = trader(time(9), time(12)), trader(time(20), time(6)), UserFactory.create()
    session = calendar.session(clock.market_date(NEW_YORK_NOON))
    assert session is not None
    for user in (quiet, awake, plain):
        AlertFactory.create(user=user, created_at=datetime.fromtimestamp(OPEN_TS, UTC))

    bars = as_bars([(101, 106, 100, 105, 900)] * 3)
    tracking.move("SPY", bars, session, scanned=True, now=datetime.fromtimestamp(CLOSE_TS, UTC))

    loud = {event.user_id: event.payload["interrupt"] for event in told("alert_triggered")}
    assert loud == {quiet.pk: False, awake.pk: True, plain.pk: True}
