from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import QuantLib as ql  # noqa: N813 -- the name its own documentation uses
from hypothesis import given
from hypothesis import strategies as st

from options_engine.pure import black_scholes
from options_engine.pure.black_scholes import Valuation
from tests.options_engine import high_precision

NAN = float("nan")
GREEKS = ("price", "delta", "gamma", "theta", "vega", "rho")
HIGHER = ("vanna", "charm", "vomma", "speed", "colour")
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

# Of the first five and the last two, the specification's vanna per 1.00 of volatility and charm a day.
GOLDEN_HIGHER = {
    "at the money call": (-0.0999523796328, -0.00051416653382),
    "at the money put": (-0.0999523796328, -0.000552478587726),
    "in the money call": (-1.03132946401, 0.00190257286973),
    "a year": (-0.094752893775, -9.76422574379e-5),
    "in the money put": (0.500733185235, -0.000610002586722),
    "Hull's example": (-0.931600678614, -6.44467944715e-5),
    "four hours": (-0.129164328993, 0.0780823106621),
    "far out of the money put": (-0.266822873903, 4.22640383776e-5),
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


def test_ten_thousand_contracts_agree_with_quantlib() -> None:
    # Within four standard deviations: further out QuantLib's own normal distribution is the coarser of the two.
    case = contracts(10_000, 20260209, reach=4.0)
    value = black_scholes.value(**case)
    ours = np.array([getattr(value, name) for name in GREEKS]).T
    order = ("spot", "strike", "t_years", "rate", "dividend", "sigma", "is_call")
    rows = list(zip(*(case[name].tolist() for name in order), strict=True))

    theirs = np.array([by_quantlib(*row) for row in rows])

    allowed = 1e-8 * np.abs(theirs)
    allowed[:, 0] = 1e-10 * np.maximum(theirs[:, 0], 1e-8 * case["spot"])
    apart = np.flatnonzero((np.abs(ours - theirs) > allowed).any(axis=1))
    # A theta or a far wing near 0 has lost its digits to cancellation; then arithmetic of eighty digits decides.
    assert len(apart) < 1_000
    for index in apart.tolist():
        right = high_precision.values(**{name: column[index].item() for name, column in case.items()})
        for name, own, other, most in zip(GREEKS, ours[index], theirs[index], allowed[index], strict=True):
            number, size = right[name].number, right[name].size
            assert abs(own - number) <= max(most, 1e-12 * size), (name, rows[index])
            assert abs(own - number) <= abs(other - number) + 1e-15 * size + most, (name, rows[index])


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


@pytest.mark.parametrize("name", GOLDEN_HIGHER)
def test_vanna_and_charm_meet_the_specification_to_ten_digits(name: str) -> None:
    (spot, strike, years, rate, dividend, sigma, is_call), _ = GOLDEN[name]
    found = black_scholes.higher_greeks(spot, strike, years, sigma, is_call, rate=rate, dividend=dividend)

    assert (100 * float(found.vanna), float(found.charm)) == pytest.approx(GOLDEN_HIGHER[name], rel=1e-10)


def contracts(count: int, seed: int, *, reach: float, least_s: float = 60.0) -> dict[str, np.ndarray]:
    """Draw contracts from a minute to three years, 1 % to 500 %, up to `reach` standard deviations away."""
    draw = np.random.default_rng(seed)
    years = np.exp(draw.uniform(np.log(least_s / (365 * 86_400)), np.log(3.0), count))
    sigma = np.exp(draw.uniform(np.log(0.01), np.log(5.0), count))
    spot = np.exp(draw.uniform(np.log(0.5), np.log(20_000.0), count))
    away = draw.uniform(-reach, reach, count) * sigma * np.sqrt(years)
    return {
        "spot": spot,
        "strike": spot * np.exp(np.clip(away, -8, 8)),
        "t_years": years,
        "sigma": sigma,
        "is_call": draw.random(count) < 0.5,
        "rate": draw.uniform(-0.01, 0.1, count),
        "dividend": draw.uniform(0, 0.08, count),
    }


def exact(case: dict[str, np.ndarray]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    rows = [
        high_precision.values(**dict(zip(case, each, strict=True)))
        for each in zip(*(column.tolist() for column in case.values()), strict=True)
    ]
    return {
        name: (np.array([row[name].number for row in rows]), np.array([row[name].size for row in rows]))
        for name in (*GREEKS, *HIGHER)
    }


@pytest.mark.parametrize(("count", "reach"), [(7_000, 5.0), (3_000, 30.0)])
def test_every_number_agrees_with_arithmetic_of_eighty_digits(count: int, reach: float) -> None:
    case = contracts(count, 17 + count, reach=reach)
    value, higher, right = black_scholes.value(**case), black_scholes.higher_greeks(**case), exact(case)

    prices, _ = right["price"]
    assert (np.abs(value.price - prices) <= 1e-10 * np.maximum(prices, 1e-8 * case["spot"])).all()
    for name in (*GREEKS[1:], *HIGHER):
        number, size = right[name]
        error = np.abs(getattr(value if name in GREEKS else higher, name) - number)
        # Relative to the number, except where it is the small difference of large ones. 1e-290: digits run out.
        assert (error <= 1e-8 * np.abs(number) + 1e-12 * size + 1e-290).all(), name


def test_far_out_of_the_money_prices_keep_their_digits_in_the_last_minute() -> None:
    spot, years, sigma = 6000.0, 60 / (365 * 86_400), 0.12
    away = np.array([2.0, 4.0, 6.0, 8.0, 12.0, 20.0, 30.0])
    strike = spot * np.exp(away * sigma * years**0.5)
    found = black_scholes.price(spot, strike, years, sigma, True, rate=0.045, dividend=0.013)
    right = [
        high_precision.values(spot, k, years, sigma, True, rate=0.045, dividend=0.013)["price"].number
        for k in strike.tolist()
    ]

    assert found.tolist() == pytest.approx(right, rel=1e-12, abs=0)


def test_higher_greeks_are_what_the_first_ones_do() -> None:
    case = {"spot": 5900.0, "strike": 5950.0, "t_years": 0.1, "sigma": 0.18, "rate": 0.04, "dividend": 0.013}
    sides = np.array([True, False])
    higher = black_scholes.higher_greeks(**case, is_call=sides)

    def slope(of: str, name: str, step: float) -> np.ndarray:
        up, down = (black_scholes.value(**{**case, name: case[name] + by}, is_call=sides) for by in (step, -step))
        return (getattr(up, of) - getattr(down, of)) / (2 * step)

    assert higher.vanna.tolist() == pytest.approx((0.01 * slope("delta", "sigma", 1e-4)).tolist(), rel=1e-5)
    assert higher.vanna.tolist() == pytest.approx(slope("vega", "spot", 0.5).tolist(), rel=1e-5)
    assert higher.charm.tolist() == pytest.approx((-slope("delta", "t_years", 1e-5) / 365).tolist(), rel=1e-5)
    assert higher.vomma.tolist() == pytest.approx((0.01 * slope("vega", "sigma", 1e-4)).tolist(), rel=1e-5)
    assert higher.speed.tolist() == pytest.approx(slope("gamma", "spot", 0.5).tolist(), rel=1e-5)
    assert higher.colour.tolist() == pytest.approx((-slope("gamma", "t_years", 1e-5) / 365).tolist(), rel=1e-5)


def test_higher_greeks_of_the_expired_are_nothing_and_of_the_missing_missing() -> None:
    found = black_scholes.higher_greeks(
        100.0, 100.0, np.array([0.0, -1.0, NAN, 0.1]), np.array([0.2, 0.2, 0.2, NAN]), True, rate=0.04, dividend=0.01
    )

    for name in HIGHER:
        numbers = getattr(found, name)
        assert numbers[:2].tolist() == [0.0, 0.0]
        assert np.isnan(numbers[2:]).all()


def test_many_are_valued_as_each_alone() -> None:
    case = contracts(33_000, 3, reach=4.0) | {"rate": 0.04}
    whole = black_scholes.value(**case)

    for i in (0, 16_383, 16_384, 32_999):
        alone = black_scholes.value(**{name: each if name == "rate" else each[i] for name, each in case.items()})
        assert [float(getattr(whole, name)[i]) for name in GREEKS] == pytest.approx(numbers(alone), rel=1e-12)
