"""A bought option converted: what is chosen, and its limits against a grid of payoffs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from positions.pure import conversion
from positions.pure.advice import Abstained, Finding, Urgency
from positions.pure.rules.conversion import convert
from tests.positions.pure.made_up import case, chain, held, position

LISTED = chain()


def bought(pct: float = 40.0, strike: int = 5900, kind: str = "C", ratio: int = 2, spot: float = 5950.0):
    return position(held(f"+{ratio}{kind}{strike}", "60", 60 * (1 + pct / 100)), spot=spot)


@pytest.mark.parametrize(("pct", "fires"), [(29.99, False), (30, True), (30.01, True), (150, True), (-30, False)])
@pytest.mark.parametrize(("kind", "strike"), [("C", 5900), ("P", 6000)])
def test_in_profit_by_a_third_or_so(pct, fires, kind, strike):
    found = convert(case(bought(pct, strike, kind), LISTED))

    assert isinstance(found, Finding) is fires
    if fires:
        assert (found.urgency, found.type) == (Urgency.MEDIUM, "spread_conversion")
        word = "call" if kind == "C" else "put"
        assert found.action["action"] == f"sell_{word}_against_long"


@pytest.mark.parametrize(("kind", "strike"), [("C", 5900), ("P", 6000)])
def test_the_listed_strike_nearest_to_the_delta_is_sold(kind, strike):
    found = conversion.best(bought(strike=strike, kind=kind), LISTED)

    same = LISTED.take((LISTED.expiry == np.datetime64("2026-02-20")) & (LISTED.is_call == (kind == "C")))
    nearest = same.strike[np.argmin(np.abs(np.abs(same.delta) - 0.30))]
    assert found.strike == nearest
    assert (found.strike > 5950) == (kind == "C")
    assert found.order.contract in same.contract
    assert found.order.quantity == -2


def test_the_credit_is_the_bid():
    found = convert(case(bought(), LISTED))

    (order,) = found.action["orders"]
    assert order["side"] == "sell"
    assert found.action["estimatedCredit"] == round(2 * 100 * order["bid"], 2)
    assert found.action["limitPrice"] == round((order["bid"] + order["ask"]) / 2, 2)
    assert found.action["lockedIn"] == round(found.action["estimatedCredit"] - 2 * 100 * 60, 2)
    assert found.contracts == (order["contract"],)


@given(
    strike=st.sampled_from(range(5600, 6300, 25)),
    entry=st.decimals("0.05", "300", places=2),
    ratio=st.integers(1, 9),
    kind=st.sampled_from("CP"),
    spot=st.floats(5600, 6300),
)
def test_limits_equal_a_grid_of_payoffs(strike, entry, ratio, kind, spot):
    facts = position(held(f"+{ratio}{kind}{strike}", str(entry), 60.0), spot=spot)

    for found in conversion.candidates(facts, LISTED)[:3]:
        at = Decimal(str(found.strike))
        sign = 1 if kind == "C" else -1
        grid = [Decimal(0), *map(Decimal, range(5000, 7000, 25)), Decimal(100_000)]
        made = [
            100 * ratio * (max(sign * (spot_ - strike), Decimal(0)) - max(sign * (spot_ - at), Decimal(0)))
            - 100 * ratio * entry
            + found.credit
            for spot_ in grid
        ]
        assert found.max_gain == max(*made, 0)
        assert found.max_loss == max(*(-each for each in made), 0)
        assert found.strike > max(strike, spot) if kind == "C" else found.strike < min(strike, spot)


def test_nothing_is_sold_that_nobody_bids_for():
    unbid = replace(LISTED, bid=np.zeros(len(LISTED)))

    assert convert(case(bought(), unbid)) is None


def test_only_the_same_expiry_and_root_will_do():
    assert convert(case(bought(), LISTED.take(LISTED.expiry > np.datetime64("2026-02-20")))) is None
    assert convert(case(bought(), replace(LISTED, root=np.full(len(LISTED), "SPX")))) is None


@pytest.mark.parametrize(
    "facts",
    [
        position(held("-1C5900", "60", 30)),
        position(held("+1C5900", "60", 100), held("-1C6000", "20", 30)),
        position(held("+100S", "60", 100, root="SPXW")),
    ],
    ids=["short", "spread", "shares"],
)
def test_only_one_bought_option_is_converted(facts):
    assert convert(case(facts, LISTED)) is None


def test_without_a_list_nothing_is_said():
    assert isinstance(convert(case(bought())), Abstained)


def test_what_was_suggested_is_kept_while_it_is_nearly_as_good():
    first, second, *_, last = conversion.candidates(bought(), LISTED)
    assert first.strike != second.strike

    kept = conversion.best(bought(), LISTED.preferring([second.order.contract]))
    assert kept.order.contract == second.order.contract
    assert conversion.best(bought(), LISTED.preferring([last.order.contract])).strike == first.strike
