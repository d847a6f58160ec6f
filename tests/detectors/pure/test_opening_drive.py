from __future__ import annotations

import dataclasses
import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.pure import opening_drive
from detectors.pure.detection import Detection
from market.pure.panel import GRIDS, Panel
from tests.detectors.pure.reading import said
from tests.detectors.sessions import CLOSE_TS, NAN, OPEN_TS, Row, panel, random_panel

CALM: Row = (100, 100.5, 99.5, 100, 1000)
PRICES = ("open", "high", "low", "close")
LAST = 22  # the 23rd bar, the first that may complete a drive


def of(session: Panel) -> list[Detection]:
    return said(opening_drive.find, session)[0]


def drive(
    close: float = 101,
    *,
    volume: float = 1200,
    at: int = LAST,
    atr: float = 4.0,
    vwap: float = NAN,
    bars: dict[int, Row | None] | None = None,
    **options: object,
) -> Panel:
    """Return a session of calm bars whose last one, at minute `at`, leaves the range; some bars may be others."""
    rows: list[Row | None] = [*[CALM] * at, (100, max(close, 100.5), min(close, 99.5), close, volume)]
    for minute, row in (bars or {}).items():
        rows[minute] = row
    session = panel({"SPX": rows}, atr=atr, **options)  # type: ignore[arg-type]
    return dataclasses.replace(session, vwap=np.full(session.close.shape, vwap))


def golden(symbol: str, *, base: float, atr: float, vwap: float, sign: int) -> Panel:
    """Return the specification's drive: a range 20.4 wide from `base`, then steps away from it, the last 14.6 on."""
    far, edge = base, base + sign * 20.4
    first = edge + sign * 0.4
    rows: list[Row] = [(far, max(far, edge), min(far, edge), edge - sign * 8, 1000)] * 15
    rows += [(first, first + 1, first - 1, first + sign * step, 1000) for step in range(7)]
    last = first + sign * 14.6
    rows.append((last, last + 1, last - 1, last, 2700))
    session = panel({symbol: rows}, atr=atr, source={"SPX": "SPY", "NDX": "QQQ"}[symbol])
    return dataclasses.replace(session, vwap=np.full(session.close.shape, vwap))


def test_the_golden_spx_drive_up() -> None:
    (found,) = of(golden("SPX", base=5998.2, atr=35, vwap=6027.6, sign=1))

    assert found == Detection(
        symbol="SPX",
        setup_type="spx_opening_drive",
        direction="long",
        fingerprint="15:long",
        occurrence=1,
        variant=None,
        bar_ts=OPEN_TS + LAST * 60,
        score=83,
        price=6033.6,
        description=(
            "SPX rose 0.42 ATR since its 15-minute opening range and closed above the high at 6,018.60 "
            "on 2.70x SPY's recent volume"
        ),
        signal={
            "orbPeriodMinutes": 15,
            "orbHigh": 6018.6,
            "orbLow": 5998.2,
            "orbWidth": 20.4,
            "vwapPrice": 6027.6,
            "volumeRatio": 2.7,
            "trendExtensionAtr": 0.42,
            "dedupeKey": "spx_opening_drive:long:15:6018.60:5998.20",
        },
        plan=found.plan,
        plan_rejected=None,
        volume_source="SPY",
        valid_until=CLOSE_TS,
    )
    assert found.plan is not None
    assert (found.plan.stop, found.plan.target, found.plan.trigger) == (6006.35, 6080.85, "drive_continues_up")
    assert found.plan.horizon_minutes is None


def test_the_golden_ndx_drive_down() -> None:
    (found,) = of(golden("NDX", base=21001.8, atr=90, vwap=20972.4, sign=-1))

    assert (found.setup_type, found.direction, found.score, found.price) == ("ndx_opening_drive", "short", 81, 20966.4)
    assert (found.signal["orbHigh"], found.signal["orbLow"]) == (21001.8, 20981.4)
    assert (found.signal["vwapPrice"], found.signal["trendExtensionAtr"]) == (20972.4, -0.16)
    assert found.description == (
        "NDX fell 0.16 ATR since its 15-minute opening range and closed below the low at 20,981.40 "
        "on 2.70x QQQ's recent volume"
    )
    assert found.plan is not None
    assert (found.plan.stop, found.plan.target, found.plan.trigger) == (21012.9, 20844.9, "drive_continues_down")


def test_the_stop_lies_beyond_the_vwap_where_that_is_the_worse_of_the_two() -> None:
    (found,) = of(drive(vwap=100.25, atr=2))

    # The range reaches 100.50; the buffer is 0.35 ATR.
    assert found.plan is not None
    assert found.plan.stop == 99.55


def test_a_wide_range_sets_the_target() -> None:
    (found,) = of(drive(atr=1))

    # The range is 1.00 wide, 0.9 ATR are 0.90: the target lies 1.50 away.
    assert found.plan is not None
    assert found.plan.target == 102.5


@pytest.mark.parametrize(("close", "fires"), [(100.49, False), (100.5, False), (100.51, True)])
def test_a_drive_up_closes_above_the_range(close: float, fires: bool) -> None:
    assert bool(of(drive(close, atr=2))) is fires


@pytest.mark.parametrize(("close", "fires"), [(99.51, False), (99.5, False), (99.49, True)])
def test_a_drive_down_closes_below_the_range(close: float, fires: bool) -> None:
    assert bool(of(drive(close, atr=2))) is fires


@pytest.mark.parametrize(("close", "fires"), [(100.99, False), (101, False), (101.01, True)])
def test_a_drive_up_closes_above_the_vwap(close: float, fires: bool) -> None:
    assert bool(of(drive(close, vwap=101))) is fires


@pytest.mark.parametrize(("close", "fires"), [(99.01, False), (99, False), (98.99, True)])
def test_a_drive_down_closes_below_the_vwap(close: float, fires: bool) -> None:
    assert bool(of(drive(close, vwap=99))) is fires


@pytest.mark.parametrize(
    ("close", "fires"), [(100.74, False), (100.75, True), (100.76, True), (99.26, False), (99.25, True), (99.24, True)]
)
def test_it_has_run_0_15_atr_since_the_first_close_after_the_range(close: float, fires: bool) -> None:
    assert bool(of(drive(close, atr=5))) is fires


def test_the_run_is_measured_from_the_first_bar_after_the_range_that_exists() -> None:
    (found,) = of(drive(at=24, bars={15: None, 16: (100, 100.5, 99.5, 100.2, 1000)}))

    assert found.signal["trendExtensionAtr"] == 0.2  # 0.8 of 4


@pytest.mark.parametrize(("volume", "fires"), [(1199, False), (1200, True), (1201, True)])
def test_its_volume_is_1_2_times_the_baseline(volume: float, fires: bool) -> None:
    assert bool(of(drive(volume=volume))) is fires


@pytest.mark.parametrize(("minute", "counts"), [(14, False), (15, True), (34, True), (35, False)])
def test_the_baseline_is_the_20_bars_up_to_the_sixth_before(minute: int, counts: bool) -> None:
    loud: Row = (100, 100.5, 99.5, 100, 21_000)  # doubles the mean of 20

    (found,) = of(drive(at=40, volume=4000, bars={minute: loud}))

    assert found.signal["volumeRatio"] == (2.0 if counts else 4.0)


def test_a_baseline_without_volume_never_fires() -> None:
    still: Row = (100, 100.5, 99.5, 100, 0)

    assert of(drive(bars=dict.fromkeys(range(22), still))) == []


@pytest.mark.parametrize(("known", "fires"), [(4, False), (5, True), (6, True)])
def test_five_bars_of_the_baseline_need_a_volume(known: int, fires: bool) -> None:
    unknown: Row = (100, 100.5, 99.5, 100, NAN)

    found, abstained = said(opening_drive.find, drive(bars=dict.fromkeys(range(17 - known), unknown)))

    assert bool(found) is fires
    assert abstained == Counter({} if fires else {"no_volume": 1})


@pytest.mark.parametrize(("at", "fires"), [(21, False), (22, True), (23, True)])
def test_the_23rd_bar_is_the_first_to_complete_a_drive(at: int, fires: bool) -> None:
    assert bool(of(drive(at=at))) is fires


def test_missing_minutes_make_the_23rd_bar_later() -> None:
    assert of(drive(at=23, bars={3: None, 18: None})) == []
    assert len(of(drive(at=24, bars={3: None, 18: None}))) == 1


@pytest.mark.parametrize(("at", "fires"), [(73, True), (74, True), (75, False)])
def test_a_drive_closes_within_60_minutes_after_the_range(at: int, fires: bool) -> None:
    assert bool(of(drive(at=at))) is fires


@pytest.mark.parametrize(("low", "fires"), [(99.26, True), (99.25, True), (99.24, False)])
def test_a_low_may_fall_back_by_a_twentieth_of_the_atr(low: float, fires: bool) -> None:
    assert bool(of(drive(atr=5, bars={19: (100, 100.5, low, 100, 1000)}))) is fires


@pytest.mark.parametrize(("high", "fires"), [(100.74, True), (100.75, True), (100.76, False)])
def test_a_high_may_rise_back_by_as_much_before_a_drive_down(high: float, fires: bool) -> None:
    assert bool(of(drive(99, atr=5, bars={19: (100, high, 99.5, 100, 1000)}))) is fires


@pytest.mark.parametrize(("more", "fires"), [(-0.001, True), (0.0, True), (0.001, False)])
def test_with_a_small_atr_a_low_may_fall_back_by_a_twentieth_of_a_percent(more: float, fires: bool) -> None:
    low = 99.5 - 0.0005 * 102.0 - more

    assert bool(of(drive(102, atr=0.5, bars={19: (100, 100.5, low, 100, 1000)}))) is fires


@pytest.mark.parametrize(
    ("minute", "fires"), [(16, True), (17, True), (18, False), (19, False), (20, False), (21, False), (22, True)]
)
def test_the_five_bars_before_are_held_against_each_other_alone(minute: int, fires: bool) -> None:
    # A low that falls back, and stays there: the one comparison that fails is with the bar before it.
    lower: dict[int, Row | None] = dict.fromkeys(range(minute, 22), (100, 100.5, 99, 100, 1000))
    last: Row = (100, 101, 99, 101, 1200)

    assert bool(of(drive(bars={**lower, LAST: last}))) is fires


def test_a_low_is_held_against_the_one_before_it_not_the_first() -> None:
    slipping = {m: (100.0, 100.5, 99.5 - 0.2 * (m - 17), 100.0, 1000.0) for m in range(18, 22)}

    assert len(of(drive(atr=5, bars={**slipping}))) == 1


def test_a_side_is_told_once_in_a_session() -> None:
    out, back = (100, 101, 99.5, 101, 5000), (100, 100.5, 99.5, 100, 1000)
    again: dict[int, Row | None] = {30: out, 31: out, **dict.fromkeys(range(32, 45), back), 45: out}

    (found,) = of(drive(at=60, bars=again))

    assert (found.bar_ts, found.occurrence) == (OPEN_TS + 30 * 60, 1)


def test_both_sides_may_drive_in_one_session() -> None:
    found = of(drive(99, at=60, bars={30: (100, 101, 99.5, 101, 5000)}))

    assert [(each.direction, each.fingerprint) for each in found] == [("long", "15:long"), ("short", "15:short")]


def test_a_bar_that_was_too_quiet_does_not_spend_the_side() -> None:
    (found,) = of(drive(at=30, bars={29: (100, 101, 99.5, 101, 1100)}))

    assert found.bar_ts == OPEN_TS + 30 * 60


@pytest.mark.parametrize(
    ("volume", "extension", "score"),
    [
        (1200, 0.25, 70),  # 68 + 0 + 2
        (1500, 0.25, 76),  # 68 + 6 + 2
        (1800, 0.25, 82),  # 68 + 12 + 2
        (9000, 0.25, 82),
        (1200, 1.25, 78),  # 68 + 0 + 10
        (9000, 2.0, 90),
    ],
)
def test_the_score_adds_volume_and_extension_up_to_a_point(volume: float, extension: float, score: int) -> None:
    (found,) = of(drive(100 + 4 * extension, volume=volume))

    assert found.score == score


def test_other_symbols_are_none_of_its_business() -> None:
    session = drive()

    for other in ("SPY", "RUT", "AAPL"):
        assert said(opening_drive.find, dataclasses.replace(session, symbols=(other,))) == ([], Counter())
    silent = dataclasses.replace(session, symbols=("RUT",), volume_source=(None,), atr=np.array([NAN]))
    assert said(opening_drive.find, silent) == ([], Counter())


@pytest.mark.parametrize(
    ("session", "reason"),
    [
        (drive(source=None), "no_volume"),
        (drive(volume=NAN), "no_volume"),
        (drive(volume=math.inf), "no_volume"),
        (drive(atr=NAN), "no_atr"),
        (drive(atr=0.0), "no_atr"),
        (drive(at=30, bars=dict.fromkeys((1, 4, 9, 14))), "thin_range_15m"),
        (drive(bars=dict.fromkeys(range(15), (100, 100, 100, 100, 900))), "flat_range_15m"),
    ],
)
def test_what_cannot_be_judged_abstains(session: Panel, reason: str) -> None:
    assert said(opening_drive.find, session) == ([], Counter({reason: 1}))


def test_12_minutes_of_the_range_are_enough() -> None:
    assert len(of(drive(at=30, bars=dict.fromkeys((1, 4, 9))))) == 1


def test_only_a_bar_that_could_have_been_a_drive_needs_a_volume() -> None:
    unknown: Row = (100, 100.5, 99.5, 100, NAN)

    found, abstained = said(opening_drive.find, drive(at=40, bars={30: unknown, 31: unknown}))

    assert (len(found), abstained) == (1, Counter())


@pytest.mark.parametrize("minutes", [0, 1, 14, 15, 22])
def test_a_young_session_says_nothing(minutes: int) -> None:
    assert said(opening_drive.find, drive().until(minutes)) == ([], Counter())


def index_day(seed: int, *, drift: float = 0.0, missing: float = 0.0) -> Panel:
    """Return sessions of SPX and NDX that run one way, so that some of them drive."""
    session = random_panel(seed, symbols=2, minutes=120, missing=missing)
    factor = np.exp(drift * np.arange(session.minutes))
    return dataclasses.replace(
        session,
        symbols=("NDX", "SPX"),
        volume_source=("QQQ", "SPY"),
        atr=np.array([1.25, 1.5]),
        **{name: getattr(session, name) * factor for name in PRICES},
    )


def naive(session: Panel) -> list[tuple[str, str, int]]:
    """Return (symbol, side, minute) the slow way: bar by bar, straight from the rule's text."""
    told = []
    for row, symbol in enumerate(session.symbols):
        bars = [m for m in range(session.minutes) if math.isfinite(session.close[row, m])]
        high, low, close, volume = (getattr(session, name)[row] for name in ("high", "low", "close", "volume"))
        opening, after = [m for m in bars if m < 15], [m for m in bars if m >= 15]
        top, bottom, atr = max(high[opening]), min(low[opening]), session.atr[row]
        for side, sign, edge, line in (("long", 1, top, low), ("short", -1, bottom, high)):
            for i, m in enumerate(bars[:75]):
                if i < 22 or m > 74 or len(opening) < 12:
                    continue
                so_far = bars[: i + 1]
                typical = (high[so_far] + low[so_far] + close[so_far]) / 3
                vwap = (typical * volume[so_far]).sum() / volume[so_far].sum()
                tolerance = max(0.05 * atr, 0.0005 * close[m])
                five = [sign * line[b] for b in bars[i - 5 : i]]
                if (
                    sign * close[m] > max(sign * edge, sign * vwap)
                    and sign * (close[m] - close[after[0]]) / atr >= 0.15
                    and all(now >= before - tolerance for before, now in pairwise(five))
                    and volume[m] >= 1.2 * np.mean(volume[bars[max(i - 25, 0) : i - 5]])
                ):
                    told.append((symbol, side, m))
                    break
    return sorted(told)


@pytest.mark.parametrize("missing", [0.0, 0.08])
def test_the_arrays_say_what_a_plain_loop_says(missing: float) -> None:
    told: list[tuple[str, str, int]] = []
    for seed in range(15):
        session = index_day(seed, drift=[-1e-4, 0, 1e-4][seed % 3], missing=missing)
        found = [(d.symbol, d.direction, (d.bar_ts - OPEN_TS) // 60) for d in of(session)]
        assert sorted(found) == naive(session), seed
        told += found
    assert {side for _, side, _ in told} == {"long", "short"}
    assert len(told) > 15


@pytest.mark.parametrize("missing", [0.0, 0.05])
@pytest.mark.parametrize("seed", range(4))
def test_no_minute_depends_on_a_later_one(seed: int, missing: float) -> None:
    session = index_day(seed, drift=1e-4, missing=missing)
    whole = of(session)

    for t in range(session.minutes + 1):
        assert of(session.until(t)) == [d for d in whole if d.bar_ts < session.ts(t)], t


@given(st.integers(0, 10_000), st.sampled_from([0.25, 2.0, 64.0]))
@settings(max_examples=25)
def test_prices_in_another_unit_change_no_verdict(seed: int, factor: float) -> None:
    # Powers of two: the multiplication itself must not round.
    session = index_day(seed, drift=1e-4)
    prices = {name: getattr(session, name) * factor for name in PRICES}
    scaled = dataclasses.replace(session, **prices, atr=session.atr * factor)

    assert [(d.key, d.bar_ts, d.score) for d in of(scaled)] == [(d.key, d.bar_ts, d.score) for d in of(session)]


@given(st.integers(0, 10_000), st.integers(-5_000, 5_000))
@settings(max_examples=15)
def test_another_day_changes_nothing_but_the_times(seed: int, days: int) -> None:
    session, shift = index_day(seed, drift=-1e-4), 86_400 * days
    other = dataclasses.replace(session, open_ts=session.open_ts + shift)

    moved = [dataclasses.replace(d, bar_ts=d.bar_ts + shift, valid_until=d.valid_until + shift) for d in of(session)]

    assert said(opening_drive.find, other, close_ts=CLOSE_TS + shift)[0] == moved


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_a_market_upside_down_drives_the_other_way(seed: int) -> None:
    # Prices in eighths around 128 and ATRs whose twentieth exceeds 0.05 % of price, so that the reflection is exact.
    session = index_day(seed, drift=1e-4)
    eighths = {name: np.round(getattr(session, name) * 8) / 8 for name in PRICES}
    session = dataclasses.replace(session, **eighths, atr=np.array([2.0, 2.5]))
    down = dataclasses.replace(
        session, open=256 - session.open, high=256 - session.low, low=256 - session.high, close=256 - session.close
    )
    other = {"long": "short", "short": "long"}

    straight = [(d.symbol, d.direction, d.bar_ts, d.score) for d in of(session)]

    assert sorted((d.symbol, other[d.direction], d.bar_ts, d.score) for d in of(down)) == sorted(straight)


@pytest.mark.parametrize("seed", range(20))
def test_odd_sessions_neither_fail_nor_say_what_is_no_number(seed: int) -> None:
    session = index_day(seed, drift=2e-4, missing=0.02)
    random = np.random.default_rng(seed)
    grids = {name: getattr(session, name).copy() for name in GRIDS}
    grids["volume"][:, random.integers(0, 120, 30)] = NAN
    for name in PRICES:
        grids[name][0, random.integers(16, 60)] /= 4  # a split that nobody adjusted
        grids[name][1, 30:45] = NAN  # a halt

    found = of(dataclasses.replace(session, **grids))

    for each in found:
        numbers = [value for value in each.signal.values() if isinstance(value, float)]
        assert all(map(math.isfinite, numbers))
        assert len(each.description) <= 200
        if each.plan is not None:
            order = [each.plan.stop, each.plan.entry, *(target.price for target in each.plan.targets)]
            assert order == sorted(order, reverse=each.direction == "short")
