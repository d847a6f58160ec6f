from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.pure import levels
from market.pure.bars import Bars
from market.pure.levels import Period
from tests.market.pure.series import NAN, bars

PRICES = st.floats(0.5, 9000)


def rounded(table: dict[str, float]) -> dict[str, float]:
    return {name: round(price, 2) for name, price in table.items()}


@pytest.mark.parametrize(
    ("of", "standard", "camarilla", "fibonacci"),
    [
        (
            Period(5920, 5880, 5900),
            {"pp": 5900, "r1": 5920, "r2": 5940, "r3": 5960, "s1": 5880, "s2": 5860, "s3": 5840},
            {"h4": 5922, "h3": 5911, "l3": 5889, "l4": 5878},
            {"r1": 5915.28, "r2": 5924.72, "r3": 5940, "s1": 5884.72, "s2": 5875.28, "s3": 5860},
        ),
        (
            Period(6021.53, 5968.07, 6009.90),
            {"pp": 5999.83, "r1": 6031.60, "r2": 6053.29, "r3": 6085.06, "s1": 5978.14, "s2": 5946.37, "s3": 5924.68},
            {"h4": 6039.30, "h3": 6024.60, "l3": 5995.20, "l4": 5980.50},
            {"r1": 6020.26, "r2": 6032.87, "r3": 6053.29, "s1": 5979.41, "s2": 5966.80, "s3": 5946.37},
        ),
    ],
)
def test_pivots_of_the_golden_tables(
    of: Period, standard: dict[str, float], camarilla: dict[str, float], fibonacci: dict[str, float]
) -> None:
    found = levels.pivots(of)

    assert rounded(found.standard) == standard
    assert rounded(found.camarilla) == camarilla
    assert rounded(found.fibonacci) == fibonacci


@given(PRICES, PRICES, st.floats(0, 1))
@settings(max_examples=60)
def test_pivots_are_ordered_and_the_range_apart(one: float, other: float, share: float) -> None:
    high, low = max(one, other), min(one, other)
    table = levels.pivots(Period(high, low, low + share * (high - low))).standard

    ladder = [table[name] for name in ("s3", "s2", "s1", "pp", "r1", "r2", "r3")]

    assert all(below <= above + 1e-9 for below, above in pairwise(ladder))
    assert table["r2"] - table["s2"] == pytest.approx(2 * (high - low))


def test_the_candidates_are_the_specified_set() -> None:
    day, week, premarket = Period(12, 8, 10), Period(14, 6, 9), Period(11, 10, 10.5)

    found = levels.candidates(day=day, week=week, premarket=premarket, vwap=10.2, standard=levels.pivots(day).standard)

    assert set(found) == set(levels.DESCRIPTIONS) - {"D20H", "D20L"}
    assert (found["PWH"], found["PWL"], found["PDH"], found["PDL"], found["PDC"]) == (14, 6, 12, 8, 10)
    assert len(found) == 14


def test_a_level_that_cannot_be_had_is_absent_and_not_zero() -> None:
    found = levels.candidates(day=Period(12, 8, 10), week=None, premarket=None, vwap=NAN, standard={})

    assert found == {"PDH": 12, "PDL": 8, "PDC": 10}


def test_the_daily_view_adds_the_extremes_of_twenty_days() -> None:
    found = levels.candidates(
        day=Period(12, 8, 10), week=None, premarket=None, vwap=NAN, standard={}, recent=Period(20, 5, 10)
    )

    assert (found["D20H"], found["D20L"]) == (20, 5)


def test_a_broken_level_changes_sides_and_the_nearest_comes_first() -> None:
    table = {"PDH": 101.0, "PDL": 95.0, "R1": 103.0, "PDC": 99.0}

    before = levels.ladder(table, price=100.0, atr=4.0)
    after = levels.ladder(table, price=101.5, atr=4.0)

    assert [level.name for level in before.resistance] == ["PDH", "R1"]
    assert [level.name for level in before.support] == ["PDC", "PDL"]
    assert [level.name for level in after.resistance] == ["R1"]
    assert [level.name for level in after.support] == ["PDH", "PDC", "PDL"]


def test_a_level_at_the_price_supports_it() -> None:
    found = levels.ladder({"PDC": 100.0}, price=100.0, atr=4.0)

    assert [level.name for level in found.support] == ["PDC"]
    assert found.resistance == ()


def test_distances_are_signed_and_in_three_units() -> None:
    (level,) = levels.ladder({"PDL": 95.0}, price=100.0, atr=4.0).support

    assert (level.distance, level.distance_pct, level.distance_atr, level.strength) == (-5.0, -5.0, -1.25, "moderate")


@pytest.mark.parametrize(
    ("distance_atr", "expected"),
    [
        (0.0, "critical"), (0.49, "critical"), (-0.49, "critical"), (0.5, "strong"), (-0.99, "strong"),
        (1.0, "moderate"), (1.99, "moderate"), (2.0, "weak"), (-9.0, "weak"), (NAN, None),
    ],
)  # fmt: skip
def test_strength_by_distance(distance_atr: float, expected: str | None) -> None:
    assert levels.strength(distance_atr) == expected


@pytest.mark.parametrize("atr", [NAN, 0.0])
def test_without_an_atr_there_is_no_distance_in_atrs_and_no_strength(atr: float) -> None:
    found = levels.ladder({"PDH": 101.0, "VWAP": 100.5}, price=100.0, atr=atr).resistance

    assert all(np.isnan(level.distance_atr) for level in found)
    assert [level.strength for level in found] == ["dynamic", None]


@pytest.mark.parametrize("price", [0.0, -1.0, NAN])
def test_a_price_that_is_none_is_refused(price: float) -> None:
    with pytest.raises(ValueError, match="expected more than 0"):
        levels.ladder({"PDH": 101.0}, price=price, atr=4.0)


@given(st.dictionaries(st.text(min_size=1, max_size=4), PRICES, max_size=14), PRICES, st.floats(0.1, 50))
@settings(max_examples=60)
def test_every_level_stands_on_one_side_nearest_first(table: dict[str, float], price: float, atr: float) -> None:
    found = levels.ladder(table, price=price, atr=atr)

    assert {level.name for level in (*found.resistance, *found.support)} == set(table)
    assert all(level.price > price for level in found.resistance)
    assert all(level.price <= price for level in found.support)
    for side in (found.resistance, found.support):
        distances = [abs(level.distance) for level in side]
        assert distances == sorted(distances)


def test_a_period_is_the_extremes_and_the_last_close_of_its_bars() -> None:
    assert levels.period(bars([(12, 10, 11), (15, 11, 14), (14, 9, 10)])) == Period(15, 9, 10)
    assert levels.period(Bars.empty()) is None
