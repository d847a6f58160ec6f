from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.pure import level_lines, level_test, tape
from detectors.pure.background import NOTHING, Background
from detectors.pure.detection import Detection
from gallery.sessions import recorded, stacked
from market.pure.bars import Floats
from market.pure.panel import Panel
from options_engine.pure.gex import GammaProfile
from tests.detectors.pure.reading import said
from tests.detectors.sessions import CLOSE_TS, DATA, NAN, OPEN_TS, Row, panel, random_panel

FOLDER = DATA / "bars_1min_2025_26"
LEVEL, ATR = 102.5, 5.0  # a touch within 0.6, an excursion of 1.25, a close within 1.5; no round number within 2
PRICES = ("open", "high", "low", "close")
FAR: Row = (100.8, 100.9, 100.7, 100.8, NAN)  # an excursion, and too far to trigger
VISIT: Row = (100.8, 102.4, 100.7, 100.8, NAN)  # a touch that closes too far to trigger
NEAR: Row = (101.5, 101.6, 101.4, 101.5, NAN)  # close enough to trigger; no touch, no excursion
REST: Row = (102.4, 102.6, 102.3, 102.4, NAN)


def day(visits: Iterable[int], *rest: Row | None, until: int = 29, far: Row = FAR, visit: Row = VISIT) -> list[Row]:
    """Return bars far below the level, with a visit at some, and more bars from bar `until` on."""
    at = set(visits)
    return [*(visit if i in at else far for i in range(until)), *rest]  # type: ignore[list-item]


def told(
    rows: Sequence[Row | None],
    *,
    levels: dict[str, float] | None = None,
    atr: float = ATR,
    source: str | None = None,
) -> list[Detection]:
    known = Background(levels={"SPY": {"PDH": LEVEL} if levels is None else levels})
    return said(level_test.find, panel({"SPY": rows}, atr=atr, source=source), background=known)[0]


def brief(found: list[Detection]) -> list[tuple[int, str, str, int, object]]:
    """Return bar, direction, fingerprint, occurrence and number of tests."""
    return [
        ((d.bar_ts - OPEN_TS) // 60, d.direction, d.fingerprint, d.occurrence, d.signal["testCount"]) for d in found
    ]


def bars_of(found: list[Detection]) -> list[int]:
    return [(d.bar_ts - OPEN_TS) // 60 for d in found]


def golden() -> Panel:
    """Return the specification's session: price near 98.3 that reached for 100 four times, and then stands below it."""
    quiet, reach = (98.3, 98.5, 98.1, 98.3, 900), (98.3, 100.22, 99.45, 98.3, 2790)
    rows = [*(reach if i in (8, 16, 28, 34) else quiet for i in range(38)), (98.3, 100.18, 99.4, 99.95, 900)]
    return panel({"SPY": rows})


def test_the_golden_level_test() -> None:
    known = Background(levels={"SPY": {"PDH": 100.0, "PDC": 95.0}})

    found, abstained = said(level_test.find, golden(), background=known)

    assert round(float(tape.read(golden(), CLOSE_TS).vwap[0, -1]), 2) == 98.6
    assert found[-1] == Detection(
        symbol="SPY",
        setup_type="level_test",
        direction="long",
        fingerprint="PDH:100.00",
        occurrence=1,
        variant=None,
        bar_ts=OPEN_TS + 38 * 60,
        score=79,
        price=99.95,
        description="SPY closed at 99.95, 0.05 below its PDH at 100.00, which it has tested 4 times",
        signal={
            "level": "PDH",
            "levelPrice": 100.0,
            "testCount": 4,
            "levelType": "resistance",
            "weakening": True,
            "tolerance": 0.48,
            "lastTestAt": "2026-02-09T15:04:00Z",
            "otherLevels": ["round"],
            "dedupeKey": "level_test:resistance:PDH:100.00:4",
        },
        plan=found[-1].plan,
        plan_rejected=None,
        volume_source=None,
        valid_until=CLOSE_TS,
    )
    assert found[-1].plan is not None
    assert (found[-1].plan.stop, found[-1].plan.target) == (98.55, 105.35)
    assert found[-1].plan.trigger == "level_break_up"
    assert found[-1].trackable
    # Each reach for the high was an excursion from VWAP.
    assert {d.fingerprint for d in found[:-1]} == {"VWAP"}
    assert abstained == Counter()


def test_a_level_below_the_price_is_expected_to_break_downwards() -> None:
    session = golden()
    down = dataclasses.replace(
        session, open=200 - session.open, high=200 - session.low, low=200 - session.high, close=200 - session.close
    )

    found, _ = said(level_test.find, down, background=Background(levels={"SPY": {"PDL": 100.0}}))

    assert (found[-1].direction, found[-1].fingerprint, found[-1].score) == ("short", "PDL:100.00", 79)
    assert found[-1].plan is not None
    assert (found[-1].plan.stop, found[-1].plan.target) == (101.45, 94.65)
    assert found[-1].plan.trigger == "level_break_down"
    assert found[-1].signal["levelType"] == "support"
    assert found[-1].description == "SPY closed at 100.05, 0.05 above its PDL at 100.00, which it has tested 4 times"


@pytest.mark.parametrize(("until", "fires"), [(28, False), (29, True), (30, True)])
def test_the_first_bar_that_is_judged_is_the_thirtieth(until: int, fires: bool) -> None:
    assert bool(told(day([3, 9, 27], NEAR, until=until))) is fires


def test_missing_minutes_are_no_bars() -> None:
    visits = [3, 9, 27]

    assert told([None, *day(visits, NEAR, until=28)]) == []
    assert bars_of(told([None, *day(visits, NEAR)])) == [30]


@pytest.mark.parametrize(("visits", "tests"), [([3, 27], None), ([3, 9, 27], 3), ([3, 9, 15, 27], 4)])
def test_a_level_needs_three_tests(visits: list[int], tests: int | None) -> None:
    found = told(day(visits, NEAR))

    assert [d.signal["testCount"] for d in found] == ([] if tests is None else [tests])


def test_the_trigger_bar_is_no_test() -> None:
    assert bars_of(told(day([3, 27], REST, NEAR))) == [30]
    assert [d.signal["testCount"] for d in told(day([3, 9, 27], REST))] == [3]


@pytest.mark.parametrize(("first", "fires"), [(10, False), (11, True), (12, True)])
def test_a_test_counts_for_120_bars(first: int, fires: bool) -> None:
    # Bar 130 is judged by itself and the 119 bars before it.
    assert bool(told(day([first, 60, 128], NEAR, until=130))) is fires


def test_older_tests_are_not_counted() -> None:
    (found,) = told(day([3, 10, 60, 90, 128], NEAR, until=130))

    assert found.signal["testCount"] == 3


@pytest.mark.parametrize(("last", "fires"), [(24, True), (23, True), (22, False)])
def test_the_last_touch_is_at_most_six_bars_old(last: int, fires: bool) -> None:
    assert bool(told(day([3, 9, last], NEAR))) is fires


def test_a_touch_that_is_no_test_keeps_a_level_fresh() -> None:
    resting: list[Row] = [(101.8, 102.0, 101.7, 100.8, NAN)] * 12

    assert bars_of(told([*day([3, 9, 16], until=17), *resting, NEAR])) == [29]


@pytest.mark.parametrize(("close", "fires"), [(100.99, False), (101.0, True), (101.01, True)])
def test_the_close_lies_within_0_3_atr(close: float, fires: bool) -> None:
    assert bool(told(day([3, 9, 27], (101.5, 101.6, 101.4, close, NAN)))) is fires


@pytest.mark.parametrize(("high", "fires"), [(101.89, False), (101.9, True), (101.91, True)])
def test_a_touch_comes_within_0_12_atr(high: float, fires: bool) -> None:
    visit: Row = (100.8, high, 100.7, 100.8, NAN)

    assert bool(told(day([3, 9, 27], NEAR, visit=visit))) is fires


@pytest.mark.parametrize(("high", "fires"), [(4998.4, False), (4998.5, True), (4998.6, True)])
def test_or_within_0_07_percent_of_the_price(high: float, fires: bool) -> None:
    # The closes stand at 5000: 0.07 % is 3.5, and 0.12 ATR is 2.4.
    far: Row = (5000, 4996, 4990, 5000, NAN)

    found = told(
        day([3, 9, 27], (5000, 4996, 4990, 5000, NAN), far=far, visit=(5000, high, 4990, 5000, NAN)),
        levels={"PDH": 5002.0},
        atr=20.0,
    )

    assert [d.signal["tolerance"] for d in found] == ([3.5] if fires else [])


@pytest.mark.parametrize(("low", "fires"), [(101.26, False), (101.25, True), (101.24, True)])
def test_between_two_tests_price_goes_0_25_atr_away(low: float, fires: bool) -> None:
    little: Row = (101.5, 101.6, low, 100.8, NAN)

    assert bool(told(day([3, 9, 27], NEAR, far=little))) is fires


def test_40_bars_on_a_level_test_it_once() -> None:
    assert told([REST] * 40) == []


def test_a_wave_that_visits_four_times_has_tested_four_times() -> None:
    centre = [101.75 + 0.7 * math.sin(2 * math.pi * i / 7) for i in range(30)]

    (found,) = told([(at, at + 0.05, at - 0.05, at, NAN) for at in centre])

    assert (found.bar_ts, found.signal["testCount"]) == (OPEN_TS + 29 * 60, 4)


@pytest.mark.parametrize(("close", "direction"), [(102.49, "long"), (102.5, None), (102.51, "short")])
def test_a_close_on_the_level_has_no_side(close: float, direction: str | None) -> None:
    found = told(day([3, 9, 27], (102.4, 102.6, 102.3, close, NAN)))

    assert [d.direction for d in found] == ([] if direction is None else [direction])


def test_a_close_on_the_level_only_puts_it_off() -> None:
    on_it: Row = (102.4, 102.6, 102.3, LEVEL, NAN)

    assert brief(told(day([3, 9, 27], on_it, REST))) == [(30, "long", "PDH:102.50", 1, 4)]


@pytest.mark.parametrize(
    ("tests", "distance", "score"),
    [(3, 0.5, 74), (4, 0.5, 79), (6, 0.5, 89), (7, 0.5, 90), (3, 1.0, 73), (6, 1.0, 88), (3, 1.5, 72)],
)
def test_the_score(tests: int, distance: float, score: int) -> None:
    # 64, up to 16 for the tests, up to 10 for the distance: 1.0 of 5.0 is 7 (1.5 - 0.2) = 9.1, 1.5 is 8.4.
    close = LEVEL - distance

    (found,) = told(day(range(27, 27 - 4 * tests, -4), (close, close, close, close, NAN)))

    assert (found.signal["testCount"], found.score) == (tests, score)


def test_the_plan_reaches_farther_from_farther_away() -> None:
    far, near = told(day([3, 9, 27], NEAR))[0].plan, told(day([3, 9, 27], REST))[0].plan

    # range = max(0.9 ATR, distance + 0.3 ATR) is 4.5 for both: the distance is at most 0.3 ATR.
    assert far is not None
    assert near is not None
    assert (far.stop, far.target, near.stop, near.target) == (99.75, 108.25, 100.65, 109.15)


def both(
    one: float, other: float, *, one_visits: Sequence[int], other_visits: Sequence[int], close: float
) -> list[Detection]:
    """Return what is told of two levels, each visited at its own bars, by a last bar that closes at a price."""
    middle = (one + other) / 2
    rows: list[Row] = [(middle, middle, middle, 110, NAN)] * 29
    for at, visits in ((one, one_visits), (other, other_visits)):
        for bar in visits:
            rows[bar] = (at, at, at, 110, NAN)
    return told([*rows, (close, close, close, close, NAN)], levels={"PDH": one, "PDL": other})


def test_of_two_levels_the_nearer_is_told() -> None:
    visits = {"one_visits": [3, 9, 15, 27], "other_visits": [4, 10, 26]}

    # The levels lie 2.5 apart, each an excursion from the other.
    assert brief(both(104.0, 101.5, close=102.74, **visits)) == [(29, "short", "PDL:101.50", 1, 3)]
    assert brief(both(104.0, 101.5, close=102.76, **visits)) == [(29, "long", "PDH:104.00", 1, 4)]


def test_of_two_as_near_the_one_with_more_tests_is_told() -> None:
    assert brief(both(104.0, 101.5, close=102.75, one_visits=[3, 9, 27], other_visits=[4, 10, 16, 26])) == [
        (29, "short", "PDL:101.50", 1, 4)
    ]


def test_then_the_one_that_was_touched_last() -> None:
    assert brief(both(104.0, 101.5, close=102.75, one_visits=[3, 9, 26], other_visits=[4, 10, 27])) == [
        (29, "short", "PDL:101.50", 1, 3)
    ]


def test_then_the_stronger() -> None:
    # A bar that spans both touches both.
    spans: Row = (102.75, 104, 101.5, 110, NAN)
    rows = day([3, 9, 27], (102.75, 102.75, 102.75, 102.75, NAN), far=(110, 110, 106, 110, NAN), visit=spans)

    for labels, direction in ((("PDC", "PDL"), "short"), (("PDL", "PDC"), "long")):
        (found,) = told(rows, levels={labels[0]: 104.0, labels[1]: 101.5})
        assert (found.signal["level"], found.direction) == ("PDL", direction)


def test_the_other_level_has_its_turn_when_it_is_the_nearest() -> None:
    spans: Row = (102.75, 104, 101.5, 110, NAN)
    upper, lower = (103.5, 103.5, 103.5, 103.5, NAN), (102.0, 102.0, 102.0, 102.0, NAN)
    rows = day([3, 9, 27], upper, lower, upper, lower, far=(110, 110, 106, 110, NAN), visit=spans)

    assert brief(told(rows, levels={"PDH": 104.0, "PDL": 101.5})) == [
        (29, "long", "PDH:104.00", 1, 3),
        (30, "short", "PDL:101.50", 1, 3),
    ]


def test_a_level_that_stays_tested_is_told_once() -> None:
    assert bars_of(told(day([3, 9, 27], *[NEAR] * 3, VISIT, *[NEAR] * 20))) == [29]


@pytest.mark.parametrize(("more", "occurrences"), [(0, [1]), (1, [1]), (2, [1, 2]), (3, [1, 2]), (4, [1, 2, 3])])
def test_it_is_told_again_after_two_more_tests(more: int, occurrences: list[int]) -> None:
    found = told(day([3, 9, 27], NEAR, *[FAR, VISIT, NEAR] * more))

    assert [d.occurrence for d in found] == occurrences
    assert [d.signal["testCount"] for d in found] == [3, 5, 7][: len(found)]


def test_tests_older_than_the_window_do_not_hide_two_new_ones() -> None:
    # When it is told again as many tests have left the window as have come.
    rows = day([3, 9, 27, 126, 129], NEAR, until=130)
    rows[29] = NEAR

    assert brief(told(rows)) == [(29, "long", "PDH:102.50", 1, 3), (130, "long", "PDH:102.50", 2, 3)]


def test_on_the_other_side_it_needs_two_more_tests_as_well() -> None:
    above: Row = (103.2, 103.3, 103.15, 103.2, NAN)

    assert brief(told(day([3, 9, 27], NEAR, above, above, FAR, VISIT, above, FAR, VISIT, above))) == [
        (29, "long", "PDH:102.50", 1, 3),
        (37, "short", "PDH:102.50", 1, 5),
    ]


def test_a_round_number_has_its_price_in_its_name() -> None:
    rows = [tuple(value - 2.5 for value in row) for row in day([3, 9, 27], REST)]

    (found,) = told(rows, levels={"PDC": 80.0})  # type: ignore[arg-type]

    assert brief([found]) == [(29, "long", "round:100.00", 1, 3)]
    assert (
        found.description == "SPY closed at 99.90, 0.10 below the round number at 100.00, which it has tested 3 times"
    )
    assert found.signal["level"] == "round"
    assert found.signal["dedupeKey"] == "level_test:resistance:round:100.00:3"


def test_round_numbers_farther_than_the_three_nearest_are_not_judged() -> None:
    # At 107.4 the nearest are 100, 105 and 110, so 115 is not judged although 0.3 ATR is 9: nor is anything else.
    rows: list[Row] = [(107.4, 115.0 if i in (3, 9, 27) else 108, 107, 107.4, NAN) for i in range(30)]
    one_more: Row = (107.6, 107.6, 107.6, 107.6, NAN)

    assert told(rows, levels={"PDC": 50.0}, atr=30.0) == []
    assert [d.fingerprint for d in told([*rows, one_more], levels={"PDC": 50.0}, atr=30.0)] == ["round:115.00"]


def with_volume(rows: Sequence[Row | None], at: float) -> Panel:
    """Return a session with a VWAP that stands at a price."""
    loud = [None if row is None else (*row[:4], 1000.0) for row in rows]
    session = panel({"SPY": loud}, atr=ATR)
    return dataclasses.replace(session, vwap=np.where(np.isfinite(session.close), at, NAN))


def test_vwap_is_a_level() -> None:
    found, abstained = said(level_test.find, with_volume(day([3, 9, 27], NEAR), LEVEL))

    assert brief(found) == [(29, "long", "VWAP", 1, 3)]
    assert found[0].volume_source == "SPY"
    assert found[0].description == "SPY closed at 101.50, 1.00 below its VWAP at 102.50, which it has tested 3 times"
    assert abstained == Counter({"no_levels": 1})


def test_vwap_on_a_stronger_level_is_that_level() -> None:
    session = with_volume(day([3, 9, 27], NEAR), LEVEL)

    # Nearer than a quarter of 0.15 ATR, which is 0.1875, they are one level.
    for price, names in ((102.6, ["PDH:102.60"]), (102.69, ["VWAP"])):
        found, _ = said(level_test.find, session, background=Background(levels={"SPY": {"PDH": price}}))
        assert [d.fingerprint for d in found] == names


def test_what_lies_on_a_level_is_told_with_it() -> None:
    session = with_volume(day([3, 9, 27], NEAR), LEVEL)

    levels = {"PDH": 102.6, "PWH": 102.7, "R1": 102.65}
    (found,) = said(level_test.find, session, background=Background(levels={"SPY": levels}))[0]

    assert found.signal["otherLevels"] == ["PWH", "R1", "VWAP"]


def walls(*strikes: tuple[int, float]) -> Background:
    """Return profiles whose call wall stands at a strike from a minute on."""
    return Background(
        levels={"SPY": {"PDC": 50.0}},
        profiles={
            "SPY": [
                GammaProfile(
                    as_of_ts=OPEN_TS + 60 * minute,
                    spot=101.0,
                    expiry=dt.date(2026, 2, 9),
                    days_to_expiry=0,
                    strikes=np.array([strike]),
                    call_gex=np.array([1.0]),
                    put_gex=np.array([0.0]),
                    flip=None,
                )
                for minute, strike in strikes
            ]
        },
    )


def test_a_gamma_wall_is_a_level() -> None:
    session = panel({"SPY": day([3, 9, 27], NEAR)}, atr=ATR, source=None)

    found, _ = said(level_test.find, session, background=walls((1, LEVEL)))

    assert brief(found) == [(29, "long", "call wall", 1, 3)]
    # The wall is the strike of the largest exposure on top of that.
    assert found[0].signal["otherLevels"] == ["max GEX strike"]


def test_a_gamma_wall_that_is_not_known_yet_has_no_tests() -> None:
    session = panel({"SPY": day([3, 9, 27], NEAR)}, atr=ATR, source=None)

    assert brief(said(level_test.find, session, background=walls((4, LEVEL)))[0]) == [
        (29, "long", "call wall", 1, 3),
    ]
    assert said(level_test.find, session, background=walls((5, LEVEL)))[0] == []


@pytest.mark.parametrize(("before", "fires"), [(102.5, True), (103.09, True), (103.11, False), (103.3, False)])
def test_a_wall_that_moved_by_more_than_the_tolerance_is_another_one(before: float, fires: bool) -> None:
    rows = day([3, 9, 27], NEAR, visit=(100.8, 102.9, 100.7, 100.8, NAN))

    found, _ = said(
        level_test.find, panel({"SPY": rows}, atr=ATR, source=None), background=walls((0, before), (15, LEVEL))
    )

    assert [d.fingerprint for d in found] == (["call wall"] if fires else [])


@pytest.mark.parametrize("atr", [NAN, 0.0, -1.0, math.inf])
def test_without_an_atr_it_abstains(atr: float) -> None:
    session = panel({"SPY": day([3, 9, 27], NEAR)}, atr=atr)

    assert said(level_test.find, session, background=Background(levels={"SPY": {"PDH": LEVEL}})) == (
        [],
        Counter({"no_atr": 1}),
    )


def test_without_levels_it_abstains_and_judges_the_others() -> None:
    rows: list[Row] = [tuple(value - 2.5 for value in row) for row in day([3, 9, 27], REST)]  # type: ignore[misc]

    for known in (NOTHING, Background(levels={"SPY": {}})):
        found, abstained = said(level_test.find, panel({"SPY": rows}, atr=ATR, source=None), background=known)
        assert [d.fingerprint for d in found] == ["round:100.00"]
        assert abstained == Counter({"no_levels": 1})


def test_an_empty_session_says_nothing() -> None:
    known = Background(levels={"SPY": {"PDH": LEVEL}})

    assert said(level_test.find, panel({"SPY": [None] * 40}), background=known) == ([], Counter())
    assert said(level_test.find, panel({"SPY": []}), background=known) == ([], Counter())


def a_day(seed: int, *, symbols: int = 4, missing: float = 0.0, minutes: int = 390) -> Panel:
    """Return sessions with an ATR of 1.5 %, the last without volume, one with some bars without."""
    session = random_panel(seed, symbols=symbols, missing=missing, minutes=minutes)
    volume = session.volume.copy()
    volume[0, ::7] = NAN
    volume[-1] = NAN
    return dataclasses.replace(
        session, volume=volume, volume_source=(*session.volume_source[:-1], None), atr=np.full(symbols, 1.5)
    )


def known_of(session: Panel) -> Background:
    """Return levels around 100 for all symbols but the second, and gamma profiles for the third."""
    levels = {"PDH": 100.6, "PDL": 99.4, "PDC": 100.1, "PP": 100.13, "PMH": 100.3, "S1": 99.1}
    some = {symbol: levels for i, symbol in enumerate(session.symbols) if i != 1}
    profiles = [
        dataclasses.replace(
            walls((0, 100.0)).profiles["SPY"][0],
            as_of_ts=OPEN_TS + 300 * i,
            strikes=np.array([99.0, 100.5, 101.0]),
            call_gex=np.array([1.0, 2.0 + (i > 20), 2.5]),
            put_gex=np.array([3.0, 0.0, 0.0]),
            flip=None if i % 5 == 4 else 99.8 + 0.01 * i,
        )
        for i in range(1, 70)
    ]
    return Background(levels=some, profiles=dict.fromkeys(session.symbols[2:3], profiles))


def by_hand(session: Panel, known: Background) -> list[tuple[str, int, str, str, int, int]]:
    """Return (symbol, minute, direction, fingerprint, occurrence, tests) bar by bar, straight from the rule's text."""
    bars = tape.read(session, CLOSE_TS, known)
    lines = level_lines.read(bars, reach=np.full(len(session.symbols), 1.0))
    found = []
    for row, symbol in enumerate(session.symbols):
        own = [i for i in range(len(lines.row)) if lines.row[i] == row]
        told_at: dict[int, int] = {}
        times: Counter[tuple[int, str]] = Counter()
        marks = {i: walked(bars, row, lines.price[i], lines.label[i]) for i in own}
        for t in range(29, bars.count[row]):
            best = []
            for i in own:
                tests, touched, stands = marks[i]
                level, close = lines.price[i, t], bars.close[row, t]
                count = sum(1 for b in tests if max(t - 119, stands[t]) <= b < t)
                before = [b for b in touched if b < t]
                if not (count >= 3 and before and t - before[-1] <= 6 and 0 < abs(close - level) <= 0.3 * 1.5):
                    continue
                step = lines.step[i]
                if step > 0 and abs(level - round(close / step) * step) > 1.5 * step:
                    continue
                if any(j < i and abs(lines.price[j, t] - level) < 0.25 * 0.15 * 1.5 for j in own):
                    continue
                best.append((abs(close - level), -count, -before[-1], i))
            if best:
                _, count, _, i = min(best)
                so_far = sum(1 for b in marks[i][0] if b < t)
                if i not in told_at or so_far >= told_at[i] + 2:
                    told_at[i] = so_far
                    direction = "long" if lines.price[i, t] > bars.close[row, t] else "short"
                    times[i, direction] += 1
                    moves = lines.label[i] in ("VWAP", *level_lines.GAMMA)
                    name = lines.label[i] if moves else f"{lines.label[i]}:{lines.price[i, t]:.2f}"
                    minute = int(bars.minute[row, t])
                    found.append((symbol, minute, direction, name, times[i, direction], -count))
    return sorted(found)


def walked(bars: tape.Tape, row: int, price: Floats, label: str) -> tuple[list[int], list[int], list[int]]:
    """Return the bars that test a line, those that touch it, and from which bar on it stands where it stands."""
    tests, touched, stands, may_test = [], [], [0], True
    for b in range(bars.count[row]):
        high, low, close = bars.high[row, b], bars.low[row, b], bars.close[row, b]
        tolerance = max(0.12 * 1.5, 0.0007 * close)
        if b:
            jumped = label in level_lines.GAMMA and not abs(price[b] - price[b - 1]) <= tolerance
            stands.append(b if jumped else stands[-1])
        if high - price[b] >= -tolerance and price[b] - low >= -tolerance:
            touched.append(b)
            tests += [b] if may_test else []
            may_test = False
        elif max(high - price[b], price[b] - low) >= 0.25 * 1.5:
            may_test = True
    return tests, touched, stands


@pytest.mark.parametrize("missing", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("seed", range(3))
def test_the_arrays_say_what_a_plain_loop_says(seed: int, missing: float) -> None:
    session = a_day(seed, missing=missing)
    known = known_of(session)

    found, _ = said(level_test.find, session, background=known)

    facts = [
        (d.symbol, (d.bar_ts - OPEN_TS) // 60, d.direction, d.fingerprint, d.occurrence, d.signal["testCount"])
        for d in found
    ]
    assert sorted(facts) == by_hand(session, known)
    assert len(facts) > 10


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("seed", range(2))
def test_no_minute_depends_on_a_later_one(seed: int, missing: float) -> None:
    session = a_day(seed, missing=missing, minutes=210)
    known = known_of(session)
    whole, _ = said(level_test.find, session, background=known)

    for t in range(session.minutes + 1):
        part, _ = said(level_test.find, session.until(t), background=known)
        assert part == [d for d in whole if d.bar_ts < session.ts(t)]
    assert whole


@given(st.integers(0, 10_000))
@settings(max_examples=15)
def test_a_symbol_is_told_of_one_level_a_bar(seed: int) -> None:
    session = a_day(seed, missing=0.05)
    found, _ = said(level_test.find, session, background=known_of(session))

    assert len({(d.symbol, d.bar_ts) for d in found}) == len({d.key for d in found}) == len(found)


@given(st.integers(0, 10_000), st.sampled_from([0.5, 0.25, 0.125]))
@settings(max_examples=15)
def test_prices_in_another_unit_change_no_verdict(seed: int, factor: float) -> None:
    # Powers of two: the multiplication itself must not round. None of the prices meets a round number.
    session = random_panel(seed, volatility=0.0003)
    levels = {"PDH": 102.9, "PDL": 102.1, "PMH": 102.6}

    def facts(by: float) -> list[tuple[object, ...]]:
        prices = {name: getattr(session, name) * 1.025 * by for name in PRICES}
        scaled = dataclasses.replace(session, **prices, atr=np.full(3, 0.75 * by))
        known = {symbol: {label: price * by for label, price in levels.items()} for symbol in session.symbols}
        found, _ = said(level_test.find, scaled, background=Background(levels=known))
        return [(d.symbol, d.bar_ts, d.direction, d.signal["level"], d.occurrence, d.score) for d in found]

    assert facts(factor) == facts(1.0)
    assert facts(1.0)


@given(st.integers(0, 10_000), st.integers(-5_000, 5_000))
@settings(max_examples=15)
def test_another_day_changes_nothing_but_the_times(seed: int, days: int) -> None:
    session, shift = a_day(seed, missing=0.02), 86_400 * days
    known = Background(levels=known_of(session).levels)

    found, _ = said(level_test.find, session, background=known)
    other, _ = said(
        level_test.find,
        dataclasses.replace(session, open_ts=session.open_ts + shift),
        background=known,
        close_ts=CLOSE_TS + shift,
    )

    def without_times(d: Detection) -> Detection:
        return dataclasses.replace(d, bar_ts=0, valid_until=0, signal={**d.signal, "lastTestAt": ""})

    assert [without_times(d) for d in other] == [without_times(d) for d in found]
    assert [(d.bar_ts - shift, d.valid_until - shift) for d in other] == [(d.bar_ts, d.valid_until) for d in found]


@given(st.integers(0, 10_000))
@settings(max_examples=15)
def test_a_market_upside_down_tests_its_levels_the_other_way(seed: int) -> None:
    # Prices in eighths around 100, so that the reflection is exact and a round number becomes one. VWAP is left out:
    # its sums round.
    session = random_panel(seed)
    eighths = {name: np.round(getattr(session, name) * 8) / 8 for name in PRICES}
    session = dataclasses.replace(session, **eighths, atr=np.full(3, 1.5), volume_source=(None,) * 3)
    down = dataclasses.replace(
        session, open=200 - session.open, high=200 - session.low, low=200 - session.high, close=200 - session.close
    )
    levels = {"PDH": 100.625, "PDL": 99.5, "PDC": 100.25}
    known = Background(levels=dict.fromkeys(session.symbols, levels))
    turned = {label: 200 - at for label, at in levels.items()}
    mirrored = Background(levels=dict.fromkeys(session.symbols, turned))
    other = {"long": "short", "short": "long"}

    straight, _ = said(level_test.find, session, background=known)
    upside_down, _ = said(level_test.find, down, background=mirrored)

    assert [(d.symbol, d.bar_ts, d.signal["level"], d.direction, d.occurrence, d.score) for d in straight] == [
        (d.symbol, d.bar_ts, d.signal["level"], other[d.direction], d.occurrence, d.score) for d in upside_down
    ]


@given(st.integers(0, 10_000))
@settings(max_examples=10)
def test_a_symbol_is_judged_alone(seed: int) -> None:
    session = a_day(seed, missing=0.05)
    known = known_of(session)

    alone = [
        d for symbol in session.symbols for d in said(level_test.find, session.only([symbol]), background=known)[0]
    ]

    assert sorted(alone, key=lambda d: (d.bar_ts, d.key)) == said(level_test.find, session, background=known)[0]


def in_order(d: Detection) -> bool:
    if d.plan is None:
        return d.plan_rejected is not None
    prices = [d.plan.stop, d.plan.entry, *(target.price for target in d.plan.targets)]
    return prices == sorted(set(prices), reverse=d.direction == "short")


def all_finite(d: Detection) -> bool:
    return all(math.isfinite(value) for value in d.signal.values() if isinstance(value, int | float))


def test_whatever_the_day_plans_stand_in_order_and_numbers_are_numbers() -> None:
    count = 0
    for seed in range(12):
        session = a_day(seed, symbols=12, missing=0.1 * (seed % 4))
        prices = {name: getattr(session, name).copy() for name in PRICES}
        for grid in prices.values():
            grid[::3, 250:] /= 4  # a split
            grid[1::3, 60:120] = NAN  # a halt
        broken = dataclasses.replace(session, **prices, atr=np.where(np.arange(12) % 4, 1.5, 40.0))
        for d in said(level_test.find, broken, background=known_of(broken))[0]:
            count += 1
            assert in_order(d)
            assert all_finite(d)
            assert len(d.description) <= 200
    assert count > 300


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the data folder is not here")
def test_real_days_are_told_of_in_order() -> None:
    day = stacked(recorded(FOLDER)[20:30])

    found, _ = said(level_test.find, day.panel, background=day.background)

    assert found
    assert all(in_order(d) and all_finite(d) for d in found)
