"""Rolls: when rule 7 speaks, that all it names is listed, and that its money is that of the quotes."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from positions.pure import roll
from positions.pure.advice import Abstained, Finding
from positions.pure.rules.roll import rolling
from tests.positions.pure.made_up import TODAY, case, chain, held, position, priced

LISTED = chain()


def bought(pct: float = 20.0, days: int = 11):
    return position(replace(held("+2C5900", "60", 60 * (1 + pct / 100), days=days), delta=0.6))


def sold(delta: float = -0.40, days: int = 11, kind: str = "P"):
    return position(replace(held(f"-1{kind}5900", "40", 60, days=days), delta=delta))


@pytest.mark.parametrize(("pct", "fires"), [(-0.01, False), (0.0, False), (0.01, True)])
def test_bought_and_in_profit(pct, fires):
    assert isinstance(rolling(case(bought(pct), LISTED)), Finding) is fires


@pytest.mark.parametrize(("days", "fires"), [(13, True), (14, False), (15, False)])
def test_bought_with_less_than_two_weeks(days, fires):
    assert isinstance(rolling(case(bought(days=days), LISTED)), Finding) is fires


@pytest.mark.parametrize(("delta", "fires"), [(0.349, False), (0.35, False), (0.351, True)])
@pytest.mark.parametrize("kind", ["C", "P"])
def test_sold_and_tested(delta, fires, kind):
    sign = 1 if kind == "C" else -1
    assert isinstance(rolling(case(sold(sign * delta, kind=kind), LISTED)), Finding) is fires


@pytest.mark.parametrize(("days", "fires"), [(20, True), (21, False), (22, False)])
def test_sold_with_less_than_three_weeks(days, fires):
    assert isinstance(rolling(case(sold(days=days), LISTED)), Finding) is fires


def test_everything_that_is_suggested_is_listed_within_the_window():
    found = rolling(case(bought(), LISTED))

    listed = set(LISTED.contract.tolist())
    assert (found.type, found.action["action"]) == ("roll", "roll_position")
    assert found.action["candidates"]
    for each in found.action["candidates"]:
        *_, opening = each["orders"]
        assert opening["contract"] in listed
        assert 25 <= each["daysToExpiry"] <= 45
    assert set(found.contracts) <= listed


def test_what_was_bought_is_sold_at_the_bid_and_bought_at_the_ask():
    facts = bought()
    for found in roll.candidates(facts, LISTED, today=TODAY):
        (closing,), (opening,) = found.closing, found.opening
        assert (closing.quantity, opening.quantity) == (-2, 2)
        assert found.net == pytest.approx(200 * (closing.bid - opening.ask))
        assert 200 * (closing.bid - opening.ask) <= found.net_at_limits <= 200 * (closing.ask - opening.bid)
        assert found.basis == pytest.approx(60 - found.net / 200)
        assert found.breakevens == pytest.approx((found.strike + found.basis,), abs=1e-4)


def test_what_was_sold_is_bought_at_the_ask_and_sold_at_the_bid():
    facts = sold()
    for found in roll.candidates(facts, LISTED, today=TODAY):
        (closing,), (opening,) = found.closing, found.opening
        assert (closing.quantity, opening.quantity) == (1, -1)
        assert found.net == pytest.approx(100 * (opening.bid - closing.ask))
        # 40 was received; what rolling brings lowers the breakeven of a put that was sold, what it takes raises it.
        assert found.basis == pytest.approx(-40 - found.net / 100)
        # Once more was paid than was ever received nothing can be won back at expiry.
        expected = (found.strike + found.basis,) if found.basis < 0 else ()
        assert found.breakevens == pytest.approx(expected, abs=1e-4)


def test_the_variants_are_what_they_are_called():
    facts = position(priced(held("+2C5950", "60", 1)))
    (leg,) = facts.legs

    found = {
        variant: each
        for each in roll.candidates(facts, LISTED, today=TODAY)
        if each.days == 32
        for variant in each.variants
    }
    assert set(found) == {"same_strike", "same_delta", "sigma_up", "sigma_down"}
    assert found["same_strike"].strike == 5950
    at = np.argmin(
        np.where(
            (LISTED.expiry == np.datetime64(TODAY + timedelta(32))) & LISTED.is_call,
            np.abs(LISTED.delta - leg.delta),
            9,
        )
    )
    assert found["same_delta"].strike == LISTED.strike[at]
    sigma = 5950 * 0.15 * math.sqrt(32 / 365)
    assert found["sigma_up"].strike == pytest.approx(5950 + sigma, abs=25)
    assert found["sigma_down"].strike == pytest.approx(5950 - sigma, abs=25)
    for each in found.values():
        (opening,) = each.opening
        new = LISTED.delta[LISTED.contract == opening.contract][0]
        assert each.delta_change == pytest.approx(200 * (new - leg.delta))
        assert 0 < each.probability_of_profit < 1


def test_a_structure_moves_as_a_whole():
    spread = position(priced(held("+1C5900", "60", 1)), priced(held("-1C5950", "20", 1)))

    found = roll.candidates(spread, LISTED, today=TODAY)
    assert found
    for each in found:
        low, high = (LISTED.strike[LISTED.contract == order.contract][0] for order in each.opening)
        assert (high - low, each.strike) == (50, low)
        bids = dict(zip(LISTED.contract.tolist(), LISTED.bid.tolist(), strict=True))
        asks = dict(zip(LISTED.contract.tolist(), LISTED.ask.tolist(), strict=True))
        closing = 100 * (spread.legs[0].bid - spread.legs[1].ask)
        opening = 100 * (bids[each.opening[1].contract] - asks[each.opening[0].contract])
        assert each.net == pytest.approx(closing + opening)


def test_of_a_condor_the_tested_side_leads():
    condor = position(
        priced(held("+1P5700", "1", 1)),
        priced(held("-1P5800", "9", 1)),
        priced(held("-1C5975", "20", 1)),
        priced(held("+1C6075", "5", 1)),
    )

    assert roll.leading(condor) is condor.legs[2]
    assert isinstance(rolling(case(condor, LISTED)), Finding)


def test_the_model_stands_beside_the_quotes():
    facts = position(priced(held("+2C5950", "60", 1)))

    for found in roll.candidates(facts, LISTED, today=TODAY):
        (opening,) = found.opening
        model = LISTED.model[LISTED.contract == opening.contract][0]
        assert found.net_by_model == pytest.approx(200 * (facts.legs[0].mark - model))


def test_the_best_stands_first_in_all_measures_at_once():
    found = roll.candidates(sold(), LISTED, today=TODAY)

    dominated = [
        each
        for each in found[1:]
        if each.net > found[0].net
        and abs(each.delta_change) < abs(found[0].delta_change)
        and each.probability_of_profit > found[0].probability_of_profit
        and each.theta / each.vega > found[0].theta / found[0].vega
    ]
    assert not dominated


def test_what_is_not_quoted_is_not_suggested():
    broken = replace(LISTED, bid=np.where(LISTED.strike == 5900, np.nan, LISTED.bid))

    assert all(each.strike != 5900 for each in roll.candidates(bought(), broken, today=TODAY))


def test_outside_the_window_nothing_is_listed():
    near = LISTED.take(LISTED.expiry < np.datetime64(TODAY + timedelta(25)))

    assert rolling(case(bought(), near)) is None
    assert roll.candidates(bought(), near, today=TODAY) == []


@pytest.mark.parametrize(("days", "fits"), [(24, False), (25, True), (45, True), (46, False)])
def test_the_edges_of_the_window(days, fits):
    assert bool(roll.candidates(bought(), chain(days=[days]), today=TODAY)) is fits


def test_legs_of_two_expiries_are_not_rolled_as_one():
    calendar = position(held("-1C5950", "20", 25, days=5), held("+1C5950", "40", 50, days=12), breakevens=())

    assert roll.leading(calendar) is None
    assert rolling(case(calendar, LISTED)) is None


def test_without_a_list_or_a_delta_nothing_is_said():
    assert isinstance(rolling(case(bought())), Abstained)
    assert isinstance(rolling(case(sold(math.nan), LISTED)), Abstained)


def test_shares_are_not_rolled():
    assert rolling(case(position(held("+10S", "100", 190, root="AAPL"), symbol="AAPL"), LISTED)) is None


def test_what_was_suggested_is_kept_while_it_is_of_the_better_half():
    first, second, *_, last = roll.candidates(bought(), LISTED, today=TODAY)

    kept = roll.candidates(bought(), LISTED.preferring([each.contract for each in second.opening]), today=TODAY)
    assert kept[0] == second
    worst = roll.candidates(bought(), LISTED.preferring([each.contract for each in last.opening]), today=TODAY)
    assert worst[0] == first


@pytest.mark.parametrize(
    ("net", "days", "now", "said"),
    [
        (1, 40, 11, roll.GOOD),
        (0, 11, 11, roll.GOOD),
        (-1, 42, 11, roll.DURATION),
        (-1, 41, 11, roll.DECAY),
        (1, 40, 59, roll.DECAY),
        (-1, 70, 60, roll.NO_HURRY),
    ],
)
def test_recommendations_as_the_specification_orders_them(net, days, now, said):
    (made, *_) = roll.candidates(bought(), LISTED, today=TODAY)

    assert roll.recommendation(replace(made, net=net, days=days), now) == said


@pytest.mark.parametrize(
    ("stored", "said"), [("6695.0000", "6695 put"), ("600.5000", "600.5 put"), ("6700", "6700 put")]
)
def test_strikes_are_said_without_the_zeros_they_are_stored_with(stored, said):
    leg = held("-1P5800", "40", 30.0)

    assert replace(leg, leg=replace(leg.leg, strike=Decimal(stored))).words == said
