from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from options_engine.pure.crush_grid import breakeven_crush, straddle, straddle_sigma
from options_engine.pure.event_distribution import Terminal
from options_engine.pure.event_variance import AtTheMoney, Split
from options_engine.pure.payoff import Leg, LegKind, Structure

NEAR = 5 / 365
KINDS = {"C": LegKind.CALL, "P": LegKind.PUT}
BASE, JUMP = 0.31866**2, 0.062248**2
AFTER = Terminal.of_event(220.1, Split(BASE, JUMP), NEAR)
TONIGHT = AtTheMoney(spot=220.0, strike=220.0, sigma=0.62, t_years=NEAR, rate=0.045)


def spread(*legs: tuple[str, int, str, str, str]) -> Structure:
    return Structure(
        tuple(
            Leg(KINDS[s], Decimal(q), Decimal(p), Decimal(100), Decimal(k), date(2026, 3, 20), Decimal(h))
            for s, q, k, p, h in legs
        )
    )


CONDOR = spread(
    ("P", 1, "200", "1.20", "0.05"),
    ("P", -1, "207.5", "2.60", "0.05"),
    ("C", -1, "232.5", "2.70", "0.05"),
    ("C", 1, "240", "1.30", "0.05"),
)
STRADDLE = spread(("P", 1, "220", "6.20", "0.04"), ("C", 1, "220", "6.30", "0.04"))


SHARES = Leg(LegKind.STOCK, Decimal(100), Decimal("218.35"), Decimal(1), half_spread=Decimal("0.01"))
COVERED = Structure((SHARES, *spread(("C", -1, "230", "3.10", "0.05")).legs))
RATIO = spread(("C", 1, "220", "6.30", "0.05"), ("C", -2, "232.5", "2.70", "0.05"))
HELD = {"condor": CONDOR, "straddle": STRADDLE, "covered call": COVERED, "ratio": RATIO, "stock": Structure((SHARES,))}


@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
@pytest.mark.parametrize("end", [AFTER, Terminal(180.0, 0.25), Terminal(260.0, 1e-4)], ids=["event", "wide", "narrow"])
def test_chance_and_expected_profit_are_integrals_of_the_density(held: Structure, end: Terminal) -> None:
    cost = held.cost
    envelope = held.envelope(cost=cost)

    def profit(price: float) -> float:
        return float(held.profit_at(Decimal(price), cost=cost))

    width = math.sqrt(end.variance)
    middles = [end.forward * math.exp(step * width) for step in range(-9, 10)]
    kinks = [float(each) for each in (*envelope.breakevens, *(price for price, _ in envelope.knots))]
    edges = sorted([*middles, *(each for each in kinks if middles[0] < each < middles[-1])])
    pieces = list(pairwise(edges))
    chance = sum(quad(lambda s: end.density(s) * (profit(s) > 0), *piece)[0] for piece in pieces)
    expected = sum(quad(lambda s: end.density(s) * profit(s), *piece)[0] for piece in pieces)

    assert end.chance_of_profit(envelope) == pytest.approx(chance, abs=1e-9)
    assert end.expected_profit(held, cost=cost) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("forward", "chance", "expected"), [(220.0, 1.0, 260.0), (211.0, 1.0, 260.0), (200.0, 0.0, -490.0)]
)
def test_without_variance_it_ends_at_the_forward(forward: float, chance: float, expected: float) -> None:
    end = Terminal(forward, 0.0)

    assert end.chance_of_profit(CONDOR.envelope(cost=CONDOR.cost)) == chance
    assert end.expected_profit(CONDOR, cost=CONDOR.cost) == pytest.approx(expected)


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
