from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from options_engine.pure.term_structure import Slope, constant_maturity, forward_volatilities, kinks, slope

NAN = float("nan")
MINUTES = 365 * 24 * 60


def test_the_exchanges_published_example_of_thirty_days() -> None:
    # 35 924 and 46 394 minutes, their variances, and the index that the exchange prints for them.
    t_years = np.array([35_924, 46_394]) / MINUTES
    sigma = np.sqrt([0.01846292, 0.01882101])

    assert 100 * constant_maturity(t_years, sigma, 43_200 / MINUTES) == pytest.approx(13.6858, abs=5e-5)


@pytest.mark.parametrize(
    ("days", "sigma", "expected"),
    [
        ([40, 60], [0.30, 0.25], 0.30),
        ([7, 20], [0.30, 0.25], NAN),
        ([7, NAN], [0.30, 0.25], NAN),
        ([20, 40], [NAN, 0.25], 0.25),
        ([30], [0.22], 0.22),
        ([], [], NAN),
    ],
)
def test_what_thirty_days_have_where_the_expiries_do_not_enclose_them(
    days: list[float], sigma: list[float], expected: float
) -> None:
    found = constant_maturity(np.nan_to_num(np.array(days)) / 365, np.array(sigma), 30 / 365)

    assert found == pytest.approx(expected, nan_ok=True)


@given(st.floats(0.05, 2.0), st.lists(st.integers(1, 400), min_size=2, max_size=8, unique=True))
def test_a_flat_market_has_the_same_volatility_everywhere(sigma: float, days: list[int]) -> None:
    times = np.array([0.5, *sorted(days), 500]) / 365

    assert constant_maturity(times, np.full(len(times), sigma), 30 / 365) == pytest.approx(sigma)
    assert forward_volatilities(times, np.full(len(times), sigma)) == pytest.approx(sigma)


@pytest.mark.parametrize(
    ("days", "points", "expected"),
    [
        ([1, 8], [21.0, 24.5], Slope("contango", 0, 1)),
        ([1, 7, 30, 88], [40.0, 20.0, 21.0, 22.5], Slope("contango", 1, 3)),
        ([1, 7, 30, 88], [40.0, 20.0, 21.0, 21.9], Slope("flat", 1, 3)),
        ([7, 30, 90, 365], [24.0, 25.0, 20.0, 30.0], Slope("backwardation", 0, 2, 2)),
        ([2, 4], [25.0, 22.0], Slope("backwardation", 0, 1, 1)),
        ([30], [20.0], Slope("flat")),
        ([], [], Slope("flat")),
    ],
)
def test_the_slope_is_between_a_week_and_a_quarter(days: list[int], points: list[float], expected: Slope) -> None:
    assert slope(np.array(days, dtype=np.int64), np.array(points) / 100) == expected


def test_forward_volatility_is_what_lies_between_and_unknown_where_variance_falls() -> None:
    t_years, sigma = np.array([10, 20, 30]) / 365, np.array([0.20, 0.25, 0.15])

    found = forward_volatilities(t_years, sigma)

    # 2 * 0.25^2 - 0.20^2 = 0.085.
    assert found[:2].tolist() == pytest.approx([0.20, 0.085**0.5])
    assert np.isnan(found[2])


def market(events: dict[int, float], days: list[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return usual days, years and volatilities of a market at 20 % a year with events: days ahead to their move."""
    usual = np.array(days)
    variance = usual / 252 * 0.04 + np.array([sum(m**2 for at, m in events.items() if at <= day) for day in days])
    years = usual / 252
    return usual, years, np.sqrt(variance / years)


def test_an_event_shows_between_the_expiries_around_it_with_its_move() -> None:
    found = kinks(*market({9: 0.05}, [2, 7, 12, 17, 37]))

    assert [kink.place for kink in found] == [2]
    assert found[0].move == pytest.approx(0.05, rel=1e-9)
    # Five days at 0.04 / 252 a day, and the event's 0.0025.
    assert found[0].ratio == pytest.approx(1 + 0.0025 / (5 * 0.04 / 252))


def test_an_event_before_the_first_expiry_is_held_against_the_next_interval() -> None:
    assert [kink.place for kink in kinks(*market({1: 0.05}, [2, 7, 12]))] == [0]


@pytest.mark.parametrize("days", [[2, 7, 12, 17], [0.7, 1.7, 2.7, 7.7], [3]])
def test_ordinary_days_have_no_kink(days: list[float]) -> None:
    assert kinks(*market({}, days)) == []


def test_an_interval_of_a_few_hours_is_not_looked_at() -> None:
    usual, years, sigma = market({}, [0.1, 1.1, 2.1])
    sigma[0] *= 3

    assert kinks(usual, years, sigma) == []
