from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from options_engine.pure import surface, svi
from options_engine.pure.surface import GRID, Quotes, Slice
from options_engine.pure.svi import Svi, Target

# The hyperbola of Axel Vogt, which looks like a smile and has free butterflies in it (Gatheral and Jacquier, 2014).
VOGT = Svi(level=-0.0410, slope=0.1331, lean=0.3060, centre=0.3586, bend=0.4153)
CLEAN = Svi(level=0.01, slope=0.05, lean=-0.5, centre=0.0, bend=0.15)
K = np.linspace(-1.0, 1.0, 401)
NO_CEILING = np.full(GRID, np.inf)


def quotes(made: Svi, t_years: float, *, noise: float = 0.0, seed: int = 1, reach: float = 0.3) -> Quotes:
    k = np.linspace(-reach, reach, 41)
    sigma = np.sqrt(made.total_variance(k) / t_years)
    sigma = sigma + noise * np.random.default_rng(seed).standard_normal(len(k))
    return Quotes(6000.0, t_years, k, sigma, np.full(len(k), 0.002))


def prices(made: Svi, k: np.ndarray) -> np.ndarray:
    """Return what calls on a forward of 1 cost at strikes e^k."""
    root = np.sqrt(made.total_variance(k))
    d1 = -k / root + 0.5 * root
    return norm.cdf(d1) - np.exp(k) * norm.cdf(d1 - root)


def test_a_flat_smile_has_density_one() -> None:
    flat = Svi(level=0.04, slope=0.0, lean=0.0, centre=0.0, bend=1.0)

    assert flat.density(K) == pytest.approx(1.0)


def test_the_known_smile_with_a_free_butterfly_is_found_out() -> None:
    density = VOGT.density(np.linspace(-1.5, 1.5, 601))

    assert density.min() < -0.01
    # Where the density is negative prices are not convex in the strike.
    at = np.linspace(-1.5, 1.5, 601)[density.argmin()]
    strikes = np.exp(at) * np.array([0.99, 1.0, 1.01])
    low, middle, high = prices(VOGT, np.log(strikes))
    assert low - 2 * middle + high < 0


def test_a_clean_smile_has_convex_prices() -> None:
    strikes = np.linspace(0.5, 1.8, 300)
    price = prices(CLEAN, np.log(strikes))

    assert CLEAN.density(np.log(strikes)).min() > 0
    assert np.diff(price, 2).min() > 0


@pytest.mark.parametrize("made", [CLEAN, VOGT, Svi(level=0.001, slope=1.0, lean=0.94, centre=0.2, bend=0.04)])
def test_what_spreads_cost_is_how_fast_prices_fall_with_the_strike(made: Svi) -> None:
    k = np.linspace(-0.4, 0.6, 101)
    step = 1e-6
    up, down = np.log(np.exp(k) + step), np.log(np.exp(k) - step)
    falls = -(prices(made, up) - prices(made, down)) / (2 * step)
    root = np.sqrt(made.total_variance(k))

    found = made.verticals(k) * norm.pdf(-k / root - 0.5 * root)

    assert found == pytest.approx(np.minimum(falls, 1.0 - falls), abs=1e-8)


def test_a_steep_wing_has_call_spreads_that_cost_less_than_nothing_and_is_not_kept() -> None:
    steep = Svi(level=0.001, slope=1.0, lean=0.94, centre=0.2, bend=0.04)
    k = np.linspace(-0.2, 0.3, GRID)
    none = np.zeros(GRID)

    assert np.diff(prices(steep, k)).max() > 0
    assert steep.verticals(k[-1:])[0] < 0
    assert not Target(k, k, k, 0.1, k, none, NO_CEILING).is_kept_by(steep)


def test_a_wing_is_held_down_to_what_later_expiries_are_quoted_at() -> None:
    rises = Svi(level=0.005, slope=0.3, lean=0.7, centre=0.12, bend=0.05)
    made = quotes(rises, 0.25, reach=0.1)
    grid = np.linspace(-0.2, 0.3, GRID)
    ceiling = np.where(grid > 0.1, 0.03, np.inf)

    free, held = (
        svi.fit(Target(made.k, made.sigma, made.tolerance, 0.25, grid, np.zeros(GRID), each))
        for each in (NO_CEILING, ceiling)
    )

    assert free is not None
    assert held is not None
    assert free.total_variance(grid).max() > 0.05
    # No hyperbola turns back: it gives way as far as its own quotes let it.
    assert held.total_variance(grid).max() < 0.042
    assert np.abs(np.sqrt(held.total_variance(made.k) / 0.25) - made.sigma).max() < 0.02


def test_a_smile_is_fitted_to_a_hundredth_of_a_point() -> None:
    made = quotes(CLEAN, 0.25)

    found = svi.fit(Target(made.k, made.sigma, made.tolerance, 0.25, made.grid, np.zeros(GRID), NO_CEILING))

    assert found is not None
    assert np.sqrt(found.total_variance(made.k) / 0.25) == pytest.approx(made.sigma, abs=1e-4)


def test_quotes_with_a_free_butterfly_are_bent_until_it_is_gone() -> None:
    made = quotes(VOGT, 1.0, reach=1.4)

    (found,) = surface.fit([made])

    assert isinstance(found, Slice)
    assert found.svi.density(made.grid).min() >= 0
    assert found.least_density >= 0
    assert found.root_mean_square < 0.02


def test_an_expiry_that_is_quoted_below_the_one_before_is_raised_to_it() -> None:
    near = quotes(CLEAN, 0.25)
    # The next one has 2 % less variance everywhere: free money for whoever buys it and sells the near one.
    less = Svi(0.98 * CLEAN.level, 0.98 * CLEAN.slope, CLEAN.lean, CLEAN.centre, CLEAN.bend)

    first, second = surface.fit([near, quotes(less, 0.26)])

    assert isinstance(first, Slice)
    assert isinstance(second, Slice)
    assert (second.svi.total_variance(near.grid) >= first.svi.total_variance(near.grid)).all()
    assert second.least_gap >= 0


def test_an_expiry_far_below_the_one_before_is_left_out_and_named() -> None:
    less = Svi(0.4 * CLEAN.level, 0.4 * CLEAN.slope, CLEAN.lean, CLEAN.centre, CLEAN.bend)

    first, second = surface.fit([quotes(CLEAN, 0.25), quotes(less, 0.26)])

    assert isinstance(first, Slice)
    assert second in ("poor_fit", "arbitrage")


def test_what_cannot_be_fitted_says_why() -> None:
    whole = quotes(CLEAN, 0.25)
    few = Quotes(6000.0, 0.25, whole.k[:5], whole.sigma[:5], whole.tolerance[:5])
    over = Quotes(6000.0, 0.0, whole.k, whole.sigma, whole.tolerance)

    assert surface.fit([over, few]) == ["expired", "too_few_strikes"]
    with pytest.raises(ValueError, match="5 strikes"):
        svi.fit(Target(few.k, few.sigma, few.tolerance, 0.25, whole.grid, np.zeros(GRID), NO_CEILING))


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), steep=st.floats(0.5, 2.0), lean=st.floats(-0.8, 0.2))
def test_noisy_quotes_never_give_a_surface_with_free_money(seed: int, steep: float, lean: float) -> None:
    expiries = [
        quotes(Svi(scale * 0.01, scale * 0.05 * steep, lean, 0.0, 0.15), t_years, noise=0.004, seed=seed + at)
        for at, (scale, t_years) in enumerate([(0.3, 0.05), (1.0, 0.2), (2.0, 0.5)])
    ]

    made = [each for each in surface.fit(expiries) if isinstance(each, Slice)]

    assert made
    for at, each in enumerate(made):
        grid = each.quotes.grid
        assert len(grid) == 200
        assert each.svi.density(grid).min() >= 0
        for before in made[:at]:
            shared = grid[before.quotes.reaches(grid)]
            assert (each.svi.total_variance(shared) >= before.svi.total_variance(shared)).all()
