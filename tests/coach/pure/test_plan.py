"""The plan of a tracked setup: where its prices come from, and distances to them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.pure import plan
from coach.pure.plan import Plan

TRADE = {"entry": 101.2, "stopLoss": 98.1, "target": 104.8, "strikes": [102, 103], "expiry": "2026-02-13"}
PRICES = st.floats(min_value=1, max_value=10_000)


def made(**members: Any) -> Plan:
    nothing = dict.fromkeys(("entry", "stop", "target", "strike", "expiry", "score"))
    return Plan(**{**nothing, "entry_is_detection": False, **members})


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (
            {"suggestedTrade": TRADE, "entry": 1, "stopLoss": 2, "target": 3, "score": 81, "currentPrice": 101},
            made(entry=101.2, stop=98.1, target=104.8, strike=102.0, expiry="2026-02-13", score=81.0),
        ),
        (
            {"entry": "101.5", "stopLoss": "99", "target": "104", "strike": 100, "expiry": "2026-02-20"},
            made(entry=101.5, stop=99.0, target=104.0, strike=100.0, expiry="2026-02-20"),
        ),
        (
            {"metadata": {"stop_loss": 97, "target": 110}, "currentPrice": 100.5},
            made(entry=100.5, entry_is_detection=True, stop=97.0, target=110.0),
        ),
        ({}, made()),
        ({"suggestedTrade": None, "metadata": [1], "entry": "soon", "currentPrice": None}, made()),
        ({"suggestedTrade": {"strikes": []}}, made()),
    ],
)
def test_prices_come_from_the_trade_then_the_setup_then_its_metadata(stored: dict[str, Any], expected: Plan) -> None:
    assert plan.read(stored) == expected


@pytest.mark.parametrize(
    ("level", "price", "expected"),
    [(104.0, 100.0, (4.0, 4.0)), (98.0, 100.0, (-2.0, -2.0)), (None, 100.0, None), (104.0, None, None)],
)
def test_distance_is_signed_from_the_price_to_the_level(
    level: float | None, price: float | None, expected: tuple[float, float] | None
) -> None:
    assert made(target=level).distance("target", price) == expected


@pytest.mark.parametrize(
    ("stop", "target", "price", "expected"),
    [
        (98.0, 106.0, 98.0, 0.0),
        (98.0, 106.0, 102.0, 0.5),
        (98.0, 106.0, 200.0, 1.0),
        (106.0, 98.0, 104.0, 0.25),
        (98.0, 98.0, 98.0, None),
        (None, 106.0, 100.0, None),
        (98.0, 106.0, None, None),
    ],
)
def test_progress_runs_from_stop_to_target_for_longs_and_shorts(
    stop: float | None, target: float | None, price: float | None, expected: float | None
) -> None:
    assert made(stop=stop, target=target).progress(price) == expected


@given(stop=PRICES, target=PRICES, price=PRICES)
def test_progress_stays_between_0_and_1(stop: float, target: float, price: float) -> None:
    where = made(stop=stop, target=target).progress(price)

    assert where is None or 0 <= where <= 1


def test_reward_to_risk_needs_all_three_prices() -> None:
    assert made(entry=100.0, stop=98.0, target=105.0).reward_risk == 2.5
    assert made(entry=100.0, stop=98.0).reward_risk is None
    assert made(entry=100.0, stop=100.0, target=105.0).reward_risk is None
