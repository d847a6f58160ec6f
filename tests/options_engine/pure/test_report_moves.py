from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from options_engine.pure.report_moves import Summary, assess, bias, overpricing, realised, summarise

DAYS = np.array(["2026-01-28", "2026-01-29", "2026-01-30", "2026-02-02"], dtype="datetime64[D]")
PAST = np.array([3.1, 5.2, 4.4, 7.9, 2.0, 6.1, 4.8, 5.3])


def test_a_report_after_the_close_moves_the_next_session() -> None:
    opens, closes = np.array([199.0, 200.0, 190.0, 188.5]), np.array([200.0, 201.0, 188.0, 189.0])

    move = realised(DAYS, opens, closes, date(2026, 1, 29), "AMC")

    assert move is not None
    assert (round(move.size, 2), move.direction, move.inferred) == (6.47, "down", False)
    assert move.gap == pytest.approx(100 * (190 / 201 - 1))


@pytest.mark.parametrize("timing", ["BMO", "DURING"])
def test_a_report_before_the_open_or_in_the_session_moves_its_own(timing: str) -> None:
    closes = np.array([200.0, 201.0, 188.0, 189.0])

    move = realised(DAYS, closes, closes, date(2026, 1, 29), timing)  # type: ignore[arg-type]

    assert move is not None
    assert (round(move.size, 2), move.direction) == (0.50, "up")


def test_with_the_time_of_day_unknown_the_larger_reaction_stands_and_says_so() -> None:
    closes = np.array([200.0, 201.0, 188.0, 189.0])

    move = realised(DAYS, closes, closes, date(2026, 1, 29), None)

    assert move is not None
    assert (round(move.size, 2), move.direction, move.inferred) == (6.47, "down", True)


@pytest.mark.parametrize("timing", ["BMO", "AMC", None])
def test_a_report_on_a_saturday_moves_monday(timing: str | None) -> None:
    closes = np.array([200.0, 201.0, 200.0, 190.0])

    move = realised(DAYS, closes, closes, date(2026, 1, 31), timing)  # type: ignore[arg-type]

    assert move is not None
    assert move.close == pytest.approx(-5.0)


@pytest.mark.parametrize(
    ("day", "timing"),
    [(date(2026, 2, 2), "AMC"), (date(2026, 2, 2), None), (date(2026, 1, 28), "BMO"), (date(2026, 2, 9), "BMO")],
)
def test_a_session_that_is_missing_makes_no_move(day: date, timing: str | None) -> None:
    closes = np.full(4, 100.0)

    assert realised(DAYS, closes, closes, day, timing) is None  # type: ignore[arg-type]


def test_a_split_between_reports_changes_nothing_where_bars_are_adjusted() -> None:
    closes = np.array([200.0, 201.0, 188.0, 189.0])
    whole = realised(DAYS, closes, closes, date(2026, 1, 29), "AMC")

    assert realised(DAYS, closes / 10, closes / 10, date(2026, 1, 29), "AMC") == whole


def test_what_past_moves_say_together() -> None:
    found = summarise(PAST)

    assert (found.count, round(found.mean, 2), round(found.median, 2)) == (8, 4.85, 5.00)
    assert (round(found.p75, 2), found.largest) == (5.50, 7.9)
    assert found.stdev == pytest.approx(math.sqrt(((PAST - 4.85) ** 2).sum() / 7))
    # The normal approximation of the same interval, and the seed's own.
    error = PAST.std() / math.sqrt(8)
    assert (found.low, found.high) == pytest.approx((4.85 - 1.036 * error, 4.85 + 1.036 * error), abs=0.03)
    assert summarise(PAST) == found


def test_no_moves_say_nothing() -> None:
    found = summarise(np.array([]))

    assert found.count == 0
    assert all(math.isnan(getattr(found, name)) for name in ("mean", "median", "p75", "largest", "stdev", "low"))
    assert math.isnan(overpricing(5.0, found.mean))
    assert assess(5.0, found) == "fair"


def test_overpricing_of_the_worked_example() -> None:
    assert overpricing(100 * 12.7315 / 220, 4.85) == pytest.approx(19.32, abs=0.005)
    assert overpricing(4.9666, 4.85) == pytest.approx(2.40, abs=0.005)


@pytest.mark.parametrize(
    ("expected", "verdict"),
    [(6.5, "overpriced"), (5.787, "fair"), (5.0, "fair"), (4.4, "fair"), (4.0, "underpriced")],
)
def test_only_what_lies_outside_of_the_averages_noise_is_dear_or_cheap(expected: float, verdict: str) -> None:
    assert assess(expected, summarise(PAST)) == verdict


def test_a_premium_inside_of_the_noise_is_fair() -> None:
    # 30 % above the mean of four scattered moves, whose averages reach further.
    scattered = np.array([1.0, 2.0, 4.0, 9.0])

    assert overpricing(5.2, float(scattered.mean())) > 20
    assert assess(5.2, summarise(scattered)) == "fair"


@pytest.mark.parametrize("count", [1, 2, 3])
def test_fewer_than_four_moves_call_nothing_dear_or_cheap(count: int) -> None:
    # Equal moves have an interval without width, which anything lies outside of.
    few, four = summarise(np.full(count, 2.0)), summarise(np.full(4, 2.0))

    assert [assess(each, few) for each in (8.0, 0.5)] == ["fair", "fair"]
    assert [assess(each, four) for each in (8.0, 0.5)] == ["overpriced", "underpriced"]


@pytest.mark.parametrize(
    ("signs", "verdict"),
    [
        ((1, 1, 1, -1), "neutral"),
        ((1,) * 8, "bullish"),
        ((-1,) * 8, "bearish"),
        ((1, 1, 1, 1, 1, 1, -1, -1), "neutral"),  # p = 0.29
        ((1,) * 7 + (-1,), "bullish"),  # p = 0.07
    ],
)
def test_a_bias_is_more_than_chance(signs: tuple[int, ...], verdict: str) -> None:
    scattered = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 6.0, 6.0])[: len(signs)]

    assert bias(np.array(signs) * scattered) == verdict


def test_a_mean_far_from_zero_is_a_bias_too() -> None:
    # Five ups and three downs, the ups much larger: t = 2.2.
    moves = np.array([6.0, 7.0, 8.0, 5.0, 6.0, -1.0, -1.5, -0.5])

    assert bias(moves) == "bullish"
    assert bias(-moves) == "bearish"


@given(st.floats(0.1, 40.0), st.floats(0.1, 40.0), st.floats(0.5, 20.0))
def test_overpricing_grows_with_the_straddle(one: float, other: float, past: float) -> None:
    low, high = sorted((one, other))

    assert overpricing(low, past) <= overpricing(high, past)


def test_a_summary_of_one_move_has_no_spread() -> None:
    found = summarise(np.array([4.0]))

    assert isinstance(found, Summary)
    assert math.isnan(found.stdev)
    assert (found.low, found.high) == (4.0, 4.0)
