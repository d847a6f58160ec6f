from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from options_engine.pure import black_scholes
from options_engine.pure.arbitrage import Market, violations


def fair(sigma: float, years: tuple[float, ...], half: float, *, noise: float = 0.0, seed: int = 0) -> Market:
    """Return quotes of calls and puts around one volatility."""
    strikes, sides = np.arange(80.0, 121.0, 5.0), np.array([True, False])
    series, is_call, strike = (each.ravel() for each in np.meshgrid(range(len(years)), sides, strikes, indexing="ij"))
    t_years = np.array(years)[series]
    price = black_scholes.price(100.0, strike, t_years, sigma, is_call, rate=0.04, dividend=0.04)
    price = price + np.random.default_rng(seed).uniform(-noise, noise, len(price))
    return Market(
        series=series,
        strike=strike,
        is_call=is_call,
        bid=np.maximum(price - half, 0.0),
        ask=price + half,
        t_years=t_years,
        forward=np.full(len(strike), 100.0),
        discount=np.exp(-0.04 * t_years),
    )


@given(
    sigma=st.floats(0.05, 1.5), first=st.floats(0.01, 0.5), gap=st.floats(0.01, 1.0), half=st.floats(0.005, 0.5),
    seed=st.integers(0, 1000),
)  # fmt: skip
def test_a_market_around_fair_prices_has_nothing_to_give(
    sigma: float, first: float, gap: float, half: float, seed: int
) -> None:
    market = fair(sigma, (first, first + gap), half, noise=half, seed=seed)

    assert violations(market).contract.tolist() == []


@given(place=st.integers(0, 35), by=st.floats(0.02, 50.0))
def test_of_one_wrong_quote_no_other_is_the_worst(place: int, by: float) -> None:
    assume(place % 9)  # of the lowest strike only verticals tell, and of two quotes in one nobody knows which is wrong
    market = fair(0.25, (0.1, 0.3), 0.01)
    bid, ask = market.bid.copy(), market.ask.copy()
    bid[place], ask[place] = bid[place] + by, ask[place] + by
    worst = violations(
        Market(
            series=market.series, strike=market.strike, is_call=market.is_call, bid=bid, ask=ask,
            t_years=market.t_years, forward=market.forward, discount=market.discount,
        )
    )  # fmt: skip

    assert set(worst.contract.tolist()) <= {place}
