"""The session with which a demo begins is an active one."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from detectors.pure import engine
from detectors.pure.lifecycle import TRACKING_DIRECTION, Move, first_move
from market import calendar
from market.pure import indicators
from market.pure.panel import assemble
from market.symbols import PROXIES
from simulation.first_session import FIRST_SESSION
from simulation.vendor import SimulatedVendor
from tests.simulation.breakouts import breakouts
from tests.simulation.days import SEED, regular

DEMO = ("SPX", "NDX", "SPY", "QQQ", "IWM", "AAPL", "NVDA", "TSLA")
VOLUME_OF = {"SPX": "SPY", "NDX": "QQQ"}  # an index has none of its own


def found(symbol: str, range_minutes: int) -> list[int]:
    volume = regular(VOLUME_OF.get(symbol, symbol), FIRST_SESSION).volume
    return breakouts(regular(symbol, FIRST_SESSION), volume, range_minutes)


def test_it_belongs_to_the_default_seed() -> None:
    assert settings.SIMULATION_SEED == SEED


@pytest.mark.parametrize(("range_minutes", "least"), [(5, 3), (15, 6), (30, 5)])
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


def test_by_its_close_some_setups_have_reached_their_target_and_some_their_stop(settings: Any) -> None:
    settings.SIMULATION_SEED = SEED
    session = calendar.session(FIRST_SESSION)
    sold = SimulatedVendor()
    bars = {
        symbol: sold.minute_bars(symbol, session.open_at, session.close_at, now=session.close_at + timedelta(hours=1))
        for symbol in DEMO
    }
    day = assemble(
        bars, open_ts=session.open_ts, close_ts=session.close_ts, proxies=PROXIES, atr=daily_atr(sold), prev_close={}
    )

    moves = [
        first_move(
            TRACKING_DIRECTION[found.direction],
            stop=found.plan.stop,
            target=found.plan.target,
            highs=bars[found.symbol].between(found.detected_ts, session.close_ts).high,
            lows=bars[found.symbol].between(found.detected_ts, session.close_ts).low,
        )
        for found in engine.detect(day, close_ts=session.close_ts)[0]
        if found.trackable and found.variant == 15
    ]

    ends = Counter(move[0] for move in moves if move)
    assert ends[Move.TRIGGERED] >= 3
    assert ends[Move.INVALIDATED] >= 3


def daily_atr(sold: SimulatedVendor) -> dict[str, float]:
    """Return each symbol's ATR of the sessions before."""
    before = FIRST_SESSION - timedelta(days=1)
    now = calendar.session(FIRST_SESSION).open_at
    daily = {symbol: sold.daily_bars(symbol, before - timedelta(days=365), before, now=now) for symbol in DEMO}
    return {symbol: indicators.atr(days, 14) for symbol, days in daily.items()}
