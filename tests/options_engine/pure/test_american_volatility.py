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


def test_arrays_broadcast() -> None:
    strikes, sides = np.array([90.0, 100.0, 110.0]), np.array([[True], [False]])
    price = american.value(100.0, strikes, 0.3, 0.4, sides, rate=0.04, dividend=0.01).price

    found = solve(price, 100.0, strikes, 0.3, sides, rate=0.04, dividend=0.01)

    assert found.sigma.shape == (2, 3)
    assert found.sigma.ravel().tolist() == pytest.approx([0.4] * 6, abs=1e-6)
