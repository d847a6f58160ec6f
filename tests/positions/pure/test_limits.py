from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from positions.pure import limits
from positions.pure.limits import Later, Limits, Volatilities
from positions.pure.structures import Kind
from tests.positions.pure.test_structures import NEXT, leg

HUNDRED, ONE = Decimal(100), Decimal(1)


def of(text: str, cost: str) -> Limits:
    legs = [leg(each) for each in text.split()]
    return limits.of(tuple((each, ONE if each.kind is Kind.STOCK else HUNDRED) for each in legs), Decimal(cost))


@pytest.mark.parametrize(
    ("legs", "cost", "gain", "loss", "breakevens"),
    [
        # The cases that the specification pins.
        ("+2C5900", "6000", None, "6000.00", ["5930"]),
        ("-1P5800", "-4000", "4000.00", "576000.00", ["5760"]),
        ("+5C5900 -5C6000", "15000", "35000.00", "15000.00", ["5930"]),
        ("+1C5900 -1C6000", "2500", "7500.00", "2500.00", ["5925"]),
        ("+100S", "580000", None, "580000.00", ["5800"]),
        # The rest of its table.
        ("-1C5900", "-3000", "3000.00", None, ["5930"]),
        ("+1P5800", "4000", "576000.00", "4000.00", ["5760"]),
        ("-1C5900 +1C6000", "-2500", "2500.00", "7500.00", ["5925"]),
        ("+1P5700 -1P5800 -1C6000 +1C6100", "-3000", "3000.00", "7000.00", ["5770", "6030"]),
        ("+1P5600 -1P5800 -1C6000 +1C6100", "-3000", "3000.00", "17000.00", ["5770", "6030"]),  # the wider wing
        ("-100S", "-580000", "580000.00", None, ["5800"]),
        ("+100S -1C6000", "575000", "25000.00", "575000.00", ["5750"]),
    ],
)
def test_what_a_structure_can_win_and_lose(
    legs: str, cost: str, gain: str | None, loss: str | None, breakevens: list[str]
) -> None:
    found = of(legs, cost)

    assert (found.max_gain, found.max_loss) == (gain and Decimal(gain), loss and Decimal(loss))
    assert found.breakevens == tuple(map(Decimal, breakevens))
    assert found.known


def test_what_legs_of_two_dates_can_win_is_not_known() -> None:
    calendar = ((leg("-1C5900"), HUNDRED), (leg("+1C5900", NEXT), HUNDRED))

    assert limits.of(calendar, Decimal(1000)) == limits.UNKNOWN


def test_the_limits_of_a_calendar_are_those_of_its_first_date() -> None:
    near, far = leg("-1C5900"), leg("+1C5900", NEXT)
    later = Later(sigma=0.15, growth=0.03, years=28 / 365, european=True)

    found = limits.at_first_expiry(((near, HUNDRED), (far, HUNDRED)), Decimal(4000), {far: later}, spot=5900.0)

    # At the strike the near one is worthless, and the far one by hand: the forward is 5913.6, d1 = 0.0762, d2 = 0.0346:
    # 3136.3 - 3031.5, discounted by 4.5 % for 28 days, are 104.5.
    assert (found.known, found.by_model) == (True, True)
    assert found.max_gain == pytest.approx(Decimal(6447), abs=20)
    # Far away both are worth the same, but for what the later strike is discounted: all that was paid is lost below.
    assert found.max_loss == Decimal("4000.00")
    assert len(found.breakevens) == 2
    assert found.breakevens[0] < 5900 < found.breakevens[1]
    for price in found.breakevens:
        worth = float(later.worth(limits._priced_at_nothing(far, HUNDRED), np.array([float(price)]))[0])
        assert 100 * (worth - max(float(price) - 5900, 0)) == pytest.approx(
            4000, abs=60
        )  # between knots a straight line


def test_an_american_option_that_lives_on_is_worth_its_exercise_at_least() -> None:
    far = limits._priced_at_nothing(leg("+1P100", NEXT), HUNDRED)
    deep = np.array([20.0])
    worth = [Later(0.2, 0.03, 0.5, european).worth(far, deep)[0] for european in (True, False)]

    assert worth[0] < 80 == worth[1]


def chance(winning: list[tuple[float, float]], *, sigma: float = 0.2, years: float = 0.25) -> float:
    flat = Volatilities((100.0,), (sigma,))
    return float(limits.chances([winning], np.array([100.0]), [flat], np.array([years]))[0])


def test_a_chance_is_that_of_the_lognormal() -> None:
    # By hand: 0.2 x sqrt(0.25) = 0.1; N(0.05) = 0.5199388, N((ln 1.1 + 0.005) / 0.1) = N(1.0031018) = 0.8420943.
    assert chance([(0.0, 100.0)]) == pytest.approx(0.5199388, abs=1e-7)
    assert chance([(100.0, np.inf)]) == pytest.approx(1 - 0.5199388, abs=1e-7)
    assert chance([(100.0, 110.0)]) == pytest.approx(0.8420943 - 0.5199388, abs=1e-6)
    assert chance([(0.0, 100.0), (100.0, np.inf)]) == pytest.approx(1.0)
    assert chance([]) == 0.0


@pytest.mark.parametrize(("sigma", "years"), [(np.nan, 0.25), (0.2, 0.0), (0.2, np.nan)])
def test_a_chance_is_not_known_without_volatility_or_time(sigma: float, years: float) -> None:
    assert np.isnan(chance([(100.0, 110.0)], sigma=sigma, years=years))


def test_an_edge_has_the_volatility_of_the_nearest_strike_that_implies_one() -> None:
    smile = Volatilities((90.0, 100.0, 120.0), (0.4, np.nan, 0.1))

    assert [smile.near(price) for price in (0.0, 104.0, 106.0, np.inf)] == [0.4, 0.4, 0.1, 0.1]


@given(st.floats(0.05, 2.0), st.floats(0.01, 3.0), st.floats(20.0, 300.0))
def test_chances_of_a_stretch_and_of_the_rest_are_everything(sigma: float, years: float, edge: float) -> None:
    below, above = chance([(0.0, edge)], sigma=sigma, years=years), chance([(edge, np.inf)], sigma=sigma, years=years)

    assert below + above == pytest.approx(1.0)
    assert 0 <= below <= 1
