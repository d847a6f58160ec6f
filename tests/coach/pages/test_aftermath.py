"""What followed a detection: as written down, and else as the bars say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from coach.pages import aftermath
from coach.pages.aftermath import Aftermath
from detectors.models import DetectedSetup
from detectors.pure.outcomes import NO_PLAN, Outcome
from market.pure.bars import Bars
from tests.factories.detectors import AT_TEN, CLOSE, DetectedSetupFactory
from tests.market.past import Row, minutes

# The plan of the factories: in at 101.20, out at 98.10 or 104.80, from 10:00 to the close.
QUIET: Row = (101.7, 100.7, 101.2)
NOW = AT_TEN + timedelta(minutes=15)


def after(*rows: Row, start: str = "2026-02-09T10:00") -> Bars:
    return minutes(start, rows)


def found(**members: Any) -> DetectedSetup:
    return DetectedSetupFactory.build(**members)


def test_while_nothing_is_touched_it_is_open_and_measured_at_the_last_bar() -> None:
    told = aftermath.read(found(), after(QUIET, (102.0, 101.0, 101.8)), NOW)

    assert told == Aftermath(
        so_far=Outcome(
            verdict="expired",
            reason="time",
            exit_price=101.8,
            exit_bar_ts=int(AT_TEN.timestamp()) + 60,
            realized_r=0.19,
            mfe_r=0.26,
            mae_r=-0.16,
            bars_to_resolution=2,
        ),
        is_open=True,
    )


@pytest.mark.parametrize(
    ("touching", "verdict", "exit_price"),
    [((104.8, 101.0, 104.0), "win", 104.8), ((101.5, 98.1, 99.0), "loss", 98.1), ((105.0, 98.0, 101.0), "loss", 98.1)],
)
def test_a_touch_of_target_or_stop_ends_it_before_its_time_is_up(
    touching: Row, verdict: str, exit_price: float
) -> None:
    told = aftermath.read(found(), after(QUIET, touching), NOW)

    assert told.end is not None
    assert (told.end.verdict, told.end.exit_price, told.end.bars_to_resolution) == (verdict, exit_price, 2)
    assert (told.is_open, told.so_far) == (False, None)


def test_bars_before_the_detection_do_not_count() -> None:
    told = aftermath.read(found(), after((200.0, 1.0, 100.0), QUIET, start="2026-02-09T09:59"), NOW)

    assert told.end is None
    assert told.so_far is not None
    assert told.so_far.bars_to_resolution == 1


def test_before_its_first_bar_it_is_open_and_nothing_is_measured() -> None:
    assert aftermath.read(found(), Bars.empty(), NOW) == Aftermath(is_open=True)


@pytest.mark.parametrize(
    "members",
    [
        {"entry": None},
        {"stop": None},
        {"target": None},
        {"direction": "neutral"},
        {"entry": 98.1},
        {"outcome": "expired", "outcome_data": NO_PLAN.as_wire()},
    ],
)
def test_without_two_sides_there_is_nothing_to_measure(members: dict[str, Any]) -> None:
    told = aftermath.read(found(**members), after(QUIET), NOW)

    assert (told.has_plan, told.is_open) == (False, False)


def test_what_is_written_down_stands_whatever_the_bars_say() -> None:
    stored = Outcome("win", "target_reached", 104.8, 1_770_649_200, 1.16, 1.2, -0.1, 8)

    told = aftermath.read(found(outcome="win", outcome_data=stored.as_wire()), after((101.0, 90.0, 91.0)), NOW)

    assert told == Aftermath(end=stored)


def test_an_end_without_numbers_is_an_end() -> None:
    told = aftermath.read(found(outcome="loss", outcome_data=None), Bars.empty(), NOW)

    assert told.end == Outcome("loss", "")


@pytest.mark.parametrize(
    ("until", "now", "verdict"),
    [
        (AT_TEN + timedelta(minutes=2), AT_TEN + timedelta(minutes=2), "expired"),
        (AT_TEN + timedelta(minutes=3), AT_TEN + timedelta(minutes=3), None),  # its last bar may still come
        (AT_TEN + timedelta(minutes=3), AT_TEN + timedelta(minutes=8), "expired"),
    ],
)
def test_after_its_time_it_is_over_once_its_last_bar_is_there(until: datetime, now: datetime, verdict: Any) -> None:
    told = aftermath.read(found(valid_until=until), after(QUIET, QUIET), now)

    assert (told.end.verdict if told.end else None) == verdict
    assert told.is_open == (verdict is None)


def test_nobody_can_tell_of_a_session_that_is_not_kept() -> None:
    assert aftermath.read(found(), Bars.empty(), CLOSE + timedelta(days=30)) == Aftermath()
