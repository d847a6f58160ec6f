from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from positions.pure.structures import Kind, Leg, Strategy, of_form, strategy_of

FRIDAY = date(2026, 2, 20)
NEXT = date(2026, 3, 20)


def leg(text: str, expiry: date = FRIDAY, root: str = "SPXW") -> Leg:
    """Return `+1C5900` as a leg, `-100S` as stock."""
    side = "CPS".index(next(letter for letter in text if letter in "CPS"))
    ratio, strike = text.replace("C", " ").replace("P", " ").replace("S", " ").split(" ")
    if side == 2:
        return Leg(Kind.STOCK, int(ratio), None, None, root)
    return Leg([Kind.CALL, Kind.PUT][side], int(ratio), Decimal(strike), expiry, root)


@pytest.mark.parametrize(
    ("legs", "strategy"),
    [
        ("+1C5900", "call"),
        ("-1P5900", "put"),
        ("+100S", "stock"),
        ("+1C5900 -1C6000", "call_spread"),
        ("-1C6000 +1C5900", "call_spread"),
        ("-1P5900 +1P5800", "put_spread"),
        ("+1P5700 -1P5800 -1C6000 +1C6100", "iron_condor"),
        ("-1C6000 +1C6100 +1P5700 -1P5800", "iron_condor"),
        ("+1P5800 -1P5900 -1C5900 +1C6000", "iron_condor"),  # the butterfly: one inner strike
        ("-1P5700 +1P5800 +1C6000 -1C6100", "iron_condor"),  # its mirror
        ("+1C5900 -1C5900", "other"),  # nothing at all, told as two legs
        ("+1C5900 +1C6000", "other"),
        ("+1C5900 -2C6000", "other"),  # a ratio
        ("+1C5900 -1P5900", "other"),  # a synthetic
        ("+1C5900 +1P5900", "other"),  # a straddle
        ("+1C5700 -1C5800 -1C6000 +1C6100", "other"),  # a condor of calls
        ("-1P5700 +1P5800 -1C6000 +1C6100", "other"),  # two credit spreads of one direction
        ("+1P6000 -1P5900 -1C5800 +1C5700", "other"),  # calls below puts
        ("+100S -1C200", "other"),
    ],
)
def test_a_structure_has_the_wires_word(legs: str, strategy: str) -> None:
    assert strategy_of([leg(each) for each in legs.split()]) == strategy


def test_one_of_several_dates_or_roots_is_other() -> None:
    assert strategy_of([leg("+1C5900"), leg("-1C6000", NEXT)]) == "other"
    assert strategy_of([leg("+1C5900"), leg("-1C6000", root="SPX")]) == "other"


@pytest.mark.parametrize(
    ("strategy", "bought", "strikes", "legs"),
    [
        ("call", True, [5900], "+1C5900"),
        ("put", False, [5900], "-1P5900"),
        ("call_spread", True, [6000, 5900], "+1C5900 -1C6000"),
        ("call_spread", False, [5900, 6000], "-1C5900 +1C6000"),
        ("put_spread", True, [5800, 5900], "+1P5900 -1P5800"),
        ("put_spread", False, [5800, 5900], "-1P5900 +1P5800"),
        ("iron_condor", True, [6100, 6000, 5800, 5700], "+1P5700 -1P5800 -1C6000 +1C6100"),
        ("iron_condor", False, [5700, 5800, 6000, 6100], "+1P5700 -1P5800 -1C6000 +1C6100"),
        ("iron_condor", True, [5800, 5900, 5900, 6000], "+1P5800 -1P5900 -1C5900 +1C6000"),
        ("stock", False, [], "-1S"),
    ],
)
def test_the_form_is_read_as_traders_mean_it(strategy: str, bought: bool, strikes: list[int], legs: str) -> None:
    form = of_form(Strategy(strategy), bought=bought, strikes=[*map(Decimal, strikes)], expiry=FRIDAY, root="SPXW")

    assert form == [leg(each) for each in legs.split()]
    assert strategy_of(form) == strategy


@pytest.mark.parametrize(
    ("strategy", "strikes", "sentence"),
    [
        ("call", [], "call: expected 1 strike, got 0"),
        ("call_spread", [5900], "call_spread: expected 2 strikes, got 1"),
        ("put_spread", [5900, 5900], "must have different strikes"),
        ("iron_condor", [5700, 5700, 6000, 6100], "must have different strikes"),
        ("iron_condor", [5700, 5800, 6100, 6100], "must have different strikes"),
        ("other", [5900], "tell its legs one by one"),
    ],
)
def test_a_form_that_is_no_structure_says_so(strategy: str, strikes: list[int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        of_form(Strategy(strategy), bought=True, strikes=[*map(Decimal, strikes)], expiry=FRIDAY, root="SPXW")


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ((Kind.CALL, 0, Decimal(1), FRIDAY), "its ratio is 0"),
        ((Kind.CALL, 1, None, None), "options have a strike and an expiry"),
        ((Kind.CALL, 1, Decimal(1), None), "options have a strike and an expiry"),
        ((Kind.STOCK, 1, Decimal(1), FRIDAY), "stock has neither"),
        ((Kind.PUT, 1, Decimal(0), FRIDAY), "expected a price above 0"),
        ((Kind.PUT, 1, Decimal("NaN"), FRIDAY), "expected a price above 0"),
    ],
)
def test_a_leg_that_cannot_be_is_refused(facts: tuple, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Leg(*facts, "SPXW")
