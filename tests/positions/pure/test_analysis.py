from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from math import nan

import pytest

from positions.pure import analysis
from positions.pure.analysis import PriceSource
from positions.pure.facts import MarkSource, PositionFacts
from tests.positions.pure.made_up import NOW, TODAY, held, position
from tests.positions.pure.test_valuation import position as opened


def call(**more: object) -> PositionFacts:
    return position(held("+2C5900", "30", 50.0, **more), stale=False)  # type: ignore[arg-type]


@pytest.mark.parametrize("source", list(MarkSource))
def test_the_price_is_as_good_as_its_least_trusted_leg(source: MarkSource) -> None:
    facts = position(
        held("+1C5900", "30", 50.0), held("-1C6000", "10", nan if source is MarkSource.NONE else 20.0, source=source)
    )

    assert analysis.price_source(facts).value == source.value


@pytest.mark.parametrize(
    ("text", "paid", "told", "value", "gain", "pct"),
    [
        ("+2C5900", "30", "45", "9000", "3000", 50.0),
        ("-1P5800", "40", "15", "-1500", "2500", 62.5),
        ("+100S", "580", "590", "59000", "1000", 1000 / 580),
    ],
)
def test_at_a_told_price(text: str, paid: str, told: str, value: str, gain: str, pct: float) -> None:
    facts = position(held(text, paid, nan, source=MarkSource.NONE))
    multiplier = Decimal(1) if text.endswith("S") else Decimal(100)

    found = analysis.at_told_price(facts, Decimal(told), multiplier)

    assert (found.value, found.unrealised) == (Decimal(value), Decimal(gain))
    assert found.pnl_pct == pytest.approx(pct)


def test_a_good_price_far_from_the_end_needs_no_warning() -> None:
    assert analysis.warnings(call(spread=0.01), PriceSource.QUOTE, today=TODAY) == []


def test_what_can_lose_without_limit_says_so_first() -> None:
    facts = position(held("-1C5900", "30", 50.0, days=1), stale=False)

    told = analysis.warnings(facts, PriceSource.QUOTE, today=TODAY)

    assert told == ["The loss has no limit.", "It expires tomorrow: gamma and decay are at their largest."]


def test_a_sold_american_option_in_the_money_may_be_assigned() -> None:
    sold = held("-1P600", "5", 12.0, root="SPY", days=2, extrinsic=0.4)

    (told,) = analysis.warnings(position(sold, symbol="SPY", spot=588.0), PriceSource.QUOTE, today=TODAY)
    (safe,) = analysis.warnings(
        position(replace(sold, extrinsic=12.0), symbol="SPY", spot=620.0), PriceSource.QUOTE, today=TODAY
    )

    assert told.endswith("What is sold may be assigned.")
    assert "assigned" not in safe


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (PriceSource.NONE, "Nobody tells what it is worth now."),
        (PriceSource.CLIENT, "The market tells no price; it is valued at the one that you told."),
        (PriceSource.MODEL, "A leg has no quote that can be believed: it is valued by our model."),
    ],
)
def test_where_the_price_is_from_is_said_unless_it_is_a_quote(source: PriceSource, said: str) -> None:
    assert analysis.warnings(call(spread=0.01), source, today=TODAY) == [said]


def test_wide_quotes_missing_contracts_and_old_prices_are_told() -> None:
    facts = replace(call(spread=0.25), stale=True)

    told = analysis.warnings(facts, PriceSource.QUOTE, today=TODAY, missing=("SPXW260220C05900000",))

    assert told == [
        "SPXW260220C05900000 is not listed: the market knows no such contract.",
        "These prices are older than they should be.",
        f"The quote of {facts.legs[0].contract} is 25% wide: its middle may not be had.",
    ]


def test_what_has_expired_waits_for_its_settlement() -> None:
    told = analysis.warnings(call(spread=0.01), PriceSource.NONE, today=TODAY + timedelta(days=12))

    assert told[-1] == "It expired on 2026-02-20: only its settlement says what it was worth."


def test_a_structure_without_contracts_knows_what_was_paid_and_no_more() -> None:
    found = analysis.without_legs(opened("+1C5900 -1C6000", "40", "10"), now=NOW)

    assert (found.cost, found.entry_price, found.units) == (Decimal(3_000), Decimal(30), 1)
    assert (found.value, found.max_loss, found.limits_known, found.greeks.delta) == (None, None, False, None)
