"""Rules 1 to 3 at, just below and just above each threshold, bought and sold."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from positions.pure.advice import Abstained, AdviceType, Finding, Urgency
from positions.pure.rules import RULES, judge
from positions.pure.rules.profit_and_loss import loss, near_max_loss, profit
from positions.pure.thresholds import Thresholds
from tests.positions.pure.made_up import case, chain, held, position

MEDIUM, HIGH = Urgency.MEDIUM, Urgency.HIGH


def urgency(judged: object) -> Urgency | None:
    assert judged is None or isinstance(judged, Finding), judged
    return judged and judged.urgency


def bought(pct: float):
    return position(held("+2C5900", "30", 30 * (1 + pct / 100)))


def sold(share_kept: float):
    """A put sold at 40, of which this percentage is kept."""
    return position(held("-1P5800", "40", 40 * (1 - share_kept / 100)))


@pytest.mark.parametrize(
    ("pct", "expected"),
    [(49.99, None), (50, MEDIUM), (50.01, MEDIUM), (99.99, MEDIUM), (100, HIGH), (100.01, HIGH), (-60, None)],
)
def test_profit_of_what_was_bought(pct, expected):
    assert urgency(profit(case(bought(pct)))) == expected


@pytest.mark.parametrize(
    ("kept", "expected"),
    [(49.99, None), (50, MEDIUM), (50.01, MEDIUM), (79.99, MEDIUM), (80, HIGH), (80.01, HIGH), (-100, None)],
)
def test_profit_of_what_was_sold_is_the_share_kept(kept, expected):
    assert urgency(profit(case(sold(kept)))) == expected


@pytest.mark.parametrize(
    ("worth", "expected"), [(2.01, None), (2.0, MEDIUM), (1.99, MEDIUM), (0.81, MEDIUM), (0.8, HIGH), (0.79, HIGH)]
)
def test_profit_of_a_condor_is_the_share_of_its_credit(worth, expected):
    condor = position(
        held("+1P5700", "1", 0.5),
        held("-1P5800", "3", 0.5 + worth / 2),
        held("-1C6000", "3", 0.5 + worth / 2),
        held("+1C6100", "1", 0.5),
    )

    assert float(condor.max_gain) == 400.0
    found = profit(case(condor))
    assert urgency(found) == expected
    if found:
        assert found.evidence.metric == "capturedPct"


def test_a_broken_wing_is_measured_by_the_most_it_can_win():
    wing = position(held("+1C5900", "42", 60), held("-2C6000", "22", 20), held("+1C6200", "1", 1))
    # Sold for a credit of 1, it wins 101 a share at 6000.
    assert (wing.bought, float(wing.max_gain)) == (False, 10_100.0)

    assert profit(case(wing)) is None


@pytest.mark.parametrize("facts", [bought(60), sold(60)])
def test_a_profit_suggests_contracts_quantities_and_limits(facts):
    found = profit(case(facts))

    assert found.type == AdviceType.TAKE_PROFIT
    assert found.action["action"] == "take_partial_profit"
    assert found.action["closePct"] == 50
    (order,) = found.action["orders"]
    leg = facts.legs[0]
    assert order == {
        "contract": leg.contract,
        "side": "sell" if facts.bought else "buy",
        "quantity": 1,
        "limitPrice": round((leg.bid + leg.ask) / 2, 2),
        "bid": round(leg.bid, 2),
        "ask": round(leg.ask, 2),
    }
    assert found.action["limitPrice"] == (1 if facts.bought else -1) * order["limitPrice"]


@pytest.mark.parametrize(("pct", "expected"), [(-49.99, None), (-50, HIGH), (-50.01, HIGH), (0, None), (120, None)])
def test_loss_of_what_was_bought(pct, expected):
    assert urgency(loss(case(bought(pct)))) == expected


@pytest.mark.parametrize(
    ("times", "expected"),
    [(0.99, None), (1.0, MEDIUM), (1.01, MEDIUM), (1.99, MEDIUM), (2.0, HIGH), (2.01, HIGH), (-0.9, None)],
)
def test_loss_of_what_was_sold_is_in_times_of_the_credit(times, expected):
    assert urgency(loss(case(sold(-100 * times)))) == expected


@pytest.mark.parametrize(("pct", "expected"), [(-50, HIGH), (-49.9, None), (50, MEDIUM), (100, HIGH)])
@pytest.mark.parametrize("side", ["+", "-"])
def test_shares_are_judged_by_what_was_paid_or_received(pct, expected, side):
    mark = 100 * (1 + pct / 100 * (1 if side == "+" else -1))
    facts = position(held(f"{side}10S", "100", mark, root="AAPL"), symbol="AAPL", spot=mark)

    found = loss(case(facts)) or profit(case(facts))
    assert urgency(found) == expected


def spread(share_lost: float, **more):
    """A 5900/6000 call spread bought at 30: it can lose 3,000."""
    worth = 30 * (1 - share_lost / 100)
    return position(held("+1C5900", "42", worth + 2), held("-1C6000", "12", 2), **more)


@pytest.mark.parametrize(("share", "expected"), [(79.99, None), (80, HIGH), (80.01, HIGH), (-10, None)])
def test_most_of_what_a_structure_can_lose(share, expected):
    found = near_max_loss(case(spread(share)))

    assert urgency(found) == expected
    if found:
        assert found.action["lossPctOfMax"] == round(share, 1)


@pytest.mark.parametrize(("share", "expected"), [(79.9, None), (80, HIGH), (80.1, HIGH)])
def test_most_of_what_a_sold_condor_can_lose(share, expected):
    # A credit of 4 against wings of 100: it can lose 96 a share.
    lost = 96 * share / 100
    condor = position(
        held("+1P5700", "1", 1), held("-1P5800", "3", 1), held("-1C6000", "3", lost + 4 + 1), held("+1C6100", "1", 1)
    )

    assert urgency(near_max_loss(case(condor))) == expected


@pytest.mark.parametrize(
    ("days", "chance", "expected"),
    [
        (30, 0.9, HIGH),
        (31, 0.9, None),
        (31, 0.40, HIGH),
        (31, 0.41, None),
        (31, 0.39, HIGH),
        (31, None, HIGH),
        (45, 0.1, HIGH),
    ],
)
def test_a_structure_with_time_and_a_fair_chance_is_left_alone(days, chance, expected):
    facts = position(
        held("+1C5900", "42", 5, days=days), held("-1C6000", "12", 2, days=days), probability_of_profit=chance
    )
    assert float(facts.unrealised) / float(facts.max_loss) == -0.9

    assert urgency(near_max_loss(case(facts))) == expected


def test_one_option_is_no_structure():
    assert near_max_loss(case(bought(-95))) is None
    assert urgency(loss(case(bought(-95)))) == HIGH


def test_a_structure_whose_limits_nobody_knows_has_no_most_to_lose():
    assert near_max_loss(case(replace(spread(95), limits_known=False, max_loss=None))) is None


@pytest.mark.parametrize("rule", [profit, loss])
def test_without_a_price_nothing_is_said(rule):
    assert isinstance(rule(case(replace(bought(60), pnl_pct=None, unrealised=None, value=None))), Abstained)


@pytest.mark.parametrize(
    ("rule", "facts", "limits"),
    [
        (profit, bought(30), {"profit_pct": 30}),
        (profit, bought(60), {"profit_high_pct": 60}),
        (profit, sold(25), {"captured_pct": 25}),
        (profit, sold(60), {"captured_high_pct": 60}),
        (loss, bought(-20), {"loss_pct": -20}),
        (loss, sold(-50), {"credit_loss": 0.5}),
        (loss, sold(-150), {"credit_loss_high": 1.5}),
        (near_max_loss, spread(50), {"max_loss_pct": 50}),
    ],
)
def test_a_trader_may_set_another_threshold(rule, facts, limits):
    usual, own = (rule(case(facts, limits=each)) for each in (Thresholds(), Thresholds().overridden(limits)))

    assert usual != own
    assert own.evidence.threshold == next(iter(limits.values()))


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"profit_pc": 30}, "profit_pc: there is no such threshold"),
        ({"profit_pct": "30"}, "expected a finite number"),
        ({"profit_pct": True}, "expected a finite number"),
        ({"profit_pct": float("nan")}, "expected a finite number"),
        ({"profit_pct": -30}, "expected a number above 0"),
        ({"loss_pct": 30}, "expected a number below 0"),
        ({"slack": 0.5}, "no such threshold"),
    ],
)
def test_a_threshold_that_makes_no_sense_is_refused(limits, said):
    with pytest.raises(ValueError, match=said):
        Thresholds().overridden(limits)


def test_thresholds_give_way_by_a_tenth():
    soft = Thresholds().relaxed()

    assert (soft.profit_pct, soft.loss_pct, soft.pin_pct) == (45.0, -45.0, pytest.approx(0.275))
    assert (soft.conversion_delta, soft.opening_minutes) == (0.30, 5.0)


def test_what_the_specification_pins():
    """SPX call up 110 % with 11 days; NDX put down 55 %; SPY 600 call with 3 days, value 450, losing 60 a day."""
    spx = position(replace(held("+1C5900", "30", 63), delta=0.6))
    found = {name for name, judged in judge(case(spx, chain())).items() if isinstance(judged, Finding)}
    assert found == {"profit", "conversion", "roll"}

    ndx = position(held("+1P21000", "100", 45, root="NDXP"), symbol="NDX", spot=21_500.0)
    found = {name for name, judged in judge(case(ndx)).items() if isinstance(judged, Finding)}
    assert found == {"loss"}


def test_rules_are_data_in_the_order_of_the_table():
    assert [rule.number for rule in RULES] == list(range(1, 14))
    assert len({rule.name for rule in RULES}) == 13
    assert {name for rule in RULES for name in rule.thresholds} <= set(Thresholds.__slots__)


def test_gains_are_told_to_the_cent():
    found = profit(case(bought(66.67)))

    assert found.message == "SPX is up 66.7 % on what was paid (+4,000.20 USD)."
    assert Decimal(str(found.evidence.value)).quantize(Decimal("0.01")) == Decimal("66.67")
