from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from scipy.integrate import quad

from options_engine.pure.crush_grid import breakeven_crush, straddle, straddle_sigma
from options_engine.pure.event_distribution import Terminal
from options_engine.pure.event_variance import AtTheMoney, Split
from options_engine.pure.spreads import Leg, Spread

NEAR = 5 / 365
BASE, JUMP = 0.31866**2, 0.062248**2
AFTER = Terminal.of_event(220.1, Split(BASE, JUMP), NEAR)
TONIGHT = AtTheMoney(spot=220.0, strike=220.0, sigma=0.62, t_years=NEAR, rate=0.045)


def spread(*legs: tuple[str, int, str, str, str]) -> Spread:
    return Spread(tuple(Leg(s == "C", q, Decimal(k), Decimal(p), Decimal(h)) for s, q, k, p, h in legs))


CONDOR = spread(
    ("P", 1, "200", "1.20", "0.05"),
    ("P", -1, "207.5", "2.60", "0.05"),
    ("C", -1, "232.5", "2.70", "0.05"),
    ("C", 1, "240", "1.30", "0.05"),
)
STRADDLE = spread(("P", 1, "220", "6.20", "0.04"), ("C", 1, "220", "6.30", "0.04"))


@pytest.mark.parametrize("held", [CONDOR, STRADDLE], ids=["condor", "straddle"])
def test_chance_and_expected_profit_are_integrals_of_the_density(held: Spread) -> None:
    cost = held.cost

    def profit(price: float) -> float:
        return float(held.profit(Decimal(price), cost=cost))

    edges = [
        1.0,
        *(float(each) for each in held.breakevens(cost=cost)),
        *(float(leg.strike) for leg in held.legs),
        900.0,
    ]
    pieces = list(zip(sorted(edges), sorted(edges)[1:], strict=False))
    chance = sum(quad(lambda s: AFTER.density(s) * (profit(s) > 0), *piece)[0] for piece in pieces)
    expected = sum(quad(lambda s: AFTER.density(s) * profit(s), *piece)[0] for piece in pieces)

    assert AFTER.chance_of_profit(held) == pytest.approx(chance, abs=1e-6)
    assert AFTER.expected_profit(held) == pytest.approx(expected, abs=1e-6)


def test_base_and_jump_together_are_what_simulated_days_and_jumps_say() -> None:
    random = np.random.default_rng(7)
    days = random.normal(-0.5 * BASE * NEAR, math.sqrt(BASE * NEAR), 400_000)
    jumps = random.normal(-0.5 * JUMP, math.sqrt(JUMP), 400_000)
    ends = 220.1 * np.exp(days + jumps)

    assert AFTER.variance == pytest.approx(0.62**2 * NEAR, rel=1e-4)
    for price in (205.0, 220.0, 235.0):
        assert AFTER.below(price) == pytest.approx((ends < price).mean(), abs=0.003)


def test_everything_ends_somewhere() -> None:
    assert (AFTER.below(0.0), AFTER.below(math.inf)) == (0.0, 1.0)
    assert AFTER.within([(Decimal(0), None)]) == 1.0


def test_a_straddle_is_priced_anew_at_every_outcome() -> None:
    grid = straddle(TONIGHT, [0.0, 0.48604, 0.90], [-0.05, 0.0, 0.05], 4 / 365)

    assert grid.shape == (3, 3)
    assert grid[1, 1] == pytest.approx(5.8545, abs=0.0005)
    assert (np.diff(grid, axis=0) < 0).all()
    # A move by five percent of a straddle without volatility is worth the move.
    assert grid[2, 2] == pytest.approx(11.0, abs=0.15)


def test_the_straddles_own_price_tells_its_volatility() -> None:
    assert straddle_sigma(TONIGHT, TONIGHT.straddle(0.62, NEAR)) == pytest.approx(0.62, abs=1e-12)
    assert math.isnan(straddle_sigma(TONIGHT, 0.01))
    assert math.isnan(straddle_sigma(TONIGHT, 1e6))


def test_the_crush_at_which_nothing_is_lost() -> None:
    share = breakeven_crush(TONIGHT, 12.7315, 0.05, 4 / 365)

    worth = straddle(TONIGHT, [share], [0.05], 4 / 365)[0, 0]
    assert worth == pytest.approx(12.7315, abs=1e-9)
    # Without a move, a day's decay alone is more than no crush gives back.
    assert breakeven_crush(TONIGHT, 12.7315, 0.0, 4 / 365) < 0
