from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from options_engine.pure.report_strategies import Situation, nearest, suggest


def situation(m: float = 0.0, e: float = 4.0, rank: float | None = None, bias: str = "neutral") -> Situation:
    return Situation(m, e, rank, bias, 220.0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("premium", "cards"),
    [
        (28, [("Iron Condor (Premium Sell)", 69), ("Short Strangle (Experienced Only)", 64)]),
        (35, [("Iron Condor (Premium Sell)", 72), ("Short Strangle (Experienced Only)", 65)]),
        (90, [("Iron Condor (Premium Sell)", 72), ("Short Strangle (Experienced Only)", 65)]),
        (20, [("Wait for Post-Earnings Setup", 65)]),
        (-10, [("Wait for Post-Earnings Setup", 65)]),
        (-20, [("Long Straddle", 58), ("Long Strangle", 51)]),
        (-30, [("Long Straddle", 62), ("Long Strangle", 54)]),
        (-80, [("Long Straddle", 62), ("Long Strangle", 54)]),
        (math.nan, [("Wait for Post-Earnings Setup", 65)]),
    ],
)
def test_the_table_by_what_options_cost(premium: float, cards: list[tuple[str, int]]) -> None:
    assert [(card.name, card.rule_pct) for card in suggest(situation(premium))] == cards


def test_one_condor_and_no_second() -> None:
    names = [card.name for card in suggest(Situation(28, 2.1, 83, "neutral", 6020))]

    assert [name for name in names if "Iron Condor" in name] == ["Iron Condor (Premium Sell)"]


def test_high_volatility_alone_is_a_condor_around_the_spot() -> None:
    (card,) = suggest(situation(rank=81))

    assert (card.name, card.strikes["center"]) == ("High-IV Iron Condor", 220.0)
    assert [target.strike for target in card.targets] == [206.8, 211.2, 228.8, 233.2]


def test_a_bias_is_a_debit_spread_to_the_expected_move() -> None:
    (bear,) = suggest(Situation(-5, 4, 45, "bearish", 220))
    (bull,) = suggest(situation(bias="bullish"))

    assert (bear.name, bear.strikes) == ("Bear Put Spread", {"buyStrike": 220.0, "sellStrike": 211.2})
    assert (bull.name, bull.strikes) == ("Bull Call Spread", {"buyStrike": 220.0, "sellStrike": 228.8})


def test_nothing_risks_without_limit_but_the_short_strangle() -> None:
    cards = suggest(situation(30, bias="bullish"))

    assert [card.kind for card in cards if not card.defined_risk] == ["short_strangle"]


@given(
    st.floats(-200, 200),
    st.floats(0.1, 40),
    st.one_of(st.none(), st.floats(0, 100)),
    st.sampled_from(["bullish", "bearish", "neutral"]),
)
def test_four_cards_at_most_of_different_names_and_the_same_again(
    m: float, e: float, rank: float | None, bias: str
) -> None:
    now = situation(m, e, rank, bias)
    cards = suggest(now)

    assert 1 <= len(cards) <= 4
    assert len({card.name for card in cards}) == len(cards)
    assert all(40 <= card.rule_pct <= 75 for card in cards)
    assert suggest(now) == cards


@pytest.mark.parametrize(("wanted", "found"), [(101.2, 100.0), (102.5, 100.0), (102.6, 105.0), (300.0, 105.0)])
def test_the_nearest_listed_strike_is_the_lower_of_two(wanted: float, found: float) -> None:
    assert nearest([95.0, 100.0, 105.0], wanted) == found
