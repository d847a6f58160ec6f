from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.pure import engine, opening_range
from detectors.pure.detection import Detection
from market.pure.panel import Panel
from tests.detectors.sessions import CLOSE_TS, NAN, OPEN_TS, QUIET, Row, orb_long, orb_short, panel, random_panel

ORB = "orb_breakout"


@pytest.fixture(scope="module", autouse=True)
def _alone() -> Iterator[None]:
    """Ask this detector and no other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "REGISTRY", tuple(each for each in engine.REGISTRY if each.name == ORB))
        yield


def of(rows: list[Row | None], *, period: int = 15, **options: object) -> list[Detection]:
    """Return one symbol's detections of one period."""
    found, _ = engine.detect(panel({"SPY": rows}, **options), close_ts=CLOSE_TS)  # type: ignore[arg-type]
    return [detection for detection in found if detection.variant == period]


def breakout(**change: float) -> list[Row | None]:
    """Return the golden long session with the last bar changed."""
    o, h, low, c, v = orb_long()[-1]
    names = {"open": o, "high": h, "low": low, "close": c, "volume": v} | change
    return [*orb_long()[:-1], tuple(names.values())]  # type: ignore[list-item]


def test_the_golden_long_breakout() -> None:
    (found,) = of(orb_long())

    assert found == Detection(
        symbol="SPY",
        setup_type=ORB,
        direction="long",
        fingerprint="15:long",
        occurrence=1,
        variant=15,
        bar_ts=OPEN_TS + 17 * 60,
        score=100,
        price=101.2,
        description="SPY closed above the high of its 15-minute opening range at 100.50 on 3.56x its recent volume",
        signal={
            "orbPeriodMinutes": 15,
            "orbHigh": 100.5,
            "orbLow": 99.5,
            "orbWidth": 1.0,
            "breakoutPrice": 101.2,
            "breakoutDistance": 0.7,
            "volumeRatio": 3.56,
            "atrRatio": 0.25,
            "dedupeKey": "orb:15:long:100.50:99.50",
        },
        plan=found.plan,
        plan_rejected=None,
        volume_source="SPY",
        valid_until=CLOSE_TS,
    )
    assert found.plan is not None
    assert (found.plan.stop, found.plan.target, found.plan.trigger) == (98.1, 104.8, "close_above_range")
    assert found.trackable


def test_the_golden_short_breakout() -> None:
    (found,) = of(orb_short())

    assert (found.direction, found.score, found.price) == ("short", 81, 98.8)
    assert (found.signal["volumeRatio"], found.signal["breakoutDistance"]) == (1.5, 0.7)
    assert found.plan is not None
    assert (found.plan.stop, found.plan.target, found.plan.trigger) == (101.9, 95.2, "close_below_range")


@pytest.mark.parametrize(("close", "fires"), [(100.49, False), (100.5, False), (100.51, True)])
def test_a_close_on_the_range_is_no_breakout(close: float, fires: bool) -> None:
    assert bool(of(breakout(close=close))) is fires


@pytest.mark.parametrize(("close", "fires"), [(99.51, False), (99.5, False), (99.49, True)])
def test_a_close_on_the_low_is_no_breakdown(close: float, fires: bool) -> None:
    assert bool(of([*orb_short()[:-1], (100, 100.5, 99, close, 1350)])) is fires


@pytest.mark.parametrize(("volume", "fires"), [(1079, False), (1080, False), (1081, True)])
def test_volume_must_exceed_1_2_times_its_baseline(volume: float, fires: bool) -> None:
    assert bool(of(breakout(volume=volume))) is fires


@pytest.mark.parametrize(("before", "fires"), [(100.5, True), (100.51, False)])
def test_the_close_before_must_lie_at_or_inside_the_range(before: float, fires: bool) -> None:
    rows = breakout()
    rows[16] = (100, 101, 99.5, before, 900)

    triggered = [found.bar_ts for found in of(rows) if found.bar_ts == OPEN_TS + 17 * 60]

    assert bool(triggered) is fires


def test_the_baseline_is_the_last_20_bars_after_the_range() -> None:
    quiet: Row = (100, 100.5, 99.5, 100, 100)
    loud: Row = (100, 100.5, 99.5, 100, 10_000)
    rows: list[Row | None] = [*[QUIET] * 15, loud, *[quiet] * 20, (100, 101, 99.5, 101.2, 121)]

    (found,) = of(rows)

    assert found.signal["volumeRatio"] == 1.21


def test_without_a_bar_after_the_range_the_range_is_the_baseline() -> None:
    rows = [*[QUIET] * 15, None, None, (100, 101, 99.5, 101.2, 1800.0)]

    (found,) = of(rows)

    assert found.signal["volumeRatio"] == 2.0


def test_a_baseline_without_volume_never_fires() -> None:
    still: Row = (100, 100.5, 99.5, 100, 0)

    assert of([*[still] * 17, (100, 101, 99.5, 101.2, 5000)]) == []


@pytest.mark.parametrize(("minute", "fires"), [(15, False), (16, True)])
def test_the_first_breakout_is_two_minutes_after_the_range(minute: int, fires: bool) -> None:
    rows: list[Row | None] = [*[QUIET] * minute, (100, 101, 99.5, 101.2, 3200)]

    assert bool(of(rows)) is fires


@pytest.mark.parametrize(
    ("period", "present", "fires"),
    [(5, 3, False), (5, 4, True), (15, 11, False), (15, 12, True), (30, 23, False), (30, 24, True)],
)
def test_a_range_needs_four_fifths_of_its_minutes(period: int, present: int, fires: bool) -> None:
    rows = [QUIET if minute < present else None for minute in range(period)]
    rows += [QUIET, QUIET, (100, 101, 99.5, 101.2, 3200)]

    found, abstained = engine.detect(panel({"SPY": rows}), close_ts=CLOSE_TS)

    assert any(detection.variant == period for detection in found) is fires
    assert abstained[ORB, f"thin_range_{period}m"] == (0 if fires else 1)


def test_missing_minutes_do_not_shift_the_range() -> None:
    # Bars 13 and 14 are missing: were the range its first 15 bars, the spike at minute 16 would belong to it.
    spike: Row = (100, 103, 99.5, 100, 900)
    rows = [*[QUIET] * 13, None, None, QUIET, spike, (100, 101, 99.5, 101.2, 3200)]

    (found,) = of(rows)

    assert found.signal["orbHigh"] == 100.5


def test_a_flat_range_abstains() -> None:
    flat: Row = (100, 100, 100, 100, 900)

    found, abstained = engine.detect(panel({"SPY": [*[flat] * 17, (100, 101, 100, 101, 5000)]}), close_ts=CLOSE_TS)

    assert found == []
    assert abstained == Counter({(ORB, "flat_range_5m"): 1, (ORB, "flat_range_15m"): 1})


def test_a_symbol_without_volume_abstains_at_every_evaluation() -> None:
    silent = [(o, h, low, c, NAN) for o, h, low, c, _ in orb_long()]

    found, abstained = engine.detect(panel({"SPX": silent}, source=None), close_ts=CLOSE_TS)

    assert found == []
    assert abstained == Counter({(ORB, "no_volume"): 1})


def test_an_index_with_its_proxys_volume_gives_the_golden_breakout() -> None:
    (found,) = of(orb_long(), source="QQQ")

    assert (found.volume_source, found.score) == ("QQQ", 100)
    assert (
        found.description
        == "SPY closed above the high of its 15-minute opening range at 100.50 on 3.56x QQQ's recent volume"
    )


def test_the_sentence_sets_thousands_apart() -> None:
    higher = [(o + 20_900, h + 20_900, low + 20_900, c + 20_900, v) for o, h, low, c, v in orb_short()]

    (found,) = of(higher)

    assert (
        found.description
        == "SPY closed below the low of its 15-minute opening range at 20,999.50 on 1.50x its recent volume"
    )


def test_a_breakout_bar_without_volume_abstains() -> None:
    found, abstained = engine.detect(panel({"SPX": breakout(volume=NAN)}, source="SPY"), close_ts=CLOSE_TS)

    assert found == []
    assert abstained == Counter({(ORB, "no_volume"): 1})


def test_a_volume_that_is_no_number_abstains_instead_of_scoring_0() -> None:
    found, abstained = engine.detect(panel({"SPY": breakout(volume=math.inf)}), close_ts=CLOSE_TS)

    assert found == []
    assert abstained == Counter({(ORB, "non_finite_score"): 1})


@pytest.mark.parametrize(("atr", "score", "ratio"), [(NAN, 71, None), (0.0, 71, None), (1.0, 75, 1.0), (0.5, 71, 2.0)])
def test_a_narrow_range_scores_only_where_the_atr_is_known(atr: float, score: int, ratio: float | None) -> None:
    (found,) = of(breakout(volume=1350), atr=atr)

    assert (found.score, found.signal["atrRatio"]) == (score, ratio)


def test_the_plan_of_a_symbol_without_atr_uses_the_fallback() -> None:
    (found,) = of(orb_long(), atr=NAN)

    assert found.plan is not None
    # ATR stands at max(0.4 %, 1.0) = 1.0: the buffer is 0.35, the target 1.5 away.
    assert (found.plan.stop, found.plan.target) == (99.15, 102.7)


def crossing(after: list[Row]) -> list[Row | None]:
    """Return the golden session, some bars, and a second close above the range on volume."""
    return [*orb_long(), *after, (100, 101, 99.5, 101.2, 32_000)]


@pytest.mark.parametrize(("inside", "count"), [(0, 1), (1, 1), (4, 1), (5, 2), (9, 2)])
def test_the_second_breakout_needs_five_closes_in_a_row_back_inside(inside: int, count: int) -> None:
    found = of(crossing([QUIET] * inside))

    assert [detection.occurrence for detection in found] == list(range(1, count + 1))


def test_closes_on_the_edges_of_the_range_are_inside() -> None:
    edges: list[Row] = [(100, 100.5, 99.5, close, 900) for close in (100.5, 99.5, 100.5, 99.5, 100.5)]

    assert len(of(crossing(edges))) == 2


def test_a_close_outside_starts_the_count_anew() -> None:
    outside: Row = (100, 101, 99.5, 101, 900)

    assert len(of(crossing([QUIET] * 4 + [outside] + [QUIET] * 4))) == 1


def test_a_third_breakout_on_a_side_is_not_told() -> None:
    again = [*[QUIET] * 5, (100, 101, 99.5, 101.2, 320_000)]
    rows = [*orb_long(), *again, *again, *again]

    assert [detection.occurrence for detection in of(rows)] == [1, 2]  # type: ignore[arg-type]


def test_both_sides_count_by_themselves() -> None:
    rows = [*orb_long(), *[QUIET] * 2, (100, 100.5, 99, 98.8, 90_000)]

    assert [(found.direction, found.occurrence) for found in of(rows)] == [("long", 1), ("short", 1)]  # type: ignore[arg-type]


def test_all_three_periods_are_told_apart() -> None:
    rows = [*[QUIET] * 31, (100, 101, 99.5, 101.2, 3200)]

    found, _ = engine.detect(panel({"SPY": rows}), close_ts=CLOSE_TS)

    assert {(detection.variant, detection.fingerprint) for detection in found} == {
        (5, "5:long"),
        (15, "15:long"),
        (30, "30:long"),
    }


def test_an_empty_session_says_nothing() -> None:
    assert engine.detect(panel({"SPY": [None] * 3}), close_ts=CLOSE_TS) == ([], Counter())


def naive(session: Panel, period: int) -> list[tuple[str, str, int, int]]:
    """Return (symbol, side, minute, occurrence) the slow way: bar by bar, straight from the rule's text."""
    said = []
    for row, symbol in enumerate(session.symbols):
        bars = [m for m in range(session.minutes) if math.isfinite(session.close[row, m])]
        opening = [m for m in bars if m < period]
        if len(opening) < 0.8 * period:
            continue
        high, low = max(session.high[row, opening]), min(session.low[row, opening])
        for side, sign, edge in (("long", 1, high), ("short", -1, low)):
            count, last = 0, -1
            for i, m in enumerate(bars):
                close, before = session.close[row, m], session.close[row, bars[i - 1]]
                if m < period + 1 or not (sign * close > sign * edge and sign * before <= sign * edge):
                    continue
                base = [b for b in bars[:i] if b >= period][-20:] or opening
                if not session.volume[row, m] / np.mean(session.volume[row, base]) > 1.2:
                    continue
                since = [low <= session.close[row, b] <= high for b in bars[:i] if b > last]
                back = any(all(since[k : k + 5]) for k in range(len(since) - 4))
                if count == 0 or (count == 1 and back):
                    count, last = count + 1, m
                    said.append((symbol, side, m, count))
    return said


@pytest.mark.parametrize("missing", [0.0, 0.05, 0.15])
@pytest.mark.parametrize("seed", range(4))
def test_the_arrays_say_what_a_plain_loop_says(seed: int, missing: float) -> None:
    session = random_panel(seed, symbols=8, missing=missing)

    found, _ = engine.detect(session, close_ts=CLOSE_TS)

    told = {
        period: sorted(
            (d.symbol, d.direction, (d.bar_ts - OPEN_TS) // 60, d.occurrence) for d in found if d.variant == period
        )
        for period in opening_range.PERIODS
    }
    assert told == {period: sorted(naive(session, period)) for period in opening_range.PERIODS}
    assert sum(map(len, told.values())) > 20


def told(session: Panel, *, close_ts: int = CLOSE_TS) -> list[Detection]:
    return engine.detect(session, close_ts=close_ts)[0]


@given(st.integers(0, 10_000), st.sampled_from([0.25, 0.5, 2.0, 4.0, 1024.0]))
@settings(max_examples=25)
def test_prices_in_another_unit_change_no_verdict(seed: int, factor: float) -> None:
    # Powers of two: the multiplication itself must not round.
    session = dataclasses.replace(random_panel(seed), atr=np.full(3, 1.5))
    prices = {name: getattr(session, name) * factor for name in ("open", "high", "low", "close")}
    scaled = dataclasses.replace(session, **prices, atr=session.atr * factor)

    facts = [(d.key, d.bar_ts, d.score, d.signal["volumeRatio"], d.signal["atrRatio"]) for d in told(session)]

    assert [(d.key, d.bar_ts, d.score, d.signal["volumeRatio"], d.signal["atrRatio"]) for d in told(scaled)] == facts


@given(st.integers(0, 10_000), st.integers(-5_000, 5_000))
@settings(max_examples=25)
def test_another_day_changes_nothing_but_the_times(seed: int, days: int) -> None:
    session, shift = random_panel(seed, missing=0.02), 86_400 * days
    other = dataclasses.replace(session, open_ts=session.open_ts + shift)

    moved = [dataclasses.replace(d, bar_ts=d.bar_ts + shift, valid_until=d.valid_until + shift) for d in told(session)]

    assert told(other, close_ts=CLOSE_TS + shift) == moved


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_a_market_upside_down_breaks_out_the_other_way(seed: int) -> None:
    # Prices in eighths around 128, so that the reflection is exact.
    session = random_panel(seed, symbols=2)
    eighths = {name: np.round(getattr(session, name) * 8) / 8 for name in ("open", "high", "low", "close")}
    session = dataclasses.replace(session, **eighths)
    down = dataclasses.replace(
        session, open=256 - session.open, high=256 - session.low, low=256 - session.high, close=256 - session.close
    )
    other = {"long": "short", "short": "long"}

    straight = [(d.symbol, d.direction, d.variant, d.occurrence, d.bar_ts, d.score) for d in told(session)]
    mirrored = [(d.symbol, other[d.direction], d.variant, d.occurrence, d.bar_ts, d.score) for d in told(down)]

    assert sorted(mirrored) == sorted(straight)


@given(st.integers(0, 10_000))
@settings(max_examples=15)
def test_a_symbol_is_judged_alone(seed: int) -> None:
    session = random_panel(seed, symbols=3, missing=0.05)

    alone = [d for symbol in session.symbols for d in told(session.only([symbol]))]

    assert sorted(alone, key=lambda d: (d.bar_ts, -d.score, d.key)) == told(session)
