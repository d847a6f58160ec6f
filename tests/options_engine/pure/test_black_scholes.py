from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import QuantLib as ql  # noqa: N813 -- the name its own documentation uses
from hypothesis import given
from hypothesis import strategies as st

from options_engine.pure import black_scholes
from options_engine.pure.black_scholes import Valuation

NAN = float("nan")
GREEKS = ("price", "delta", "gamma", "theta", "vega", "rho")
ATM = {"spot": 5900.0, "strike": 5900.0, "t_years": 30 / 365, "sigma": 0.15, "rate": 0.045, "dividend": 0.014}

# Spot, strike, years, rate, dividend, sigma, call; then price, delta, gamma, theta a day, vega and rho a point, to
# twelve digits by arithmetic of forty.
GOLDEN = {
    "at the money call": (
        (5900, 5900, 30 / 365, 0.045, 0.014, 0.15, True),
        (108.642835673, 0.531568120641, 0.00156544168916, -1.93255182235, 6.71831817532, 2.48844581598),
    ),
    "at the money put": (
        (5900, 5900, 30 / 365, 0.045, 0.014, 0.15, False),
        (93.6463603284, -0.467281856212, 0.00156544168916, -1.43388108433, 6.71831817532, -2.34296655779),
    ),
    "in the money call": (
        (5900, 5800, 30 / 365, 0.045, 0.014, 0.15, True),
        (167.689982613, 0.682981930192, 0.00140082441488, -1.82452519722, 6.0118394649, 3.17416718262),
    ),
    "a year": (
        (100, 100, 1, 0.05, 0.02, 0.20, True),
        (9.22700550815, 0.586851146135, 0.018950578755, -0.0139433394904, 0.3790115751, 0.494581091053),
    ),
    "in the money put": (
        (100, 110, 0.5, 0.03, 0.0, 0.35, False),
        (14.9735210083, -0.579556270599, 0.0157981097738, -0.0205163501216, 0.276466921041, -0.364645740341),
    ),
    "Hull's example": (
        (42, 40, 0.5, 0.10, 0.0, 0.20, True),
        (4.75942239287, 0.779131290943, 0.0499626704059, -0.0124906635468, 0.088134150596, 0.139820459134),
    ),
    "four hours": (
        (6012, 6010, 240 / (365 * 1440), 0.045, 0.014, 0.22, True),
        (12.3465067209, 0.530341577891, 0.014074368708, -33.99717987, 0.51102886778, 0.0145025893131),
    ),
    "far out of the money put": (
        (6000, 3000, 2, 0.04, 0.013, 0.28, False),
        (17.9501005004, -0.0180668567301, 1.86194939993e-5, -0.0620027263602, 3.75368999025, -2.52702481761),
    ),
}


def numbers(valuation: Valuation) -> list[float]:
    return [float(getattr(valuation, name)) for name in GREEKS]


def valued(case: tuple[Any, ...]) -> Valuation:
    spot, strike, years, rate, dividend, sigma, is_call = case
    return black_scholes.value(spot, strike, years, sigma, is_call, rate=rate, dividend=dividend)


def by_quantlib(
    spot: float, strike: float, years: float, rate: float, dividend: float, sigma: float, is_call: bool
) -> list[float]:
    side = ql.Option.Call if is_call else ql.Option.Put
    forward, discount = spot * np.exp((rate - dividend) * years), np.exp(-rate * years)
    made = ql.BlackCalculator(ql.PlainVanillaPayoff(side, strike), forward, sigma * years**0.5, discount)
    per_rate = made.rho(years) * 0.01
    return [
        made.value(),
        made.delta(spot),
        made.gamma(spot),
        made.theta(spot, years) / 365,
        made.vega(years) * 0.01,
        per_rate,
    ]


@pytest.mark.parametrize("name", GOLDEN)
def test_the_golden_vectors_are_met_to_ten_digits(name: str) -> None:
    case, expected = GOLDEN[name]

    assert numbers(valued(case)) == pytest.approx(expected, rel=1e-10)


def test_it_agrees_with_quantlib_to_eight_digits() -> None:
    draw = np.random.default_rng(20260209)
    for _ in range(2_000):
        years = float(10 ** draw.uniform(-3.5, 0.5))
        sigma = float(draw.uniform(0.05, 0.9))
        spot = float(draw.uniform(5, 7000))
        # Within four standard deviations: further out QuantLib's own normal distribution is the coarser of the two.
        strike = spot * float(np.exp(draw.uniform(-4, 4) * sigma * years**0.5))
        rate, dividend = draw.uniform(-0.01, 0.08), draw.uniform(0, 0.05)
        case = (spot, strike, years, rate, dividend, sigma, bool(draw.random() < 0.5))

        # A theta or a far wing near 0 has lost its digits to cancellation on both sides.
        assert numbers(valued(case)) == pytest.approx(by_quantlib(*case), rel=1e-8, abs=1e-11 * spot)


def test_puts_and_calls_keep_parity() -> None:
    draw = np.random.default_rng(1)
    spot, years = draw.uniform(1, 7000, 10_000), draw.uniform(1e-4, 3, 10_000)
    strike = spot * np.exp(draw.normal(0, 0.5, 10_000))
    sigma, rate, dividend = (
        draw.uniform(0.02, 2, 10_000),
        draw.uniform(-0.01, 0.1, 10_000),
        draw.uniform(0, 0.1, 10_000),
    )

    call = black_scholes.price(spot, strike, years, sigma, True, rate=rate, dividend=dividend)
    put = black_scholes.price(spot, strike, years, sigma, False, rate=rate, dividend=dividend)

    forward_value = spot * np.exp(-dividend * years) - strike * np.exp(-rate * years)
    assert (np.abs(call - put - forward_value) <= 1e-9 * spot).all()


@pytest.mark.parametrize("is_call", [True, False])
def test_greeks_are_what_the_price_does(is_call: bool) -> None:
    case = {"spot": 5900.0, "strike": 5950.0, "t_years": 0.1, "sigma": 0.18, "rate": 0.04, "dividend": 0.013}
    value = black_scholes.value(**case, is_call=is_call)

    def slope(name: str, step: float) -> float:
        up, down = (black_scholes.price(**{**case, name: case[name] + by}, is_call=is_call) for by in (step, -step))
        return float(up - down) / (2 * step)

    delta_up, delta_down = (
        black_scholes.value(**{**case, "spot": 5900.0 + by}, is_call=is_call).delta for by in (0.5, -0.5)
    )
    assert float(value.delta) == pytest.approx(slope("spot", 0.5), rel=1e-5)
    assert float(value.gamma) == pytest.approx(float(delta_up - delta_down), rel=1e-5)
    assert float(value.theta) == pytest.approx(-slope("t_years", 1e-5) / 365, rel=1e-5)
    assert float(value.vega) == pytest.approx(0.01 * slope("sigma", 1e-4), rel=1e-5)
    assert float(value.rho) == pytest.approx(0.01 * slope("rate", 1e-5), rel=1e-5)


@given(
    spot=st.floats(0.5, 10_000),
    moneyness=st.floats(-5, 5),
    years=st.floats(1e-9, 10),
    sigma=st.floats(1e-9, 5),
    is_call=st.booleans(),
)
def test_values_are_finite_and_within_their_bounds(
    spot: float, moneyness: float, years: float, sigma: float, is_call: bool
) -> None:
    strike = spot * np.exp(moneyness)
    value = black_scholes.value(spot, strike, years, sigma, is_call, rate=0.045, dividend=0.014)

    assert np.isfinite(numbers(value)).all()
    assert -1e-9 * spot <= float(value.price) <= max(spot, strike)
    assert abs(float(value.delta)) <= 1
    assert float(value.gamma) >= 0
    assert float(value.vega) >= 0


def test_a_higher_volatility_costs_more() -> None:
    prices = black_scholes.price(100.0, 105.0, 0.25, np.linspace(0.01, 3, 200), True, rate=0.04, dividend=0.01)

    assert (np.diff(prices) >= 0).all()


@pytest.mark.parametrize(
    ("spot", "is_call", "price", "delta"),
    [
        (101.0, True, 1.0, 1.0),
        (100.0, True, 0.0, 0.0),
        (99.0, True, 0.0, 0.0),
        (99.0, False, 1.0, -1.0),
        (100.0, False, 0.0, 0.0),
        (101.0, False, 0.0, 0.0),
    ],
)
@pytest.mark.parametrize("years", [0.0, -0.01])
def test_with_no_time_left_only_the_intrinsic_value_is(
    years: float, spot: float, is_call: bool, price: float, delta: float
) -> None:
    value = black_scholes.value(spot, 100.0, years, 0.2, is_call, rate=0.04, dividend=0.01)

    assert numbers(value) == [price, delta, 0.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("name", ATM)
def test_a_missing_input_gives_a_missing_value(name: str) -> None:
    value = black_scholes.value(**{**ATM, name: NAN}, is_call=True)

    assert np.isnan(numbers(value)).all()
    assert np.isnan(black_scholes.gamma(**{**ATM, name: NAN}))


def test_one_missing_contract_leaves_the_others_alone() -> None:
    strikes = np.array([5800.0, 5900.0, 6000.0])
    whole = black_scholes.value(**{**ATM, "strike": strikes}, is_call=True)
    holed = black_scholes.value(**{**ATM, "strike": strikes, "sigma": np.array([0.15, NAN, 0.15])}, is_call=True)

    assert np.isnan(holed.price).tolist() == [False, True, False]
    assert holed.price[[0, 2]].tolist() == whole.price[[0, 2]].tolist()


@pytest.mark.parametrize("name", ["spot", "strike", "sigma"])
@pytest.mark.parametrize("number", [0.0, -1.0])
def test_what_must_be_above_zero_is_said_so(name: str, number: float) -> None:
    with pytest.raises(ValueError, match=rf"{name}={number:g}: expected a number above 0, or NaN"):
        black_scholes.value(**{**ATM, name: np.array([1.0, number])}, is_call=True)


@pytest.mark.parametrize("name", ATM)
def test_an_infinite_input_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is infinite"):
        black_scholes.gamma(**{**ATM, name: float("inf")})


def test_arrays_broadcast_and_every_number_has_the_whole_shape() -> None:
    sides = np.array([[True], [False]])
    value = black_scholes.value(**{**ATM, "strike": np.array([5800.0, 5900.0, 6000.0])}, is_call=sides)

    assert {getattr(value, name).shape for name in GREEKS} == {(2, 3)}
    assert value.gamma[0].tolist() == value.gamma[1].tolist()


def test_no_contracts_are_no_values() -> None:
    none = np.empty(0)

    assert black_scholes.value(none, none, none, none, none.astype(bool), rate=0.04, dividend=0.0).price.shape == (0,)


def test_price_and_gamma_alone_are_those_of_the_whole() -> None:
    strikes = np.array([5500.0, 5900.0, 6300.0])
    value = black_scholes.value(**{**ATM, "strike": strikes}, is_call=False)

    assert black_scholes.price(**{**ATM, "strike": strikes}, is_call=False).tolist() == value.price.tolist()
    assert black_scholes.gamma(**{**ATM, "strike": strikes}).tolist() == value.gamma.tolist()
