from __future__ import annotations

import dataclasses
import itertools
import math
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.pure import vwap_plays
from detectors.pure.detection import Detection
from market.pure.panel import Panel
from tests.detectors.pure.reading import said
from tests.detectors.sessions import CLOSE_TS, NAN, OPEN_TS, Row, panel, random_panel

CROSS, BOUNCE, DEVIATION = vwap_plays.SETUP_TYPES

EVEN: Row = (100, 100.1, 99.9, 100, 1000)  # trades and closes at 100: the VWAP stays there, sigma is 0
STRETCHED: Row = (102, 102.1, 101.9, 102, 1000)


def of(rows: list[Row | None], *, atr: float = 1.0, **options: object) -> list[Detection]:
    """Return what is said of one symbol."""
    return said(vwap_plays.find, panel({"SPY": rows}, atr=atr, **options))[0]  # type: ignore[arg-type]


def told(rows: list[Row | None], *, atr: float = 1.0) -> list[tuple[str, str, int]]:
    """Return type, direction and minute of what is said of one symbol."""
    return [(d.setup_type, d.direction, (d.bar_ts - OPEN_TS) // 60) for d in of(rows, atr=atr)]


def at(close: float, *, low: float | None = None, high: float | None = None, volume: float = 0) -> Row:
    """Return a bar around its close; without volume it leaves VWAP and sigma where they are."""
    return (close, close + 0.02 if high is None else high, close - 0.02 if low is None else low, close, volume)


# The specification's vectors.


def test_the_golden_cross() -> None:
    quiet: Row = (100, 100.1, 99.8, 100, 900)

    (found,) = of([*[quiet] * 20, (100, 100.1, 99.8, 99.7, 900), (100, 100.1, 99.8, 101.1, 2800)], atr=4.0)

    assert found == Detection(
        symbol="SPY",
        setup_type=CROSS,
        direction="long",
        fingerprint="long",
        occurrence=1,
        variant=None,
        bar_ts=OPEN_TS + 21 * 60,
        score=100,
        price=101.1,
        description="SPY crossed above its VWAP at 100.01 on 3.11x its recent volume",
        signal={
            "vwapPrice": 100.01,
            "currentPrice": 101.1,
            "volumeRatio": 3.11,
            "deviationBand": 2.75,
            "dedupeKey": "vwap_cross:long",
        },
        plan=found.plan,
        plan_rejected=None,
        volume_source="SPY",
        valid_until=OPEN_TS + (22 + 60) * 60,
    )
    assert found.plan is not None
    assert (found.plan.stop, found.plan.target, found.plan.trigger) == (98.61, 105.9, "vwap_reclaim")


def test_the_golden_bounce() -> None:
    (found,) = of([*[EVEN] * 22, (100, 100.3, 99.95, 100.25, 1000), (100.25, 100.5, 100.2, 100.45, 1000)])

    assert found == Detection(
        symbol="SPY",
        setup_type=BOUNCE,
        direction="long",
        fingerprint="long:22",
        occurrence=1,
        variant=None,
        bar_ts=OPEN_TS + 23 * 60,
        score=71,
        price=100.45,
        description="SPY bounced off its VWAP at 100.02 and closed 0.43 above it",
        signal={
            "vwapPrice": 100.02,
            "currentPrice": 100.45,
            "touchedAt": "2026-02-09T14:52:00Z",
            "deviationBand": 4.22,
            "dedupeKey": "vwap_bounce:long:22",
        },
        plan=found.plan,
        plan_rejected=None,
        volume_source="SPY",
        valid_until=OPEN_TS + (24 + 60) * 60,
    )
    assert found.plan is not None
    assert (found.plan.stop, found.plan.target, found.plan.trigger) == (99.67, 101.5, "vwap_hold")


def test_the_golden_deviation() -> None:
    # The vector's 60 bars, the last of them in its place. VWAP and sigma are sums, which know no order, but told one
    # after the other the first of the twelve would already be the deviation, and its last the same one still.
    (found,) = of([*[STRETCHED] * 11, *[EVEN] * 48, STRETCHED])

    assert found == Detection(
        symbol="SPY",
        setup_type=DEVIATION,
        direction="short",
        fingerprint="short",
        occurrence=1,
        variant=None,
        bar_ts=OPEN_TS + 59 * 60,
        score=78,
        price=102.0,
        description="SPY closed 1.60 above its VWAP at 100.40, 2.00 sigma away",
        signal={
            "vwapPrice": 100.4,
            "currentPrice": 102.0,
            "deviationBand": 2.0,
            "dedupeKey": "vwap_deviation:short",
        },
        plan=found.plan,
        plan_rejected=None,
        volume_source="SPY",
        valid_until=OPEN_TS + (60 + 60) * 60,
    )
    assert found.plan is not None
    assert (found.plan.stop, found.plan.trigger) == (102.35, "revert_to_vwap")
    assert [target.price for target in found.plan.targets] == [100.4]


def test_a_stretch_that_lasts_is_told_at_its_first_bar() -> None:
    (found,) = of([*[EVEN] * 48, *[STRETCHED] * 12])

    # VWAP 100 + 2/49; sigma is 2 * sqrt(48) / 49, z the square root of 48.
    assert (found.setup_type, found.bar_ts, found.score) == (DEVIATION, OPEN_TS + 48 * 60, 87)
    assert (found.signal["vwapPrice"], found.signal["deviationBand"]) == (100.04, 6.93)
    assert found.plan is not None
    # The range is 1.96, so that the buffer is 0.2 of it.
    assert (found.plan.stop, found.plan.target) == (102.39, 100.04)


def upside_down(rows: list[Row]) -> list[Row | None]:
    return [(200 - o, 200 - low, 200 - h, 200 - c, v) for o, h, low, c, v in rows]


def test_the_golden_vectors_upside_down() -> None:
    quiet: Row = (100, 100.1, 99.8, 100, 900)
    cross = [*[quiet] * 20, (100.0, 100.1, 99.8, 99.7, 900.0), (100.0, 100.1, 99.8, 101.1, 2800.0)]
    bounce = [*[EVEN] * 22, (100.0, 100.3, 99.95, 100.25, 1000.0), (100.25, 100.5, 100.2, 100.45, 1000.0)]
    deviation = [*[STRETCHED] * 11, *[EVEN] * 48, STRETCHED]

    found = [*of(upside_down(cross), atr=4.0), *of(upside_down(bounce)), *of(upside_down(deviation))]

    assert [(d.setup_type, d.direction, d.score, d.signal["deviationBand"], d.description) for d in found] == [
        (CROSS, "short", 100, -2.75, "SPY crossed below its VWAP at 99.99 on 3.11x its recent volume"),
        (BOUNCE, "short", 71, -4.22, "SPY was turned away at its VWAP of 99.98 and closed 0.43 below it"),
        (DEVIATION, "long", 78, -2.0, "SPY closed 1.60 below its VWAP at 99.60, 2.00 sigma away"),
    ]
    assert [(d.plan.trigger, d.plan.stop, d.plan.target) for d in found if d.plan] == [
        ("vwap_loss", 101.39, 94.1),
        ("vwap_reject", 100.33, 98.5),
        ("revert_to_vwap", 97.65, 99.6),
    ]


# Crosses. Bars of 100.5 to 99.5 give a five-minute ATR of 1; the daily one is large, so that nothing else happens.

WIDE: Row = (100, 100.5, 99.5, 100, 1000)


def wide(close: float, volume: float = 0) -> Row:
    return (100, 100.5, 99.5, close, volume)


UP = wide(100.4, 1200)
DOWN = wide(99.6, 0)


@pytest.mark.parametrize(("volume", "fires"), [(1099, False), (1100, True), (1101, True)])
def test_a_cross_needs_1_1_times_its_recent_volume(volume: float, fires: bool) -> None:
    assert bool(told([*[WIDE] * 25, wide(100.4, volume)], atr=50)) is fires


@pytest.mark.parametrize(("before", "fires"), [(99.99, True), (100, True), (100.01, False)])
def test_the_close_before_a_cross_lies_on_the_vwap_or_beyond(before: float, fires: bool) -> None:
    assert bool(told([*[WIDE] * 25, wide(before), UP], atr=50)) is fires


@pytest.mark.parametrize(("close", "fires"), [(100.01, True), (100, False), (99.99, False)])
def test_the_close_of_a_cross_lies_strictly_on_its_side(close: float, fires: bool) -> None:
    # Volumes that do not move the VWAP, loud beside a baseline of almost none.
    rows = [*[WIDE] * 10, *[wide(99.9)] * 19, wide(99.9, 1e-9), wide(close, 1e-9)]

    assert [side for _, side, _ in told(rows, atr=50)].count("long") == fires


@pytest.mark.parametrize(("bars", "fires"), [(18, False), (19, True), (20, True)])
def test_a_cross_is_judged_from_the_20th_bar(bars: int, fires: bool) -> None:
    assert bool(told([*[WIDE] * bars, UP], atr=50)) is fires


@pytest.mark.parametrize(("quiet", "ratio"), [(19, 0.19), (20, 2.0)])
def test_the_baseline_of_a_cross_is_the_20_bars_before(quiet: int, ratio: float) -> None:
    loud, low = wide(100, 20_000), wide(100, 100)

    found = of([*[WIDE] * 5, loud, *[low] * quiet, wide(100.4, 200)], atr=50)

    assert [d.signal["volumeRatio"] for d in found] == ([ratio] if ratio > 1 else [])


def test_bars_without_volume_leave_the_baseline_alone() -> None:
    rows = [*[WIDE] * 10, *[wide(100, NAN)] * 15, wide(100.4, 1100)]

    (found,) = of(rows, atr=50)

    assert found.signal["volumeRatio"] == 1.1


def test_a_baseline_without_volume_never_fires() -> None:
    assert told([*[WIDE] * 5, *[wide(99.9)] * 20, wide(100.4, 5000)], atr=50) == []


@pytest.mark.parametrize("volume", [NAN, math.inf])
def test_a_cross_without_volume_abstains(volume: float) -> None:
    found, abstained = said(vwap_plays.find, panel({"SPY": [*[WIDE] * 25, wide(100.4, volume)]}, atr=50))

    assert (found, abstained) == ([], Counter({"no_volume": 1}))


def test_a_hairs_breadth_is_no_side() -> None:
    # Thirds do not add up to 100 in floats: the mean of equal prices is off by its rounding.
    flat: Row = (100.1, 100.1, 100.1, 100.1, 700)

    assert told([flat if m % 2 else (*flat[:4], 1000) for m in range(390)]) == []


def again(minutes: int, *, far: float = 99.6, missing: int = 0) -> list[tuple[str, str, int]]:
    """Return the crosses above of a session with two, so many minutes apart, a far close between them."""
    between: list[Row | None] = [wide(far), *[wide(100)] * (minutes - 2 - missing), *[None] * missing]
    return [play for play in told([*[WIDE] * 25, UP, *between, UP], atr=50) if play[1] == "long"]


@pytest.mark.parametrize(("minutes", "count"), [(14, 1), (15, 2), (16, 2)])
def test_a_cross_comes_again_after_15_minutes(minutes: int, count: int) -> None:
    assert again(minutes) == [(CROSS, "long", 25), (CROSS, "long", 25 + minutes)][:count]


@pytest.mark.parametrize(("minutes", "count"), [(14, 1), (15, 2)])
def test_the_15_minutes_are_of_the_clock(minutes: int, count: int) -> None:
    assert len(again(minutes, missing=8)) == count


@pytest.mark.parametrize(("below", "count"), [(0.29, 1), (0.3, 2), (0.31, 2)])
def test_a_cross_comes_again_after_a_close_on_the_other_side(below: float, count: int) -> None:
    vwap = (25 * 1000 * 100 + 1200 * (100.5 + 99.5 + 100.4) / 3) / 26_200

    assert len(again(20, far=vwap - below)) == count


def test_a_far_close_before_the_last_cross_does_not_count() -> None:
    rows = [*[WIDE] * 24, DOWN, UP, *[wide(100)] * 20, UP]

    assert [play for play in told(rows, atr=50) if play[1] == "long"] == [(CROSS, "long", 25)]


def test_crosses_are_counted_by_side() -> None:
    down = wide(99.6, 1400)
    session: list[Row | None] = [*[WIDE] * 25, UP, down, *[wide(99.99)] * 15, UP, down]

    assert [(d.direction, d.occurrence) for d in of(session, atr=50)] == [
        ("long", 1),
        ("short", 1),
        ("long", 2),
        ("short", 2),
    ]


@pytest.mark.parametrize("volume", [NAN, 0.0])
def test_the_first_bar_with_volume_crosses_nothing(volume: float) -> None:
    assert told([*[wide(100, volume)] * 25, (100, 100, 99, 100, 1000.0)], atr=50) == []


@pytest.mark.parametrize(("close", "score"), [(101.5, 72), (102.2, 75), (102.5, 76), (104, 76)])
def test_the_score_of_a_cross_counts_at_most_two_and_a_half_sigmas(close: float, score: int) -> None:
    # Too little volume to move VWAP or sigma, and 1.22 times its baseline: 63 + 3 + 4 z.
    rows = [*SWING, *[wide(99.5, 1e-9)] * 20, wide(close, 1.22e-9)]

    assert [d.score for d in of(rows, atr=50)] == [score]


# Bounces. The VWAP rests at 100, sigma at 0, the ATR is 1.

BASE: list[Row | None] = [EVEN] * 20
REST = at(100.2)  # neither touches nor is away


@pytest.mark.parametrize(
    ("low", "fires"), [(100.11, False), (100.1, True), (100.0, True), (99.9, True), (99.89, False)]
)
def test_a_touch_comes_within_a_tenth_of_an_atr(low: float, fires: bool) -> None:
    rows = [*BASE, *[REST] * 8, at(100.2, low=low), at(100.35)]

    assert told(rows) == ([(BOUNCE, "long", 29)] if fires else [])


@pytest.mark.parametrize(("close", "fires"), [(100.29, False), (100.3, True), (100.31, True)])
def test_a_bounce_closes_three_tenths_away(close: float, fires: bool) -> None:
    assert told([*BASE, REST, at(close)]) == ([(BOUNCE, "long", 21)] if fires else [])


@pytest.mark.parametrize(("since", "fires"), [(5, True), (6, True), (7, False)])
def test_the_touch_lies_in_the_last_8_bars(since: int, fires: bool) -> None:
    assert told([*BASE, *[REST] * 8, at(100.2, low=100), *[REST] * since, at(100.4)]) == (
        [(BOUNCE, "long", 29 + since)] if fires else []
    )


def test_the_bar_that_bounces_may_be_the_one_that_touched() -> None:
    (found,) = of([*BASE, *[REST] * 8, at(100.4, low=100.05)])

    assert (found.bar_ts, found.fingerprint) == (OPEN_TS + 28 * 60, "long:28")


def test_only_the_extreme_on_the_side_of_the_bounce_touches() -> None:
    # The low comes from far below, the high lies at the VWAP: a touch from below, no hold from above.
    assert told([*BASE, *[REST] * 8, at(100.2, low=99.5, high=100.2), at(100.35)]) == []


@pytest.mark.parametrize(("close", "fires"), [(99.95, False), (99.9999, False), (100, True)])
@pytest.mark.parametrize("place", ["before the touch", "at the touch", "after the touch"])
def test_a_close_on_the_other_side_is_no_hold(place: str, close: float, fires: bool) -> None:
    touch = at(100.2, low=100)
    lost = at(close, low=99.5)
    between = {
        "before the touch": [REST, lost, REST, touch, REST],
        "at the touch": [REST, at(close, low=99.92), REST],
        "after the touch": [touch, lost, REST],
    }
    rows = [*BASE, *[REST] * 8, *between[place], at(100.4)]

    assert bool(told(rows)) is fires


@pytest.mark.parametrize(("high_water", "fires"), [(100.29, False), (100.3, True)])
def test_what_was_lost_before_price_last_stood_away_is_forgotten(high_water: float, fires: bool) -> None:
    rows = [*BASE, at(99.8), *[REST] * 10, at(high_water), *[REST] * 10, at(100.2, low=100), at(100.4)]

    assert told(rows) == ([(BOUNCE, "long", 43)] if fires else [])


@pytest.mark.parametrize(("close", "score"), [(100.3, 70), (100.5, 72), (101.49, 84), (101.5, 84), (101.6, 84)])
def test_the_score_of_a_bounce_grows_with_its_distance(close: float, score: int) -> None:
    assert [d.score for d in of([*BASE, REST, at(close)])] == [score]


def test_a_touch_gives_one_bounce() -> None:
    rows = [*BASE, REST, at(100.4), REST, at(100.4), at(100.5), REST, at(100.35)]

    assert told(rows) == [(BOUNCE, "long", 21)]


def test_a_new_touch_after_price_stood_away_gives_another() -> None:
    rows = [*BASE, REST, at(100.4), at(100.2, low=100), at(100.4), at(100.5, low=99.95)]

    assert [(d.bar_ts, d.fingerprint, d.occurrence) for d in of(rows)] == [
        (OPEN_TS + 21 * 60, "long:19", 1),
        (OPEN_TS + 23 * 60, "long:22", 1),
        (OPEN_TS + 24 * 60, "long:24", 1),
    ]


@pytest.mark.parametrize(("bars", "fires"), [(17, False), (18, True), (19, True)])
def test_a_bounce_is_judged_from_the_20th_bar(bars: int, fires: bool) -> None:
    assert bool(told([*[EVEN] * bars, REST, at(100.4), *[at(100.4)] * 5])) is fires


def test_a_bounce_needs_no_volume_of_its_own() -> None:
    assert told([*BASE, REST, at(100.4, volume=NAN)]) == [(BOUNCE, "long", 21)]


# Deviations, and where the bounce ends. Closes of 101 and 99 give a sigma of 1 around 100.

SWING: list[Row | None] = [(100, 101, 99, close, 1000) for close in (101, 99) * 10]


@pytest.mark.parametrize(("away", "fires"), [(1.99, False), (2.0, True), (2.01, True)])
@pytest.mark.parametrize("sign", [1, -1])
def test_two_sigmas_are_a_deviation(sign: int, away: float, fires: bool) -> None:
    side = "short" if sign > 0 else "long"

    assert told([*SWING, at(100 + sign * away)], atr=4) == ([(DEVIATION, side, 20)] if fires else [])


@pytest.mark.parametrize(("atr", "fires"), [(4.01, False), (4.0, True), (3.99, True)])
def test_two_sigmas_nearer_than_half_an_atr_are_none(atr: float, fires: bool) -> None:
    assert bool(told([*SWING, at(102)], atr=atr)) is fires


@pytest.mark.parametrize(("away", "fires"), [(1.79, False), (1.8, True), (1.81, True)])
def test_1_2_atr_are_a_deviation_whatever_sigma_says(away: float, fires: bool) -> None:
    # 3 ATR of 1.5 away a bounce is long past: bars that touch are further back than 8.
    rows = [*SWING, *[at(100.16, high=100.17, low=100.16)] * 9, at(100 + away)]

    assert told(rows, atr=1.5) == ([(DEVIATION, "short", 29)] if fires else [])


def test_a_deviation_by_distance_says_so() -> None:
    (found,) = of([*SWING, *[at(100.16, high=100.17, low=100.16)] * 9, at(101.9)], atr=1.5)

    assert found.description == "SPY closed 1.90 above its VWAP at 100.00, 1.27 ATR away"
    assert (found.score, found.signal["deviationBand"]) == (77, 1.9)


def test_a_flat_open_makes_no_deviation_of_a_ripple() -> None:
    flat: Row = (100, 100, 100, 100, 1000)

    # z of the ripple is 5.4, but it is 0.2 ATR away.
    assert told([*[flat] * 30, (100, 100.2, 100, 100.2, 1000), *[flat] * 30]) == []


def test_a_day_without_any_spread_has_no_sigmas() -> None:
    flat: Row = (100, 100, 100, 100, 1000)

    (found,) = of([*[flat] * 30, *[at(100.2)] * 9, at(101.3)])

    assert (found.setup_type, found.score, found.signal["deviationBand"]) == (DEVIATION, 62, 0.0)


@pytest.mark.parametrize(("between", "count"), [(101.01, 1), (101.0, 1), (100.99, 2), (100.0, 2)])
def test_a_deviation_comes_again_after_z_was_below_1(between: float, count: int) -> None:
    rows = [*SWING, at(102.5), at(101.5), at(102.5), at(between), at(102.5)]

    assert [(d.direction, d.occurrence) for d in of(rows, atr=4.1)] == [("short", 1), ("short", 2)][:count]


def test_a_deviation_on_the_other_side_needs_no_calm() -> None:
    assert told([*SWING, at(102.5), at(97.5)], atr=4.1) == [(DEVIATION, "short", 20), (DEVIATION, "long", 21)]


def test_far_in_price_and_near_in_sigmas_is_still_one_deviation() -> None:
    # 1.2 ATR of 0.5 are less than one sigma: what is stretched is never calm.
    assert told([*SWING, *[at(100.1)] * 9, *[at(100.8)] * 30], atr=0.5)[-1:] == [(DEVIATION, "short", 29)]


@pytest.mark.parametrize(("bars", "minute"), [(10, 19), (18, 19), (19, 19), (25, 25)])
def test_a_stretch_of_the_first_bars_is_told_at_the_20th(bars: int, minute: int) -> None:
    # Above the touch and at once beyond half an ATR: no bounce.
    rows = [*itertools.islice(itertools.cycle(SWING), bars), *[at(103)] * (30 - bars)]

    assert told(rows, atr=4) == [(DEVIATION, "short", minute)]


@pytest.mark.parametrize(("atr", "play"), [(4.01, BOUNCE), (4.0, DEVIATION), (3.99, DEVIATION)])
def test_two_sigmas_and_half_an_atr_away_is_no_bounce(atr: float, play: str) -> None:
    rows = [*SWING, at(101.5), at(100.9, low=100.1), at(102)]

    assert [(found, minute) for found, _, minute in told(rows, atr=atr)] == [(play, 22)]


def test_half_an_atr_away_and_less_than_two_sigmas_is_a_bounce() -> None:
    assert told([*SWING, at(101.5), at(100.9, low=100.1), at(101.99)], atr=3.2) == [(BOUNCE, "long", 22)]


# One play a bar.


def test_a_cross_outranks_the_deviation_which_is_spent() -> None:
    rows = [*SWING, (100, 103, 100, 103, 2000.0), *[at(103)] * 20]

    assert told(rows, atr=2) == [(CROSS, "long", 20)]


def test_after_calm_the_spent_deviation_counts_from_1() -> None:
    rows = [*SWING, (100, 103, 100, 103, 2000.0), at(100.5), *[at(104.5)] * 3]

    assert [(d.setup_type, d.occurrence) for d in of(rows, atr=2)] == [(CROSS, 1), (DEVIATION, 1)]


def test_a_cross_outranks_the_bounce_which_is_spent() -> None:
    rows = [*BASE, (100, 100.45, 100, 100.45, 2000.0), *[at(100.45)] * 5]

    assert told(rows) == [(CROSS, "long", 20)]


def test_a_bounce_outranks_the_deviation_by_distance() -> None:
    # No sigmas, 1.3 ATR away one minute after the touch.
    assert told([*BASE, REST, at(101.3), *[at(101.3)] * 20]) == [(BOUNCE, "long", 21)]


# Who cannot be judged.


def test_a_symbol_without_volume_abstains() -> None:
    rows = [(o, h, low, c, NAN) for o, h, low, c, _ in (EVEN,) * 30]

    assert said(vwap_plays.find, panel({"SPX": rows}, source=None)) == ([], Counter({"no_volume": 1}))


@pytest.mark.parametrize(("bars", "times"), [(19, 0), (20, 1)])
@pytest.mark.parametrize("volume", [0.0, NAN])
def test_a_symbol_whose_proxy_has_not_traded_abstains(volume: float, bars: int, times: int) -> None:
    rows: list[Row | None] = [(100, 101, 99, 100, volume)] * bars

    found, abstained = said(vwap_plays.find, panel({"SPX": rows}, source="SPY"))

    assert (found, abstained["no_volume"]) == ([], times)


@pytest.mark.parametrize("atr", [NAN, 0.0, -1.0])
def test_without_an_atr_there_are_crosses_alone(atr: float) -> None:
    rows = [*SWING, (100, 103, 100, 103, 2000.0), at(100.5), *[at(104.5)] * 3]

    found, abstained = said(vwap_plays.find, panel({"SPY": rows}, atr=atr))

    assert [d.setup_type for d in found] == [CROSS]
    assert abstained == Counter({"no_atr": 1})
    (plan,) = (d.plan for d in found)
    assert plan is not None
    # VWAP 100 + 4/22 and a fallback ATR of 1: the range is the distance and a quarter, 3.068.
    assert (plan.stop, plan.target) == (99.57, 107.6)


def test_an_index_with_its_proxys_volume_says_whose_volume_it_is() -> None:
    (found,) = of([*[WIDE] * 25, UP], atr=50, source="QQQ")

    assert found.description == "SPY crossed above its VWAP at 100.01 on 1.20x QQQ's recent volume"
    assert found.volume_source == "QQQ"


def test_large_prices_are_told_with_separators() -> None:
    rows: list[Row | None] = [(6000, 6010, 5990, 6000, 1000)] * 25

    (found,) = of([*rows, (6000, 6010, 5990, 6008, 1200)], atr=500)

    assert found.description == "SPY crossed above its VWAP at 6,000.12 on 1.20x its recent volume"


@pytest.mark.parametrize("rows", [[], [None] * 3, [None] * 25, [EVEN], [EVEN] * 19])
def test_a_short_session_says_nothing(rows: list[Row | None]) -> None:
    assert said(vwap_plays.find, panel({"SPY": rows})) == ([], Counter())


# The same rules, bar by bar.


def naive(session: Panel) -> Iterator[tuple[str, str, str, int, int]]:
    """Yield (symbol, type, side, minute, occurrence) straight from the rule's text, in any order."""
    for row, symbol in enumerate(session.symbols):
        m = [k for k in range(session.minutes) if math.isfinite(session.close[row, k])]
        h, low, c, v = (
            [float(grid[row, k]) for k in m] for grid in (session.high, session.low, session.close, session.volume)
        )
        vwap, sigma = weighted(h, low, c, v)
        five = [five_minutes(session, row, k) for k in m]
        yield from ((symbol, *play) for play in plays(m, (h, low, c, v), vwap, sigma, five, float(session.atr[row])))


def weighted(h: list[float], low: list[float], c: list[float], v: list[float]) -> tuple[list[float], list[float]]:
    vwap, sigma = [], []
    for t in range(len(c)):
        bars = [i for i in range(t + 1) if math.isfinite(v[i])]
        total = math.fsum(v[i] for i in bars)
        mean = math.fsum(v[i] * (h[i] + low[i] + c[i]) / 3 for i in bars) / total if total else NAN
        vwap.append(mean)
        sigma.append(math.sqrt(math.fsum(v[i] * (c[i] - mean) ** 2 for i in bars) / total) if total else NAN)
    return vwap, sigma


def five_minutes(session: Panel, row: int, minute: int) -> float:
    ranges: dict[int, float] = {}
    before = NAN
    for group in range((minute + 1) // 5):
        own = [k for k in range(5 * group, 5 * group + 5) if math.isfinite(session.close[row, k])]
        if own:
            top, bottom = max(session.high[row, own]), min(session.low[row, own])
            ranges[group] = max(top, before) - min(bottom, before) if math.isfinite(before) else top - bottom
            before = session.close[row, own[-1]]
    last = [size for group, size in ranges.items() if group >= (minute + 1) // 5 - 14]
    return float(np.mean(last)) if last else NAN


def plays(  # noqa: C901 -- the rules in one place, as the specification has them
    minute: list[int],
    prices: tuple[list[float], ...],
    vwap: list[float],
    sigma: list[float],
    five: list[float],
    atr: float,
) -> Iterator[tuple[str, str, int, int]]:
    h, low, c, v = prices
    crossed: dict[str, int] = {}
    count: Counter[tuple[str, str]] = Counter()
    stretched_since_calm: set[str] = set()
    for t in range(len(c)):
        gap = c[t] - vwap[t]
        z = gap / sigma[t] if sigma[t] else 0.0
        found: list[tuple[str, str]] = []
        for side, sign in (("long", 1), ("short", -1)):
            baseline = [x for x in v[max(0, t - 20) : t] if math.isfinite(x)]
            ratio = v[t] / float(np.mean(baseline)) if baseline else 0.0
            if t >= 19 and sign * gap > 0 >= sign * (c[t - 1] - vwap[t - 1]) and ratio >= 1.1:
                last = crossed.get(side)
                if last is None or (
                    minute[t] - minute[last] >= 15
                    and any(-sign * (c[i] - vwap[i]) >= 0.3 * five[i] for i in range(last + 1, t))
                ):
                    crossed[side] = t
                    found.append((CROSS, side))
        for side, sign in (("long", 1), ("short", -1)):
            extreme = low if sign > 0 else h
            away = [i for i in range(t) if sign * (c[i] - vwap[i]) >= 0.3 * atr]
            start = away[-1] if away else -1
            touches = [i for i in range(max(start + 1, t - 7), t + 1) if abs(extreme[i] - vwap[i]) <= 0.1 * atr]
            held = all(sign * (c[i] - vwap[i]) >= 0 for i in range(start + 1, t + 1))
            overdone = abs(z) >= 2 and abs(gap) >= 0.5 * atr
            if t >= 19 and sign * gap >= 0.3 * atr and touches and held and not overdone:
                found.append((BOUNCE, side))
        if t >= 19 and (abs(gap) >= 1.2 * atr or (abs(z) >= 2 and abs(gap) >= 0.5 * atr)):
            side = "short" if gap > 0 else "long"
            if side not in stretched_since_calm:
                found.append((DEVIATION, side))
            stretched_since_calm.add(side)
        elif abs(z) < 1:
            stretched_since_calm.clear()
        for play, side in found[:1]:
            count[play, side] += 1
            yield play, side, minute[t], 1 if play == BOUNCE else count[play, side]


@pytest.mark.parametrize("missing", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("seed", range(3))
def test_the_arrays_say_what_a_plain_loop_says(seed: int, missing: float) -> None:
    session = random_panel(seed, symbols=8, missing=missing)
    # Some minutes have a bar and no volume.
    session.volume[np.random.default_rng(seed).random(session.volume.shape) < missing / 2] = NAN

    found, _ = said(vwap_plays.find, session)

    keys = [(d.symbol, d.setup_type, d.direction, (d.bar_ts - OPEN_TS) // 60, d.occurrence) for d in found]
    assert sorted(keys) == sorted(naive(session))
    assert {d.setup_type for d in found} == {CROSS, BOUNCE, DEVIATION}


# What holds on any session.


def wild(seed: int, *, minutes: int = 390) -> Panel:
    """Return sessions with holes, bars without volume, a split, a halt, a bar at a quarter of the price."""
    random = np.random.default_rng(seed)
    session = random_panel(seed, symbols=6, minutes=minutes, missing=0.04)
    session.volume[random.random(session.volume.shape) < 0.1] = NAN
    session.volume[1] = NAN
    prices = (session.open, session.high, session.low, session.close)
    for price in prices:
        price[2, minutes // 2 :] /= 4
        price[3, minutes // 3] /= 4
    for grid in (*prices, session.volume):
        grid[4, 40:160] = NAN
    session.volume[5, :30] = NAN
    return session


@given(st.integers(0, 10_000), st.sampled_from([390, 210, 60, 20, 4]))
@settings(max_examples=25)
def test_wild_sessions_give_finite_numbers_and_plans_in_order(seed: int, minutes: int) -> None:
    found, _ = said(vwap_plays.find, wild(seed, minutes=minutes))

    for d in found:
        assert all(math.isfinite(value) for value in d.signal.values() if isinstance(value, float))
        assert len(d.description) <= 200
        if d.plan is not None:
            prices = [d.plan.stop, d.plan.entry, *(target.price for target in d.plan.targets)]
            assert prices == sorted(prices, reverse=d.direction == "short")


@pytest.mark.parametrize("session", [random_panel(5, symbols=4), wild(6), wild(7)], ids=["whole", "wild", "wilder"])
def test_no_minute_depends_on_a_later_one(session: Panel) -> None:
    whole, _ = said(vwap_plays.find, session)

    for t in range(session.minutes + 1):
        assert said(vwap_plays.find, session.until(t))[0] == [d for d in whole if d.bar_ts < session.ts(t)], t
    assert len(whole) > 10


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_a_bar_gives_one_play_at_most(seed: int) -> None:
    found, _ = said(vwap_plays.find, random_panel(seed, symbols=6, missing=0.02))

    assert max(Counter((d.symbol, d.bar_ts) for d in found).values()) == 1
    assert len({d.key for d in found}) == len(found)


@given(st.integers(0, 10_000), st.sampled_from([0.25, 0.5, 2.0, 4.0, 1024.0]))
@settings(max_examples=25)
def test_prices_in_another_unit_change_no_verdict(seed: int, factor: float) -> None:
    # Powers of two: the multiplication itself must not round.
    session = random_panel(seed, missing=0.02)
    prices = {name: getattr(session, name) * factor for name in ("open", "high", "low", "close")}
    scaled = dataclasses.replace(session, **prices, atr=session.atr * factor)

    facts, same = (
        [(d.key, d.bar_ts, d.score, d.signal["deviationBand"]) for d in said(vwap_plays.find, day)[0]]
        for day in (session, scaled)
    )

    assert same == facts


@given(st.integers(0, 10_000), st.integers(-5_000, 5_000))
@settings(max_examples=15)
def test_another_day_changes_nothing_but_the_times(seed: int, days: int) -> None:
    session, shift = random_panel(seed, missing=0.02), 86_400 * days
    other = dataclasses.replace(session, open_ts=session.open_ts + shift)

    found, _ = said(vwap_plays.find, session)
    later, _ = said(vwap_plays.find, other, close_ts=CLOSE_TS + shift)

    assert [(d.key, d.bar_ts, d.valid_until, d.score, d.plan) for d in later] == [
        (d.key, d.bar_ts + shift, d.valid_until + shift, d.score, d.plan) for d in found
    ]


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_a_market_upside_down_plays_the_other_way(seed: int) -> None:
    # Prices in 1/1024 around 128, so that the reflection is exact.
    session = random_panel(seed, symbols=3, missing=0.02)
    fine = {name: np.round(getattr(session, name) * 1024) / 1024 for name in ("open", "high", "low", "close")}
    session = dataclasses.replace(session, **fine)
    down = dataclasses.replace(
        session, open=256 - session.open, high=256 - session.low, low=256 - session.high, close=256 - session.close
    )
    other = {"long": "short", "short": "long"}

    straight = [
        (d.symbol, d.setup_type, d.direction, d.occurrence, d.bar_ts) for d in said(vwap_plays.find, session)[0]
    ]
    mirrored = [
        (d.symbol, d.setup_type, other[d.direction], d.occurrence, d.bar_ts) for d in said(vwap_plays.find, down)[0]
    ]

    assert sorted(mirrored) == sorted(straight)


@given(st.integers(0, 10_000))
@settings(max_examples=15)
def test_a_symbol_is_judged_alone(seed: int) -> None:
    session = random_panel(seed, symbols=3, missing=0.05)

    alone = [d for symbol in session.symbols for d in said(vwap_plays.find, session.only([symbol]))[0]]

    assert sorted(alone, key=lambda d: (d.bar_ts, d.key)) == said(vwap_plays.find, session)[0]


def test_noise_gives_few_plays() -> None:
    found, _ = said(vwap_plays.find, random_panel(1, symbols=100))

    each = Counter(d.symbol for d in found)
    assert sum(each.values()) / 100 < 9
    assert max(each.values()) <= 18
