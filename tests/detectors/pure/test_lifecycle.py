from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.pure.lifecycle import Move, first_move, move_of

T, S = Move.TRIGGERED, Move.INVALIDATED


@pytest.mark.parametrize(
    ("direction", "high", "low", "move"),
    [
        ("bullish", 104.79, 98.11, None),
        ("bullish", 104.80, 98.11, T),
        ("bullish", 104.79, 98.10, S),
        ("bullish", 104.80, 98.10, S),  # both in one bar: the stop wins
        ("bullish", 120.0, 110.0, T),  # a gap over the target
        ("bearish", 101.89, 95.21, None),
        ("bearish", 101.89, 95.20, T),
        ("bearish", 101.90, 95.21, S),
        ("bearish", 101.90, 95.20, S),
        ("neutral", 1000.0, 1.0, None),
    ],
)
def test_a_bar_moves_a_plan_by_its_high_and_low(direction: str, high: float, low: float, move: Move | None) -> None:
    stop, target = (98.1, 104.8) if direction != "bearish" else (101.9, 95.2)

    assert move_of(direction, stop=stop, target=target, high=high, low=low) == move  # type: ignore[arg-type]


def test_a_price_that_is_missing_is_never_touched() -> None:
    assert move_of("bullish", stop=None, target=None, high=1000, low=1) is None
    assert move_of("bullish", stop=None, target=104.8, high=105, low=1) is T
    assert move_of("bearish", stop=101.9, target=None, high=102, low=1) is S


def test_nan_touches_nothing() -> None:
    nan = np.array([np.nan])

    assert first_move("bullish", stop=98.1, target=104.8, highs=nan, lows=nan) is None


bars = st.lists(st.tuples(st.floats(90, 110), st.floats(0, 8)), max_size=12)


@given(st.sampled_from(["bullish", "bearish", "neutral"]), bars)
def test_the_first_move_of_many_bars_is_that_of_one_after_the_other(
    direction: str, rows: list[tuple[float, float]]
) -> None:
    lows = np.array([low for low, _ in rows])
    highs = np.array([low + height for low, height in rows])
    stop, target = (98.1, 104.8) if direction != "bearish" else (101.9, 95.2)

    single = [
        move_of(direction, stop=stop, target=target, high=high, low=low)  # type: ignore[arg-type]
        for high, low in zip(highs, lows, strict=True)
    ]
    expected = next(((move, i) for i, move in enumerate(single) if move), None)

    assert first_move(direction, stop=stop, target=target, highs=highs, lows=lows) == expected  # type: ignore[arg-type]
