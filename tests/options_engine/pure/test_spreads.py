from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from options_engine.pure.spreads import Leg, Spread, nearest


def leg(side: str, quantity: int, strike: str, price: str, half: str = "0") -> Leg:
    return Leg(side == "C", quantity, Decimal(strike), Decimal(price), Decimal(half))


CONDOR = Spread(
    (leg("P", 1, "90", "0.40"), leg("P", -1, "95", "1.10"), leg("C", -1, "105", "1.20"), leg("C", 1, "110", "0.45"))
)
STRADDLE = Spread((leg("P", 1, "100", "3.10"), leg("C", 1, "100", "3.25")))
BULL = Spread((leg("C", 1, "100", "3.25"), leg("C", -1, "105", "1.20")))
STRANGLE = Spread((leg("P", -1, "95", "1.10"), leg("C", -1, "105", "1.20")))


def test_a_condor_wins_its_premium_and_loses_a_wing_less_of_it() -> None:
    assert (CONDOR.premium, CONDOR.most_won, CONDOR.most_lost) == (Decimal("1.45"), Decimal("1.45"), Decimal("3.55"))
    assert CONDOR.breakevens() == [Decimal("93.55"), Decimal("106.45")]
    assert CONDOR.winning() == [(Decimal("93.55"), Decimal("106.45"))]


def test_a_long_straddle_has_no_limit_upwards_and_loses_what_it_cost() -> None:
    assert (STRADDLE.premium, STRADDLE.most_won, STRADDLE.most_lost) == (Decimal("-6.35"), None, Decimal("6.35"))
    assert STRADDLE.winning() == [(Decimal(0), Decimal("93.65")), (Decimal("106.35"), None)]


def test_a_short_strangle_has_no_limit_to_its_loss() -> None:
    assert (STRANGLE.most_won, STRANGLE.most_lost) == (Decimal("2.30"), None)
    assert STRANGLE.breakevens() == [Decimal("92.70"), Decimal("107.30")]


def test_a_debit_spread_is_limited_both_ways() -> None:
    assert (BULL.most_won, BULL.most_lost, BULL.breakevens()) == (Decimal("2.95"), Decimal("2.05"), [Decimal("102.05")])
    assert BULL.winning() == [(Decimal("102.05"), None)]


def test_half_a_spread_of_each_leg_moves_the_breakevens() -> None:
    wide = Spread(
        tuple(Leg(each.is_call, each.quantity, each.strike, each.price, Decimal("0.05")) for each in CONDOR.legs)
    )

    assert wide.cost == Decimal("0.20")
    assert wide.breakevens(cost=wide.cost) == [Decimal("93.75"), Decimal("106.25")]


def test_a_premium_that_costs_can_eat_leaves_nothing_to_win() -> None:
    assert CONDOR.winning(cost=Decimal("1.50")) == []


@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from([-2, -1, 1, 2]), st.integers(80, 120), st.integers(1, 800)),
        min_size=1,
        max_size=5,
    )
)
def test_limits_and_breakevens_agree_with_a_walk_over_prices(rows: list[tuple[bool, int, int, int]]) -> None:
    spread = Spread(tuple(Leg(c, q, Decimal(k), Decimal(p) / 100) for c, q, k, p in rows))
    walked = [spread.profit(Decimal(cents) / 4) for cents in range(1_000)]

    if spread.most_won is not None:
        assert max(walked) <= spread.most_won
    if spread.most_lost is not None:
        assert -min(walked) <= spread.most_lost
    assert all(abs(spread.profit(price)) < Decimal("1e-20") for price in spread.breakevens())
    won = spread.winning()
    for cents, profit in enumerate(walked):
        price = Decimal(cents) / 4
        if abs(profit) > Decimal("1e-9"):
            assert (profit > 0) == any(low <= price and (high is None or price <= high) for low, high in won)


@pytest.mark.parametrize(("wanted", "found"), [(101.2, 100.0), (102.5, 100.0), (102.6, 105.0), (300.0, 105.0)])
def test_the_nearest_listed_strike_is_the_lower_of_two(wanted: float, found: float) -> None:
    assert nearest(np.array([95.0, 100.0, 105.0]).tolist(), wanted) == found
