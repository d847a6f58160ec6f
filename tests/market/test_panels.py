from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from market import calendar, clock, panels
from tests.market.fakes import FakeVendor, bars
from tests.market.test_history import daily

DAY = date(2026, 2, 10)
OPEN = datetime(2026, 2, 10, 14, 30, tzinfo=UTC)


@pytest.fixture
def market(vendor: FakeVendor, wanted: set[str]) -> FakeVendor:
    vendor.minutes["SPX"] = bars(OPEN, [6000.0, 6001.0, 6002.0], volume=float("nan"))
    vendor.minutes["SPY"] = bars(OPEN - timedelta(minutes=2), [600.0] * 6, volume=7.0)
    vendor.daily = {"SPX": daily(DAY, 20), "SPY": daily(DAY, 10)}
    return vendor


def test_a_panel_of_an_index_borrows_volume_without_a_row_for_the_lender(market: FakeVendor) -> None:
    with clock.standing(OPEN + timedelta(minutes=3, seconds=2)):
        panel = panels.panel(["SPX"], calendar.session(DAY))

    assert panel.symbols == ("SPX",)
    assert panel.volume_source == ("SPY",)
    assert panel.close.shape == (1, 390)
    np.testing.assert_array_equal(panel.close[0, :4], [6000, 6001, 6002, np.nan])
    np.testing.assert_array_equal(panel.volume[0, :4], [7, 7, 7, np.nan])
    np.testing.assert_array_equal(panel.atr, [2.0])
    np.testing.assert_array_equal(panel.prev_close, [120.0])


def test_a_lender_that_is_asked_for_has_its_row_and_short_history_no_atr(market: FakeVendor) -> None:
    with clock.standing(OPEN + timedelta(minutes=3, seconds=2)):
        panel = panels.panel(["SPY", "SPX", "SPY"], calendar.session(DAY))

    assert panel.symbols == ("SPX", "SPY")
    np.testing.assert_array_equal(panel.atr, [2.0, np.nan])


def test_an_early_close_has_210_minutes(market: FakeVendor) -> None:
    with clock.standing(OPEN):
        panel = panels.panel(["SPY"], calendar.session(date(2025, 11, 28)))

    assert panel.minutes == 210


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """A past session is looked for in Postgres."""
