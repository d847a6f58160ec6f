from __future__ import annotations

from decimal import Decimal

import pytest

from detectors.pure.suggested_prices import price, prices, target_is_behind


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        (98.1, Decimal("98.1")),
        (98, Decimal(98)),
        (Decimal("0.055"), Decimal("0.055")),
        (-1.5, Decimal("-1.5")),
        ("98.1", None),
        (True, None),
        (None, None),
        ({"price": 98.1}, None),
        (float("nan"), None),
        (float("inf"), None),
        (1e11, None),
    ],
)
def test_only_a_finite_number_that_fits_is_a_price(said: object, understood: Decimal | None) -> None:
    assert price(said) == understood


@pytest.mark.parametrize("trade", [None, [], "x", {}])
def test_an_idea_without_a_trade_names_no_price(trade: object) -> None:
    assert prices({"suggestedTrade": trade, "stopLoss": 98.1}) == {"entry": None, "stop": None, "target": None}


@pytest.mark.parametrize(
    ("direction", "at", "behind"),
    [
        ("bullish", 104.79, False),
        ("bullish", 104.8, True),
        ("bearish", 104.81, False),
        ("bearish", 104.8, True),
        ("neutral", 104.8, False),
        ("bullish", None, False),
    ],
)
def test_a_target_is_behind_when_price_has_reached_it(direction: str, at: float | None, behind: bool) -> None:
    assert target_is_behind(direction, 104.8, at) is behind


def test_without_a_target_nothing_is_behind() -> None:
    assert not target_is_behind("bullish", None, 104.8)
