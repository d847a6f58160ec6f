from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from detectors.pure import level_lines, tape
from detectors.pure.background import Background
from detectors.pure.level_lines import LevelLines, latest_profile, neighbours
from detectors.pure.tape import Tape
from options_engine.pure.gex import GammaProfile
from tests.detectors.sessions import CLOSE_TS, NAN, OPEN_TS, Row, panel, random_panel

FAR_STRIKE = {300.0: 1.0}
BAR: Row = (100, 101, 99, 100, 1000)  # with an ATR of 4 the tolerance is 0.6: levels nearer than 0.15 are one


def laid(rows: Mapping[str, list[Row | None]], background: Background, **options: object) -> Tape:
    return tape.read(panel(rows, **options), CLOSE_TS, background)  # type: ignore[arg-type]


def read(levels: Mapping[str, float], *, bar: Row = BAR, reach: float = 0.0, **options: object) -> LevelLines:
    """Return the lines of one symbol that has one bar."""
    of = laid({"SPY": [bar]}, Background(levels={"SPY": levels}), **options)
    return level_lines.read(of, reach=np.array([reach]))


def told(lines: LevelLines) -> list[tuple[str, float, tuple[str, ...]]]:
    """Return label, latest price and weaker labels of each line, VWAP left out."""
    told = zip(lines.label, lines.price[:, -1].tolist(), lines.others, strict=True)
    return [each for each in told if each[0] != "VWAP"]


def profile(minute: int, *, flip: float | None = None, net: Mapping[float, float] = FAR_STRIKE) -> GammaProfile:
    return GammaProfile(
        as_of_ts=OPEN_TS + 60 * minute,
        spot=100.0,
        expiry=dt.date(2026, 2, 9),
        days_to_expiry=0,
        strikes=np.array(list(net)),
        call_gex=np.maximum(list(net.values()), 0.0),
        put_gex=np.maximum([-each for each in net.values()], 0.0),
        flip=flip,
    )


@pytest.mark.parametrize(
    ("reach", "expected"), [(0.0, ["PDH", "PDL"]), (0.49, ["PDH", "PDL"]), (0.5, ["PDH", "PDL", "R1"])]
)
def test_levels_that_the_session_came_near_are_read(reach: float, expected: list[str]) -> None:
    lines = read({"R1": 101.5, "PDL": 99.0, "PDH": 101.0, "S1": 98.4}, reach=reach)

    assert [label for label, _, _ in told(lines) if label != "round"] == expected


@pytest.mark.parametrize(
    ("near", "lines"),
    [
        (100.86, [("PDH", 101.0, ("R1",))]),
        (100.85, [("PDH", 101.0, ()), ("R1", 100.85, ())]),
        (100.84, [("PDH", 101.0, ()), ("R1", 100.84, ())]),
        (101.14, [("PDH", 101.0, ("R1",))]),
        (101.15, [("PDH", 101.0, ()), ("R1", 101.15, ())]),
    ],
)
def test_levels_nearer_than_0_25_of_the_tolerance_are_one(near: float, lines: list[object]) -> None:
    assert told(read({"R1": near, "PDH": 101.0}, bar=(102, 104, 100.5, 102, 9), reach=0.1)) == lines


def test_the_tolerance_of_a_quiet_symbol_is_a_share_of_its_price() -> None:
    # 0.25 of 0.06 % of 101 is 0.01515.
    quiet = read({"PDH": 101.0, "R1": 101.016, "R2": 100.985}, bar=(102, 104, 100.5, 102, 9), atr=0.01)

    assert told(quiet) == [("PDH", 101.0, ("R2",)), ("R1", 101.016, ())]


def test_a_level_lies_under_one_that_stands_and_not_under_one_that_lies_under_another() -> None:
    # Each is 0.1 from its neighbour.
    lines = read({"PDH": 100.7, "PDC": 100.8, "PP": 100.9, "S1": 100.6}, bar=(102, 104, 100.5, 102, 9))

    assert told(lines) == [("PDH", 100.7, ("PDC", "S1")), ("PP", 100.9, ())]


def test_a_round_number_near_a_fixed_level_lies_under_it() -> None:
    assert told(read({"PP": 100.14, "R1": 100.16})) == [("PP", 100.14, ("R1", "round"))]
    assert told(read({"R1": 100.16})) == [("R1", 100.16, ()), ("round", 100.0, ())]


def test_a_level_that_is_no_number_or_has_no_name_is_left_out() -> None:
    assert told(read({"PDH": NAN, "D20H": 100.5})) == [("round", 100.0, ())]


@pytest.mark.parametrize(
    ("price", "rounds"),
    [(999.99, [995.0, 1000.0, 1005.0]), (1000.0, [975.0, 1000.0, 1025.0]), (1012.0, [975.0, 1000.0, 1025.0])],
)
def test_round_numbers_are_5_or_25_apart(price: float, rounds: list[float]) -> None:
    lines = read({}, bar=(price, price, price, price, 9), reach=60.0)

    assert told(lines) == [("round", each, ()) for each in rounds]
    assert lines.step[1:].tolist() == [rounds[1] - rounds[0]] * 3


@pytest.mark.parametrize(
    ("close", "rounds"),
    [
        (97.49, [90, 95, 100]),
        (97.51, [95, 100, 105]),
        (102.49, [95, 100, 105]),
        (102.51, [100, 105, 110]),
        (4.0, [5, 10]),
    ],
)
def test_a_round_number_was_one_of_the_three_nearest_to_a_close(close: float, rounds: list[float]) -> None:
    lines = read({}, bar=(close, close, close, close, 9), reach=30.0)

    assert [price for _, price, _ in told(lines)] == rounds


def test_a_round_number_is_judged_while_it_is_one_of_the_three_nearest() -> None:
    lines = read({"PDH": 101.0}, reach=6.0)
    closes = np.array([[87.49, 87.51, 102.49, 102.51, 112.49, 112.51, NAN]])

    near = lines.near_round(np.repeat(closes, len(lines.row), axis=0))

    assert lines.label == ("PDH", "VWAP", "round", "round", "round")
    assert near.astype(int).tolist() == [
        [1, 1, 1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1, 1, 1],
        [0, 1, 1, 0, 0, 0, 0],  # 95
        [0, 0, 1, 1, 0, 0, 0],  # 100
        [0, 0, 1, 1, 1, 0, 0],  # 105
    ]
    assert lines.near_round(np.repeat(closes, 2, axis=0), np.array([4, 0])).tolist() == near[[4, 0]].tolist()


def test_one_wild_print_does_not_make_a_line_of_every_round_number() -> None:
    of = laid({"SPY": [BAR, (100, 1e9, 1, 1e9, 9), BAR]}, Background())

    lines = level_lines.read(of, reach=np.array([1.0]))

    assert len(lines.row) == 1 + 3 + 2  # VWAP, three at 100, and those at the print that lie below its high


def test_lines_stand_by_symbol_then_by_rank_then_by_price() -> None:
    levels = {"S2": 99.2, "PDL": 99.4, "PP": 99.6, "PDH": 100.6}
    known = (profile(-5, flip=99.8),)
    of = laid(
        {"A": [BAR], "B": [BAR], "C": [BAR], "D": [BAR]},
        Background(levels={"A": levels, "B": levels, "D": {"PDC": 100.2}}, profiles={"D": known}),
        atr=[4.0, NAN, 0.0, 4.0],
    )

    lines = level_lines.read(of, reach=np.full(4, 5.0))

    rounds = ("round",) * 3
    assert lines.row.tolist() == [0] * 8 + [3] * 9
    assert lines.label == ("PDH", "PDL", "PP", "S2", "VWAP", *rounds, "PDC", *level_lines.GAMMA, "VWAP", *rounds)
    assert lines.price[5:8, 0].tolist() == [95, 100, 105]


def test_a_symbol_without_volume_has_no_vwap_and_one_without_reach_no_line() -> None:
    rows: dict[str, list[Row | None]] = {"SPX": [(100, 101, 99, 100, NAN)], "SPY": [BAR], "VIX": [None]}
    of = tape.read(replace(panel(rows), volume_source=(None, "SPY", "VIX")), CLOSE_TS)

    lines = level_lines.read(of, reach=np.array([0.0, NAN, 1.0]))

    assert (lines.row.tolist(), lines.label) == ([0], ("round",))


@pytest.mark.parametrize("rows", [{"SPY": [None, None]}, {"SPY": [None], "SPX": []}])
def test_a_session_without_bars_has_no_lines(rows: Mapping[str, list[Row | None]]) -> None:
    lines = level_lines.read(laid(rows, Background()), reach=np.full(len(rows), 1.0))

    assert (len(lines.row), lines.label, lines.price.shape) == (0, (), (0, 0))
    assert lines.near_round(lines.price).shape == (0, 0)


def test_vwap_is_the_line_it_was_at_each_bar() -> None:
    of = laid({"SPY": [(100, 101, 99, 100, 0), BAR, (101, 104, 101, 104, 3000)]}, Background())

    lines = level_lines.read(of, reach=np.array([0.0]))

    assert lines.price[lines.label.index("VWAP")].tolist() == [
        pytest.approx(each, nan_ok=True) for each in (NAN, 100, 102.25)
    ]


def test_gamma_levels_are_those_of_the_last_profile_known() -> None:
    known = (profile(1, flip=99.0, net={98.0: -3.0, 101.0: 2.0}), profile(3, net={98.0: -3.0, 102.0: 4.0}))
    of = laid({"SPX": [BAR, None, BAR, BAR]}, Background(profiles={"SPX": known}))

    lines = level_lines.read(of, reach=np.array([0.0]))

    # The first is known at the right edge of minute 0, the second at that of minute 2.
    assert {label: lines.price[lines.label.index(label)].tolist() for label in level_lines.GAMMA} == {
        "GEX flip": pytest.approx([99.0, NAN, NAN], nan_ok=True),
        "call wall": [101.0, 102.0, 102.0],
        "put wall": [98.0, 98.0, 98.0],
        "max GEX strike": [98.0, 102.0, 102.0],
    }


@pytest.mark.parametrize(("shift_s", "latest"), [(-1, [0, 0, 1]), (0, [0, 0, 1]), (1, [-1, 0, 0])])
def test_a_profile_is_known_from_the_right_edge_on(shift_s: int, latest: list[int]) -> None:
    of = laid({"SPX": [BAR, BAR, BAR]}, Background())
    known = [replace(profile(minute), as_of_ts=OPEN_TS + 60 * minute + shift_s) for minute in (1, 3)]

    assert latest_profile(of, 0, known).tolist() == latest


def beside(of: Tape, lines: LevelLines, label: str, bar: int) -> list[str]:
    """Return what is the same level as this one at a bar, a weaker one after a <."""
    line = lines.label.index(label)
    entry, other = neighbours(of, lines, np.array([line]), np.array([bar]))
    assert set(entry.tolist()) <= {0}
    return [lines.label[each] if each < line else f"< {lines.label[each]}" for each in other.tolist()]


@pytest.mark.parametrize(
    ("flip", "found"),
    [
        (100.56, []),
        (100.5625, []),
        (100.57, ["PDH"]),
        (100.93, ["PDH"]),
        (100.9375, []),
        (99.07, ["< PP"]),
        (99.0625, []),
        (100.0, ["< VWAP", "< round"]),
    ],
)
def test_levels_that_move_lie_together_at_one_bar_and_not_at_another(flip: float, found: list[str]) -> None:
    # The tolerance is 0.75.
    background = Background(
        levels={"SPX": {"PDH": 100.75, "PP": 99.25}}, profiles={"SPX": (profile(-5, flip=103.0), profile(2, flip=flip))}
    )
    of = laid({"SPX": [BAR, BAR]}, background, atr=5.0)

    lines = level_lines.read(of, reach=np.array([0.6]))

    assert [beside(of, lines, "GEX flip", bar) for bar in (0, 1)] == [[], found]


def test_a_round_number_that_may_not_be_judged_is_beside_nothing() -> None:
    # The flip lies on 100, but the last bar closes where the three nearest are 105, 110 and 115.
    of = laid({"SPX": [BAR, (110, 111, 109, 110, 1)]}, Background(profiles={"SPX": (profile(-5, flip=100.1),)}))

    lines = level_lines.read(of, reach=np.array([0.6]))

    assert [beside(of, lines, "GEX flip", bar) for bar in (0, 1)] == [["< VWAP", "< round"], ["< VWAP"]]


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_what_a_line_says_of_a_bar_does_not_depend_on_later_ones(missing: float) -> None:
    session = random_panel(7, symbols=4, missing=missing, volatility=0.003)
    levels = {symbol: {"PDH": 101.0, "PDL": 98.0, "PP": 100.1, "R1": 103.0} for symbol in session.symbols}
    background = Background(
        levels=levels, profiles={session.symbols[2]: (profile(-5, flip=99.0), profile(90, flip=101.0))}
    )

    def known(minutes: int) -> dict[tuple[int, str, float], list[float]]:
        of = tape.read(session.until(minutes), CLOSE_TS, background)
        lines = level_lines.read(of, reach=np.full(4, 0.5))
        fixed = np.where(np.isfinite(lines.step), lines.price[:, 0], 0.0).tolist()
        ends = of.count[lines.row].tolist()
        prices = [price[:end].tolist() for price, end in zip(lines.price, ends, strict=True)]
        return dict(zip(zip(lines.row.tolist(), lines.label, fixed, strict=True), prices, strict=True))

    whole = known(390)

    for minutes in range(1, 390, 20):
        for line, prices in known(minutes).items():
            np.testing.assert_array_equal(whole[line][: len(prices)], prices)
