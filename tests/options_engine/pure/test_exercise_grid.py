from __future__ import annotations

import numpy as np
import pytest

from options_engine.pure import black_scholes
from options_engine.pure.exercise_grid import TOGETHER, Problem, price_and_delta

STRIKES = np.linspace(70.0, 140.0, 29)


def problem(strike: np.ndarray, *, call: bool, rate: float, dividend: float, years: float = 0.7, **more) -> Problem:
    def alike(number: float) -> np.ndarray:
        return np.full(len(strike), number)

    return Problem(
        spot=alike(100.0), strike=strike, t_years=alike(years), sigma=alike(0.3), rate=alike(rate),
        dividend=alike(dividend), sign=alike(1.0 if call else -1.0),
        ex_years=more.get("ex_years", np.empty(0)), amount=more.get("amount", np.empty(0)),
    )  # fmt: skip


@pytest.mark.parametrize(("call", "rate", "dividend"), [(True, 0.05, 0.0), (False, 0.0, 0.03), (True, 0.0, 0.0)])
def test_where_nobody_exercises_early_the_grid_finds_the_closed_form(call: bool, rate: float, dividend: float) -> None:
    price, delta = price_and_delta(problem(STRIKES, call=call, rate=rate, dividend=dividend))

    right = black_scholes.value(100.0, STRIKES, 0.7, 0.3, call, rate=rate, dividend=dividend)
    assert np.abs(price - right.price).max() <= 1e-3
    assert np.abs(delta - right.delta).max() <= 5e-4


def test_calls_and_puts_are_each_others_mirror() -> None:
    # McDonald and Schroder: a call is a put with spot and strike, rate and yield exchanged.
    calls, _ = price_and_delta(problem(STRIKES, call=True, rate=0.03, dividend=0.06))
    put = problem(STRIKES, call=False, rate=0.06, dividend=0.03)
    mirrored = Problem(
        spot=STRIKES, strike=put.spot, t_years=put.t_years, sigma=put.sigma, rate=put.rate,
        dividend=put.dividend, sign=put.sign, ex_years=put.ex_years, amount=put.amount,
    )  # fmt: skip
    puts, _ = price_and_delta(mirrored)

    assert np.abs(calls - puts).max() <= 3e-3


def test_delta_is_what_the_price_does() -> None:
    cash = {"ex_years": np.array([0.2, 0.5]), "amount": np.array([1.5, 1.5])}
    for call in (True, False):
        middle = problem(STRIKES, call=call, rate=0.05, dividend=0.01, **cash)
        moved = [
            price_and_delta(
                Problem(
                    spot=middle.spot + by, strike=middle.strike, t_years=middle.t_years, sigma=middle.sigma,
                    rate=middle.rate, dividend=middle.dividend, sign=middle.sign, ex_years=middle.ex_years,
                    amount=middle.amount,
                )
            )[0]
            for by in (0.5, -0.5)
        ]  # fmt: skip

        assert np.abs(price_and_delta(middle)[1] - (moved[0] - moved[1])).max() <= 3e-3


def test_a_dividend_of_nothing_changes_next_to_nothing() -> None:
    without, _ = price_and_delta(problem(STRIKES, call=False, rate=0.05, dividend=0.0))
    beside, _ = price_and_delta(
        problem(STRIKES, call=False, rate=0.05, dividend=0.0, ex_years=np.array([0.3]), amount=np.array([0.0]))
    )

    # A date costs a few steps, beside which the march starts anew.
    assert np.abs(without - beside).max() <= 3e-3


def test_more_contracts_than_march_together() -> None:
    strikes = np.linspace(80.0, 120.0, TOGETHER + 3)
    price, delta = price_and_delta(problem(strikes, call=False, rate=0.05, dividend=0.0))

    assert (np.diff(price) > 0).all()
    assert np.diff(delta).max() < 5e-4  # from one grid to the next, with the strike on another node
    last, _ = price_and_delta(problem(strikes[-1:], call=False, rate=0.05, dividend=0.0))
    assert float(price[-1]) == pytest.approx(float(last[0]), rel=1e-12)
