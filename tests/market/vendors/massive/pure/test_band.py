from __future__ import annotations

import pytest

from market.vendors.massive.pure.band import strikes


def test_six_dates_of_an_index_fit_thirteen_calls() -> None:
    low, high = strikes("SPX", 6900.0, 6)

    every_five_points = (high - low) / 5 + 1
    one_date_with_two_roots = 7
    pages = 2 * every_five_points * one_date_with_two_roots / 250
    assert 1 + pages <= 13
    assert low < 6900 * 0.935 < 6900 * 1.065 < high


@pytest.mark.parametrize(("symbol", "spot"), [("TSLA", 400.0), ("VIX", 16.0), ("SPX", float("nan")), ("SPX", 0.0)])
def test_others_are_read_whole(symbol: str, spot: float) -> None:
    assert strikes(symbol, spot, 6) == (None, None)


def test_more_dates_reach_further() -> None:
    assert strikes("SPY", 600.0, 6) == (558.0, 642.0)
    assert strikes("SPY", 600.0, 24) == (516.0, 684.0)
    assert strikes("SPY", 600.0, 1) == strikes("SPY", 600.0, 6)
    assert strikes("SPY", 600.0, 10_000) == (300.0, 900.0)
