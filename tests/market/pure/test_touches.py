from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from market.pure import touches
from market.pure.bars import Bars, Floats
from tests.market.pure.series import NAN, walks


def marks(rows: list[tuple[float, float]], level: Floats | float = 100.0) -> list[bool]:
    """Return which (high, low) bars test the level, with a tolerance of 0.1 and an excursion of 1."""
    high, low = np.array(rows, dtype=np.float64).T
    return touches.touches(high, low, level, tolerance=0.1, excursion=1.0).tested.tolist()


def by_hand(high: Floats, low: Floats, level: float, tolerance: float, excursion: float) -> list[bool]:
    """Walk the bars one by one, as the definition reads."""
    may_test, found = True, []
    for top, bottom in zip(high, low, strict=True):
        touched = bottom - tolerance <= level <= top + tolerance
        found.append(bool(touched and may_test))
        if touched:
            may_test = False
        elif max(top - level, level - bottom) >= excursion:
            may_test = True
    return found


def test_price_that_rests_on_a_level_tests_it_once() -> None:
    assert marks([(100.05, 99.95)] * 40) == [True] + [False] * 39


def test_a_wave_that_visits_four_times_tests_four_times() -> None:
    centre = [99.2 + math.sin(2 * math.pi * i / 10) for i in range(40)]

    assert sum(marks([(at + 0.02, at - 0.02) for at in centre], level=100.2)) == 4


def test_a_second_test_needs_an_excursion() -> None:
    near, little, far = (100.05, 99.9), (100.9, 100.2), (101.0, 100.5)

    assert marks([near, little, near]) == [True, False, False]
    assert marks([near, far, near]) == [True, False, True]


def test_an_excursion_below_counts_as_one_above_does() -> None:
    assert marks([(100, 99.9), (99.5, 98.9), (100.2, 99.8)]) == [True, False, True]


def test_a_bar_that_touches_is_no_excursion_however_far_it_reaches() -> None:
    # Nobody knows whether it went there before or after the touch.
    assert marks([(100, 99.9), (103, 99.95), (100.1, 99.9)]) == [True, False, False]


def test_the_tolerance_is_inclusive() -> None:
    assert marks([(99.95, 99.5)], level=100.05) == [True]
    assert marks([(99.5, 99.0)], level=100.05) == [False]


def test_a_minute_without_a_bar_neither_touches_nor_moves_away() -> None:
    assert marks([(100, 99.9), (NAN, NAN), (100.1, 99.9)]) == [True, False, False]


def test_a_level_that_is_missing_is_never_touched() -> None:
    assert marks([(100, 99.9)], level=NAN) == [False]


def test_a_level_may_move_with_the_bars() -> None:
    assert marks([(100, 99.9), (102, 101.9), (104, 103.9)], level=np.array([100.0, 100.0, 104.0])) == [
        True,
        False,
        True,
    ]


def test_many_levels_at_once_are_the_same_as_one_by_one() -> None:
    high, low = np.array([[101, 100.2, 102, 100.1]]), np.array([[100, 99.9, 101.5, 99.95]])
    levels = np.array([[100.0], [101.6], [90.0]])

    together = touches.touches(high, low, levels, tolerance=0.05, excursion=1.0).tested

    alone = [touches.touches(high[0], low[0], level, tolerance=0.05, excursion=1.0).tested for level in levels[:, 0]]
    np.testing.assert_array_equal(together, alone)


def test_no_bars_are_no_touches() -> None:
    nothing = np.empty(0)

    assert touches.touches(nothing, nothing, 100.0, tolerance=0.1, excursion=1.0).tested.shape == (0,)


@given(walks(least=1), st.floats(98, 102), st.floats(0.0, 0.3), st.floats(0.31, 2.0))
@settings(max_examples=80)
def test_the_array_form_agrees_with_a_walk_bar_by_bar(
    session: Bars, level: float, tolerance: float, excursion: float
) -> None:
    found = touches.touches(session.high, session.low, level, tolerance=tolerance, excursion=excursion)

    assert found.tested.tolist() == by_hand(session.high, session.low, level, tolerance, excursion)


@given(walks(least=2), st.integers(1, 119))
@settings(max_examples=40)
def test_a_test_never_depends_on_later_bars(session: Bars, cut: int) -> None:
    whole = touches.touches(session.high, session.low, 100.0, tolerance=0.1, excursion=0.5).tested
    part = touches.touches(session.high[:cut], session.low[:cut], 100.0, tolerance=0.1, excursion=0.5).tested

    np.testing.assert_array_equal(whole[:cut], part)


def test_the_distances_of_the_rules() -> None:
    assert touches.tolerance(100.0, 4.0) == 0.48
    assert touches.tolerance(6000.0, 4.0) == 4.2
    assert np.isnan(touches.tolerance(6000.0, NAN))
    assert touches.excursion(4.0) == 1.0
