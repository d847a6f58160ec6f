from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from options_engine.pure import smile
from options_engine.pure.reading import read
from options_engine.pure.smile import Skew, Smile
from tests.options_engine import made_up

NAN = float("nan")


def linear_in_delta(forward: float, t_years: float, *, step: float) -> Smile:
    """Return strikes at a step whose volatility is 0.16 + 0.08 times the call's delta, exactly."""

    def sigma(strike: float) -> float:
        def off(volatility: float) -> float:
            root = volatility * np.sqrt(t_years)
            delta = norm.cdf(np.log(forward / strike) / root + 0.5 * root)
            return volatility - (0.16 + 0.08 * delta)

        return float(brentq(off, 0.1, 0.3, xtol=1e-14))

    strikes = np.arange(np.ceil(0.7 * forward / step), np.floor(1.3 * forward / step)) * step
    return Smile(forward, t_years, strikes, np.array([sigma(each) for each in strikes.tolist()]))


@pytest.mark.parametrize(("forward", "step"), [(6013.7, 5.0), (6013.7, 50.0), (217.3, 5.0)])
def test_a_smile_that_is_linear_in_delta_is_read_back_between_its_strikes(forward: float, step: float) -> None:
    found = smile.skew(linear_in_delta(forward, 31 / 365, step=step))

    # No strike has one of these deltas.
    assert 100 * found.skew25 == pytest.approx(4.0, abs=1e-9)
    assert 100 * found.skew10 == pytest.approx(6.4, abs=1e-9)
    assert 100 * found.risk_reversal25 == pytest.approx(-4.0, abs=1e-9)
    assert found.put25 == pytest.approx(0.22, abs=1e-12)
    # Both wings' mean is the volatility at delta 0.5, the money a little below it.
    assert 100 * found.butterfly25 == pytest.approx(100 * (0.20 - found.at_the_money), abs=1e-9)
    assert found.normalised == pytest.approx(0.04 / found.at_the_money)
    assert found.lean == "put_heavy"


def test_the_specifications_six_contracts_lean_to_puts() -> None:
    calls = (np.array([0.5, 0.25, 0.1]), np.array([0.20, 0.18, 0.17]))
    puts = (np.array([-0.5, -0.25, -0.1]), np.array([0.22, 0.21, 0.22]))

    skew25 = smile.at_delta(*puts, -0.25) - smile.at_delta(*calls, 0.25)

    assert 100 * skew25 == pytest.approx(3.0)
    assert smile.lean(skew25, NAN) == "put_heavy"


@pytest.mark.parametrize(
    ("skew25", "skew10", "expected"),
    [
        (0.0201, -0.05, "put_heavy"),
        (0.0199, 0.05, "balanced"),
        (-0.0201, 0.0, "call_heavy"),
        (NAN, 0.03, "put_heavy"),
        (NAN, -0.03, "call_heavy"),
        (NAN, NAN, "unknown"),
    ],
)
def test_which_side_costs_more(skew25: float, skew10: float, expected: str) -> None:
    assert smile.lean(skew25, skew10) == expected


def test_a_delta_beyond_the_last_strike_is_not_made_up() -> None:
    narrow = Smile(100.0, 30 / 365, np.array([99.0, 100.0, 101.0]), np.array([0.2, 0.2, 0.2]))

    found = smile.skew(narrow)

    assert found.at_the_money == pytest.approx(0.2)
    assert np.isnan([found.put25, found.call25, found.put10, found.call10, found.skew25]).all()
    assert found.lean == "unknown"


@pytest.mark.parametrize("strikes", [[], [101.0, 102.0], [98.0, 99.0]])
def test_the_money_outside_of_the_strikes_has_no_volatility(strikes: list[float]) -> None:
    there = np.array(strikes)

    assert np.isnan(Smile(100.0, 0.1, there, np.full(len(there), 0.2)).at_the_money())


def test_a_reading_gives_the_volatility_that_the_market_was_made_with() -> None:
    now = datetime(2026, 2, 10, 17, 0, 5, tzinfo=UTC)
    chain = made_up.chain("SPX", now)
    one = chain.take((chain.expiry == np.datetime64("2026-02-20")) & (chain.root == "SPXW"))
    read_back = read(one, {}, european=True, in_session=True)

    found = smile.of_reading(read_back)

    assert len(found.strike) == len(np.unique(found.strike)) > 50
    true = np.interp(found.forward, one.strike[one.is_call], one.iv[one.is_call])
    assert found.at_the_money() == pytest.approx(true, abs=1e-3)
    calls = one.is_call
    true25 = [np.interp(-wanted, -one.delta[calls], one.iv[calls]) for wanted in (0.75, 0.25)]
    assert 100 * smile.skew(found).skew25 == pytest.approx(100 * (true25[0] - true25[1]), abs=0.2)


def test_a_reading_in_which_nothing_is_known_has_no_smile() -> None:
    now = datetime(2026, 2, 10, 17, 0, 5, tzinfo=UTC)
    chain = made_up.chain("SPX", now)
    empty = smile.of_reading(read(chain.take(np.zeros(len(chain), bool)), {}, european=True, in_session=True))

    assert len(empty.strike) == 0
    assert smile.skew(empty).lean == "unknown"


def test_skew_by_hand() -> None:
    found = Skew(at_the_money=0.20, put25=0.24, call25=0.19, put10=0.30, call10=0.18)

    assert found.skew25 == pytest.approx(0.05)
    assert found.skew10 == pytest.approx(0.12)
    assert found.butterfly25 == pytest.approx(0.015)
    assert found.normalised == pytest.approx(0.25)
