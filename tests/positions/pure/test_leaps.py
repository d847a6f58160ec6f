"""Projection of long-dated options: the specification's vectors, and the corrections that were adopted.

The pinned vectors hold without dividends, at a flat 4.5 %, for European exercise and whole days.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from options_engine.pure import american, black_scholes
from options_engine.pure.rates import Curve
from positions.pure import leaps
from positions.pure.leaps import AHEAD, SPOT_MOVES, VOLATILITY_MOVES, Market, Option

TODAY = date(2026, 2, 10)
CALL = Option(is_call=True, strike=20_000, expiry=TODAY + timedelta(days=300), european=True)
MARKET = Market(today=TODAY, spot=21_000, sigma=0.25, dividend=0.0)


def test_the_vectors_of_the_specification() -> None:
    points = leaps.project(CALL, MARKET)

    assert [round(point.value, 2) for point in points] == [
        2807.93, 2778.11, 2748.03, 2678.23, 2543.06, 2401.46, 1922.12, 1272.01, 1000.00,
    ]  # fmt: skip
    assert [point.dte for point in points] == [300, 293, 286, 270, 240, 210, 120, 30, 0]
    assert (round(points[0].theta, 2), round(points[-2].theta, 2)) == (-4.24, -9.31)
    assert [round(points[row].delta, 4) for row in (0, -2, -1)] == [0.6886, 0.7788, 1.0]


def test_the_row_of_the_expiry_is_its_day_and_intrinsic_value() -> None:
    last = leaps.project(CALL, MARKET)[-1]

    assert (last.expired, last.day, last.gamma, last.theta, last.vega) == (True, CALL.expiry, 0, 0, 0)
    assert last.at_spot == pytest.approx((0.0, 0.0, 3_100.0, 5_200.0))


def test_a_put_out_of_the_money_ends_worthless_without_a_delta() -> None:
    last = leaps.project(replace(CALL, is_call=False), MARKET)[-1]

    assert (last.value, last.delta) == (0.0, 0.0)
    assert last.at_spot == pytest.approx((3_200.0, 1_100.0, 0.0, 0.0))


def test_a_longer_option_has_nine_points_and_does_not_expire() -> None:
    points = leaps.project(replace(CALL, expiry=TODAY + timedelta(days=366)), MARKET)

    assert [point.days_ahead for point in points] == list(AHEAD)
    assert not any(point.expired for point in points)
    assert leaps.project(replace(CALL, expiry=TODAY + timedelta(days=365)), MARKET)[-1].expired


@pytest.mark.parametrize("expiry", [TODAY, TODAY - timedelta(days=3)])
def test_one_that_ends_today_or_has_ended_is_one_row(expiry: date) -> None:
    (only,) = leaps.project(replace(CALL, expiry=expiry), MARKET)

    assert (only.dte, only.value, only.day) == (0, 1_000.0, expiry)


def test_scenarios_are_the_option_priced_anew() -> None:
    point = leaps.project(CALL, MARKET)[3]

    for move, told in zip(SPOT_MOVES, point.at_spot, strict=True):
        assert told == pytest.approx(_price(spot=21_000 * (1 + move), days=270))
    for move, told in zip(VOLATILITY_MOVES, point.at_volatility, strict=True):
        assert told == pytest.approx(_price(sigma=0.25 + move / 100, days=270))


def test_five_points_less_than_four_is_no_volatility() -> None:
    point = leaps.project(CALL, replace(MARKET, sigma=0.04))[0]

    assert np.isnan(point.at_volatility[0])
    assert point.at_volatility[1] == pytest.approx(_price(sigma=0.09, days=300))


def test_the_rate_is_that_of_the_time_left() -> None:
    curve = Curve(days=np.array([30.0, 365.0]), rate=np.array([0.01, 0.06]))
    points = leaps.project(CALL, replace(MARKET, curve=curve))

    assert points[0].value == pytest.approx(_price(days=300, rate=float(curve.to(300.0))))
    assert points[-2].value == pytest.approx(_price(days=30, rate=0.01))


def test_dividends_make_calls_cheaper() -> None:
    paid = leaps.project(CALL, replace(MARKET, dividend=0.014))[0]

    assert paid.value == pytest.approx(_price(days=300, dividend=0.014))
    assert paid.value < 2807.93


def test_options_on_shares_count_early_exercise() -> None:
    put = Option(is_call=False, strike=250, expiry=CALL.expiry, european=False)
    market = Market(today=TODAY, spot=200, sigma=0.25, dividend=0.005)
    point = leaps.project(put, market)[0]
    early = american.value(200.0, 250.0, 300 / 365, 0.25, False, rate=0.045, dividend=0.005)
    european = black_scholes.value(200.0, 250.0, 300 / 365, 0.25, False, rate=0.045, dividend=0.005)

    assert (point.value, point.delta) == pytest.approx((float(early.price), float(early.delta)))
    assert point.value > float(european.price) + 0.5
    assert point.at_spot[0] == pytest.approx(90.0)  # deep enough to be exercised at once


def test_the_hours_of_today_count() -> None:
    morning = leaps.project(CALL, replace(MARKET, part_of_day=0.25))[0]

    assert morning.value == pytest.approx(_price(days=300.25))


def test_forward_volatilities_add_up_to_the_term_structure() -> None:
    term = ((30.0, 0.30), (300.0, 0.25), (600.0, 0.24))
    points = leaps.project(CALL, replace(MARKET, term=term))
    month = points[3]  # in 30 days

    assert 0.30**2 * 30 + month.forward_sigma**2 * 270 == pytest.approx(0.25**2 * 300)
    assert month.forward_sigma < 0.25
    assert month.forward_value == pytest.approx(_price(days=270, sigma=month.forward_sigma))
    assert (points[0].forward_sigma, points[0].forward_value) == pytest.approx((0.25, points[0].value))


def test_a_skewed_option_keeps_its_ratio_to_the_money() -> None:
    term = ((30.0, 0.30), (300.0, 0.25))
    plain, skewed = (leaps.project(CALL, replace(MARKET, sigma=s, term=term))[3] for s in (0.25, 0.30))

    assert skewed.forward_sigma / plain.forward_sigma == pytest.approx(0.30 / 0.25)


def test_without_a_term_structure_nothing_is_said_of_forward_volatility() -> None:
    points = leaps.project(CALL, MARKET)

    assert all(np.isnan(point.forward_sigma) and np.isnan(point.forward_value) for point in points[:-1])


def test_a_term_structure_that_falls_too_steeply_implies_none() -> None:
    points = leaps.project(CALL, replace(MARKET, term=((30.0, 0.90), (300.0, 0.25))))

    assert np.isnan(points[3].forward_sigma)  # 0.81 x 30 is more than 0.0625 x 300


@pytest.mark.parametrize("unknown", [{"spot": float("nan")}, {"sigma": float("nan")}, {"sigma": 0.0}, {"spot": -1.0}])
def test_nothing_is_projected_from_what_nobody_knows(unknown: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected a number above 0"):
        leaps.project(CALL, replace(MARKET, **unknown))


def _price(
    *, spot: float = 21_000.0, sigma: float = 0.25, days: float, rate: float = 0.045, dividend: float = 0.0
) -> float:
    return float(black_scholes.price(spot, 20_000.0, days / 365, sigma, True, rate=rate, dividend=dividend))
