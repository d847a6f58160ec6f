from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.pure.rounding import NonFiniteScore, cents, score


@pytest.mark.parametrize(
    ("value", "rounded"),
    [(98.1, 98.1), (104.805, 104.81), (2.675, 2.68), (1.005, 1.01), (-1.005, -1.01), (0.004999, 0.0), (7, 7.0)],
)
def test_cents_round_the_written_number_half_up(value: float, rounded: float) -> None:
    assert cents(value) == rounded


@given(st.one_of(st.floats(-1e8, 1e8), st.integers(-(10**9), 10**9).map(lambda n: n / 1000), st.floats(-1, 1)))
def test_cents_are_those_of_decimal_arithmetic(value: float) -> None:
    assert cents(value) == float(Decimal(repr(value)).quantize(Decimal("0.01"), ROUND_HALF_UP))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_has_no_cents(value: float) -> None:
    with pytest.raises(ValueError, match="cannot be rounded"):
        cents(value)


@pytest.mark.parametrize(("raw", "points"), [(80.5, 81), (80.49, 80), (81.5, 82), (142.0, 100), (-3.0, 0), (0.5, 1)])
def test_a_score_is_rounded_half_up_and_clamped(raw: float, points: int) -> None:
    assert score(raw) == points


@pytest.mark.parametrize("raw", [float("nan"), float("inf"), float("-inf")])
def test_a_score_that_is_no_number_is_refused_instead_of_becoming_0(raw: float) -> None:
    with pytest.raises(NonFiniteScore):
        score(raw)
