"""A setup as the chart draws it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from coach.pure import drawing
from coach.pure.drawing import End, Setup
from market.pure.bars import Bars
from market.pure.opening_range import OpeningRange

OPEN = 1_770_647_400  # 2026-02-09, 09:30 in New York
NAN = float("nan")
SETUP = Setup(
    id="one",
    setup_type="orb_breakout",
    direction="long",
    bar_ts=OPEN + 60,
    detected_ts=OPEN + 120,
    valid_until_ts=OPEN + 3600,
    entry=101.0,
    stop=100.0,
    targets=(102.0, 103.0),
)
WON = replace(SETUP, end=End("win", OPEN + 240, 1.98))


def bars(volume: float = 500.0) -> Bars:
    prices = ((OPEN + 60 * n, 100.0 + n, 101.0 + n, 99.0 + n, 100.5 + n, volume, NAN) for n in range(5))
    return Bars.from_rows(np.array(list(prices)))


def test_the_chart_of_a_setup_is_plain_json() -> None:
    vwap = np.array([NAN, 100.123456, 101.0, 102.0, 103.0])

    chart = drawing.of_setup("SPY", bars(), vwap, setup=WON, levels=[{"name": "S1", "price": 90.0}])

    assert json.loads(json.dumps(chart, allow_nan=False)) == chart
    assert chart["bars"][1] == {
        "time": OPEN + 60, "open": 101.0, "high": 102.0, "low": 100.0, "close": 101.5, "volume": 500.0,
    }  # fmt: skip
    assert chart["vwap"][0] == {"time": OPEN + 60, "value": 100.1235}
    assert (chart["state"], chart["hasVolume"], chart["session"], chart["resyncMs"]) == ("ready", True, None, 0)


def test_an_index_has_no_volume_and_its_columns_are_0() -> None:
    chart = drawing.of_setup("SPX", bars(NAN), np.full(5, 100.0), setup=SETUP)

    assert chart["hasVolume"] is False
    assert {bar["volume"] for bar in chart["bars"]} == {0.0}


def test_levels_come_from_the_highest_down() -> None:
    levels = [{"name": "S1", "price": 90.0}, {"name": "R1", "price": 110.0}]

    chart = drawing.of_setup("SPY", bars(), np.full(5, NAN), setup=SETUP, levels=levels)

    assert [level["name"] for level in chart["levels"]] == ["R1", "S1"]


def test_a_plan_is_drawn_from_its_detection_until_its_end() -> None:
    drawn, ended = drawing.plan(SETUP), drawing.plan(WON)

    assert (drawn["at"], drawn["until"], ended["until"]) == (OPEN + 120, OPEN + 3600, OPEN + 240)
    assert (drawn["entry"], drawn["stop"], drawn["firstTarget"], drawn["target"]) == (101.0, 100.0, 102.0, 103.0)
    assert (drawn["label"], drawn["status"], ended["status"]) == ("ORB breakout", "open", "win")


@pytest.mark.parametrize(("targets", "first", "last"), [((), None, None), ((103.0,), None, 103.0)])
def test_a_plan_with_fewer_targets_has_no_first_one(
    targets: tuple[float, ...], first: float | None, last: float | None
) -> None:
    drawn = drawing.plan(replace(SETUP, targets=targets))

    assert (drawn["firstTarget"], drawn["target"]) == (first, last)


def test_a_setup_without_a_plan_has_its_trigger_alone() -> None:
    chart = drawing.of_setup("SPY", bars(), np.full(5, NAN), setup=replace(SETUP, entry=None, stop=None, targets=()))

    assert chart["setups"] == []
    assert [marker["kind"] for marker in chart["markers"]] == ["trigger"]


@pytest.mark.parametrize(
    ("outcome", "realized", "label"),
    [("win", 1.98, "Target +1.98 R"), ("loss", -1.0, "Stop -1.00 R"), ("expired", None, "Time is up")],
)
def test_markers_say_where_it_began_and_how_it_ended(outcome: str, realized: float | None, label: str) -> None:
    trigger, exit_ = drawing.markers(replace(SETUP, end=End(outcome, OPEN + 240, realized)))

    assert trigger == {
        "time": OPEN + 60, "kind": "trigger", "label": "Trigger", "direction": "long", "outcome": None,
    }  # fmt: skip
    assert exit_ == {"time": OPEN + 240, "kind": "exit", "label": label, "direction": "long", "outcome": outcome}


def test_an_opening_range_reaches_out_to_the_close() -> None:
    found = OpeningRange(minutes=15, high=102.0, low=99.0, from_ts=OPEN, to_ts=OPEN + 900, complete=True)

    assert drawing.ranged(None, close_ts=OPEN + 23_400, over=False) is None
    assert drawing.ranged(found, close_ts=OPEN + 23_400, over=True) == {
        "minutes": 15,
        "high": 102.0,
        "low": 99.0,
        "from": OPEN,
        "to": OPEN + 900,
        "until": OPEN + 23_400,
        "complete": True,
        "over": True,
    }


def test_the_level_of_a_detection_is_marked_among_the_known_ones_and_added_where_it_is_new() -> None:
    known = [{"name": "PDH", "price": 101.504}, {"name": "S1", "price": 99.0}]

    at_known = drawing.named_levels({"level": "PDH", "levelPrice": 101.5}, known)
    elsewhere = drawing.named_levels({"level": "PDH", "levelPrice": 101.51}, known)

    assert at_known == [{"name": "PDH", "price": 101.504, "own": True}, {"name": "S1", "price": 99.0}]
    assert elsewhere == [*known, {"name": "PDH", "price": 101.51, "own": True}]


@pytest.mark.parametrize(
    ("signal", "names"),
    [
        ({"level": "VWAP", "levelPrice": 100.0}, []),
        ({"level": "round", "levelPrice": None}, []),
        ({"level": 7, "levelPrice": 100.0}, []),
        ({"todayOpen": 100.0}, ["Open"]),
        (
            {"flipPoint": 6000.0, "maxPositiveGexStrike": 6050.0, "maxNegativeGexStrike": None},
            ["GEX flip", "call wall"],
        ),
    ],
)
def test_only_prices_with_a_name_become_levels(signal: dict[str, object], names: list[str]) -> None:
    assert [level["name"] for level in drawing.named_levels(signal, [])] == names
