from __future__ import annotations

from dataclasses import replace

import pytest

from options_engine.pure.gex_profile import profile
from options_engine.pure.gex_words import implication
from tests.options_engine.books import book
from tests.options_engine.pure.test_gex_profile import at


def words(contracts: list[tuple[float, str, float]], spot: float) -> str:
    found = profile(at(book(contracts), spot), spot)
    assert found is not None
    return implication(found)


def test_above_the_flip_moves_are_dampened() -> None:
    said = words([(6100, "C", 10_000), (5900, "P", 10_000)], 6030.0)

    assert "gives them $" in said
    assert "dampens moves and favours a return to the mean" in said
    assert "The sign changes at 5,994.01, 0.60 % below the price" in said
    assert "amplifies moves below it and dampens them above" in said
    assert "largest at the strike 6,100." in said
    assert "were dealers short of everything" in said


def test_below_the_flip_moves_are_amplified() -> None:
    said = words([(6100, "C", 10_000), (5900, "P", 10_000)], 5950.0)

    assert "takes $" in said
    assert "amplifies moves and favours trends" in said
    assert "0.74 % above the price" in said
    assert "largest at the strike 5,900." in said


def test_a_flip_may_be_the_other_way_round() -> None:
    said = words([(6100, "P", 10_000), (5900, "C", 10_000)], 6030.0)

    assert "amplifies moves above it and dampens them below" in said


def test_no_flip_is_said_to_be_none() -> None:
    assert "There is no flip within 30 % of the price" in words([(6000, "C", 5)], 6000.0)


def test_what_nearly_balances_is_said_to() -> None:
    near, far = words([(6100, "C", 10_000), (5900, "P", 10_000)], 5994.5), words([(6000, "C", 5)], 6000.0)

    assert "Calls and puts nearly balance: the net is 0." in near
    assert "balance" not in far


@pytest.mark.parametrize(
    ("contracts", "expected"),
    [(0.001, "$"), (10, " million"), (100_000, " billion"), (100_000_000, " trillion")],
)
def test_dollars_are_read_in_words(contracts: float, expected: str) -> None:
    said = words([(6000, "C", contracts)], 6000.0)

    amount = said.split("gives them ")[1].split(" of delta")[0]
    assert amount.startswith("$")
    assert amount.endswith(expected) or expected == "$"


def test_it_is_of_the_profile_it_is_given() -> None:
    found = profile(at(book([(6000, "C", 10), (5900, "P", 5)]), 6000.0), 6000.0)
    assert found is not None

    assert implication(replace(found, spot=6001.5)).startswith(
        "With dealers long calls and short puts, a 1 % rise from 6,001.50 "
    )
