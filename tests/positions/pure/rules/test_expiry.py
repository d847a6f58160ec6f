"""Rules 5 and 13 at, just below and just above each threshold."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from positions.pure.advice import Abstained, Finding, Urgency
from positions.pure.rules.expiry import pin, worthless
from tests.positions.pure.made_up import CLOSE, case, held, position


def bought(mark: float, strike: int = 6000, days: int = 0, kind: str = "C"):
    return position(held(f"+1{kind}{strike}", "3", mark, days=days), spot=5950.0)


@pytest.mark.parametrize(("mark", "fires"), [(0.11, False), (0.10, True), (0.09, True), (0.05, True)])
def test_hardly_worth_anything(mark, fires):
    found = worthless(case(bought(mark), move_left=60.0))

    assert isinstance(found, Finding) is fires
    if fires:
        assert found.action["reason"] == "0dte_near_worthless"
        assert found.expires_at == CLOSE


@pytest.mark.parametrize(("move", "fires"), [(50.1, False), (50.0, False), (49.9, True)])
@pytest.mark.parametrize(("kind", "strike"), [("C", 6000), ("P", 5900)])
def test_farther_out_of_the_money_than_is_still_expected(move, fires, kind, strike):
    found = worthless(case(bought(1.0, strike, kind=kind), move_left=move))

    assert isinstance(found, Finding) is fires
    if fires:
        assert found.action["reason"] == "0dte_beyond_expected_move"


@pytest.mark.parametrize(("minutes", "urgency"), [(121, Urgency.MEDIUM), (120, Urgency.HIGH), (119, Urgency.HIGH)])
def test_it_is_urgent_from_two_in_the_afternoon(minutes, urgency):
    assert worthless(case(bought(0.05), minutes_left=minutes)).urgency == urgency


@pytest.mark.parametrize(("days", "fires"), [(0, True), (1, False)])
def test_only_on_the_last_day(days, fires):
    assert isinstance(worthless(case(bought(0.05, days=days))), Finding) is fires


def test_who_sold_it_waits_for_just_that():
    assert worthless(case(position(held("-1C6000", "3", 0.05, days=0)), move_left=10.0)) is None


def test_in_the_money_is_not_worthless():
    assert worthless(case(bought(55.0, 5900), move_left=10.0)) is None


def test_a_bought_spread_is_judged_by_its_price_and_its_bought_leg():
    spread = position(held("+1C6000", "3", 0.10, days=0), held("-1C6050", "1", 0.05, days=0), spot=5950.0)

    assert worthless(case(spread)).evidence.value == pytest.approx(0.05)
    assert worthless(case(spread, move_left=1000.0)).evidence.metric == "price"


def test_without_price_and_move_nothing_is_said():
    assert isinstance(worthless(case(replace(bought(1.0), value=None))), Abstained)


def sold(strike: int = 5950, kind: str = "C", minutes: float = 60.0, **more):
    leg = held(f"-1{kind}{strike}", "3", 2.0, days=0, **more)
    return replace(leg, minutes_to_expiry=minutes)


def spot_at(pct: float) -> float:
    """The spot that is so many percent of itself above 5950."""
    return 5950 / (1 - pct / 100)


@pytest.mark.parametrize(
    ("pct", "fires"), [(0.251, False), (0.2499, True), (0.0, True), (-0.2499, True), (-0.251, False)]
)
@pytest.mark.parametrize("kind", ["C", "P"])
def test_pinned_to_a_sold_strike(pct, fires, kind):
    found = pin(case(position(sold(kind=kind), spot=spot_at(pct))))

    assert isinstance(found, Finding) is fires
    if fires:
        assert (found.urgency, found.action["action"], found.action["strike"]) == (Urgency.HIGH, "pin_risk", 5950.0)


def test_a_quarter_percent_is_near_enough():
    facts = position(sold(strike=399), spot=400.0)

    found = pin(case(facts))
    assert (found.evidence.value, found.evidence.threshold) == (0.25, 0.25)


@pytest.mark.parametrize(("minutes", "fires"), [(61, False), (60, True), (59, True), (1, True), (0, False)])
def test_in_the_last_hour(minutes, fires):
    assert isinstance(pin(case(position(sold(minutes=minutes)))), Finding) is fires


def test_not_on_the_day_before():
    leg = replace(sold(), days_to_expiry=1)

    assert pin(case(position(leg))) is None


def test_what_was_bought_is_not_pinned():
    assert pin(case(position(replace(held("+1C5950", "3", 2, days=0), minutes_to_expiry=30)))) is None


def test_the_nearest_of_two_sold_strikes_is_told():
    condor = position(
        replace(held("+1P5900", "1", 0.1, days=0), minutes_to_expiry=30),
        sold(5945, "P", 30),
        sold(5960, "C", 30),
        replace(held("+1C6000", "1", 0.1, days=0), minutes_to_expiry=30),
        spot=5950.0,
    )

    found = pin(case(condor))
    assert (found.action["strike"], found.action["assignable"]) == (5945.0, False)
    assert len(found.action["orders"]) == 4


def test_without_a_spot_nothing_is_said():
    assert isinstance(pin(case(position(sold(), spot=math.nan))), Abstained)
