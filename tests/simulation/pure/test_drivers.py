"""Chains of days."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.pure import regimes
from simulation.pure.drivers import SESSION_SHARE, Driver, chain
from simulation.pure.regimes import Regime

MARKET = Driver("market", 0.009)
SEEDS = (1, 2, 3)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_day_is_its_gap_and_its_move(seed: int) -> None:
    whole = chain(seed, MARKET)

    assert np.allclose(np.diff(whole.close), (whole.gap + whole.move)[1:])
    assert np.allclose(whole.open[1:], whole.close[:-1] + whole.gap[1:])


@pytest.mark.parametrize("seed", SEEDS)
def test_days_have_the_size_they_were_given(seed: int) -> None:
    whole = chain(seed, MARKET)

    assert np.diff(whole.close).std() == pytest.approx(MARKET.sigma, rel=0.1)
    assert whole.move.var() == pytest.approx(SESSION_SHARE * MARKET.sigma**2, rel=0.15)
    assert whole.gap.var() == pytest.approx((1 - SESSION_SHARE) * MARKET.sigma**2, rel=0.15)


@pytest.mark.parametrize("seed", SEEDS)
def test_levels_stay_near_the_anchor_for_sixteen_years(seed: int) -> None:
    assert np.abs(chain(seed, MARKET).close).max() < 0.35


@pytest.mark.parametrize("seed", SEEDS)
def test_every_regime_comes_as_often_as_its_share_says(seed: int) -> None:
    counts = np.bincount(chain(seed, MARKET).regime, minlength=len(Regime))

    assert np.allclose(counts / counts.sum(), regimes.column("share"), atol=0.03)


def test_trend_days_move_more_than_quiet_days() -> None:
    whole = chain(1, MARKET)
    move = {regime: np.abs(whole.move[whole.regime == regime]).mean() for regime in Regime}

    assert move[Regime.TREND] > 3 * move[Regime.QUIET]
    assert move[Regime.OPENING_DRIVE] > 3 * move[Regime.RANGE]


def test_a_reversal_first_goes_against_the_day() -> None:
    whole = chain(1, MARKET)
    turned = whole.regime == Regime.REVERSAL

    assert (np.sign(whole.swing[turned]) == -np.sign(whole.move[turned])).all()
    assert not whole.swing[whole.regime == Regime.TREND].any()


def test_memory_changes_the_level_and_not_the_moves() -> None:
    long, short = chain(1, MARKET), chain(1, Driver("market", 0.009, memory=0.9))

    assert np.array_equal(long.move, short.move)
    assert np.abs(short.close).max() < np.abs(long.close).max()
