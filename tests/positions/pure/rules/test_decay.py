"""Rule 4 at, just below and just above each threshold; the loss itself against the model priced twice."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from options_engine.pure import black_scholes
from positions.pure.advice import Abstained, Finding, Urgency
from positions.pure.rules.decay import decay, lost_in
from positions.pure.thresholds import Thresholds
from tests.positions.pure.made_up import RATE, case, held, market, position, priced


def bought(days: int, strike: int = 5950, *, spot: float = 5950.0):
    return position(priced(held(f"+2C{strike}", "30", 1, days=days), spot=spot), spot=spot)


def share_lost(facts) -> float:
    lost = sum(lost_in(leg, 28 * 60, spot=facts.spot, market=market(), symbol="SPX") for leg in facts.options)
    return 100 * lost / float(facts.value)


def test_the_loss_is_the_model_priced_twice():
    facts = bought(1)
    (leg,) = facts.legs
    assert leg.minutes_to_expiry == 1680
    now, then = (
        black_scholes.value(5950, 5950, minutes / 525_600, 0.15, True, rate=RATE, dividend=0.0).price
        for minutes in (1680, 240)
    )

    assert lost_in(leg, 1440, spot=5950, market=market(), symbol="SPX") == pytest.approx(200 * float(now - then))


def test_at_expiry_all_but_exercise_is_lost():
    facts = bought(0, 5945)
    (leg,) = facts.legs

    lost = lost_in(leg, 1680, spot=5950, market=market(), symbol="SPX")
    assert lost == pytest.approx(float(facts.value) - 200 * 5, abs=0.01)


@pytest.mark.parametrize(("off", "fires"), [(-0.001, True), (0.0, False), (0.001, False)])
def test_more_than_its_threshold_is_too_much(off, fires):
    facts = bought(4)
    limits = Thresholds().overridden({"decay_pct": share_lost(facts) + off})

    found = decay(case(facts, limits=limits))
    assert isinstance(found, Finding) is fires
    if fires:
        assert found.urgency == Urgency.HIGH
        assert found.action["thetaBurnPctOfValue"] == round(share_lost(facts), 1)
        assert found.action["orders"][0]["contract"] == facts.legs[0].contract


@pytest.mark.parametrize(("days", "fires"), [(0, True), (4, True), (5, False), (6, False)])
def test_there_have_to_be_fewer_than_five_days(days, fires):
    facts = bought(days)
    assert share_lost(facts) > 10

    assert isinstance(decay(case(facts)), Finding) is fires


def test_the_usual_share_is_ten_percent():
    # Deep in the money little is left to lose.
    below, above = bought(1, 5800), bought(1, 5950)
    assert share_lost(below) < 10 < share_lost(above)

    assert decay(case(below)) is None
    assert decay(case(above)).evidence.threshold == 10


def test_what_was_sold_lives_on_decay():
    strangle = position(priced(held("-1P5900", "9", 1, days=1)), priced(held("-1C6000", "9", 1, days=1)), spot=5950.0)
    assert strangle.greeks.theta > 0

    assert decay(case(strangle)) is None


def test_a_spread_that_gains_by_waiting_is_no_concern():
    spread = position(priced(held("+1C5800", "150", 1, days=1)), priced(held("-1C5950", "12", 1, days=1)), spot=5950.0)
    assert (spread.bought, spread.greeks.theta > 0) == (True, True)

    assert decay(case(spread)) is None


def test_the_loss_of_a_spread_is_that_of_its_legs_together():
    spread = position(priced(held("+1C5950", "30", 1, days=1)), priced(held("-1C6050", "3", 1, days=1)), spot=5950.0)

    found = decay(case(spread))
    assert found.evidence.value == pytest.approx(share_lost(spread))


@pytest.mark.parametrize("unknown", [{"sigma": math.nan}, {"theta": math.nan}])
def test_without_a_volatility_or_theta_nothing_is_said(unknown):
    facts = bought(1)

    assert isinstance(decay(case(position(replace(facts.legs[0], **unknown)))), Abstained)


def test_shares_do_not_decay():
    assert decay(case(position(held("+10S", "100", 90, root="AAPL"), symbol="AAPL", spot=90.0))) is None


def test_what_the_specification_pins():
    """SPY 600 call with three days, worth 450: a day takes 60 of it."""
    facts = position(
        priced(held("+1C600", "3.30", 1, root="SPY", days=3), spot=600.0, sigma=0.1975), symbol="SPY", spot=600.0
    )
    assert float(facts.value) == pytest.approx(450, abs=10)

    found = decay(case(facts))
    assert (found.type, found.urgency) == ("time_decay", Urgency.HIGH)
