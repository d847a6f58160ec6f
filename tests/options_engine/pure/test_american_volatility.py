from __future__ import annotations

import numpy as np
import pytest

from options_engine.pure import american, implied_volatility
from options_engine.pure.american_volatility import solve
from options_engine.pure.implied_volatility import Reason
from tests.options_engine.pure.test_american import WITH_CASH, WITH_YIELD, by_quantlib, dividends, drawn


@pytest.mark.parametrize("name", WITH_YIELD)
def test_the_volatility_comes_back_from_the_specifications_prices(name: str) -> None:
    (spot, strike, days, rate, dividend, sigma, is_call), price, _ = WITH_YIELD[name]

    found = solve(price, spot, strike, days / 365, is_call, rate=rate, dividend=dividend)

    assert float(found.sigma) == pytest.approx(sigma, abs=1e-4)


@pytest.mark.parametrize(("name", "misread"), [("put of six weeks", 0.3118), ("put in the money", 0.3423)])
def test_it_is_not_the_european_reading(name: str, misread: float) -> None:
    (spot, strike, days, rate, dividend, _, is_call), price, _ = WITH_YIELD[name]
    years = days / 365
    european = implied_volatility.solve(
        price, spot * np.exp((rate - dividend) * years), strike, years, is_call, discount=np.exp(-rate * years)
    )

    found = solve(price, spot, strike, years, is_call, rate=rate, dividend=dividend)

    assert float(european.sigma) == pytest.approx(misread, abs=5e-5)
    assert float(found.sigma) == pytest.approx(0.30, abs=1e-4)


@pytest.mark.parametrize("name", [name for name in WITH_CASH if name != "call exercised the day before"])
def test_cash_dividends_are_taken_into_account(name: str) -> None:
    (spot, strike, days, rate, sigma, is_call), schedule, price = WITH_CASH[name]

    found = solve(price, spot, strike, days / 365, is_call, rate=rate, cash=dividends(schedule))

    assert float(found.sigma) == pytest.approx(sigma, abs=1e-4)


def test_it_reads_quantlibs_prices() -> None:
    rows = [row for row in drawn(60, 19) if row[2] > 10]
    right = np.array([by_quantlib(100.0, 100 * row[1] / row[0], *row[2:]) for row in rows])
    spot, strike, days, rate, dividend, sigma, is_call = (np.array(column) for column in zip(*rows, strict=True))
    strike = 100 * strike / spot
    found = solve(right[:, 0], 100.0, strike, days / 365, is_call, rate=rate, dividend=dividend)

    # Where a point of volatility is worth a dime at least: elsewhere the price says less than the tolerance.
    up, down = (
        american.value(100.0, strike, days / 365, sigma + by, is_call, rate=rate, dividend=dividend).price
        for by in (0.005, -0.005)
    )
    telling = up - down >= 0.10
    assert telling.sum() > 30
    assert np.abs(found.sigma - sigma)[telling].max() <= 1e-4
    assert (found.reason[telling] == Reason.SOLVED).all()


@pytest.mark.parametrize(
    ("price", "strike", "years", "reason"),
    [
        (20.0, 120.0, 0.5, Reason.BELOW_INTRINSIC),
        (19.5, 120.0, 0.5, Reason.BELOW_INTRINSIC),
        (0.0, 80.0, 0.5, Reason.BELOW_INTRINSIC),
        (130.0, 120.0, 0.5, Reason.ABOVE_BOUND),
        (float("nan"), 120.0, 0.5, Reason.NO_QUOTE),
        (20.5, 120.0, 0.0, Reason.EXPIRED),
        (21.0, 120.0, 0.5, Reason.SOLVED),
    ],
)
def test_what_has_no_volatility_says_why(price: float, strike: float, years: float, reason: Reason) -> None:
    found = solve(price, 100.0, strike, years, False, rate=0.05)

    assert int(found.reason) == reason
    assert bool(np.isnan(found.sigma)) is (reason is not Reason.SOLVED)


def test_a_call_that_costs_less_than_exercise_before_the_dividend_has_none() -> None:
    # Exercised the evening before the ex-date a call 80 is worth 20 and some interest whatever the volatility.
    cash = dividends([(20, 5.0)])

    assert int(solve(20.1, 100.0, 80.0, 60 / 365, True, rate=0.05, cash=cash).reason) == Reason.BELOW_INTRINSIC
    assert int(solve(21.0, 100.0, 80.0, 60 / 365, True, rate=0.05, cash=cash).reason) == Reason.SOLVED


def test_before_a_large_dividend_a_call_may_cost_more_than_any_european_one() -> None:
    cash = dividends([(30, 30.0)])
    price = american.value(100.0, 20.0, 0.25, 0.6, True, rate=0.04, cash=cash).price

    assert float(price) > 70
    assert float(solve(price + 2, 100.0, 20.0, 0.25, True, rate=0.04, cash=cash).sigma) > 0.6
    assert int(solve(100.0, 100.0, 20.0, 0.25, True, rate=0.04, cash=cash).reason) == Reason.ABOVE_BOUND


@pytest.mark.parametrize("schedule", [[], [(20, 0.5), (111, 0.5), (202, 5.0), (400, 1.0), (700, 1.0)]])
def test_whatever_is_asked_prices_stay_in_their_bounds_and_give_their_volatility_again(schedule: list) -> None:
    # A minute to three years, 1 % to 500 %, strikes a twentieth to twenty times the spot; warnings are errors.
    draw = np.random.default_rng(23)
    years = np.exp(draw.uniform(np.log(60 / (365 * 86_400)), np.log(3.0), 300))
    sigma, strike = np.exp(draw.uniform(np.log(0.01), np.log(5.0), 300)), 100 * np.exp(draw.uniform(-3, 3, 300))
    is_call, rate, dividend = draw.random(300) < 0.5, draw.uniform(-0.02, 0.1, 300), draw.uniform(-0.01, 0.1, 300)
    case = {"rate": rate, "dividend": dividend, "cash": dividends(schedule)}

    price = american.value(100.0, strike, years, sigma, is_call, **case).price
    found = solve(price, 100.0, strike, years, is_call, **case)

    exercised = np.maximum(np.where(is_call, 100.0 - strike, strike - 100.0), 0.0)
    most = np.where(
        is_call, 100 * np.exp(np.maximum(-dividend * years, 0)), strike * np.exp(np.maximum(-rate * years, 0))
    )
    assert (price >= exercised).all()
    assert (price <= most * 1.001 + 1e-3).all()
    there = np.isfinite(found.sigma)
    again = american.value(
        100.0, strike[there], years[there], found.sigma[there], is_call[there],
        rate=rate[there], dividend=dividend[there], cash=case["cash"],
    ).price  # fmt: skip
    assert there.sum() > 90
    assert np.abs(again - price[there]).max() <= 2e-3


def test_arrays_broadcast() -> None:
    strikes, sides = np.array([90.0, 100.0, 110.0]), np.array([[True], [False]])
    price = american.value(100.0, strikes, 0.3, 0.4, sides, rate=0.04, dividend=0.01).price

    found = solve(price, 100.0, strikes, 0.3, sides, rate=0.04, dividend=0.01)

    assert found.sigma.shape == (2, 3)
    assert found.sigma.ravel().tolist() == pytest.approx([0.4] * 6, abs=1e-6)
