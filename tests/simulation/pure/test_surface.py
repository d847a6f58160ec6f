from __future__ import annotations

import numpy as np
import pytest

from simulation.pure.listings import LISTINGS
from simulation.pure.surface import INDEX_SMILE, SHARE_SMILE, Smile, at_the_money, smile_of, total_variance

DAYS = np.array([1e-4, 0.01, 0.1, 0.35, 0.7, 1.0, 2.0, 5.0, 21.0, 63.0, 252.0])
SMILES = pytest.mark.parametrize("smile", [INDEX_SMILE, SHARE_SMILE])


@pytest.mark.parametrize("level", [0.0, 0.6, 1.0, 2.5, 9.0])
def test_at_the_money_more_time_is_more_variance(level: float) -> None:
    variance = at_the_money(np.linspace(0, 300, 5_000), sigma=0.01, level=level)

    assert variance[0] == 0
    assert (np.diff(variance) > 0).all()


def test_fear_is_of_the_near_future() -> None:
    usual, afraid = (np.sqrt(at_the_money(DAYS, sigma=0.01, level=level) / DAYS) for level in (1.0, 2.0))

    assert usual.tolist() == pytest.approx([0.011] * len(DAYS))
    assert afraid[0] == pytest.approx(0.022, rel=1e-3)
    assert (np.diff(afraid) < 0).all()
    assert afraid[-1] < 0.0125


@SMILES
@pytest.mark.parametrize("at_money", [1e-8, 1e-6, 3e-5, 1e-3, 0.02, 0.2])
def test_no_butterfly_has_a_negative_price(smile: Smile, at_money: float) -> None:
    """The density of the price at expiry, as the smile implies it, is nowhere below 0 (Gatheral's g)."""
    k = np.linspace(-12, 12, 4_001) * np.sqrt(at_money)
    step = k[1] - k[0]
    w = total_variance(k, np.array(at_money), smile)
    first, second = np.gradient(w, step), np.gradient(np.gradient(w, step), step)

    density = (1 - k * first / (2 * w)) ** 2 - 0.25 * first**2 * (1 / w + 0.25) + 0.5 * second

    assert density[2:-2].min() > -1e-6


@SMILES
def test_no_calendar_spread_has_a_negative_price(smile: Smile) -> None:
    k = np.linspace(-0.4, 0.4, 200)
    for level in (0.6, 1.0, 2.5):
        variance = total_variance(k, at_the_money(DAYS, sigma=0.01, level=level)[:, None], smile)
        assert (np.diff(variance, axis=0) > 0).all()


@SMILES
def test_at_the_money_is_what_it_says(smile: Smile) -> None:
    assert total_variance(np.array(0.0), DAYS, smile).tolist() == pytest.approx(DAYS.tolist())


def test_puts_of_an_index_cost_more_than_calls() -> None:
    down, up = (np.sqrt(total_variance(np.array(k), np.array(0.0025), INDEX_SMILE)) for k in (-0.05, 0.05))

    assert down > 1.2 * up


@pytest.mark.parametrize(
    ("symbol", "smile"),
    [("SPX", INDEX_SMILE), ("SPY", INDEX_SMILE), ("QQQ", INDEX_SMILE), ("NVDA", SHARE_SMILE), ("SMH", SHARE_SMILE)],
)
def test_a_fund_on_an_index_smiles_like_its_index(symbol: str, smile: Smile) -> None:
    assert smile_of(LISTINGS[symbol]) == smile
