from __future__ import annotations

from functools import lru_cache
from itertools import pairwise, product

import numpy as np
import pytest
import QuantLib as ql  # noqa: N813 -- the name its own documentation uses
from scipy.optimize import brentq

from options_engine.pure import black_scholes
from options_engine.pure.american import AmericanValue, CashDividends, value

NAN = float("nan")
TODAY = ql.Date(2, 1, 2026)

# Spot, strike, days, rate, yield, sigma, call; the American and the European price, to seven digits by QuantLib.
WITH_YIELD = {
    "put, published": ((100, 100, 365, 0.05, 0.05, 0.25, False), 9.5694453, 9.4624926),
    "put at the money": ((100, 100, 365, 0.05, 0.0, 0.20, False), 6.0903706, 5.5735260),
    "put in the money": ((100, 120, 180, 0.05, 0.0, 0.30, False), 21.0625729, 20.0660784),
    "call on a high yield": ((100, 90, 365, 0.02, 0.06, 0.25, True), 13.2796795, 12.3578076),
    "put of six weeks": ((220, 240, 45, 0.045, 0.005, 0.30, False), 22.0970476, 21.8137192),
    "put of two years": ((500, 450, 730, 0.04, 0.013, 0.18, False), 19.7120817, 18.4293579),
    "call without dividends": ((100, 100, 365, 0.05, 0.0, 0.20, True), 10.4505836, 10.4505836),
}
# Spot, strike, days, rate, sigma, call, (ex-day, dollars); the American and the European price.
WITH_CASH = {
    "call": ((100, 100, 180, 0.05, 0.25, True), [(60, 2.0)], 7.1170),
    "put": ((100, 100, 180, 0.05, 0.25, False), [(60, 2.0)], 6.9387),
    "call in the money": ((220, 200, 45, 0.045, 0.28, True), [(20, 1.5)], 21.7957),
    "call exercised the day before": ((50, 45, 30, 0.045, 0.20, True), [(10, 1.0)], 5.0565),
    "call over four quarters": ((100, 90, 365, 0.04, 0.22, True), [(d, 0.75) for d in (45, 136, 227, 318)], 14.6327),
    "put over four quarters": ((100, 110, 365, 0.04, 0.22, False), [(d, 0.75) for d in (45, 136, 227, 318)], 14.3602),
}
# Puts on 40 at 4.88 %, years .0833, .3333 and .5833.
PUBLISHED = {
    (0.2, 35): (0.0062, 0.2004, 0.4328),
    (0.2, 40): (0.8522, 1.5798, 1.9905),
    (0.2, 45): (5.0000, 5.0883, 5.2670),
    (0.3, 35): (0.0774, 0.6975, 1.2198),
    (0.3, 40): (1.3099, 2.4826, 3.1697),
    (0.3, 45): (5.0597, 5.7056, 6.2436),
    (0.4, 40): (1.7681, 3.3875, 4.3527),
    (0.4, 45): (5.2868, 6.5098, 7.3830),
}


def dividends(schedule: list[tuple[float, float]]) -> CashDividends:
    days, amount = np.array(schedule, dtype=float).reshape(-1, 2).T
    return CashDividends(days / 365, amount)


def of(case: tuple, **more) -> AmericanValue:
    spot, strike, days, rate, dividend, sigma, is_call = case
    return value(spot, strike, days / 365, sigma, is_call, rate=rate, dividend=dividend, **more)


def tolerance(price: float) -> float:
    return 1e-3 * max(1.0, price / 10)


@lru_cache(maxsize=1024)
def by_quantlib(
    spot: float,
    strike: float,
    days: int,
    rate: float,
    dividend: float,
    sigma: float,
    is_call: bool,
    schedule: tuple[tuple[int, float], ...] = (),
) -> tuple[float, float]:
    """Return price and delta by QuantLib's spectral engine, or with cash dividends by a fine grid."""
    ql.Settings.instance().evaluationDate = TODAY
    day = ql.Actual365Fixed()
    flat = [ql.YieldTermStructureHandle(ql.FlatForward(TODAY, each, day)) for each in (dividend, rate)]
    vol = ql.BlackVolTermStructureHandle(ql.BlackConstantVol(TODAY, ql.NullCalendar(), sigma, day))
    payoff = ql.PlainVanillaPayoff(ql.Option.Call if is_call else ql.Option.Put, strike)
    option = ql.VanillaOption(payoff, ql.AmericanExercise(TODAY, TODAY + days))

    def process(at: float):
        return ql.BlackScholesMertonProcess(ql.QuoteHandle(ql.SimpleQuote(at)), *flat, vol)

    if schedule:
        paid = ql.DividendVector([TODAY + when for when, _ in schedule], [amount for _, amount in schedule])
        engine = ql.FdBlackScholesVanillaEngine(
            process(spot), paid, 1_600, 3_200, 0, ql.FdmSchemeDesc.Douglas(), False, -1.0,
            ql.FdBlackScholesVanillaEngine.Spot,
        )  # fmt: skip
        option.setPricingEngine(engine)
        return option.NPV(), option.delta()
    prices = []
    for at in (spot, spot * 1.0005, spot * 0.9995):
        option.setPricingEngine(ql.QdFpAmericanEngine(process(at), ql.QdFpAmericanEngine.accurateScheme()))
        prices.append(option.NPV())
    return prices[0], (prices[1] - prices[2]) / (0.001 * spot)


@pytest.mark.parametrize("name", WITH_YIELD)
def test_the_specifications_prices_with_a_yield(name: str) -> None:
    case, american, european = WITH_YIELD[name]
    spot, strike, days, rate, dividend, sigma, is_call = case
    plain = black_scholes.price(spot, strike, days / 365, sigma, is_call, rate=rate, dividend=dividend)

    assert float(of(case).price) == pytest.approx(american, abs=tolerance(american))
    assert float(plain) == pytest.approx(european, abs=1e-7)


@pytest.mark.parametrize(("sigma", "strike"), PUBLISHED)
def test_the_published_table(sigma: float, strike: int) -> None:
    years = np.array([0.0833, 0.3333, 0.5833])
    found = value(40.0, float(strike), years, sigma, False, rate=0.0488)

    assert found.price.tolist() == pytest.approx(PUBLISHED[sigma, strike], abs=1e-3)


@pytest.mark.parametrize("name", WITH_CASH)
def test_the_specifications_prices_with_cash_dividends(name: str) -> None:
    (spot, strike, days, rate, sigma, is_call), schedule, american = WITH_CASH[name]
    found = value(spot, strike, days / 365, sigma, is_call, rate=rate, cash=dividends(schedule))

    assert float(found.price) == pytest.approx(american, abs=3e-3)


def drawn(count: int, seed: int) -> list[tuple]:
    draw = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        days, sigma = int(draw.integers(2, 730)), float(draw.uniform(0.08, 0.9))
        spot = float(draw.uniform(20, 500))
        strike = spot * float(np.exp(draw.uniform(-2, 2) * sigma * (days / 365) ** 0.5))
        rate, dividend = float(draw.uniform(0.001, 0.07)), float(draw.uniform(0, 0.06))
        rows.append((spot, strike, days, rate, dividend, sigma, bool(draw.random() < 0.5)))
    return rows


def test_it_agrees_with_quantlib_on_drawn_contracts() -> None:
    rows = drawn(150, 7)
    spot, strike, days, rate, dividend, sigma, is_call = (np.array(column) for column in zip(*rows, strict=True))

    # Of a share of 100, so that a dollar means the same for all.
    found = value(100.0, 100 * strike / spot, days / 365, sigma, is_call, rate=rate, dividend=dividend)

    right = [by_quantlib(100.0, 100 * row[1] / row[0], *row[2:]) for row in rows]
    prices, deltas = (np.array(each) for each in zip(*right, strict=True))
    assert (np.abs(found.price - prices) <= 1e-3 * np.maximum(1.0, prices / 10)).all()
    assert np.abs(found.delta - deltas).max() <= 2e-3


@pytest.mark.parametrize(
    ("strikes", "rate", "dividend", "is_call"),
    [(np.linspace(64.0, 80.0, 33), 0.03, 0.06, True), (np.linspace(108.0, 140.0, 33), 0.05, 0.0, False)],
)
def test_it_agrees_with_quantlib_around_where_exercise_begins(
    strikes: np.ndarray, rate: float, dividend: float, is_call: bool
) -> None:
    found = value(100.0, strikes, 256 / 365, 0.3, is_call, rate=rate, dividend=dividend)

    right = [by_quantlib(100.0, strike, 256, rate, dividend, 0.3, is_call) for strike in strikes.tolist()]
    prices, deltas = (np.array(each) for each in zip(*right, strict=True))
    assert (np.abs(found.price - prices) <= 1e-3 * np.maximum(1.0, prices / 10)).all()
    assert np.abs(found.delta - deltas).max() <= 3e-3  # the delta has a kink there, somewhere between two nodes


def test_it_agrees_with_quantlib_on_cash_dividends() -> None:
    rows = drawn(24, 11)
    draw = np.random.default_rng(3)
    for spot, strike, days, rate, _, sigma, is_call in rows:
        first = int(draw.integers(1, 91))
        schedule = tuple((when, round(float(draw.uniform(0.2, 2.0)), 2)) for when in range(first, days, 91))
        right = by_quantlib(100.0, 100 * strike / spot, days, rate, 0.0, sigma, is_call, schedule)

        found = value(100.0, 100 * strike / spot, days / 365, sigma, is_call, rate=rate, cash=dividends(list(schedule)))

        assert (float(found.price), float(found.delta)) == (
            pytest.approx(right[0], abs=tolerance(right[0])),
            pytest.approx(right[1], abs=2e-3),
        )


def by_quadrature(strike: float, days: float, rate: float, sigma: float, ex_day: float, amount: float) -> float:
    """Return a call on 100 that pays once: exercised just before it or never, so that one integral is its value."""
    to_date, after = ex_day / 365, (days - ex_day) / 365
    root = sigma * to_date**0.5

    def spot(z: np.ndarray) -> np.ndarray:
        return 100.0 * np.exp((rate - 0.5 * sigma**2) * to_date + root * z)

    def held(z: np.ndarray) -> np.ndarray:
        left = np.maximum(spot(z) - amount, 1e-9)
        return black_scholes.price(left, strike, after, sigma, True, rate=rate, dividend=0.0)

    gain = lambda z: spot(z) - strike - held(z)  # noqa: E731 -- of exercise, rising in the spot
    kink = brentq(lambda z: float(gain(np.array(z))), -12, 12) if gain(np.array(12.0)) > 0 else 12.0
    strike_at = (np.log(strike / 100.0) - (rate - 0.5 * sigma**2) * to_date) / root
    nodes, weights = np.polynomial.legendre.leggauss(400)
    total = 0.0
    for low, high in pairwise(sorted({-12.0, min(float(strike_at), 12.0), kink, 12.0})):
        z = 0.5 * (high - low) * nodes + 0.5 * (high + low)
        worth = np.maximum(spot(z) - strike, held(z)) * np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
        total += 0.5 * (high - low) * float(weights @ worth)
    return total * np.exp(-rate * to_date)


def test_calls_that_pay_once_are_what_an_integral_says() -> None:
    draw = np.random.default_rng(5)
    rows = [(94.4468, 500, 0.0481, 0.7283, 498, 1.13), (102.5518, 155, 0.0152, 0.4893, 145, 2.28)]
    for days in draw.integers(10, 700, 100).tolist():
        sigma = float(draw.uniform(0.1, 0.8))
        strike = 100 * float(np.exp(draw.uniform(-1, 0.6) * sigma * (days / 365) ** 0.5))
        ex_day, amount = int(draw.integers(2, days)), float(draw.uniform(0.2, 3))
        rows.append((strike, days, float(draw.uniform(0.001, 0.06)), sigma, ex_day, amount))

    for strike, days, rate, sigma, ex_day, amount in rows:
        right = by_quadrature(strike, days, rate, sigma, ex_day, amount)
        cash = dividends([(ex_day, amount)])

        found = value(100.0, strike, days / 365, sigma, True, rate=rate, cash=cash)

        assert float(found.price) == pytest.approx(right, abs=tolerance(right)), (strike, days, ex_day)


def test_where_early_exercise_is_worthless_the_value_is_the_european_one() -> None:
    strikes = np.linspace(60.0, 160.0, 21)
    calls = value(100.0, strikes, 0.5, 0.3, True, rate=0.04)
    puts = value(100.0, strikes, 0.5, 0.3, False, rate=0.0, dividend=0.02)

    right = black_scholes.value(100.0, strikes, 0.5, 0.3, True, rate=0.04, dividend=0.0)
    assert (calls.price.tolist(), calls.delta.tolist()) == (right.price.tolist(), right.delta.tolist())
    right = black_scholes.value(100.0, strikes, 0.5, 0.3, False, rate=0.0, dividend=0.02)
    assert (puts.price.tolist(), puts.delta.tolist()) == (right.price.tolist(), right.delta.tolist())


def test_dividends_that_are_over_or_come_too_late_change_nothing() -> None:
    without = value(100.0, 110.0, 0.25, 0.3, np.array([True, False]), rate=0.04)
    beside = dividends([(-20, 1.0), (0, 1.0), (95, 2.0)])

    assert value(100.0, 110.0, 0.25, 0.3, np.array([True, False]), rate=0.04, cash=beside).price.tolist() == (
        without.price.tolist()
    )


def test_it_is_worth_at_least_exercise_and_the_european_value() -> None:
    strikes, years, sigmas = np.linspace(50, 200, 31)[:, None], np.array([0.003, 0.1, 1.0, 2.0]), 0.25
    for side, (rate, dividend) in product((True, False), ((0.05, 0.0), (0.05, 0.08), (0.0, 0.03), (-0.01, 0.0))):
        found = value(100.0, strikes, years, sigmas, side, rate=rate, dividend=dividend)
        plain = black_scholes.value(100.0, strikes, years, sigmas, side, rate=rate, dividend=dividend)

        assert (found.price >= np.maximum(100.0 - strikes if side else strikes - 100.0, 0.0)).all()
        assert (found.price >= plain.price).all()
        assert ((found.delta >= 0) if side else (found.delta <= 0)).all()
        assert (np.abs(found.delta) <= 1).all()


def test_deep_in_the_money_it_is_exercised() -> None:
    found = value(100.0, np.array([150.0, 200.0, 400.0]), 0.5, 0.2, False, rate=0.05)

    assert found.price.tolist() == [50.0, 100.0, 300.0]
    assert found.delta.tolist() == [-1.0, -1.0, -1.0]


def test_a_contract_is_worth_the_same_alone_and_among_many() -> None:
    strikes, years = np.linspace(80, 120, 700), np.linspace(0.05, 1.5, 700)
    cash = dividends([(40, 0.5), (130, 0.5), (220, 0.5)])
    many = value(100.0, strikes, years, 0.3, np.arange(700) % 2 == 0, rate=0.04, cash=cash)

    for i in (0, 511, 512, 699):
        alone = value(100.0, strikes[i], years[i], 0.3, i % 2 == 0, rate=0.04, cash=cash)
        assert (float(many.price[i]), float(many.delta[i])) == pytest.approx(
            (float(alone.price), float(alone.delta)), rel=1e-12
        )


def test_missing_expired_and_empty_inputs() -> None:
    strike, years = np.array([NAN, 90.0, 110.0, 110.0]), np.array([0.1, 0.0, -1.0, NAN])
    found = value(100.0, strike, years, 0.3, np.array([True, True, False, False]), rate=0.04, dividend=0.02)
    none = value(np.empty(0), 100.0, 0.1, 0.3, True, rate=0.04)

    assert found.price[1:3].tolist() == [10.0, 10.0]
    assert found.delta[1:3].tolist() == [1.0, -1.0]
    assert np.isnan(found.price[[0, 3]]).all()
    assert np.isnan(found.delta[[0, 3]]).all()
    assert none.price.shape == (0,)
    assert value(100.0, 100.0, 0.1, 0.3, False, rate=0.04).price.shape == ()


@pytest.mark.parametrize(
    ("ex_years", "amount", "says"),
    [
        ([0.2, 0.1], [1.0, 1.0], "ascending ex-dates"),
        ([0.1, 0.1], [1.0, 1.0], "ascending ex-dates"),
        ([0.1], [-1.0], "amounts of at least 0"),
        ([0.1], [NAN], "without a date or an amount"),
        ([0.1, 0.2], [1.0], "2 ex-dates, 1 amounts"),
        ([float("inf")], [1.0], "ex_years is infinite"),
    ],
)
def test_dividends_that_make_no_sense_are_refused(ex_years: list[float], amount: list[float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        CashDividends(np.array(ex_years), np.array(amount))


@pytest.mark.parametrize("name", ["spot", "strike", "sigma"])
def test_what_must_be_above_zero_is_said_so(name: str) -> None:
    case = {"spot": 100.0, "strike": 100.0, "t_years": 0.1, "sigma": 0.2, "is_call": True, "rate": 0.04}

    with pytest.raises(ValueError, match=f"{name}=0: expected a number above 0"):
        value(**{**case, name: 0.0})
