"""When nothing is said at all, what warns of quotes, and what gives way by a tenth."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from positions.pure.advice import Abstained, Finding
from positions.pure.facts import MarkSource
from positions.pure.rules import holds, judge, unfit
from tests.positions.pure.made_up import NOW, case, held, position


def bought(pct: float = 60, **more):
    return position(held("+2C5900", "30", 30 * (1 + pct / 100), **more))


def fired(of) -> set[str]:
    return {name for name, judged in judge(of).items() if isinstance(judged, Finding)}


@pytest.mark.parametrize(
    "of",
    [
        case(replace(bought(), stale=True)),
        case(bought(), is_open=False),
        case(replace(bought(), legs=(replace(bought().legs[0], mark=math.nan),))),
        case(bought(spread=0.30), minutes_open=4.9),
    ],
    ids=["stale", "closed", "no mark", "just opened"],
)
def test_of_a_position_that_cannot_be_judged_nothing_is_said(of):
    assert unfit(of)
    assert all(isinstance(judged, Abstained) for judged in judge(of).values())
    assert all(isinstance(judged, Abstained) for judged in holds(of, ["profit"]).values())


@pytest.mark.parametrize(
    ("minutes", "spread", "silent"),
    [(0.0, 0.26, True), (4.99, 0.26, True), (5.0, 0.26, False), (4.99, 0.2499, False), (4.99, 0.2501, True)],
)
def test_the_first_five_minutes_on_wide_quotes(minutes, spread, silent):
    assert bool(unfit(case(bought(spread=spread), minutes_open=minutes))) is silent


@pytest.mark.parametrize(("spread", "warns"), [(0.2499, False), (0.2501, True), (0.5, True)])
def test_wide_quotes_are_warned_of(spread, warns):
    found = judge(case(bought(spread=spread)))["profit"]

    assert bool(found.liquidity_warning) is warns


def test_a_quarter_of_the_middle_is_not_wide_yet():
    leg = replace(held("+2C5900", "30", 48), bid=42.0, ask=54.0)
    assert leg.spread_pct == 25.0

    assert judge(case(position(leg)))["profit"].liquidity_warning is None
    assert unfit(case(position(leg), minutes_open=4.99)) is None


@pytest.mark.parametrize(
    ("leg", "confidence"),
    [
        ({"spread": 0.02}, 0.98),
        ({"spread": 0.40}, 0.60),
        ({"source": MarkSource.LAST}, 0.60),
        ({"source": MarkSource.MODEL}, 0.50),
    ],
)
def test_confidence_is_that_of_the_worst_price(leg, confidence):
    assert judge(case(bought(**leg)))["profit"].confidence == confidence


@pytest.mark.parametrize(
    ("pct", "said", "holding"), [(51, True, True), (49, False, True), (45, False, True), (44.9, False, False)]
)
def test_an_advice_holds_until_a_tenth_short_of_its_threshold(pct, said, holding):
    of = case(bought(pct))

    assert ("profit" in fired(of)) is said
    assert isinstance(holds(of, ["profit"])["profit"], Finding) is holding


def test_an_advice_ends_with_the_option():
    found = judge(case(bought(days=1)))["profit"]
    assert found.expires_at == NOW + timedelta(days=1, hours=4)

    assert judge(case(bought(days=11)))["profit"].expires_at == NOW + timedelta(days=7)


def test_words_present_data_and_never_order():
    spread = position(held("+2C5900", "42", 5), held("-2C6000", "12", 2))
    said = [
        judged.message
        for of in (bought(60), bought(120), bought(-60), spread)
        for judged in judge(case(replace(of, stop_price=Decimal(90)))).values()
        if isinstance(judged, Finding)
    ]

    assert len(said) >= 6
    words = {word for message in said for word in message.lower().replace(".", " ").split()}
    assert not words & {"sell", "buy", "close", "take", "should", "must", "now"}


def test_a_short_strangle_that_decays_is_never_told_it_burns():
    legs = [held("-1P5800", "10", 2, days=1, theta=-5.0), held("-1C6100", "10", 2, days=1, theta=-5.0)]

    assert fired(case(position(*legs))) == {"profit"}
    assert judge(case(position(*legs)))["profit"].urgency.wire == "high"
