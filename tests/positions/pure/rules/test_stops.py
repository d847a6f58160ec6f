"""Rules 9 and 10 at, just below and just above each threshold: on the position's price and on the underlying."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

import pytest

from positions.pure.advice import Abstained, Finding, Urgency
from positions.pure.rules.stops import stop, target
from positions.pure.thresholds import Thresholds
from tests.positions.pure.made_up import case, held, position

MEDIUM, HIGH = Urgency.MEDIUM, Urgency.HIGH


def urgency(judged: object) -> Urgency | None:
    assert judged is None or isinstance(judged, Finding), judged
    return judged and judged.urgency


def with_stop(facts, at: str, **more):
    return replace(facts, stop_price=Decimal(at), **more)


def with_target(facts, at: str, **more):
    return replace(facts, target_price=Decimal(at), **more)


# Bought at 30 with a stop at 20: a tenth of the way between them is 1.
@pytest.mark.parametrize(
    ("mark", "expected"), [(21.01, None), (21.0, MEDIUM), (20.99, MEDIUM), (20.01, MEDIUM), (20.0, HIGH), (19.99, HIGH)]
)
def test_the_stop_of_what_was_bought(mark, expected):
    assert urgency(stop(case(with_stop(position(held("+2C5900", "30", mark)), "20")))) == expected


# Sold at 40 with a stop at 60: a tenth of the way is 2.
@pytest.mark.parametrize(
    ("mark", "expected"), [(57.99, None), (58.0, MEDIUM), (58.01, MEDIUM), (59.99, MEDIUM), (60.0, HIGH), (60.01, HIGH)]
)
def test_the_stop_of_what_was_sold(mark, expected):
    assert urgency(stop(case(with_stop(position(held("-1P5800", "40", mark)), "60")))) == expected


@pytest.mark.parametrize(
    ("worth", "expected"), [(7.01, HIGH), (7.0, HIGH), (6.99, MEDIUM), (6.7, MEDIUM), (6.69, None)]
)
def test_the_stop_of_a_condor_is_what_it_costs_to_buy_back(worth, expected):
    condor = position(
        held("+1P5700", "1", 1), held("-1P5800", "3", 1), held("-1C6000", "3", 1 + worth), held("+1C6100", "1", 1)
    )

    assert urgency(stop(case(with_stop(condor, "7")))) == expected


@pytest.mark.parametrize(("mark", "fires"), [(44.99, False), (45.0, True), (45.01, True)])
def test_the_target_of_what_was_bought(mark, fires):
    found = target(case(with_target(position(held("+2C5900", "30", mark)), "45")))

    assert urgency(found) == (HIGH if fires else None)
    if fires:
        assert (found.action["action"], found.action["on"]) == ("target_hit", "position")


@pytest.mark.parametrize(("mark", "fires"), [(10.01, False), (10.0, True), (9.99, True)])
def test_the_target_of_what_was_sold(mark, fires):
    assert isinstance(target(case(with_target(position(held("-1P5800", "40", mark)), "10"))), Finding) is fires


# A daily range of 40: a tenth of it is 4.
@pytest.mark.parametrize(
    ("text", "at", "spot", "expected"),
    [
        ("+1C5900", "5900", 5904.01, None),
        ("+1C5900", "5900", 5904.0, MEDIUM),
        ("+1C5900", "5900", 5900.01, MEDIUM),
        ("+1C5900", "5900", 5900.0, HIGH),
        ("+1C5900", "5900", 5899.99, HIGH),
        ("+1P5900", "5980", 5975.99, None),
        ("+1P5900", "5980", 5976.0, MEDIUM),
        ("+1P5900", "5980", 5980.0, HIGH),
        ("-1P5800", "5850", 5854.01, None),
        ("-1P5800", "5850", 5850.0, HIGH),
        ("-1C6000", "5990", 5985.99, None),
        ("-1C6000", "5990", 5990.0, HIGH),
    ],
)
def test_a_stop_on_the_underlying(text, at, spot, expected):
    facts = with_stop(position(held(text, "30", 30), spot=spot), at, stop_on_underlying=True)

    found = stop(case(facts, atr=40.0))
    assert urgency(found) == expected
    if found:
        assert found.evidence.metric == "underlyingPrice"


@pytest.mark.parametrize(
    ("text", "at", "spot", "fires"),
    [
        ("+1C5900", "6000", 5999.99, False),
        ("+1C5900", "6000", 6000.0, True),
        ("+1P5900", "5800", 5800.01, False),
        ("+1P5900", "5800", 5800.0, True),
        ("-1P5800", "6000", 6000.0, True),
        ("-1P5800", "6000", 5999.0, False),
    ],
)
def test_a_target_on_the_underlying(text, at, spot, fires):
    facts = with_target(position(held(text, "30", 30), spot=spot), at, target_on_underlying=True)

    assert isinstance(target(case(facts)), Finding) is fires


@pytest.mark.parametrize(
    ("at", "spot", "fires"),
    [("6010", 6010.0, True), ("6010", 6009.0, False), ("5790", 5790.0, True), ("5790", 5791.0, False)],
)
def test_a_condor_is_stopped_on_the_side_of_its_stop(at, spot, fires):
    condor = position(
        held("+1P5700", "1", 1), held("-1P5800", "3", 3), held("-1C6000", "3", 3), held("+1C6100", "1", 1), spot=spot
    )

    found = stop(case(with_stop(condor, at, stop_on_underlying=True)))
    assert urgency(found) == (HIGH if fires else None)


def test_nearness_on_the_underlying_needs_its_daily_range():
    facts = with_stop(position(held("+1C5900", "30", 30), spot=5900.5), "5900", stop_on_underlying=True)

    assert stop(case(facts)) is None
    assert urgency(stop(case(facts, atr=40.0))) == MEDIUM


def test_without_a_stop_or_target_nothing_is_said():
    facts = position(held("+2C5900", "30", 1))

    assert stop(case(facts)) is None
    assert target(case(facts)) is None


@pytest.mark.parametrize("unknown", [{"value": None}, {"spot": math.nan, "stop_on_underlying": True}])
def test_without_a_price_nothing_is_said(unknown):
    assert isinstance(stop(case(with_stop(position(held("+2C5900", "30", 1)), "20", **unknown))), Abstained)


def test_which_way_a_ratio_wins_is_said_by_its_delta():
    legs = (
        held("+1C5900", "42", 60, delta=0.6),
        held("-3C6000", "2", 20, delta=0.3),
        held("+1C6300", "1", 1, delta=0.1),
    )
    facts = with_stop(position(*legs, breakevens=()), "6000", stop_on_underlying=True)

    assert urgency(stop(case(replace(facts, spot=6000.0)))) == HIGH
    unknown = replace(facts, greeks=replace(facts.greeks, delta=None))
    assert isinstance(stop(case(unknown)), Abstained)


@pytest.mark.parametrize(("mark", "fires"), [(22.0, True), (22.01, False)])
def test_a_stop_that_was_hit_holds_until_a_tenth_above(mark, fires):
    facts = with_stop(position(held("+2C5900", "30", mark)), "20")

    assert (urgency(stop(case(facts, limits=Thresholds().relaxed()))) == HIGH) is fires
