"""Opening-range breakouts on volume happen by themselves: on most days, and not on all."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
import pytest

from simulation.pure.drivers import chain
from simulation.pure.listings import LISTINGS
from simulation.pure.regimes import Regime
from simulation.pure.timeline import numbers
from tests.simulation.breakouts import breakouts
from tests.simulation.days import SEED, regular, weekdays

DAYS = weekdays(date(2025, 1, 6), 80)


@cache
def counts(symbol: str, range_minutes: int) -> list[int]:
    sessions = (regular(symbol, day) for day in DAYS)
    return [len(breakouts(bars, bars.volume, range_minutes)) for bars in sessions]


@pytest.mark.parametrize("range_minutes", [5, 15, 30])
@pytest.mark.parametrize("symbol", ["SPY", "NVDA", "TSLA"])
def test_most_days_have_one_and_some_have_none(symbol: str, range_minutes: int) -> None:
    share = np.mean([count > 0 for count in counts(symbol, range_minutes)])

    assert 0.6 < share < 0.97


@pytest.mark.parametrize("symbol", ["SPY", "NVDA"])
def test_a_day_has_a_few_at_most(symbol: str) -> None:
    assert np.mean(counts(symbol, 15)) < 6


def test_quiet_days_are_narrow_and_trade_little() -> None:
    market = chain(SEED, LISTINGS["SPX"].exposures[0][0])
    quiet = market.regime[numbers(DAYS)] == Regime.QUIET
    spans = np.array([np.log(bars.high.max() / bars.low.min()) for day in DAYS for bars in [regular("SPY", day)]])
    shares = np.array([regular("SPY", day).volume.sum() for day in DAYS])

    assert quiet.sum() >= 5
    assert spans[quiet].mean() < 0.6 * spans[~quiet].mean()
    assert shares[quiet].mean() < 0.75 * shares[~quiet].mean()


def test_minutes_that_move_trade_more() -> None:
    sessions = [regular("SPY", day) for day in DAYS]
    usual = np.mean([bars.volume for bars in sessions], axis=0)
    moves = np.concatenate([np.abs(np.log(bars.close / bars.open)) for bars in sessions])
    shares = np.concatenate([bars.volume / usual for bars in sessions])

    large = moves > np.quantile(moves, 0.9)
    small = moves < np.quantile(moves, 0.5)
    assert shares[large].mean() > 1.4 * shares[small].mean()
