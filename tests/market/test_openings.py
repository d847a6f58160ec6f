from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from market import clock, openings
from market.errors import ProviderUnavailable
from market.openings import LABELS
from tests.market.fakes import FakeVendor
from tests.market.test_history import daily

DAY = date(2026, 2, 10)
MORNING = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _morning() -> object:
    with clock.standing(MORNING):
        yield


def test_levels_come_from_completed_sessions_and_are_kept(vendor: FakeVendor) -> None:
    vendor.daily = {"SPY": daily(DAY, 40)}
    last = vendor.daily["SPY"].take(slice(-1, None))

    first = openings.of(["SPY"], DAY)["SPY"]
    vendor.daily = {}
    again = openings.of(["SPY"], DAY)["SPY"]

    assert set(first.levels) == set(LABELS)
    assert (first.levels["PDH"], first.levels["PDC"]) == (float(last.high[0]), float(last.close[0]))
    assert again.levels == first.levels
    np.testing.assert_array_equal(again.gaps.pct, first.gaps.pct)
    np.testing.assert_array_equal(again.gaps.filled, first.gaps.filled)
    assert len(again.gaps.pct) == 39


def test_levels_of_an_older_session_are_not_levels(vendor: FakeVendor) -> None:
    vendor.daily = {"SPY": daily(DAY, 40).take(slice(0, -1))}

    assert openings.of(["SPY"], DAY) == {}


def test_who_cannot_be_told_is_missing_and_asked_again(vendor: FakeVendor) -> None:
    vendor.daily = {"QQQ": daily(DAY, 40)}
    assert set(openings.of(["SPY", "QQQ"], DAY)) == {"QQQ"}

    vendor.daily["SPY"] = daily(DAY, 40)
    assert set(openings.of(["SPY", "QQQ"], DAY)) == {"SPY", "QQQ"}


def test_a_vendor_that_is_away_leaves_no_levels(vendor: FakeVendor) -> None:
    vendor.failing["daily_bars SPY"] = ProviderUnavailable(provider="fake")

    assert openings.of(["SPY"], DAY) == {}
    assert openings.of([], DAY) == {}


def test_the_first_session_ever_has_levels_without_gaps(vendor: FakeVendor) -> None:
    vendor.daily = {"NEW": daily(DAY, 1)}

    opening = openings.of(["NEW"], DAY)["NEW"]

    assert "PDH" in opening.levels
    assert "PWH" not in opening.levels
    assert len(opening.gaps.pct) == 0
