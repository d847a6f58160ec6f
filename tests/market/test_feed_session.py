"""A long stretch through the feed, round after round, ends with exactly the minutes that the vendor has."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from pytest_django import Settings

from market import calendar, clock, feed, vendors
from market.pure.market_time import settled_minute
from market.vendors.protocol import Vendor
from market.vendors.replay import ReplayVendor

pytestmark = pytest.mark.django_db

SHARED = Path(__file__).parents[3] / "shared" / "data" / "spy_1min_extended_2024"


def assert_same_minutes(vendor: Vendor, symbol: str, now: datetime) -> None:
    session = calendar.session(clock.market_date(now))
    whole = vendor.minute_bars(symbol, session.pre_at, session.post_at, now=now)

    stored = feed.session_bars([symbol])[symbol]

    # A minute that a later one follows is complete before it has settled.
    np.testing.assert_array_equal(
        stored.until(settled_minute(now.timestamp())).rows(), whole.until(settled_minute(now.timestamp())).rows()
    )


@pytest.mark.parametrize("every_s", [5, 37, 60, 150])
def test_a_simulated_morning(wanted: set[str], every_s: int) -> None:
    wanted.update(["SPX", "AAPL"])
    start = datetime(2026, 2, 9, 14, 27, tzinfo=UTC)
    minutes = 10 if every_s == 5 else 60
    told: list[str] = []
    feed.on_bars(told.extend)
    with clock.standing(start) as hand:
        while clock.now() < start + timedelta(minutes=minutes):
            result = feed.refresh(clock.now())
            assert result.failed_calls == 0
            for symbol in ("SPX", "SPY", "AAPL"):
                assert_same_minutes(vendors.vendor(), symbol, clock.now())
            hand.forward(seconds=every_s)

    assert set(told) == {"SPX", "SPY", "AAPL"}


def test_a_real_recording_with_pre_market_and_missing_minutes(wanted: set[str], settings: Settings) -> None:
    if not SHARED.is_dir():
        pytest.skip("needs the shared market data")
    settings.REPLAY_PATH, settings.REPLAY_STAMP = str(SHARED), "start"
    wanted.add("SPY")
    vendor = ReplayVendor()
    session = calendar.session(date(2024, 4, 19))
    with vendors.using(vendor), clock.standing(session.pre_at) as hand:
        while clock.now() < session.post_at:
            feed.refresh(clock.now())
            hand.forward(seconds=95)
        feed.refresh(clock.now())
        assert_same_minutes(vendor, "SPY", clock.now())
        assert len(feed.session_bars(["SPY"])["SPY"]) > 700
