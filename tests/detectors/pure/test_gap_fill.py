from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.pure import gap_fill
from detectors.pure.background import NOTHING, Background
from detectors.pure.detection import Detection
from market.pure.gaps import GapHistory
from market.pure.panel import Panel
from tests.detectors.pure.reading import said
from tests.detectors.sessions import CLOSE_TS, NAN, OPEN_TS, Row, panel, random_panel

HISTORY = GapHistory(
    pct=np.array([2.5, 3.0, 4.0, 1.5, -2.5, -3.0]), filled=np.array([True, False, False, True, True, False])
)
KNOWN = Background(gaps={"SPY": HISTORY})


def bar(opened: float, close: float) -> Row:
    return (opened, max(opened, close), min(opened, close), close, 900)


def gapped(opened: float, closes: Sequence[float], *, before: float = 100.0, late: int = 0) -> Panel:
    """Return a session whose first bar opens at `opened` in minute `late`, of these closes, after a close before."""
    rows: list[Row | None] = [*[None] * late, *(bar(opened, close) for close in closes)]
    return dataclasses.replace(panel({"SPY": rows}), prev_close=np.array([before]))


def told(session: Panel, background: Background = KNOWN) -> list[Detection]:
    return said(gap_fill.find, session, background=background)[0]


def stages(session: Panel) -> list[tuple[str, int]]:
    """Return stage and minute of what is found."""
    return [(d.fingerprint, (d.bar_ts - OPEN_TS) // 60) for d in told(session)]


def test_the_golden_half_short() -> None:
    (found,) = told(gapped(103, [102.9, 101.4]))

    assert found == Detection(
        symbol="SPY",
        setup_type="gap_fill",
        direction="short",
        fingerprint="half",
        occurrence=1,
        variant=None,
        bar_ts=OPEN_TS + 60,
        score=72,
        price=101.4,
        description="SPY at 101.40 has filled 53.33% of its gap up from 100.00 to 103.00; "
        "33% of 3 such gaps filled the same day",
        signal={
            "gapSize": 3.0,
            "gapPct": 3.0,
            "fillPct": 53.33,
            "previousClose": 100.0,
            "todayOpen": 103.0,
            "currentPrice": 101.4,
            "stage": "half",
            "historicalFillRate": 0.33,
            "sampleSize": 3,
            "dedupeKey": "gap_fill:half:100.00:103.00",
        },
        plan=found.plan,
        plan_rejected=None,
        volume_source=None,
        valid_until=CLOSE_TS,
    )
    assert found.plan is not None
    assert (found.plan.stop, found.plan.target, found.plan.trigger) == (102.25, 100.0, "gap_half_filled")
    assert [target.price for target in found.plan.targets] == [100.0]
    assert found.trackable


def test_the_golden_half_long() -> None:
    (found,) = told(gapped(98, [98.1, 99.2]))

    assert (found.direction, found.score, found.price) == ("long", 70, 99.2)
    assert (found.signal["fillPct"], found.signal["gapSize"], found.signal["gapPct"]) == (60.0, -2.0, -2.0)
    assert found.signal["dedupeKey"] == "gap_fill:half:100.00:98.00"
    assert found.plan is not None
    assert (found.plan.entry, found.plan.stop, found.plan.target) == (99.2, 98.5, 100.0)
    assert found.description == (
        "SPY at 99.20 has filled 60.00% of its gap down from 100.00 to 98.00; 50% of 2 such gaps filled the same day"
    )


def test_the_golden_full() -> None:
    half, full = told(gapped(103, [102.9, 101.4, 99.9]))

    assert (half.fingerprint, full.fingerprint) == ("half", "full")
    assert (full.direction, full.score, full.price) == ("short", 86, 99.9)
    assert (full.signal["fillPct"], full.signal["stage"]) == (100.0, "full")
    assert (full.plan, full.plan_rejected, full.trackable) == (None, None, False)
    assert full.description == (
        "SPY at 99.90 has filled all of its gap up from 100.00 to 103.00; 33% of 3 such gaps filled the same day"
    )


@pytest.mark.parametrize(
    ("opened", "before", "fires"),
    [
        (100.19, 100, False),
        (100.2, 100, True),
        (100.21, 100, True),
        (99.81, 100, False),
        (99.8, 100, True),
        (99.79, 100, True),
        (10.02, 10, True),  # 0.2 % that in binary is a hair less
        (150.3, 150, True),
        (700.0, 700, False),
    ],
)
def test_a_gap_is_at_least_a_fifth_of_a_percent(opened: float, before: float, fires: bool) -> None:
    assert bool(told(gapped(opened, [opened, before], before=before))) is fires


@pytest.mark.parametrize(
    ("opened", "before", "close", "stage"),
    [
        (103, 100, 101.51, []),
        (103, 100, 101.5, ["half"]),
        (103, 100, 101.49, ["half"]),
        (103, 100, 100.01, ["half"]),
        (103, 100, 100.0, ["full"]),
        (103, 100, 99.99, ["full"]),
        (98, 100, 98.99, []),
        (98, 100, 99.0, ["half"]),
        (98, 100, 99.01, ["half"]),
        (98, 100, 99.99, ["half"]),
        (98, 100, 100.0, ["full"]),
        (98, 100, 100.01, ["full"]),
        (10.3, 10.1, 10.2, ["half"]),  # the middle, which in binary it is not
        (98.1, 98.7, 98.4, ["half"]),
        (103, 100, 103.5, []),  # the gap grew
    ],
)
def test_a_stage_begins_at_its_share(opened: float, before: float, close: float, stage: list[str]) -> None:
    found = told(gapped(opened, [opened, close], before=before))

    assert [d.fingerprint for d in found] == stage


def test_a_bar_that_passes_both_stages_is_the_full_alone_and_no_half_follows() -> None:
    assert stages(gapped(103, [103, 99.0, 101.4, 102.9, 101.4])) == [("full", 1)]


def test_each_stage_comes_once_a_session() -> None:
    closes = [103, 101.4, 102.9, 101.4, 99.9, 101.4, 103, 101.0, 99.0]

    assert stages(gapped(103, closes)) == [("half", 1), ("full", 4)]


def test_the_bar_that_made_the_gap_does_not_fill_it() -> None:
    assert stages(gapped(103, [101.4])) == []
    assert stages(gapped(103, [101.4, 102.9])) == []
    assert stages(gapped(103, [101.4, 101.4])) == [("half", 1)]


def test_missing_minutes_count_for_nothing() -> None:
    session = gapped(103, [103, 102, 101.4])
    rows = [bar(103, 103), None, None, bar(102, 101.4)]
    holed = dataclasses.replace(panel({"SPY": rows}), prev_close=session.prev_close)

    assert stages(holed) == [("half", 3)]


@pytest.mark.parametrize(("minute", "reason"), [(0, None), (4, None), (5, "no_open"), (60, "no_open")])
def test_a_session_that_begins_late_has_no_open(minute: int, reason: str | None) -> None:
    found, abstained = said(gap_fill.find, gapped(103, [103, 101.4], late=minute), background=KNOWN)

    assert [(d.fingerprint, (d.bar_ts - OPEN_TS) // 60) for d in found] == ([("half", minute + 1)] * (reason is None))
    assert abstained == Counter({reason: 1} if reason else {})


@pytest.mark.parametrize("before", [NAN, 0.0, -100.0, math.inf])
def test_a_symbol_without_a_close_before_abstains(before: float) -> None:
    found, abstained = said(gap_fill.find, gapped(103, [103, 101.4], before=before), background=KNOWN)

    assert (found, abstained) == ([], Counter({"no_prev_close": 1}))


@pytest.mark.parametrize(
    ("opened", "plausible"),
    [(125.0, True), (125.01, False), (400.0, False), (75.0, True), (74.99, False), (25.0, False)],
)
def test_a_split_overnight_is_no_gap(opened: float, plausible: bool) -> None:
    session = gapped(opened, [opened, (opened + 100) / 2])

    found, abstained = said(gap_fill.find, session, background=KNOWN)

    assert len(found) == int(plausible)
    assert abstained["implausible_gap"] == int(not plausible)


@pytest.mark.parametrize("background", [NOTHING, Background(gaps={"SPY": GapHistory.empty()})])
def test_a_gap_without_history_is_told_and_counted(background: Background) -> None:
    (found,), abstained = said(gap_fill.find, gapped(103, [103, 101.4]), background=background)

    assert (found.signal["historicalFillRate"], found.signal["sampleSize"]) == (None, 0)
    assert found.description == "SPY at 101.40 has filled 53.33% of its gap up from 100.00 to 103.00"
    assert abstained == Counter({"no_history": 1})


def test_a_history_without_such_a_gap_has_no_rate_and_is_no_abstention() -> None:
    (found,), abstained = said(gap_fill.find, gapped(100.4, [100.4, 100.1]), background=KNOWN)

    assert (found.signal["historicalFillRate"], found.signal["sampleSize"]) == (None, 0)
    assert abstained == Counter()


def test_where_there_is_no_gap_no_history_is_missed() -> None:
    assert said(gap_fill.find, gapped(100.1, [100.1, 100])) == ([], Counter())


@pytest.mark.parametrize(
    ("close", "rejected"),
    [(101.13, None), (101.12, "reward_below_risk"), (100.3, "reward_below_risk"), (101.5, None)],
)
def test_a_half_that_is_nearly_full_is_not_worth_following(close: float, rejected: str | None) -> None:
    # Even at 62.5 % filled: as far to the close before as to the stop.
    (found,) = told(gapped(103, [103, close]))

    assert found.plan is not None
    assert (found.plan_rejected, found.plan.stop, found.plan.target) == (rejected, 102.25, 100.0)


def test_the_score_counts_at_most_six_percent() -> None:
    scores = [told(gapped(opened, [opened, (opened + 100) / 2]))[0].score for opened in (100.2, 101, 106, 107, 120)]

    assert scores == [66, 68, 78, 78, 78]


@pytest.mark.parametrize("atr", [NAN, 0.0, 4.0])
def test_neither_atr_nor_volume_is_needed(atr: float) -> None:
    rows: list[Row] = [(103, 103, 103, 103, NAN), (103, 103, 101.4, 101.4, NAN)]
    session = dataclasses.replace(panel({"SPX": rows}, atr=atr, source=None), prev_close=np.array([100.0]))

    (found,) = told(session)

    assert found.plan is not None
    assert (found.score, found.plan.stop, found.plan.target) == (72, 102.25, 100.0)


def test_an_empty_session_says_nothing() -> None:
    nothing: list[Row | None] = [None] * 3
    started = [bar(103, 103), bar(103, 101.4)]
    both = dataclasses.replace(panel({"QQQ": nothing, "SPY": started}), prev_close=np.array([NAN, 100.0]))

    assert said(gap_fill.find, panel({"SPY": nothing})) == ([], Counter())
    assert said(gap_fill.find, panel({"SPY": []})) == ([], Counter())
    assert said(gap_fill.find, both, background=KNOWN)[1] == Counter()


def after_a_night(seed: int, *, symbols: int = 6, missing: float = 0.0, minutes: int = 390) -> Panel:
    """Return made-up sessions after gaps of up to 1.5 % either way, in eighths around 128."""
    session = random_panel(seed, symbols=symbols, missing=missing, minutes=minutes, volatility=0.001)
    prices = {name: np.round(getattr(session, name) * 1.28 * 8) / 8 for name in ("open", "high", "low", "close")}
    night = np.random.default_rng(seed).integers(-16, 17, symbols) / 8
    prices = {name: grid + night[:, None] for name, grid in prices.items()}
    return dataclasses.replace(session, **prices, prev_close=np.full(symbols, 128.0))


def naive(session: Panel) -> list[tuple[str, str, str, int]]:
    """Return (symbol, side, stage, minute) the slow way: bar by bar, straight from the rule's text."""
    found = []
    for row, symbol in enumerate(session.symbols):
        bars = [m for m in range(session.minutes) if math.isfinite(session.close[row, m])]
        if not bars or bars[0] > 4:
            continue
        opened, before = session.open[row, bars[0]], session.prev_close[row]
        if not 0.2 <= abs(100 * (opened - before) / before) <= 25:
            continue
        side, past_half = "short" if opened > before else "long", False
        for m in bars[1:]:
            filled = 100 * (opened - session.close[row, m]) / (opened - before)
            if filled >= 100:
                found.append((symbol, side, "full", m))
                break
            if filled >= 50 and not past_half:
                found.append((symbol, side, "half", m))
                past_half = True
    return found


@pytest.mark.parametrize("missing", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("seed", range(4))
def test_the_arrays_say_what_a_plain_loop_says(seed: int, missing: float) -> None:
    session = after_a_night(seed, symbols=40, missing=missing)

    found = [(d.symbol, d.direction, d.fingerprint, (d.bar_ts - OPEN_TS) // 60) for d in told(session)]

    assert sorted(found) == sorted(naive(session))
    assert len(found) > 20


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("seed", range(3))
def test_no_minute_depends_on_a_later_one(seed: int, missing: float) -> None:
    session = after_a_night(seed, missing=missing, minutes=210)
    background = Background(gaps=dict.fromkeys(session.symbols[::2], HISTORY))
    whole = told(session, background)

    for t in range(session.minutes + 1):
        assert told(session.until(t), background) == [d for d in whole if d.bar_ts < session.ts(t)]
    assert whole


@given(st.integers(0, 10_000), st.sampled_from([0.25, 0.3, 1.1, 7.0, 1024.0]))
@settings(max_examples=25)
def test_prices_in_another_unit_change_no_verdict(seed: int, factor: float) -> None:
    session = after_a_night(seed)
    prices = {name: getattr(session, name) * factor for name in ("open", "high", "low", "close", "prev_close", "atr")}

    facts = [(d.key, d.bar_ts, d.score, d.signal["gapPct"]) for d in told(session)]

    assert [
        (d.key, d.bar_ts, d.score, d.signal["gapPct"]) for d in told(dataclasses.replace(session, **prices))
    ] == facts


@given(st.integers(0, 10_000), st.integers(-5_000, 5_000))
@settings(max_examples=25)
def test_another_day_changes_nothing_but_the_times(seed: int, days: int) -> None:
    session, shift = after_a_night(seed, missing=0.02), 86_400 * days
    other = dataclasses.replace(session, open_ts=session.open_ts + shift)

    moved = [dataclasses.replace(d, bar_ts=d.bar_ts + shift, valid_until=d.valid_until + shift) for d in told(session)]

    assert said(gap_fill.find, other, background=KNOWN, close_ts=CLOSE_TS + shift)[0] == moved


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_a_market_upside_down_fills_the_other_way(seed: int) -> None:
    session = after_a_night(seed)
    down = dataclasses.replace(
        session, open=256 - session.open, high=256 - session.low, low=256 - session.high, close=256 - session.close
    )
    other = {"long": "short", "short": "long"}

    straight = [(d.symbol, d.direction, d.fingerprint, d.bar_ts, d.score) for d in told(session)]
    mirrored = [(d.symbol, other[d.direction], d.fingerprint, d.bar_ts, d.score) for d in told(down)]

    assert mirrored == straight


def test_whatever_the_day_plans_stand_in_order_and_numbers_are_numbers() -> None:
    count = 0
    for seed in range(40):
        session = after_a_night(seed, symbols=20, missing=0.1 * (seed % 4), minutes=210)
        split = {name: getattr(session, name).copy() for name in ("open", "high", "low", "close")}
        for grid in split.values():
            grid[::3, 100:] /= 4
            grid[1::3, 60:120] = NAN
        for d in told(dataclasses.replace(session, **split, atr=np.full(20, NAN))):
            count += 1
            assert all(math.isfinite(value) for value in d.signal.values() if isinstance(value, int | float))
            assert (d.plan is None) == (d.fingerprint == "full")
            if d.plan is not None:
                in_order = [d.plan.stop, d.plan.entry, d.plan.target]
                assert in_order == sorted(set(in_order), reverse=d.direction == "short")
    assert count > 500
