"""The session with which a demo begins is an active one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings

from market import calendar
from simulation.first_session import FIRST_SESSION
from tests.simulation.breakouts import breakouts
from tests.simulation.days import SEED, regular

DEMO = ("SPX", "NDX", "SPY", "QQQ", "IWM", "AAPL", "NVDA", "TSLA")
VOLUME_OF = {"SPX": "SPY", "NDX": "QQQ"}  # an index has none of its own


def found(symbol: str, range_minutes: int) -> list[int]:
    volume = regular(VOLUME_OF.get(symbol, symbol), FIRST_SESSION).volume
    return breakouts(regular(symbol, FIRST_SESSION), volume, range_minutes)


def test_it_belongs_to_the_default_seed() -> None:
    assert settings.SIMULATION_SEED == SEED


@pytest.mark.parametrize(("range_minutes", "least"), [(5, 3), (15, 7), (30, 5)])
def test_several_demo_symbols_leave_their_opening_range_on_volume_within_the_hour(
    range_minutes: int, least: int
) -> None:
    early = [symbol for symbol in DEMO if any(minute < 60 for minute in found(symbol, range_minutes))]

    assert len(early) >= least


def test_the_first_one_comes_within_half_an_hour() -> None:
    assert min(minute for symbol in DEMO for minute in found(symbol, 15)) < 30


@pytest.mark.django_db
def test_it_is_a_full_day_in_a_week_without_holidays() -> None:
    monday = FIRST_SESSION - timedelta(days=FIRST_SESSION.weekday())
    week = calendar.sessions(monday, monday + timedelta(days=6))

    assert len(week) == 5
    assert not any(session.early for session in week)
    assert FIRST_SESSION.year == 2026
