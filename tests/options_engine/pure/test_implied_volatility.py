from __future__ import annotations

import numpy as np
import pytest
import QuantLib as ql  # noqa: N813 -- the name its own documentation uses
from hypothesis import given
from hypothesis import strategies as st

from options_engine.pure import black_scholes
from options_engine.pure.implied_volatility import Reason, solve
from tests.options_engine import high_precision

NAN = float("nan")
YEAR_S = 365 * 86_400


def black(forward, strike, t_years, sigma, is_call, *, discount=1.0):
    return discount * black_scholes.price(forward, strike, t_years, sigma, is_call, rate=0.0, dividend=0.0)


def drawn(count: int, seed: int, *, reach: float, most_root: float) -> tuple[np.ndarray, ...]:
    """Draw strikes, years, sigmas and sides: five minutes to two years, 1 % to 500 %, out of the money of a 6000."""
    draw = np.random.default_rng(seed)
    years = np.exp(draw.uniform(np.log(300 / YEAR_S), np.log(2.0), count))
    sigma = np.exp(draw.uniform(np.log(0.01), np.log(5.0), count))
    sigma = np.minimum(sigma, most_root / np.sqrt(years))
    away = draw.uniform(-reach, reach, count) * sigma * np.sqrt(years)
    return 6000.0 * np.exp(away), years, sigma, away > 0


def test_a_volatility_comes_back_from_its_price_to_eleven_digits() -> None:
    strike, years, sigma, is_call = drawn(5_000, 1, reach=4, most_root=2)
    rows = zip(strike.tolist(), years.tolist(), sigma.tolist(), is_call.tolist(), strict=True)
    price = np.array([float(high_precision.undiscounted(6000.0, *row)) for row in rows])

    found = solve(price, 6000.0, strike, years, is_call, discount=1.0)

    assert found.counts()["solved"] == 5_000
    assert np.abs(found.sigma - sigma).max() <= 1e-11


def test_far_beyond_what_is_traded_it_is_still_right() -> None:
    draw = np.random.default_rng(2)
    root, away = np.exp(draw.uniform(np.log(1e-6), np.log(8.0), 5_000)), draw.uniform(0, 36, 5_000)
    away = np.minimum(away, 25 / root)
    forward, strike = 1.0, np.exp(away * root)
    price = black(forward, strike, 1.0, root, True)
    priced = price > 1e-300

    found = solve(price[priced], forward, strike[priced], 1.0, True, discount=1.0)

    assert priced.sum() > 4_500
    assert (found.reason == Reason.SOLVED).all()
    # What b leaves to its bound is all that large roots are read from; at s = 8 that is 6e-5 of b.
    assert np.abs(found.sigma / root[priced] - 1).max() <= 1e-9


@pytest.mark.parametrize("root", [1e-6, 0.01, 0.5, 2.0, 6.0])
def test_at_the_money_and_a_breath_away_from_it(root: float) -> None:
    strike = np.array([100.0, 100.0 * (1 + 1e-15), 100.0 * (1 - 1e-12), 100.0 + 1e-9])
    price = black(100.0, strike, 1.0, root, True)
    side = strike >= 100.0
    price = np.where(side, price, black(100.0, strike, 1.0, root, False))

    found = solve(price, 100.0, strike, 1.0, side, discount=1.0)

    assert found.sigma.tolist() == pytest.approx([root] * 4, rel=1e-9)


def test_it_agrees_with_quantlib() -> None:
    strike, years, sigma, is_call = drawn(300, 3, reach=2.5, most_root=1)
    price = black(6000.0, strike, years, sigma, is_call, discount=0.97)
    by_quantlib = [
        ql.blackFormulaImpliedStdDev(
            ql.Option.Call if call else ql.Option.Put, k, 6000.0, p, 0.97, 0.0, v * t**0.5, 1e-13, 500
        )
        / t**0.5
        for k, t, v, call, p in zip(strike, years, sigma, is_call.tolist(), price, strict=True)
    ]

    found = solve(price, 6000.0, strike, years, is_call, discount=0.97)

    assert found.sigma.tolist() == pytest.approx(by_quantlib, rel=1e-8)


@pytest.mark.parametrize("tick", [0.01, 0.05])
@pytest.mark.parametrize(("spot", "step"), [(6000.0, 25.0), (220.0, 2.5), (30.0, 0.5)])
def test_every_quote_of_a_realistic_grid_has_a_volatility_that_gives_the_quote_again(
    spot: float, step: float, tick: float
) -> None:
    strike = np.arange(np.ceil(0.8 * spot / step) * step, 1.2 * spot, step)[:, None]
    years = np.array([0.25, 1, 2, 7, 30, 90, 365]) / 365
    is_call = strike > spot
    sigma = 0.18 - 0.25 * np.log(strike / spot)
    price = np.round(black(spot, strike, years, sigma, is_call) / tick) * tick
    quoted = np.where(price >= 0.05, price, NAN)

    found = solve(quoted, spot, strike, years, is_call, discount=1.0)

    assert ((found.reason == Reason.SOLVED) == (price >= 0.05)).all()
    there = found.reason == Reason.SOLVED
    again = black(spot, strike, years, np.where(there, found.sigma, 0.2), is_call)
    assert np.abs(again - price)[there].max() <= 1e-9 * spot


def test_in_the_money_it_is_what_the_other_side_implies() -> None:
    strike = np.linspace(5_400.0, 6_600.0, 49)
    discount, forward, years = 0.99, 6020.0, 45 / 365
    calls, puts = (black(forward, strike, years, 0.16, side, discount=discount) for side in (True, False))

    of_calls = solve(calls, forward, strike, years, True, discount=discount)
    of_puts = solve(puts, forward, strike, years, False, discount=discount)

    assert of_calls.sigma.tolist() == pytest.approx([0.16] * 49, rel=1e-8)
    assert of_puts.sigma.tolist() == pytest.approx([0.16] * 49, rel=1e-8)


# Price, strike, years, call, refused; forward 100, discount 0.98. The call 90 is worth 9.8 on the forward.
REFUSALS = {
    "solved": (2.0, 100.0, 0.1, True, False, Reason.SOLVED),
    "no price": (NAN, 100.0, 0.1, True, False, Reason.NO_QUOTE),
    "no time known": (2.0, 100.0, NAN, True, False, Reason.NO_QUOTE),
    "below intrinsic": (9.7, 90.0, 0.1, True, False, Reason.BELOW_INTRINSIC),
    "exactly intrinsic": (9.8, 90.0, 0.1, True, False, Reason.BELOW_INTRINSIC),
    "a rounding above intrinsic": (9.8 + 1e-14, 90.0, 0.1, True, False, Reason.BELOW_INTRINSIC),
    "a free option": (0.0, 110.0, 0.1, True, False, Reason.BELOW_INTRINSIC),
    "a negative price": (-1.0, 110.0, 0.1, True, False, Reason.BELOW_INTRINSIC),
    "a call that costs the share": (98.0, 110.0, 0.1, True, False, Reason.ABOVE_BOUND),
    "a put that costs the strike": (88.2, 90.0, 0.1, False, False, Reason.ABOVE_BOUND),
    "a call that costs all but the share": (98.0 * (1 - 1e-12), 110.0, 0.1, True, False, Reason.ABOVE_BOUND),
    "ten thousand": (10_000.0, 100.0, 0.1, True, False, Reason.ABOVE_BOUND),
    "refused": (2.0, 100.0, 0.1, True, True, Reason.BAD_QUOTE),
    "refused and without a price": (NAN, 100.0, 0.1, True, True, Reason.BAD_QUOTE),
    "expired": (2.0, 100.0, 0.0, True, False, Reason.EXPIRED),
    "expired and refused": (2.0, 100.0, -0.1, True, True, Reason.EXPIRED),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_has_no_volatility_says_why(name: str) -> None:
    price, strike, years, is_call, refused, reason = REFUSALS[name]

    found = solve(price, 100.0, strike, years, is_call, discount=0.98, refused=refused)

    assert int(found.reason) == reason
    assert bool(np.isnan(found.sigma)) is (reason is not Reason.SOLVED)


def test_reasons_are_counted_by_name() -> None:
    price, strike, years, is_call, refused, reason = (np.array(each) for each in zip(*REFUSALS.values(), strict=True))
    found = solve(price, 100.0, strike, years, is_call, discount=0.98, refused=refused)

    assert found.reason.tolist() == reason.tolist()
    assert found.counts() == {
        "solved": 1,
        "expired": 2,
        "bad_quote": 2,
        "no_quote": 2,
        "below_intrinsic": 5,
        "above_bound": 4,
    }


@given(
    forward=st.floats(0.01, 1e5),
    moneyness=st.floats(-6, 6),
    years=st.floats(1e-6, 30),
    share=st.floats(1e-12, 1 - 1e-8),
    is_call=st.booleans(),
)
def test_any_price_between_its_bounds_is_given_again(
    forward: float, moneyness: float, years: float, share: float, is_call: bool
) -> None:
    strike = forward * np.exp(moneyness)
    intrinsic = max(forward - strike, 0.0) if is_call else max(strike - forward, 0.0)
    most = forward if is_call else strike
    price = intrinsic + share * (most - intrinsic)

    found = solve(price, forward, strike, years, is_call, discount=1.0)

    if price - intrinsic > 1e-14 * most:
        assert int(found.reason) == Reason.SOLVED
        assert float(black(forward, strike, years, found.sigma, is_call)) == pytest.approx(
            price, rel=1e-10, abs=1e-13 * most
        )


def test_arrays_broadcast_scalars_stay_scalars_and_nothing_stays_nothing() -> None:
    strikes, sides = np.array([90.0, 100.0, 110.0]), np.array([[True], [False]])
    price = black(100.0, strikes, 0.1, 0.3, sides)

    assert solve(price, 100.0, strikes, 0.1, sides, discount=1.0).sigma.shape == (2, 3)
    assert solve(2.0, 100.0, 100.0, 0.1, True, discount=1.0).sigma.shape == ()
    assert solve(np.empty(0), 100.0, np.empty(0), 0.1, True, discount=1.0).counts()["solved"] == 0


def test_many_are_solved_as_each_alone() -> None:
    strike, years, sigma, is_call = drawn(9_000, 5, reach=4, most_root=2)
    price = black(6000.0, strike, years, sigma, is_call)
    whole = solve(price, 6000.0, strike, years, is_call, discount=1.0).sigma

    some = [0, 1, 4_095, 4_096, 8_999]
    alone = [float(solve(price[i], 6000.0, strike[i], years[i], bool(is_call[i]), discount=1.0).sigma) for i in some]
    assert whole[some].tolist() == pytest.approx(alone, rel=1e-13)


@pytest.mark.parametrize("name", ["forward", "strike", "discount"])
def test_what_must_be_above_zero_is_said_so(name: str) -> None:
    case = {"price": 2.0, "forward": 100.0, "strike": 100.0, "t_years": 0.1, "is_call": True, "discount": 1.0}

    with pytest.raises(ValueError, match=f"{name}=0: expected a number above 0, or NaN"):
        solve(**{**case, name: 0.0})
    with pytest.raises(ValueError, match=f"{name} is infinite"):
        solve(**{**case, name: float("inf")})
