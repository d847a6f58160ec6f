from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from detectors import outcomes
from detectors.models import DetectedSetup
from market import clock
from tests.detectors.conftest import MONDAY, Floor
from tests.detectors.sessions import CLOSE_TS, OPEN_TS, QUIET, Row, orb_long
from tests.factories.detectors import DetectedSetupFactory

pytestmark = pytest.mark.django_db

CLOSED = datetime.fromtimestamp(CLOSE_TS, UTC)
WON: Row = (101, 105, 100, 104, 900)
LOST: Row = (101, 102, 98, 98.5, 900)
BOTH: Row = (101, 105, 98, 101, 900)
CALM: Row = (101, 101.5, 100.5, 101, 900)


def at(minute: int) -> datetime:
    return datetime.fromtimestamp(OPEN_TS + 60 * minute, UTC)


def breakout(**change: object) -> DetectedSetup:
    """Store the golden breakout of minute 17."""
    return DetectedSetupFactory.create(**{"bar_at": at(17), "detected_at": at(18), **change})


def resolve(now: datetime = CLOSED + timedelta(minutes=1)) -> int:
    with clock.standing(now):
        return outcomes.resolve_due(now)


@pytest.mark.parametrize(("bar", "outcome"), [(WON, "win"), (LOST, "loss"), (BOTH, "loss"), (CALM, "expired")])
def test_a_detection_ends_as_its_bars_say(floor: Floor, bar: Row, outcome: str) -> None:
    found = breakout()
    floor.trade("SPY", [*orb_long(), CALM, bar, *[CALM] * 370])

    written = resolve()

    found.refresh_from_db()
    assert written == 1
    assert (found.outcome, found.resolved_at) == (outcome, CLOSED + timedelta(minutes=1))
    assert set(found.outcome_data) == {
        *("exitPrice", "exitBarTs", "realizedR", "mfeR", "maeR", "barsToResolution", "reason")
    }


def test_the_numbers_of_a_win(floor: Floor) -> None:
    found = breakout()
    floor.trade("SPY", [*orb_long(), CALM, WON, *[CALM] * 370])

    resolve()

    found.refresh_from_db()
    # In at 101, out at 104.80, for a planned risk of 3.10.
    assert found.outcome_data == {
        "exitPrice": 104.8,
        "exitBarTs": OPEN_TS + 19 * 60,
        "realizedR": 1.23,
        "mfeR": 1.23,
        "maeR": -0.16,
        "barsToResolution": 2,
        "reason": "target_reached",
    }


def test_bars_behind_its_horizon_do_not_count(floor: Floor) -> None:
    found = breakout(valid_until=at(33))
    floor.trade("SPY", [*orb_long(), *[CALM] * 15, WON])

    resolve(at(40))

    found.refresh_from_db()
    assert (found.outcome, found.outcome_data["barsToResolution"]) == ("expired", 15)


def test_a_second_run_changes_nothing(floor: Floor) -> None:
    breakout()
    floor.trade("SPY", [*orb_long(), WON, *[CALM] * 371])
    resolve()
    before = DetectedSetup.objects.values().get()

    assert resolve(CLOSED + timedelta(hours=1)) == 0
    assert DetectedSetup.objects.values().get() == before


def test_what_is_not_over_stays_open(floor: Floor) -> None:
    breakout()
    floor.trade("SPY", [*orb_long(), WON])

    assert resolve(at(60)) == 0


@pytest.mark.parametrize(("minutes", "written"), [(1, 0), (5, 1)])
def test_missing_last_bars_are_waited_for_five_minutes(floor: Floor, minutes: int, written: int) -> None:
    breakout()
    floor.trade("SPY", [*orb_long(), *[CALM] * 300])

    assert resolve(CLOSED + timedelta(minutes=minutes)) == written


def test_a_symbol_without_bars_stays_open(floor: Floor) -> None:
    breakout(symbol="GONE")

    assert resolve(CLOSED + timedelta(minutes=30)) == 0


def test_a_detection_without_a_plan_expires(floor: Floor) -> None:
    found = breakout(plan=None, entry=None, stop=None, target=None, plan_rejected="price_not_positive")

    assert resolve() == 1
    found.refresh_from_db()
    assert (found.outcome, found.outcome_data["reason"]) == ("expired", "no_plan")


def test_pretended_detections_are_not_part_of_the_record(floor: Floor) -> None:
    breakout(source="e2e")

    assert resolve() == 0


def test_every_detection_of_the_day_has_an_end_soon_after_the_close(floor: Floor) -> None:
    # Spec B-03, over two symbols and the detections of a whole session.
    for symbol in ("SPY", "QQQ"):
        floor.trade(symbol, [*orb_long(), *[QUIET] * 6, *orb_long()[15:], *[CALM] * 363])
    for minute in range(15, 60, 2):
        floor.scan("SPY", minute=minute)
        floor.scan("QQQ", minute=minute)

    resolve(CLOSED + timedelta(minutes=10))

    assert DetectedSetup.objects.count() > 4
    assert DetectedSetup.objects.unresolved().count() == 0
    assert DetectedSetup.objects.filter(session_date=MONDAY).exclude(outcome_data=None).count() > 4
