"""Rule 12 at, just below and just above each threshold; the loss against the model priced twice."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest

from options_engine.pure import black_scholes
from positions.pure.advice import Abstained, Finding, Urgency
from positions.pure.rules.events import event
from tests.positions.pure.made_up import NOW, RATE, TODAY, case, held, position, priced


def bought(sigma: float = 0.60, days: int = 11):
    return position(
        priced(held("+2C200", "5", 1, root="AAPL", days=days), spot=200.0, sigma=sigma), symbol="AAPL", spot=200.0
    )


def report(in_days: int, base: float = 0.30, **more):
    return {"report_date": TODAY + timedelta(days=in_days), "base_volatility": base, **more}


@pytest.mark.parametrize(("points", "fires"), [(9.99, False), (10.0, False), (10.01, True)])
def test_options_have_to_be_dear_for_it(points, fires):
    assert isinstance(event(case(bought(0.5 + points / 100), **report(1, 0.5))), Finding) is fires


def test_just_as_many_points_as_are_asked_for_are_not_more():
    # An eighth is exact, a tenth is not.
    exact = case(bought(0.625), **report(1, 0.5))
    exact = replace(exact, thresholds=replace(exact.thresholds, event_points=12.5))

    assert event(exact) is None


@pytest.mark.parametrize(
    ("days", "urgency"), [(0, Urgency.MEDIUM), (2, Urgency.MEDIUM), (3, Urgency.LOW), (11, Urgency.LOW), (12, None)]
)
def test_it_is_nearer_or_farther_and_before_expiry(days, urgency):
    found = event(case(bought(), **report(days)))

    assert (found and found.urgency) == urgency


def test_the_loss_is_the_model_priced_twice():
    found = event(case(bought(), **report(1)))

    t_years = (11 * 1440 + 240) / 525_600
    before, after = (
        float(black_scholes.value(200, 200, t_years, sigma, True, rate=RATE, dividend=0.0).price)
        for sigma in (0.60, 0.30)
    )
    assert found.action["projectedLoss"] == pytest.approx(200 * (before - after), abs=0.005)
    assert found.action["action"] == "iv_crush_risk"
    assert found.evidence.value == pytest.approx(30.0)


def test_a_release_of_high_impact_counts_too():
    facts = bought()
    macro = {"macro_at": NOW + timedelta(days=1), "macro_name": "CPI", "base_volatility": 0.30}

    assert event(case(facts, **macro)).action["event"] == "CPI"
    assert event(case(facts, **{**macro, "macro_at": NOW - timedelta(hours=1)})) is None


def test_the_first_of_two_events_is_told():
    both = report(5, macro_at=NOW + timedelta(days=1), macro_name="CPI")

    assert event(case(bought(), **both)).action["event"] == "CPI"


def test_who_sold_it_wins():
    facts = position(priced(held("-2C200", "5", 1, root="AAPL"), spot=200.0, sigma=0.6), symbol="AAPL", spot=200.0)

    assert event(case(facts, **report(1))) is None


def test_legs_that_end_before_the_event_do_not_lose():
    near, far = bought(days=3).legs[0], bought(days=11).legs[0]
    calendar = position(
        replace(near, leg=replace(near.leg, ratio=-2)),
        far,
        symbol="AAPL",
        spot=200.0,
        max_loss=None,
        limits_known=False,
    )

    alone = event(case(bought(days=11), **report(5)))
    assert event(case(calendar, **report(5))).action["projectedLoss"] == alone.action["projectedLoss"]


@pytest.mark.parametrize("unknown", ["base", "sigma"])
def test_without_a_volatility_nothing_is_said(unknown):
    facts = bought()
    if unknown == "sigma":
        facts = position(replace(facts.legs[0], sigma=math.nan), symbol="AAPL", spot=200.0)

    assert isinstance(event(case(facts, **report(1, math.nan if unknown == "base" else 0.3))), Abstained)


def test_without_an_event_nothing_is_said():
    assert event(case(bought(), base_volatility=0.3)) is None
