from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.pure.plans import (
    Idea,
    Plan,
    Target,
    build,
    contracts_for,
    is_out_of_reach,
    usable_atr,
    valid_until,
)

LONG = Idea("orb_breakout", "long", "close_above_range", price=101.2, reference=99.5, range_points=1.0, atr=4.0)
SHORT = Idea("orb_breakout", "short", "close_below_range", price=98.8, reference=100.5, range_points=1.0, atr=4.0)


def test_the_golden_long_plan() -> None:
    plan, rejected = build(LONG)

    assert rejected is None
    assert plan is not None
    assert (plan.entry, plan.stop, plan.target) == (101.2, 98.1, 104.8)
    assert [target.price for target in plan.targets] == [104.3, 104.8]
    assert (plan.risk_points, plan.risk_dollars) == (3.1, 310.0)
    assert [target.reward_to_risk for target in plan.targets] == [1.0, 1.16]


def test_the_golden_short_plan() -> None:
    plan, rejected = build(SHORT)

    assert rejected is None
    assert plan is not None
    assert (plan.entry, plan.stop, plan.target) == (98.8, 101.9, 95.2)
    assert [target.price for target in plan.targets] == [95.7, 95.2]


@pytest.mark.parametrize(
    ("idea", "stop", "target"),
    [
        # The vectors of setups that come later prove the same builder: break-retest, cross, deviation, half gap.
        (Idea("break_retest", "long", "retest_hold", 100.95, 100.0, 3.2, 4.0), 98.6, 105.75),
        (Idea("vwap_cross", "long", "vwap_reclaim", 101.1, 100.01, 3.2, 4.0), 98.61, 105.90),
        (Idea("vwap_deviation", "short", "back_to_mean", 102.0, 100.4, 1.6, 1.0, mean=100.4), 102.35, 100.4),
        (Idea("gap_fill", "short", "half_filled", 101.4, 100.0, 3.0, 4.0, mean=100.0, stop=102.25), 102.25, 100.0),
    ],
)
def test_golden_plans_of_other_setups(idea: Idea, stop: float, target: float) -> None:
    plan, _ = build(idea)

    assert plan is not None
    assert (plan.stop, plan.target) == (stop, target)


def test_a_plan_back_to_the_mean_has_one_target() -> None:
    plan, _ = build(Idea("vwap_deviation", "short", "back_to_mean", 102.0, 100.4, 1.6, 1.0, mean=100.4))

    assert plan is not None
    assert [target.price for target in plan.targets] == [100.4]


def test_the_near_target_is_left_out_where_it_is_not_nearer() -> None:
    plan, rejected = build(dataclasses.replace(LONG, range_points=0.1, reference=98.0))

    assert plan is not None
    assert [target.price for target in plan.targets] == [104.8]
    assert rejected == "reward_below_risk"


@pytest.mark.parametrize(
    ("stop", "rejected"),
    [(99.0, "reward_below_risk"), (99.01, None), (99.1, None)],
)
def test_a_reward_of_exactly_the_risk_is_enough(stop: float, rejected: str | None) -> None:
    _, reason = build(Idea("gap_fill", "long", "half_filled", 100.0, 99.0, 1.0, 1.0, mean=100.99, stop=stop))

    assert reason == rejected


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"price": 0.0}, "price_not_positive"),
        ({"price": 2.0, "reference": 3.0, "atr": 10.0}, "price_not_positive"),
        ({"stop": 101.2}, "stop_not_beyond_entry"),
        ({"stop": 101.201}, "stop_not_beyond_entry"),
        ({"mean": 101.2}, "target_not_beyond_entry"),
        ({"mean": 100.0}, "target_not_beyond_entry"),
    ],
)
def test_prices_out_of_order_make_no_plan(change: dict[str, float], reason: str) -> None:
    assert build(dataclasses.replace(LONG, **change)) == (None, reason)


@pytest.mark.parametrize(
    ("atr", "price", "used"),
    [(4.0, 100.0, 4.0), (math.nan, 1000.0, 4.0), (math.nan, 100.0, 1.0), (0.0, 250.0, 1.0), (math.nan, 250.1, 1.0004)],
)
def test_without_an_atr_a_share_of_the_price_stands_in(atr: float, price: float, used: float) -> None:
    assert usable_atr(atr, price) == pytest.approx(used)


@pytest.mark.parametrize(
    ("setup_type", "end"),
    [("orb_breakout", 10_000), ("vwap_cross", 4_600), ("volume_climax", 1_900), ("gamma_squeeze", 4_600)],
)
def test_an_idea_lives_for_its_horizon_and_never_beyond_the_close(setup_type: str, end: int) -> None:
    assert valid_until(setup_type, 1_000, 10_000) == end
    assert valid_until(setup_type, 9_990, 10_000) == 10_000


@pytest.mark.parametrize(
    ("risk", "budget", "contracts"), [(310.0, 100, 0), (50.0, 100, 2), (50.01, 100, 1), (0.1, 100, 1000)]
)
def test_sizes_are_never_rounded_up(risk: float, budget: int, contracts: int) -> None:
    assert contracts_for(risk, budget) == contracts


def test_the_flat_trade_keeps_plain_numbers() -> None:
    plan, _ = build(LONG)

    assert plan is not None
    assert plan.suggested_trade() == {
        "strategy": "orb breakout",
        "entry": 101.2,
        "stopLoss": 98.1,
        "target": 104.8,
    }


def test_the_whole_plan_says_what_is_missing() -> None:
    plan, _ = build(LONG)

    assert plan is not None
    wire = plan.as_wire()
    assert wire["stopLoss"] == {"price": 98.1, "riskPoints": 3.1, "riskDollars": 310.0}
    assert wire["positionSize"] == {
        "contractsFor100Risk": 0,
        "contractsFor250Risk": 0,
        "contractsFor500Risk": 1,
    }
    assert (wire["optionSuggestion"], wire["optionSuggestionReason"]) == (None, "no_chain")
    assert wire["timeHorizon"] == "end of day"


prices = st.floats(0.01, 20_000)
ideas = st.builds(
    Idea,
    setup_type=st.just("orb_breakout"),
    side=st.sampled_from(["long", "short"]),
    trigger=st.just("x"),
    price=prices,
    reference=prices,
    range_points=st.floats(0, 500),
    atr=st.one_of(st.just(math.nan), st.floats(0.001, 400)),
    mean=st.one_of(st.none(), prices),
    stop=st.one_of(st.none(), prices),
)


@given(ideas)
def test_no_plan_ever_has_its_prices_out_of_order(idea: Idea) -> None:
    plan, reason = build(idea)

    if plan is None:
        assert reason is not None
        return
    in_order = [plan.stop, plan.entry, *(target.price for target in plan.targets)]
    assert in_order == sorted(set(in_order), reverse=plan.side == "short")
    assert min(in_order) > 0
    assert (reason == "reward_below_risk") == (plan.targets[-1].reward_points < plan.risk_points)
    assert contracts_for(plan.risk_dollars, 100) * plan.risk_dollars <= 100.000001


@given(ideas, st.floats(0.001, 400))
def test_a_short_plan_is_the_mirror_of_the_long_one(idea: Idea, atr: float) -> None:
    axis = 50_000.0
    idea = dataclasses.replace(idea, atr=atr, mean=None, stop=None)
    mirrored = dataclasses.replace(
        idea,
        side="short" if idea.side == "long" else "long",
        price=axis - idea.price,
        reference=axis - idea.reference,
    )

    plan, reflected = build(idea)[0], build(mirrored)[0]

    if plan is None or reflected is None:  # a low price leaves no room below; the mirror lies high
        return
    assert reflected.entry == pytest.approx(axis - plan.entry, abs=0.011)
    assert reflected.stop == pytest.approx(axis - plan.stop, abs=0.011)
    assert reflected.target == pytest.approx(axis - plan.target, abs=0.011)


def test_a_plan_is_a_value() -> None:
    plan, _ = build(LONG)

    assert isinstance(plan, Plan)
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.entry = 1.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("atr", "minutes", "out"),
    [
        (5.0, 390, False),  # 4 moves of 5 are 20: right on it
        (4.99, 390, True),
        (10.0, 97.5, False),
        (10.0, 97.4, True),
        (10.0, 0, True),
        (float("nan"), 390, False),
        (0.0, 390, False),
    ],
)
def test_a_target_beyond_four_moves_of_the_time_left_is_out_of_reach(atr: float, minutes: float, out: bool) -> None:
    plan = Plan(
        setup_type="orb_breakout",
        side="long",
        trigger="close_above_range",
        entry=100.0,
        stop=95.0,
        targets=(Target(105.0, 5.0, 1.0), Target(120.0, 20.0, 4.0)),
        risk_points=5.0,
        risk_dollars=500.0,
        horizon_minutes=None,
    )

    assert is_out_of_reach(plan, atr=atr, minutes=minutes) is out
