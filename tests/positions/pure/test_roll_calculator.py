"""The roll calculator: the specification's vectors, and the corrections that were adopted.

The pinned vectors hold without quotes and dividends, at a flat 4.5 % and one volatility for both legs, for European
exercise and whole days.
"""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from positions.pure import roll_calculator
from positions.pure.leaps import Market, Option
from positions.pure.roll_calculator import ADVISED, DURATION, GOOD, NO_URGENCY, PriceSource, Quoted, Roll

TODAY = date(2026, 2, 10)


def roll(
    strikes: tuple[float, float],
    days: tuple[int, int] = (300, 300),
    *,
    spot: float = 21_500,
    sigma: float = 0.25,
    is_call: bool = True,
    quantity: int = 1,
    entry_price: float = math.nan,
    quotes: tuple[dict[str, float], dict[str, float]] = ({}, {}),
) -> Roll:
    legs = [
        Quoted(Option(is_call=is_call, strike=strike, expiry=TODAY + timedelta(days=left), european=True), **quote)
        for strike, left, quote in zip(strikes, days, quotes, strict=True)
    ]
    market = Market(today=TODAY, spot=spot, sigma=sigma, dividend=0.0)
    return roll_calculator.calculate(*legs, market, quantity=quantity, entry_price=entry_price)


@pytest.mark.parametrize(
    ("made", "values", "net", "breakeven"),
    [
        (roll((20_000, 21_000)), (3161.26, 2580.59), 58_067.00, 23_580.59),
        (
            roll((6_000, 5_800), (200, 200), spot=5_700, sigma=0.20, is_call=False, quantity=2),
            (423.31, 314.90),
            21_682.00,
            5_485.10,
        ),
        (roll((20_000, 20_000), (100, 300), spot=21_000), (1799.24, 2807.93), -100_869.00, 22_807.93),
    ],
)
def test_the_vectors_of_the_specification(
    made: Roll, values: tuple[float, float], net: float, breakeven: float
) -> None:
    assert (round(made.current.price, 2), round(made.new.price, 2)) == values
    assert made.net == pytest.approx(net, abs=1.0)  # the vectors are of values that were rounded first
    assert round(made.breakeven, 2) == breakeven
    assert {made.current.source, made.new.source} == {PriceSource.MODEL}


def test_no_contracts_cost_nothing() -> None:
    assert roll((20_000, 21_000), quantity=0).net == 0


def test_more_time_costs_more() -> None:
    made = roll((20_000, 20_000), (100, 300))

    assert made.new.price > made.current.price
    assert "Adds 200 days" in made.pros


@pytest.mark.parametrize(
    ("strikes", "days", "expected"),
    [
        ((20_000, 21_000), (300, 300), GOOD),
        ((20_000, 21_000), (300, 299), NO_URGENCY),  # a credit for less time
        ((20_000, 20_000), (100, 131), DURATION),
        ((20_000, 20_000), (100, 130), NO_URGENCY),  # a debit for a month
        ((20_000, 20_000), (60, 90), NO_URGENCY),
        ((20_000, 20_000), (59, 89), ADVISED.format(soon=60)),
        ((20_000, 20_000), (30, 300), DURATION),
    ],
)
def test_the_recommendation_is_the_first_that_fits(
    strikes: tuple[float, float], days: tuple[int, int], expected: str
) -> None:
    assert roll(strikes, days).recommendation == expected


def test_a_month_rolled_to_ten_speaks_of_rolling() -> None:
    assert "roll" in roll((20_000, 20_000), (30, 300)).recommendation.lower()


def test_what_was_sold_pays_for_more_time() -> None:
    made = roll((20_000, 20_000), (100, 300), quantity=-2)

    assert made.net == pytest.approx(2 * 100 * (made.new.price - made.current.price))
    assert made.recommendation == GOOD


QUOTES = ({"bid": 100.0, "ask": 104.0, "sigma": 0.2}, {"bid": 150.0, "ask": 156.0, "sigma": 0.22})


def test_what_was_bought_is_sold_at_the_bid_and_bought_anew_at_the_ask() -> None:
    made = roll((20_000, 20_000), (100, 300), quotes=QUOTES, quantity=3)

    assert (made.current.price, made.new.price) == (100.0, 156.0)
    assert made.net == -3 * 5_600
    assert (made.current.source, made.new.source) == (PriceSource.QUOTE, PriceSource.QUOTE)


def test_what_was_sold_is_bought_at_the_ask_and_sold_anew_at_the_bid() -> None:
    made = roll((20_000, 20_000), (100, 300), quotes=QUOTES, quantity=-3)

    assert (made.current.price, made.new.price) == (104.0, 150.0)
    assert made.net == 3 * 4_600


def test_the_model_stands_beside_the_quote_at_each_leg_s_own_volatility() -> None:
    made = roll((20_000, 20_000), (100, 300), quotes=QUOTES)

    assert (made.current.sigma, made.new.sigma) == (0.2, 0.22)
    assert made.new.model == pytest.approx(roll((20_000, 20_000), (100, 300), sigma=0.22).new.price)


def test_an_option_that_nobody_quotes_is_told_as_a_model_s() -> None:
    made = roll((20_000, 20_000), (100, 300), quotes=(QUOTES[0], {"bid": 0.0}))

    assert (made.new.source, made.new.price) == (PriceSource.MODEL, made.new.model)
    assert any("not quoted" in con for con in made.cons)


def test_the_true_breakeven_remembers_what_was_paid_before() -> None:
    """Bought at 80, sold at 100, the next one bought at 156: 136 a share are in it."""
    made = roll((20_000, 20_500), (100, 300), quotes=QUOTES, entry_price=80.0)

    assert (made.basis, made.true_breakeven, made.breakeven) == (136.0, 20_636.0, 20_656.0)


def test_the_true_breakeven_of_a_put_lies_below_its_strike() -> None:
    made = roll((20_000, 19_500), (100, 300), quotes=QUOTES, entry_price=80.0, is_call=False)

    assert made.true_breakeven == 19_364.0


def test_without_a_first_price_nothing_is_said_of_it() -> None:
    made = roll((20_000, 20_500))

    assert math.isnan(made.basis)
    assert math.isnan(made.true_breakeven)


def test_the_cost_of_a_year_is_in_percent_of_what_there_is() -> None:
    """56 of 100 for 200 days are 102.2 % a year."""
    made = roll((20_000, 20_000), (100, 300), quotes=QUOTES)

    assert made.annualised_pct == pytest.approx(-100 * 0.56 * 365 / 200)
    assert math.isnan(roll((20_000, 21_000)).annualised_pct)


def test_pros_and_cons_of_a_higher_strike() -> None:
    made = roll((20_000, 21_000))

    assert "Brings a credit of $58,06" in made.pros[0]
    assert "A higher strike locks in gains and leaves less capital at risk" in made.pros
    assert "Gives up intrinsic value" in made.cons
    assert not any("delta" in pro for pro in made.pros)


def test_pros_and_cons_of_a_lower_strike() -> None:
    made = roll((20_000, 19_000))

    assert {"A lower strike has more delta", "Moves more with the underlying: its delta is larger"} <= set(made.pros)
    assert "Binds more capital" in made.cons
    assert made.cons[0].startswith("Costs a debit of $")


def test_decay_is_good_for_who_sold() -> None:
    bought, sold = (roll((20_000, 20_000), (300, 60), quantity=quantity) for quantity in (1, -1))

    assert "Loses more a day: its theta is larger" in bought.cons
    assert "Earns more a day: its theta is larger" in sold.pros


@pytest.mark.parametrize("unknown", [{"spot": math.nan}, {"sigma": math.nan}, {"spot": 0.0}])
def test_nothing_is_calculated_from_what_nobody_knows(unknown: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected a number above 0"):
        roll((20_000, 21_000), **unknown)
