"""Numbers as text, by hand-checked tables."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.pure import formats

NO_NUMBERS = [None, math.nan, math.inf, -math.inf, "", "n/a", True, [], object()]
FORMATS = [
    *(formats.money, formats.pnl, formats.strike, formats.points, formats.change),
    *(formats.percent, formats.change_percent, formats.compact, formats.confidence),
]


@pytest.mark.parametrize("value", NO_NUMBERS)
@pytest.mark.parametrize("form", FORMATS)
def test_what_is_no_number_has_no_text(form: object, value: object) -> None:
    assert form(value) is None


@pytest.mark.parametrize(
    ("value", "money", "pnl", "change"),
    [
        (0, "$0.00", "$0.00", "0.00"),
        (5012.366, "$5,012.37", "+$5,012.37", "+5,012.37"),
        (-87, "-$87.00", "-$87.00", "-87.00"),
        (1234567.5, "$1,234,567.50", "+$1,234,567.50", "+1,234,567.50"),
        (Decimal("101.200000"), "$101.20", "+$101.20", "+101.20"),
        ("12.5", "$12.50", "+$12.50", "+12.50"),
        (-0.001, "$0.00", "$0.00", "0.00"),
        (1.005, "$1.01", "+$1.01", "+1.01"),
        (-1.005, "-$1.01", "-$1.01", "-1.01"),
    ],
)
def test_money_and_differences(value: object, money: str, pnl: str, change: str) -> None:
    assert (formats.money(value), formats.pnl(value), formats.change(value)) == (money, pnl, change)


@pytest.mark.parametrize(
    ("value", "text"), [(6050, "$6,050"), (42.5, "$42.5"), (42.125, "$42.125"), (100.0, "$100"), (1000, "$1,000")]
)
def test_a_strike_has_no_trailing_zeros(value: float, text: str) -> None:
    assert formats.strike(value) == text


@pytest.mark.parametrize(
    ("value", "places", "plain", "signed"),
    [(0.14, 2, "0.14%", "+0.14%"), (-0.141, 2, "-0.14%", "-0.14%"), (0, 2, "0.00%", "0.00%"), (61.4, 0, "61%", "+61%")],
)
def test_percentages(value: float, places: int, plain: str, signed: str) -> None:
    assert (formats.percent(value, places), formats.change_percent(value, places)) == (plain, signed)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.0K"),
        (1234, "1.2K"),
        (999_949, "999.9K"),
        (999_950, "1.0M"),
        (3_400_000, "3.4M"),
        (5e9, "5.0B"),
        (-2_500_000, "-2.5M"),
    ],
)
def test_large_numbers_carry_a_letter(value: float, text: str) -> None:
    assert formats.compact(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.81, "81%"), (81, "81%"), (1, "100%"), (0, "0%"), (100, "100%"), (101, None), (-1, None)],
)
def test_confidence_comes_on_two_scales(value: float, text: str | None) -> None:
    assert formats.confidence(value) == text


def test_points_have_their_unit() -> None:
    assert formats.points(-12.4) == "-12.40 pts"


@given(st.floats(min_value=-1e9, max_value=1e9))
def test_printed_money_is_within_half_a_cent_of_the_amount(value: float) -> None:
    text = formats.money(value)

    assert text is not None
    assert abs(float(text.replace("$", "").replace(",", "")) - value) <= 0.005 + 1e-6
