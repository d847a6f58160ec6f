from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from positions.pure.facts import PositionFacts
from positions.pure.marks import LegMark
from positions.pure.snapshot import snapshot
from realtime.position_values import frame
from tests.contract.frames import assert_frame
from tests.positions.pure.test_valuation import CONDOR, NOW, QUOTED, position, valued


def said(facts: PositionFacts) -> dict[str, object]:
    """Return the snapshot, held against both schemas as a frame."""
    read = json.loads(frame(UUID(int=1), snapshot(facts, now=NOW), at=NOW))
    assert_frame(read)
    return read["data"]["snapshot"]


def part(told: dict[str, object], *names: str) -> list[object]:
    return [told.get(name) for name in names]


def test_a_call_is_told_as_the_contract_has_it() -> None:
    told = said(valued(position("+2C5900", "30", fees=Decimal("1.30"), realised=Decimal(50)), QUOTED))

    assert part(told, "type", "quantity", "entryPrice", "currentPrice", "costBasis") == ["call", 2, 30, 50, 6000]
    assert part(told, "currentValue", "marketValue", "pnl", "pnlPct", "netPnl") == [10000, 10000, 4000, 66.67, 4048.7]
    assert part(told, "maxLoss", "maxGain", "breakeven", "pnlPctOfMaxRisk") == [6000, "unlimited", 5930, 66.67]
    assert part(told, "strike", "strike2", "expiry", "daysToExpiry", "daysHeld", "entryDate") == [
        5900,
        None,
        "2026-02-20",
        11,
        3,
        "2026-02-06",
    ]
    assert told["greeks"] == {"delta": 100, "gamma": 0.4, "theta": -400, "vega": 600, "rho": 80}
    assert part(told, "stale", "asOf", "markSource", "unavailable") == [False, "2026-02-09T15:00:00Z", "quote", None]
    assert told["legs"][0]["spreadPct"] == 0.8


def test_what_was_sold_has_a_sign_in_its_quantity_alone() -> None:
    told = said(valued(position("-1P5800", "40"), 20.0))

    assert part(told, "quantity", "entryPrice", "currentPrice", "costBasis", "currentValue") == [-1, 40, 20, 4000, 2000]
    assert part(told, "marketValue", "pnl", "pnlPct", "maxGain", "maxLoss") == [-2000, 2000, 50, 4000, 576000]


@pytest.mark.parametrize(
    ("legs", "entry", "strikes", "kind"),
    [
        ("-1C6000 +1C5900", ["30", "80"], [5900, 6000], "call_spread"),
        ("+1P5900 -1P6000", ["30", "80"], [5900, 6000], "put_spread"),
        (CONDOR, ["10", "20", "30", "10"], [5800, 6000], "iron_condor"),
        ("+1C5900 +1P5800", ["30", "40"], [5900, None], "call"),
        ("+100S -1C6000", ["58", "30"], [6000, None], "stock"),
        ("+100S", ["58"], [None, None], "stock"),
    ],
)
def test_strikes_are_those_that_the_form_asks_for(
    legs: str, entry: list[str], strikes: list[float | None], kind: str
) -> None:
    held = position(legs, *entry)
    told = said(valued(held, *[50.0] * len(held.legs)))

    assert (part(told, "strike", "strike2"), told["type"]) == (strikes, kind)
    assert told["strategy"] == held.strategy.value
    assert ("expiry" in told) == (legs != "+100S")


def test_numbers_that_nobody_knows_are_0_and_named_and_members_left_out() -> None:
    told = said(valued(position("+1C5900 -1C6000", "80", "30"), QUOTED, LegMark()))

    names = ["currentPrice", "currentValue", "pnl", "pnlPct"]
    assert part(told, *names) == [0, 0, 0, 0]
    assert told["unavailable"] == names
    assert told["stale"] is True
    assert {"greeks", "marketValue", "netPnl", "pnlPctOfMaxRisk"}.isdisjoint(told)
    assert told["greeksPartial"] is True
    assert "mark" not in told["legs"][1]


@pytest.mark.parametrize(
    ("about", "stop", "target"),
    [
        (
            {"stop_price": Decimal(25), "target_price": Decimal(75)},
            {"price": -25, "pct": -50},
            {"price": 25, "pct": 50},
        ),
        (
            {"stop_price": Decimal(5890), "stop_on_underlying": True},
            {"price": -60, "pct": -1.01},
            None,
        ),
    ],
)
def test_how_far_stop_and_target_are(about: dict[str, object], stop: object, target: object) -> None:
    told = said(valued(position("+1C5900", "30", **about), QUOTED))

    assert part(told, "distanceToStop", "distanceToTarget") == [stop, target]


def test_without_a_price_only_what_hangs_on_the_underlying_has_a_distance() -> None:
    told = said(valued(position("+1C5900", "30", stop_price=Decimal(25)), LegMark()))

    assert "distanceToStop" not in told


def test_minutes_are_told_on_the_last_day() -> None:
    facts = valued(position("+1C5900", "30"), QUOTED)
    near = replace(facts, legs=tuple(replace(leg, days_to_expiry=0, minutes_to_expiry=30.9) for leg in facts.legs))

    assert part(said(near), "daysToExpiry", "minutesToExpiry") == [0, 30]
    assert "minutesToExpiry" not in said(facts)
