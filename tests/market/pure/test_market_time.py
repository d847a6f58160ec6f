from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.pure.market_time import Anchor, Windows, market_time, settled_minute

# Three days that run from 100 to 110, 200 to 210 and 300 to 310.
DAYS = Windows(np.array([100.0, 200.0, 300.0]), np.array([110.0, 210.0, 310.0]))


def anchor(market_s: float, speed: float = 1.0, *, paused: bool = False) -> Anchor:
    return Anchor(market_s=market_s, wall_s=1000.0, speed=speed, paused=paused)


@pytest.mark.parametrize(
    ("start", "wall_s", "speed", "expected"),
    [
        (100, 1000, 1, 100),
        (100, 1004, 1, 104),
        (100, 1002, 2, 104),
        (105, 1005, 1, 200),  # the end of a day is the start of the next
        (105, 1004.5, 2, 204),
        (105, 1016, 1, 301),  # over two nights
        (105, 1025, 1, 310),  # the end of the last day
        (105, 9999, 30, 310),
        (150, 1003, 1, 203),  # set to a closed hour: the next open one
        (50, 1003, 1, 103),
        (110, 1003, 1, 203),  # a window's end is no part of it
        (310, 1003, 1, 310),
        (400, 1003, 1, 310),
        (100, 900, 1, 100),  # a wall clock set back does not take market time with it
    ],
)
def test_market_time_runs_in_its_windows_and_jumps_over_the_rest(
    start: float, wall_s: float, speed: float, expected: float
) -> None:
    assert market_time(anchor(start, speed), wall_s, DAYS) == expected


def test_without_windows_time_runs_on() -> None:
    assert market_time(anchor(150, 60), 1002, None) == 270


def test_a_paused_clock_stands() -> None:
    assert market_time(anchor(104, 30, paused=True), 2000, DAYS) == 104


def test_real_instants_keep_their_microseconds() -> None:
    opens = 1.7e9 + 86_400.0 * np.arange(9_000)
    years = Windows(opens, opens + 34_500)

    assert market_time(Anchor(opens[8_000] + 0.000_001, 1.8e9, 1.0), 1.8e9, years) == opens[8_000] + 0.000_001


@pytest.mark.parametrize(
    ("starts", "ends"), [([], []), ([1.0], [1.0]), ([1.0, 2.0], [3.0, 4.0]), ([5.0, 1.0], [6.0, 2.0])]
)
def test_windows_have_to_be_ascending_and_apart(starts: list[float], ends: list[float]) -> None:
    with pytest.raises(ValueError, match="ascending"):
        Windows(np.array(starts), np.array(ends))


@settings(max_examples=100)
@given(
    start=st.floats(0, 400),
    speed=st.floats(0.1, 300),
    walls=st.lists(st.floats(990, 1200), min_size=2, max_size=20),
)
def test_market_time_never_goes_back_and_never_stands_in_a_closed_hour(
    start: float, speed: float, walls: list[float]
) -> None:
    told = [market_time(anchor(start, speed), wall, DAYS) for wall in sorted(walls)]

    assert told == sorted(told)
    assert all(
        any(begin <= at < end for begin, end in zip(DAYS.starts, DAYS.ends, strict=True)) or at == 310 for at in told
    )


@settings(max_examples=100)
@given(start=st.floats(100, 310), middle=st.floats(1000, 1020), rest=st.floats(0, 20), speed=st.floats(0.1, 10))
def test_anchoring_anew_on_the_way_changes_nothing(start: float, middle: float, rest: float, speed: float) -> None:
    first = anchor(start, speed)

    again = Anchor(market_time(first, middle, DAYS), middle, speed)

    straight, halting = market_time(first, middle + rest, DAYS), market_time(again, middle + rest, DAYS)
    # At a window's edge a rounding error decides the side, so compare where both stand on the running scale.
    assert _run(halting) == pytest.approx(_run(straight), abs=1e-6)


def _run(at: float) -> float:
    return float(np.clip(at - DAYS.starts, 0, DAYS.ends - DAYS.starts).sum())


@pytest.mark.parametrize(
    ("at_s", "edge"),
    [(600, 480), (601.9, 480), (602, 540), (661.99, 540), (662, 600), (659, 540)],
)
def test_a_minute_is_settled_two_seconds_after_its_end(at_s: float, edge: int) -> None:
    assert settled_minute(at_s) == edge
