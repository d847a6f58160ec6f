"""Rule 11 at, just below and just above each threshold."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from positions.pure.advice import Finding, Urgency
from positions.pure.rules.assignment import assignment
from tests.positions.pure.made_up import RATE, TODAY, case, held, position

EX = {"ex_date": TODAY + timedelta(days=2), "ex_sessions": 2, "dividend": 1.0}


def call(extrinsic: float = 0.5, strike: int = 45, days: int = 11, **more):
    leg = held(f"-2C{strike}", "4", 5 + extrinsic, root="KO", days=days, extrinsic=extrinsic, **more)
    return position(leg, symbol="KO", spot=50.0)


def test_the_specifications_fixture():
    """Spot 50, a sold 45 call, a dividend of 1 dollar within two sessions: flagged; without the dividend not."""
    found = assignment(case(call(), **EX))

    assert (found.urgency, found.action["action"], found.action["quantity"]) == (Urgency.HIGH, "assignment_risk", 2)
    assert (found.action["dividend"], found.action["exDate"]) == (1.0, "2026-02-11")
    assert found.action["orders"][0]["side"] == "buy"
    assert assignment(case(call())) is None


@pytest.mark.parametrize(("extrinsic", "fires"), [(1.01, False), (1.0, False), (0.99, True), (0.0, True)])
def test_the_dividend_has_to_be_worth_more_than_what_is_left(extrinsic, fires):
    assert isinstance(assignment(case(call(extrinsic), **EX)), Finding) is fires


@pytest.mark.parametrize(("sessions", "fires"), [(0, False), (1, True), (2, True), (3, False), (None, False)])
def test_within_two_sessions(sessions, fires):
    assert isinstance(assignment(case(call(), **{**EX, "ex_sessions": sessions})), Finding) is fires


@pytest.mark.parametrize(("strike", "fires"), [(49, True), (50, False), (51, False)])
def test_in_the_money_alone(strike, fires):
    assert isinstance(assignment(case(call(strike=strike), **EX)), Finding) is fires


@pytest.mark.parametrize(("days", "fires"), [(1, False), (2, True)])
def test_an_option_that_ends_before_the_ex_date_gets_no_dividend(days, fires):
    assert isinstance(assignment(case(call(days=days), **EX)), Finding) is fires


def test_european_options_are_not_exercised_early():
    assert assignment(case(call(european=True), **EX)) is None


def test_the_owner_decides_not_who_bought_it():
    facts = position(held("+2C45", "4", 5.5, root="KO", extrinsic=0.5), symbol="KO", spot=50.0)

    assert assignment(case(facts, **EX)) is None


@pytest.mark.parametrize("unknown", [{"ex_date": None}, {"dividend": math.nan}])
def test_without_a_known_dividend_nothing_is_said(unknown):
    assert assignment(case(call(), **{**EX, **unknown})) is None


def put(extrinsic: float, delta: float = -0.95, days: int = 30):
    leg = held("-1P60", "9", 10 + extrinsic, root="KO", days=days, extrinsic=extrinsic, delta=delta)
    return position(leg, symbol="KO", spot=50.0)


# Interest on 60 dollars until expiry.
INTEREST = 60 * (1 - math.exp(-RATE * (30 * 1440 + 240) / 525_600))


@pytest.mark.parametrize(("off", "fires"), [(0.0001, False), (0.0, False), (-0.0001, True)])
def test_a_put_whose_strike_earns_more_than_waiting(off, fires):
    found = assignment(case(put(INTEREST + off)))

    assert isinstance(found, Finding) is fires
    if fires:
        assert found.action["exerciseGain"] == round(INTEREST, 2)


@pytest.mark.parametrize(("delta", "fires"), [(-0.79, False), (-0.80, True), (-0.81, True), (math.nan, False)])
def test_a_put_has_to_be_deep_in_the_money(delta, fires):
    assert isinstance(assignment(case(put(0.0, delta))), Finding) is fires


def test_without_a_rate_nothing_is_said_of_puts():
    assert assignment(case(put(0.0), rate=math.nan)) is None


def test_the_leg_with_the_least_to_wait_for_is_told():
    spread = position(
        held("-1C45", "4", 5.5, root="KO", extrinsic=0.5),
        held("-1C40", "4", 10.1, root="KO", extrinsic=0.1),
        held("+2C55", "1", 0.5, root="KO"),
        symbol="KO",
        spot=50.0,
    )

    found = assignment(case(spread, **EX))
    assert found.action["contract"] == "KO260220C00040000"
    assert date.fromisoformat(found.action["exDate"]) == EX["ex_date"]
