"""Rule 8 at, just below and just above its threshold, on both sides of the market."""

from __future__ import annotations

import math

import pytest

from positions.pure.advice import Abstained, Finding, Urgency
from positions.pure.rules.levels import level
from tests.positions.pure.made_up import CLOSE, case, held, position

# A daily range of 40: a quarter of it is 10.
ATR = 40.0
CALL = position(held("+1C5900", "30", 40))
PUT = position(held("+1P6000", "30", 40))
CALL_SPREAD = position(held("+1C5900", "30", 40), held("-1C6000", "10", 12))
PUT_SPREAD = position(held("+1P6000", "30", 40), held("-1P5900", "10", 12))


@pytest.mark.parametrize(("away", "fires"), [(10.01, False), (10.0, True), (9.99, True), (0.0, True)])
@pytest.mark.parametrize("facts", [CALL, CALL_SPREAD])
def test_resistance_above_what_has_to_rise(facts, away, fires):
    found = level(case(facts, atr=ATR, resistances=(5950 + away, 6100.0), supports=(5930.0, 5900.0)))

    assert isinstance(found, Finding) is fires
    if fires:
        assert (found.urgency, found.action["action"]) == (Urgency.LOW, "tighten_stop")
        assert (found.action["level"], found.action["distance"]) == (5950 + away, round(away, 2))
        assert found.action["stopOnUnderlying"] == 5930.0
        assert found.expires_at == CLOSE


@pytest.mark.parametrize(("away", "fires"), [(10.01, False), (10.0, True), (9.99, True)])
@pytest.mark.parametrize("facts", [PUT, PUT_SPREAD])
def test_support_below_what_has_to_fall(facts, away, fires):
    found = level(case(facts, atr=ATR, supports=(5950 - away, 5800.0), resistances=(5970.0,)))

    assert isinstance(found, Finding) is fires
    if fires:
        assert found.action["stopOnUnderlying"] == 5970.0


@pytest.mark.parametrize(
    ("facts", "flip", "fires"),
    [
        (CALL, 5960.01, False),
        (CALL, 5960.0, True),
        (CALL, 5959.99, True),
        (CALL, 5949.0, False),  # above the flip is the friendly side
        (PUT, 5939.99, False),
        (PUT, 5940.0, True),
        (PUT, 5940.01, True),
        (PUT, 5951.0, False),
    ],
)
def test_the_gamma_flip_from_its_adverse_side(facts, flip, fires):
    found = level(case(facts, atr=ATR, gamma_flip=flip))

    assert isinstance(found, Finding) is fires
    if fires:
        assert found.action["levelKind"] == "gamma_flip"


def test_the_nearest_level_is_told():
    found = level(case(CALL, atr=ATR, gamma_flip=5958.0, resistances=(5955.0,)))

    assert (found.action["level"], found.action["levelKind"]) == (5955.0, "level")


@pytest.mark.parametrize(
    "facts",
    [
        position(held("-1C5900", "30", 40)),
        position(held("-1P5900", "30", 40)),
        position(held("-1C5900", "42", 45), held("+1C6000", "12", 12)),
        position(held("+10S", "100", 101, root="AAPL"), symbol="AAPL", spot=5950.0),
    ],
    ids=["short call", "short put", "credit spread", "shares"],
)
def test_others_have_no_level_ahead(facts):
    assert level(case(facts, atr=ATR, resistances=(5951.0,), supports=(5949.0,))) is None


def test_levels_on_the_other_side_do_not_count():
    assert level(case(CALL, atr=ATR, supports=(5949.0,))) is None


def test_without_a_daily_range_nothing_is_said():
    assert isinstance(level(case(CALL, atr=math.nan, resistances=(5951.0,))), Abstained)
