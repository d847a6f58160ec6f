from __future__ import annotations

import dataclasses
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.pure import volume_climax
from detectors.pure.detection import Detection, Direction
from market.pure.panel import Panel
from tests.detectors.pure.reading import said
from tests.detectors.sessions import CLOSE_TS, NAN, OPEN_TS, Row, panel, random_panel

BEFORE: Row = (100, 100.625, 99.875, 100.25, 1000)  # a range of 0.75
LOUD: Row = (100.25, 101.25, 100.125, 101.125, 3600)


def exhausted() -> list[Row | None]:
    """Return the specification's exhausted climax: 25 bars, the last one triggers."""
    rising = [(100 + 0.1 * i, 100 + 0.1 * i + 0.4, 100 + 0.1 * i - 0.2, 100 + 0.1 * i + 0.2, 1200.0) for i in range(24)]
    return [*rising, (102.3, 104.2, 101.9, 103.0, 5200.0)]


def carried_on() -> list[Row | None]:
    """Return its climax that carries on."""
    return [*[(100.0, 100.6, 99.9, 100.2, 1000.0)] * 24, (100.2, 101.2, 100.1, 101.1, 3600.0)]


def after(last: Row, *, quiet: Row = BEFORE, bars: int = 24) -> Panel:
    return panel({"SPY": [*[quiet] * bars, last]})


def told(session: Panel) -> list[Detection]:
    return said(volume_climax.find, session)[0]


def test_the_golden_exhaustion() -> None:
    (found,) = told(panel({"SPY": exhausted()}, atr=5.5))

    assert found == Detection(
        symbol="SPY",
        setup_type="volume_climax",
        direction="short",
        fingerprint="24",
        occurrence=1,
        variant=None,
        bar_ts=OPEN_TS + 24 * 60,
        score=86,
        price=103.0,
        description="SPY traded up to 103.00 on 4.33x its recent volume and looks exhausted: "
        "a range of 2.30 against 0.60 on average",
        signal={
            "volumeRatio": 4.33,
            "barDirection": "up",
            "potentialExhaustion": True,
            "barRange": 2.3,
            "averageRange": 0.6,
            "dedupeKey": "volume_climax:up:24",
        },
        plan=found.plan,
        plan_rejected=None,
        volume_source="SPY",
        valid_until=OPEN_TS + 25 * 60 + 900,
    )
    assert found.plan is not None
    assert (found.plan.stop, found.plan.target, found.plan.trigger) == (106.13, 96.4, "climax_fade")
    assert found.trackable


def test_the_golden_continuation() -> None:
    (found,) = told(panel({"SPY": carried_on()}))

    assert (found.direction, found.score, found.signal["volumeRatio"]) == ("long", 71, 3.6)
    assert found.plan is not None
    assert (found.plan.stop, found.plan.target, found.plan.trigger) == (98.7, 105.9, "climax_follow")
    assert found.description == (
        "SPY traded up to 101.10 on 3.60x its recent volume and held it: a range of 1.10 against 0.70 on average"
    )


@pytest.mark.parametrize(("volume", "fires"), [(2999, False), (3000, False), (3001, True)])
def test_volume_must_exceed_three_times_its_baseline(volume: float, fires: bool) -> None:
    assert bool(told(after((*LOUD[:4], volume)))) is fires


def test_three_times_a_mean_that_is_no_binary_number_is_not_more() -> None:
    # 18 bars with a volume, six times the last one's together.
    for half in range(1, 500):
        rows: list[Row | None] = [
            *[(*BEFORE[:4], NAN)] * 6,
            *[(*BEFORE[:4], 0.0)] * 6,
            *[(*BEFORE[:4], float(half))] * 12,
        ]
        (found, more) = (told(panel({"SPY": [*rows, (*LOUD[:4], 2.0 * half + step)]})) for step in (0, 1))
        assert (len(found), len(more)) == (0, 1)


@pytest.mark.parametrize(("bars", "fires"), [(20, False), (21, True), (22, True)])
def test_the_22nd_bar_is_the_first_to_be_judged(bars: int, fires: bool) -> None:
    assert bool(told(after(LOUD, bars=bars))) is fires


def test_the_baseline_is_the_20_bars_before() -> None:
    rows: list[Row | None] = [(100, 109, 91, 100, 3599), (100, 109, 91, 100, 3599), *[BEFORE] * 20, LOUD]

    (found,) = told(panel({"SPY": rows}))

    assert (found.signal["volumeRatio"], found.signal["averageRange"]) == (3.6, 0.75)


def test_missing_minutes_are_not_counted_among_the_20() -> None:
    rows: list[Row | None] = [*[BEFORE] * 10, *[None] * 30, *[BEFORE] * 11, LOUD]

    (found,) = told(panel({"SPY": rows}))

    assert (found.fingerprint, found.signal["volumeRatio"]) == ("51", 3.6)


def test_bars_without_volume_are_left_out_of_the_baseline() -> None:
    silent: Row = (*BEFORE[:4], NAN)
    rows: list[Row | None] = [*[silent] * 20, BEFORE, (*BEFORE[:4], 2000), LOUD]

    (found,) = told(panel({"SPY": rows[:2] + rows[3:21] + [(*BEFORE[:4], 500), *rows[21:]]}))

    assert found.signal["volumeRatio"] == pytest.approx(3600 / (3500 / 3), abs=0.005)


@pytest.mark.parametrize("quiet", [(*BEFORE[:4], 0.0), (*BEFORE[:4], NAN), (100, 100, 100, 100, 1000)])
def test_without_a_baseline_there_is_no_climax(quiet: Row) -> None:
    # No volume, none known, or bars without a range; a first bar has all of it.
    rows: list[Row | None] = [BEFORE, *[quiet] * 24, LOUD]

    assert said(volume_climax.find, panel({"SPY": rows})) == ([], Counter())


@pytest.mark.parametrize("volume", [NAN, 0.0, math.inf])
def test_a_bar_without_a_usable_volume_does_not_trigger(volume: float) -> None:
    assert said(volume_climax.find, after((*LOUD[:4], volume))) == ([], Counter())


def test_a_symbol_without_volume_abstains() -> None:
    silent: list[Row | None] = [(*row[:4], NAN) for row in exhausted() if row is not None]

    assert said(volume_climax.find, panel({"SPX": silent}, source=None)) == ([], Counter({"no_volume": 1}))


def test_an_index_with_its_proxys_volume_says_whose_it_is() -> None:
    (found,) = told(panel({"SPX": exhausted()}, atr=5.5, source="SPY"))

    assert (found.score, found.volume_source) == (86, "SPY")
    assert "on 4.33x SPY's recent volume" in found.description


def test_a_minute_with_the_proxys_volume_alone_is_no_bar() -> None:
    rows: list[Row | None] = [*[BEFORE] * 24, (NAN, NAN, NAN, NAN, 90_000.0), LOUD, (NAN, NAN, NAN, NAN, 90_000.0)]

    (found,) = told(panel({"SPX": rows}, source="SPY"))

    assert (found.fingerprint, found.signal["volumeRatio"]) == ("25", 3.6)


@pytest.mark.parametrize(
    ("last", "exhaustion", "direction"),
    [
        # body 0.625, so a wick of 0.75 is the edge; ranges stay below 1.35
        ((100, 101.25, 100, 100.625, 3600), False, "long"),  # upper wick 0.625
        ((100, 101.375, 100.0625, 100.625, 3600), False, "long"),  # 0.75, at the edge
        ((100, 101.40625, 100.0625, 100.625, 3600), True, "short"),  # 0.78
        ((100, 100.75, 99.375, 100.625, 3600), True, "short"),  # the range of 1.375, not the lower wick
        ((101, 101, 99.625, 100.375, 3600), True, "long"),  # the range of 1.375
        ((101, 101, 99.75, 100.375, 3600), False, "short"),  # lower wick 0.625
        ((101, 100.9375, 99.625, 100.375, 3600), False, "short"),  # 0.75
        ((101, 100.9375, 99.59375, 100.375, 3600), True, "long"),  # 0.78
        ((101, 101.75, 100.375, 100.375, 3600), True, "long"),  # the range alone, no lower wick
        ((100, 100.5, 99.5, 100, 3600), True, "short"),  # a doji is an up bar; any wick exceeds no body
        ((100, 100, 99.5, 100, 3600), False, "long"),  # no upper wick
    ],
)
def test_a_wick_beyond_1_2_bodies_exhausts(last: Row, exhaustion: bool, direction: str) -> None:
    (found,) = told(after(last))

    assert (found.signal["potentialExhaustion"], found.direction) == (exhaustion, direction)


@pytest.mark.parametrize(("high", "exhaustion"), [(101.34, False), (101.35, False), (101.36, True)])
def test_a_range_beyond_1_8_average_ones_exhausts(high: float, exhaustion: bool) -> None:
    # 1.8 x 0.75 = 1.35 above the low of 100; 1.35 itself is not beyond.
    (found,) = told(panel({"SPY": [*[(0.5, 1.25, 0.5, 1.0, 1000.0)] * 24, (0.0, high - 100, 0.0, 1.25, 3600.0)]}))

    assert found.signal["potentialExhaustion"] is exhaustion


@pytest.mark.parametrize(
    ("last", "trigger", "direction", "reference"),
    [
        ((100.25, 101.25, 100.125, 101.125, 3600), "climax_follow", "long", 100.125),
        ((100.25, 102.125, 100.125, 101.125, 3600), "climax_fade", "short", 102.125),
        ((101.125, 101.25, 100.125, 100.25, 3600), "climax_follow", "short", 101.25),
        ((101.125, 101.25, 99.25, 100.25, 3600), "climax_fade", "long", 99.25),
    ],
)
def test_the_stop_lies_beyond_the_bar(last: Row, trigger: str, direction: str, reference: float) -> None:
    (found,) = told(after(last))

    assert found.plan is not None
    assert (found.plan.trigger, found.direction) == (trigger, direction)
    # 0.35 of an ATR of 4 beyond it; the target is 1.5 x 3.2 away.
    sign = 1 if direction == "long" else -1
    assert found.plan.stop == pytest.approx(reference - sign * 1.4, abs=0.006)
    assert found.plan.target == pytest.approx(last[3] + sign * 4.8, abs=0.006)


@pytest.mark.parametrize(
    ("volume", "wick", "score"),
    [(3100, 0, 67), (4000, 0, 75), (4777, 0, 82), (4778, 0, 82), (90_000, 0, 82), (90_000, 1, 90)],
)
def test_the_score_of_volume_ends_at_16(volume: float, wick: float, score: int) -> None:
    (found,) = told(after((100.25, 101.25 + wick, 100.125, 101.125, volume)))

    assert found.score == score


@pytest.mark.parametrize("atr", [NAN, 0.0, -1.0])
def test_without_an_atr_the_plan_takes_the_fallback(atr: float) -> None:
    (found,), abstained = said(volume_climax.find, panel({"SPY": carried_on()}, atr=atr))

    # It stands at max(0.4 %, 1.0) = 1.0, but the bar's range of 1.1 is wider than 0.8.
    assert found.plan is not None
    assert (found.plan.stop, found.plan.target) == (99.75, 102.75)
    assert abstained == Counter()


@pytest.mark.parametrize("missing", [0, 5])
@pytest.mark.parametrize("back", [21, 60, 61])
@pytest.mark.parametrize("volume", [3599, 3600, 3601])
def test_a_climax_is_louder_than_each_of_the_60_bars_before(volume: float, back: int, missing: int) -> None:
    # Bars, not minutes: the missing ones lie in between. As few as 21 bars back the baseline is what it was.
    rows: list[Row | None] = [*[BEFORE] * 70, LOUD]
    rows[70 - back] = (*BEFORE[:4], volume)
    rows[55:55] = [None] * missing

    last = [d.signal["volumeRatio"] for d in told(panel({"SPY": rows})) if d.fingerprint == str(70 + missing)]

    assert last == ([3.6] if volume < 3600 or back > 60 else [])


def test_bars_without_volume_are_no_louder() -> None:
    rows: list[Row | None] = [*[BEFORE] * 30, *[(*BEFORE[:4], NAN)] * 19, BEFORE, LOUD]

    assert [d.fingerprint for d in told(panel({"SPY": rows}))] == ["50"]


@pytest.mark.parametrize(("later", "fires"), [(1, False), (14, False), (15, True), (16, True)])
def test_within_15_minutes_the_next_one_to_the_same_side_is_the_same(later: int, fires: bool) -> None:
    rows: list[Row | None] = [*[BEFORE] * 24, LOUD, *[BEFORE] * (later - 1), (*LOUD[:4], 9000)]

    found = told(panel({"SPY": rows}))

    assert [(d.fingerprint, d.occurrence) for d in found] == [("24", 1), (str(24 + later), 1)][: 1 + fires]


def test_the_15_minutes_are_those_of_the_clock() -> None:
    rows: list[Row | None] = [*[BEFORE] * 24, LOUD, *[None] * 10, *[BEFORE] * 4, (*LOUD[:4], 9000)]

    assert [d.fingerprint for d in told(panel({"SPY": rows}))] == ["24", "39"]


def test_the_15_minutes_run_from_the_climax_that_was_told() -> None:
    rows: list[Row | None] = [*[BEFORE] * 24, LOUD, *[BEFORE] * 9, (*LOUD[:4], 9000), *[BEFORE] * 4]

    assert [d.fingerprint for d in told(panel({"SPY": [*rows, (*LOUD[:4], 30_000)]}))] == ["24", "39"]


@pytest.mark.parametrize(
    ("last", "side"),
    [
        ((101.125, 101.25, 100.125, 100.25, 9000), "short"),  # down
        ((100.25, 102.125, 100.125, 101.125, 9000), "short"),  # up, exhausted
        ((101.125, 101.25, 99.25, 100.25, 9000), None),  # down, exhausted: long, as was the first
    ],
)
def test_the_other_side_has_15_minutes_of_its_own(last: Row, side: str | None) -> None:
    found = told(panel({"SPY": [*[BEFORE] * 24, LOUD, last]}))

    assert [d.direction for d in found] == ["long", side][: 1 + (side is not None)]


def test_each_symbol_has_15_minutes_of_its_own() -> None:
    rows = {"QQQ": [*[BEFORE] * 25, LOUD], "SPY": [*[BEFORE] * 24, LOUD, BEFORE]}

    assert [(d.symbol, d.fingerprint) for d in told(panel(rows))] == [("SPY", "24"), ("QQQ", "25")]


@pytest.mark.parametrize("rows", [[], [None] * 30, [BEFORE]])
def test_a_short_session_says_nothing(rows: list[Row | None]) -> None:
    assert said(volume_climax.find, panel({"SPY": rows})) == ([], Counter())


def a_loud_day(seed: int, *, symbols: int = 4, missing: float = 0.0, minutes: int = 390) -> Panel:
    """Return made-up sessions in eighths around 128; volume bursts, misses now and then, and the last row has none."""
    session = random_panel(seed, symbols=symbols, missing=missing, minutes=minutes, volatility=0.002)
    prices = {name: np.round(getattr(session, name) * 1.28 * 8) / 8 for name in ("open", "high", "low", "close")}
    random = np.random.default_rng(seed)
    shape = session.close.shape
    volume = np.where(random.random(shape) < 0.03, NAN, np.round(1000 * random.lognormal(0, 0.8, shape)))
    volume[-1] = NAN
    volume[~np.isfinite(session.close)] = NAN
    return dataclasses.replace(
        session, **prices, volume=volume, volume_source=(*session.volume_source[:-1], None), atr=np.full(symbols, 1.5)
    )


def naive(session: Panel) -> list[tuple[str, str, int, bool]]:
    """Return (symbol, side, minute, exhausted) the slow way: bar by bar, straight from the rule's text."""
    found = []
    for row, symbol in enumerate(session.symbols):
        bars = [m for m in range(session.minutes) if math.isfinite(session.close[row, m])]
        silent_until = {"long": 0, "short": 0}
        for i in range(21, len(bars)):
            o, h, low, c, v = (
                getattr(session, name)[row, bars[i]] for name in ("open", "high", "low", "close", "volume")
            )
            base, hour = bars[i - 20 : i], bars[max(0, i - 60) : i]
            volumes = [session.volume[row, b] for b in base if math.isfinite(session.volume[row, b])]
            average = sum(session.high[row, b] - session.low[row, b] for b in base) / 20
            if not volumes or not v > 3 * sum(volumes) / len(volumes) > 0 or not average > 0:
                continue
            up = c >= o
            wick = h - c if up else c - low
            tired = bool(wick > 1.2 * abs(c - o) or h - low > 1.8 * average)
            side = "long" if up != tired else "short"
            if bars[i] >= silent_until[side] and not any(session.volume[row, b] >= v for b in hour):
                silent_until[side] = bars[i] + 15
                found.append((symbol, side, bars[i], tired))
    return found


@pytest.mark.parametrize("missing", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("seed", range(4))
def test_the_arrays_say_what_a_plain_loop_says(seed: int, missing: float) -> None:
    session = a_loud_day(seed, symbols=10, missing=missing)

    found = [
        (d.symbol, d.direction, (d.bar_ts - OPEN_TS) // 60, d.signal["potentialExhaustion"]) for d in told(session)
    ]

    assert sorted(found) == sorted(naive(session))
    assert len({(direction, tired) for _, direction, _, tired in found}) == 4


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("seed", range(3))
def test_no_minute_depends_on_a_later_one(seed: int, missing: float) -> None:
    session = a_loud_day(seed, missing=missing, minutes=210)
    whole = told(session)

    for t in range(session.minutes + 1):
        assert told(session.until(t)) == [d for d in whole if d.bar_ts < session.ts(t)]
    assert whole


@given(st.integers(0, 10_000), st.sampled_from([0.25, 0.5, 2.0, 4.0, 1024.0]))
@settings(max_examples=25)
def test_prices_in_another_unit_change_no_verdict(seed: int, factor: float) -> None:
    # Powers of two: the multiplication itself must not round.
    session = a_loud_day(seed)
    prices = {name: getattr(session, name) * factor for name in ("open", "high", "low", "close", "atr")}
    scaled = dataclasses.replace(session, **prices)

    facts = [(d.key, d.bar_ts, d.score, d.signal["volumeRatio"]) for d in told(session)]

    assert [(d.key, d.bar_ts, d.score, d.signal["volumeRatio"]) for d in told(scaled)] == facts


@given(st.integers(0, 10_000), st.integers(-5_000, 5_000))
@settings(max_examples=25)
def test_another_day_changes_nothing_but_the_times(seed: int, days: int) -> None:
    session, shift = a_loud_day(seed, missing=0.02), 86_400 * days
    other = dataclasses.replace(session, open_ts=session.open_ts + shift)

    moved = [dataclasses.replace(d, bar_ts=d.bar_ts + shift, valid_until=d.valid_until + shift) for d in told(session)]

    assert said(volume_climax.find, other, close_ts=CLOSE_TS + shift)[0] == moved


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_a_market_upside_down_climaxes_the_other_way(seed: int) -> None:
    # But for a bar that closes where it opened: it counts as an up bar in both worlds, so here it is silent.
    session = a_loud_day(seed)
    session = dataclasses.replace(session, volume=np.where(session.open == session.close, NAN, session.volume))
    down = dataclasses.replace(
        session, open=256 - session.open, high=256 - session.low, low=256 - session.high, close=256 - session.close
    )
    other: dict[str, Direction] = {"long": "short", "short": "long"}

    mirrored = [(d.key._replace(direction=other[d.direction]), d.score) for d in told(down)]

    assert sorted(mirrored) == sorted((d.key, d.score) for d in told(session))


def test_whatever_the_day_plans_stand_in_order_and_numbers_are_numbers() -> None:
    count = 0
    for seed in range(30):
        session = a_loud_day(seed, symbols=12, missing=0.1 * (seed % 4), minutes=210)
        split = {name: getattr(session, name).copy() for name in ("open", "high", "low", "close")}
        for grid in split.values():
            grid[::3, 100:] /= 4
            grid[1::3, 60:120] = NAN
        for d in told(dataclasses.replace(session, **split, atr=np.where(np.arange(12) % 2, 1.5, NAN))):
            count += 1
            assert all(math.isfinite(value) for value in d.signal.values() if isinstance(value, int | float))
            if d.plan is not None:
                in_order = [d.plan.stop, d.plan.entry, *(target.price for target in d.plan.targets)]
                assert in_order == sorted(set(in_order), reverse=d.direction == "short")
            assert d.plan is not None or d.plan_rejected is not None
    assert count > 200
