from __future__ import annotations

from decimal import Decimal

import pytest

from positions.pure.advice import AdviceType
from positions.pure.hit_rates import HitRate, Outcome, hit_rates


def outcome(rule: str, told: int, later: int | None, kind: AdviceType = AdviceType.TAKE_PROFIT) -> Outcome:
    return Outcome(rule, kind, Decimal(told), None if later is None else Decimal(later))


def test_getting_out_was_right_where_staying_made_nothing_more() -> None:
    (found,) = hit_rates([outcome("profit", 100, later) for later in (50, 99, 100, 101, None)])

    assert (found.rule, found.told, found.judged, found.right, found.share) == ("profit", 5, 4, 3, 0.75)
    assert found.mean_change == Decimal("-12.5")
    # Wilson (1927) for 3 of 4, as R's prop.test without correction has it.
    assert (found.low, found.high) == (pytest.approx(0.30064, abs=1e-5), pytest.approx(0.95441, abs=1e-5))


def test_a_roll_is_neither_right_nor_wrong() -> None:
    found = hit_rates([outcome("roll", 100, 150, AdviceType.ROLL), outcome("profit", 1, None)])

    assert found == [
        HitRate("profit", 1, 0, 0, None, None, None, None),
        HitRate("roll", 1, 1, None, None, None, None, Decimal(50)),
    ]


def test_without_advice_there_is_nothing_to_say() -> None:
    assert hit_rates([]) == []
