from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.pure import break_retest, level_lines, tape
from detectors.pure.background import Background
from detectors.pure.detection import Detection
from market.pure.panel import Panel
from options_engine.pure.gex import GammaProfile
from tests.detectors.pure.reading import said
from tests.detectors.sessions import CLOSE_TS, NAN, OPEN_TS, Row, panel, random_panel

QUIET: Row = (99.6, 99.9, 99.3, 99.7, 900)
BREAK: Row = (99.8, 101, 99.7, 100.8, 2400)
RETEST: Row = (100.25, 100.35, 99.9, 100.3, 1200)
CONFIRM: Row = (100.5, 101.2, 100.4, 100.95, 1300)
GOLDEN = {20: BREAK, 22: RETEST, 34: CONFIRM}
PDH = {"PDH": 100.0}


def rows(events: Mapping[int, Row | None], *, base: Row = QUIET) -> list[Row | None]:
    """Return a session that ends with the last event."""
    return [events.get(bar, base) for bar in range(max(events) + 1)]


def down(session: list[Row | None]) -> list[Row | None]:
    """Return the session upside down around 100."""
    return [
        None if row is None else (*(round(200 - price, 6) for price in (row[0], row[2], row[1], row[3])), row[4])  # type: ignore[misc]
        for row in session
    ]


def of(
    session: list[Row | None],
    *,
    levels: Mapping[str, float] = PDH,
    profiles: tuple[GammaProfile, ...] = (),
    **options: object,
) -> list[Detection]:
    """Return what is said of one symbol's levels, its VWAP left out."""
    background = Background(levels={"SPY": levels}, profiles={"SPY": profiles})
    found, _ = said(break_retest.find, panel({"SPY": session}, **options), background=background)  # type: ignore[arg-type]
    return [each for each in found if each.fingerprint != "VWAP"]


def bars(found: list[Detection]) -> list[int]:
    return [(each.bar_ts - OPEN_TS) // 60 for each in found]


def changed(row: Row, **change: float) -> Row:
    names = dict(zip(("open", "high", "low", "close", "volume"), row, strict=True))
    return tuple((names | change).values())  # type: ignore[return-value]


def golden(**change: Row | None) -> list[Row | None]:
    """Return the golden session with bars replaced: b22=... is bar 22."""
    return rows({**GOLDEN, **{int(name[1:]): row for name, row in change.items()}})


def test_the_golden_doji() -> None:
    found, abstained = said(break_retest.find, panel({"SPY": golden()}), background=Background(levels={"SPY": PDH}))

    assert abstained == Counter()
    assert found == [
        Detection(
            symbol="SPY",
            setup_type="break_retest",
            direction="long",
            fingerprint="PDH:100.00",
            occurrence=1,
            variant=None,
            bar_ts=OPEN_TS + 34 * 60,
            score=74,
            price=100.95,
            description="SPY broke above PDH at 100.00, retested it with a doji on less volume and closed at 100.95",
            signal={
                "level": "PDH",
                "levelPrice": 100.0,
                "otherLevels": ["round"],
                "breakBar": "2026-02-09T14:50:00Z",
                "retestBar": "2026-02-09T14:52:00Z",
                "rejectionPattern": "doji",
                "tolerance": 0.6,
                "dedupeKey": "break_retest:long:PDH:100.00",
            },
            plan=found[0].plan,
            plan_rejected=None,
            volume_source="SPY",
            valid_until=CLOSE_TS,
        )
    ]
    plan = found[0].plan
    assert plan is not None
    assert (plan.entry, plan.stop, plan.target, plan.trigger) == (100.95, 98.6, 105.75, "retest_hold")


def test_the_golden_retest_that_rejects_nothing_is_no_signal() -> None:
    found, _ = said(
        break_retest.find,
        panel({"SPY": golden(b22=(100.6, 100.9, 99.95, 100.2, 1200))}),
        background=Background(levels={"SPY": PDH}),
    )

    assert found == []


def test_the_golden_session_upside_down() -> None:
    (found,) = of(down(golden()), levels={"PDL": 100.0})

    assert (found.direction, found.score, found.price, found.fingerprint) == ("short", 74, 99.05, "PDL:100.00")
    assert found.description == (
        "SPY broke below PDL at 100.00, retested it with a doji on less volume and closed at 99.05"
    )
    assert found.plan is not None
    assert (found.plan.stop, found.plan.target) == (101.4, 94.25)


# The tolerance is 0.6: a break closes above 100.12, a retest lies in 99.40 .. 100.60, a confirmation above 100.15.
TABLE = [
    ("a break closes beyond 0.2 T", {20: changed(BREAK, close=100.11)}, False),
    ("a break closes beyond 0.2 T", {20: changed(BREAK, close=100.12)}, False),
    ("a break closes beyond 0.2 T", {20: changed(BREAK, close=100.13)}, True),
    ("the close before lies on the level or below", {19: changed(QUIET, high=100.1, close=99.99)}, True),
    ("the close before lies on the level or below", {19: changed(QUIET, high=100.1, close=100)}, True),
    ("the close before lies on the level or below", {19: changed(QUIET, high=100.1, close=100.01)}, False),
    ("a retest comes within T, below", {22: changed(RETEST, low=99.39)}, False),
    ("a retest comes within T, below", {22: changed(RETEST, low=99.4)}, True),
    ("a retest comes within T, below", {22: changed(RETEST, low=99.41)}, True),
    ("a retest comes within T, above", {22: (100.9, 101.1, 100.59, 100.9, 1200)}, True),
    ("a retest comes within T, above", {22: (100.9, 101.1, 100.6, 100.9, 1200)}, True),
    ("a retest comes within T, above", {22: (100.9, 101.1, 100.61, 100.9, 1200)}, False),
    ("a retest has less volume", {22: changed(RETEST, volume=2399)}, True),
    ("a retest has less volume", {22: changed(RETEST, volume=2400)}, False),
    ("a retest has less volume", {22: changed(RETEST, volume=2401)}, False),
    ("a doji's body is 0.22 of its range at most", {22: (100, 100.45, 99.95, 100.1, 1200)}, True),
    ("a doji's body is 0.22 of its range at most", {22: (100, 100.45, 99.95, 100.11, 1200)}, True),
    ("a doji's body is 0.22 of its range at most", {22: (100, 100.45, 99.95, 100.12, 1200)}, False),
    ("a hammer's lower wick is longer than 1.5 bodies", {22: (100.2, 100.45, 99.91, 100.4, 1200)}, False),
    ("a hammer's lower wick is longer than 1.5 bodies", {22: (100.2, 100.45, 99.9, 100.4, 1200)}, False),
    ("a hammer's lower wick is longer than 1.5 bodies", {22: (100.2, 100.45, 99.89, 100.4, 1200)}, True),
    ("a long upper wick is no rejection of a break upwards", {22: (100.2, 100.8, 100.1, 100.4, 1200)}, False),
    ("a bar without a range is no candle", {22: (100.3, 100.3, 100.3, 100.3, 1200)}, False),
    ("a retest closes on the level or above", {22: changed(RETEST, open=100.05, close=100.01)}, True),
    ("a retest closes on the level or above", {22: changed(RETEST, open=100.05, close=100)}, True),
    ("a retest closes on the level or above", {22: changed(RETEST, open=100.05, close=99.99)}, False),
    ("only the first bar that comes back counts", {21: (100.3, 100.9, 99.9, 100.8, 1200)}, False),
    ("a confirmation closes beyond 0.25 T", {34: changed(CONFIRM, close=100.14)}, False),
    ("a confirmation closes beyond 0.25 T", {34: changed(CONFIRM, close=100.15)}, False),
    ("a confirmation closes beyond 0.25 T", {34: changed(CONFIRM, close=100.16)}, True),
    ("a close beyond T on the wrong side cancels", {28: changed(QUIET, close=99.41)}, True),
    ("a close beyond T on the wrong side cancels", {28: changed(QUIET, close=99.4)}, True),
    ("a close beyond T on the wrong side cancels", {28: changed(QUIET, close=99.39)}, False),
    ("also before the retest", {21: changed(QUIET, close=99.4)}, True),
    ("also before the retest", {21: changed(QUIET, close=99.39)}, False),
    ("a retest is 15 bars old at most", {34: QUIET, 36: CONFIRM}, True),
    ("a retest is 15 bars old at most", {34: QUIET, 37: CONFIRM}, True),
    ("a retest is 15 bars old at most", {34: QUIET, 38: CONFIRM}, False),
    ("minutes without a bar are no bars", {34: None, 35: None, 36: None, 37: None, 40: CONFIRM}, True),
]


@pytest.mark.parametrize("side", ["long", "short"])
@pytest.mark.parametrize(
    ("events", "fires"), [pytest.param(*row[1:], id=f"{row[0]} {i}") for i, row in enumerate(TABLE)]
)
def test_every_threshold(events: dict[int, Row | None], fires: bool, side: str) -> None:
    session = rows({**GOLDEN, **events})

    found = of(session if side == "long" else down(session))

    assert [each.direction for each in found] == [side] * fires


def test_the_wick_that_rejects_names_the_candle() -> None:
    hammer = golden(b22=(100.2, 100.45, 99.7, 100.4, 1200))

    patterns = [each.signal["rejectionPattern"] for session in (hammer, down(hammer)) for each in of(session)]

    assert patterns == ["hammer", "shooting_star"]


@pytest.mark.parametrize(("atr", "tolerance"), [(0.39, 0.06), (0.4, 0.06), (0.41, 0.06), (2.0, 0.3), (4.0, 0.6)])
def test_the_tolerance_is_0_15_atr_and_at_least_0_06_percent(atr: float, tolerance: float) -> None:
    # The retest's low lies on the level, every later close above it.
    session = rows(
        {20: BREAK, 22: changed(RETEST, open=100.2, low=100, close=100.25), 25: CONFIRM},
        base=(100.8, 101, 100.7, 100.9, 900),
    )
    session[:20] = [QUIET] * 20

    (found,) = of(session, atr=atr)

    assert found.signal["tolerance"] == tolerance


@pytest.mark.parametrize(("bar", "fires"), [(22, False), (23, True)])
def test_three_bars_follow_the_break(bar: int, fires: bool) -> None:
    # Shifted by ten bars, so that the session is long enough; every bar after the retest at 31 confirms.
    events = {30: BREAK, 31: RETEST, bar + 10: CONFIRM}

    assert bool(of(rows(events))) is fires


@pytest.mark.parametrize(("shift", "expected"), [(-11, [24]), (-10, [24]), (-9, [25]), (0, [34])])
def test_the_first_trigger_is_the_25th_bar(shift: int, expected: list[int]) -> None:
    session = rows({bar + shift: row for bar, row in GOLDEN.items()})
    session += [CONFIRM] * 3

    assert bars(of(session)) == expected


def test_the_retest_does_not_confirm_itself() -> None:
    # Bar 33 comes back and closes above 0.25 T, three bars after the break; bar 34 closes there as well.
    high: Row = (101, 101.3, 100.7, 101, 900)

    found = of(rows({30: BREAK, 31: high, 32: high, 33: RETEST, 34: CONFIRM}))

    assert bars(found) == [34]


@pytest.mark.parametrize(("bar", "fires"), [(78, True), (79, True), (80, False)])
def test_the_break_is_one_of_the_last_60_bars(bar: int, fires: bool) -> None:
    high: Row = (101, 101.3, 100.7, 101, 900)
    events = {20: BREAK, **dict.fromkeys(range(21, 70), high), 70: RETEST, bar: CONFIRM}

    assert bool(of(rows(events))) is fires


def test_it_is_told_once() -> None:
    found = of([*golden(), CONFIRM, CONFIRM, QUIET, CONFIRM])

    assert bars(found) == [34]


@pytest.mark.parametrize(("lost", "told"), [(99.41, [34]), (99.4, [34]), (99.39, [34, 59])])
def test_it_is_told_again_after_the_level_was_lost(lost: float, told: list[int]) -> None:
    again = {bar + 25: row for bar, row in GOLDEN.items()}

    found = of(rows({**GOLDEN, 40: changed(QUIET, close=lost), **again}))

    assert bars(found) == told
    assert [each.occurrence for each in found] == list(range(1, len(told) + 1))


def test_a_loss_before_it_was_told_does_not_count() -> None:
    again = {bar + 15: row for bar, row in GOLDEN.items()}

    found = of(rows({10: changed(QUIET, close=99), **GOLDEN, **again}))

    assert bars(found) == [34]


def test_of_levels_retested_by_one_bar_the_strongest_is_told() -> None:
    found = of(golden(), levels={"R1": 100.0, "PDC": 100.2})

    assert [each.signal["level"] for each in found] == ["PDC"]


def test_the_level_retested_last_is_told_before_a_stronger_one() -> None:
    # The low of bar 22 is a retest of 99.7 alone, that of bar 23 one of 100.2.
    session = golden(b20=changed(BREAK, open=99.4, low=99.3), b22=(99.5, 101, 99.45, 99.75, 1200))
    session[:20] = [(99.5, 99.6, 99.2, 99.5, 900)] * 20  # type: ignore[list-item]
    session[21] = (100.9, 101, 100.85, 100.9, 1000)
    session[23] = RETEST

    found = of(session, levels={"PDH": 99.7, "R2": 100.2})

    assert [(each.signal["level"], each.signal["retestBar"]) for each in found] == [("R2", "2026-02-09T14:53:00Z")]


@pytest.mark.parametrize(("weak", "others"), [(100.14, ["R1", "round"]), (100.15, ["round"]), (99.86, ["R1", "round"])])
def test_levels_nearer_than_0_25_t_are_one(weak: float, others: list[str]) -> None:
    (found,) = of(golden(), levels={"R1": weak, **PDH})

    assert (found.signal["level"], found.signal["otherLevels"]) == ("PDH", others)


def test_a_round_number_is_a_level() -> None:
    (found,) = of(golden(), levels={"PDL": 90.0})

    assert (found.fingerprint, found.signal["level"], found.signal["levelPrice"]) == ("round", "round", 100.0)
    assert "above the round number at 100.00" in found.description


def test_the_next_round_number_is_told_under_the_same_name() -> None:
    higher = [tuple(price + 5 for price in row[:4]) + row[4:] for row in golden() if row is not None]

    found = of([*golden(), *higher], levels={"PDL": 90.0})  # type: ignore[list-item]

    assert [(each.fingerprint, each.occurrence, each.signal["levelPrice"]) for each in found] == [
        ("round", 1, 100.0),
        ("round", 2, 105.0),
    ]


def test_vwap_is_a_level() -> None:
    # 20 bars at 99.6333, then the break; the retest's low touches the VWAP of its own bar.
    session = golden(
        b21=(100.8, 101, 100.7, 100.9, 900), b22=(100.2, 100.3, 99.8, 100.22, 1200), b23=CONFIRM, b24=CONFIRM
    )
    session[:20] = [(99.6, 99.9, 99.3, 99.5, 900)] * 20

    found, abstained = said(break_retest.find, panel({"SPY": session}, atr=2.0))

    assert [(each.fingerprint, each.signal["levelPrice"], bars([each])) for each in found] == [("VWAP", 99.86, [24])]
    assert "above its VWAP at 99.86" in found[0].description
    assert abstained == Counter({"no_levels": 1})


def profile(flip: float | None, *, minute: int = -30, strike: float = 300.0) -> GammaProfile:
    """Return a profile as it was known this many minutes into the session, its largest call strike far away."""
    return GammaProfile(
        as_of_ts=OPEN_TS + 60 * minute,
        spot=100.0,
        expiry=dt.date(2026, 2, 9),
        days_to_expiry=0,
        strikes=np.array([strike]),
        call_gex=np.array([5e6]),
        put_gex=np.array([1e6]),
        flip=flip,
    )


def test_the_gamma_flip_scores_10_more() -> None:
    (found,) = of(golden(), levels={}, profiles=(profile(100.0),))

    assert (found.fingerprint, found.score, found.signal["otherLevels"]) == ("GEX flip", 84, ["round"])
    assert found.description.startswith("SPY broke above the GEX flip at 100.00,")


def test_a_level_with_the_gamma_flip_on_it_scores_10_more() -> None:
    (found,) = of(golden(), profiles=(profile(100.14),))

    assert (found.fingerprint, found.score, found.signal["otherLevels"]) == ("PDH:100.00", 84, ["GEX flip", "round"])


def test_key_strikes_are_levels() -> None:
    (found,) = of(golden(), levels={"PP": 100.1}, profiles=(profile(None, strike=100.0),))

    assert (found.fingerprint, found.score) == ("call wall", 74)
    assert found.signal["otherLevels"] == ["max GEX strike", "PP", "round"]


@pytest.mark.parametrize(("flip", "fires"), [(99.4, True), (99.39, False), (None, False)])
def test_a_level_that_jumps_beyond_t_is_another_level(flip: float | None, fires: bool) -> None:
    # It is another one from bar 31 to 32; the nearer ones come back to where bar 34 confirms them.
    steps = (profile(100.0), profile(flip, minute=31), profile(100.0 if fires else flip, minute=33))

    found = [each for each in of(golden(), levels={"PDL": 90.0}, profiles=steps) if each.signal["level"] == "GEX flip"]

    assert bool(found) is fires


def test_price_breaks_a_level_and_not_the_level_price() -> None:
    # The flip falls from above the price to below it; no close crossed it.
    steps = (profile(103.0), profile(99.0, minute=21))

    assert of(rows({34: QUIET}), levels={}, profiles=steps) == []


def test_who_cannot_be_judged_is_counted() -> None:
    silent = [None if row is None else (*row[:4], NAN) for row in golden()]
    background = Background(levels={"QQQ": PDH})

    no_volume = said(break_retest.find, panel({"SPX": silent}, source=None), background=background)
    no_atr = said(break_retest.find, panel({"QQQ": golden(), "SPY": golden()}, atr=[NAN, 0.0]), background=background)
    no_levels = said(break_retest.find, panel({"QQQ": golden(), "SPY": [QUIET]}), background=background)

    assert no_volume == ([], Counter({"no_volume": 1}))
    assert no_atr == ([], Counter({"no_atr": 2}))
    assert [each.symbol for each in no_levels[0]] == ["QQQ"]
    assert no_levels[1] == Counter({"no_levels": 1})


@pytest.mark.parametrize("bar", [20, 22])
def test_a_break_or_retest_without_volume_is_not_judged(bar: int) -> None:
    row = changed(GOLDEN[bar], volume=NAN)

    found, abstained = said(
        break_retest.find, panel({"SPY": golden(**{f"b{bar}": row})}), background=Background(levels={"SPY": PDH})
    )

    assert found == []
    assert abstained == Counter({"no_volume": 1})


def test_an_index_with_its_proxys_volume_gives_the_golden_setup() -> None:
    (found,) = of(golden(), source="VOO")

    assert (found.volume_source, found.score) == ("VOO", 74)


def test_a_retest_without_trades_scores_the_most() -> None:
    (found,) = of(golden(b22=changed(RETEST, volume=0)))

    assert found.score == 84


@pytest.mark.parametrize("session", [[None] * 3, [QUIET] * 24, [None] * 400])
def test_a_session_that_is_too_short_says_nothing(session: list[Row | None]) -> None:
    assert of(session) == []


def noise(seed: int, *, missing: float = 0.0, symbols: int = 6, minutes: int = 390) -> tuple[Panel, Background]:
    """Return a driftless session with levels on both sides, gamma profiles for some, volumes missing here and there."""
    random = np.random.default_rng(seed)
    session = random_panel(seed, symbols=symbols, minutes=minutes, missing=missing)
    wicks = random.exponential(0.08, (2, *session.close.shape))  # long enough to reject
    session = replace(session, high=session.high + wicks[0], low=session.low - wicks[1])
    volume = np.where(random.random(session.volume.shape) < missing, NAN, session.volume)
    sources: list[str | None] = list(session.symbols)
    if missing:
        volume[1], sources[1] = NAN, None
    levels = {
        symbol: dict(zip(("PDH", "PDL", "PDC", "PP", "R1", "S1"), random.normal(100, 0.7, 6).tolist(), strict=True))
        for symbol in session.symbols[1:]
    }
    profiles = {symbol: _profiles(random) for symbol in session.symbols[2:4]}
    return (
        replace(session, volume=volume, volume_source=tuple(sources)),
        Background(levels=levels, profiles=profiles),
    )


def _profiles(random: np.random.Generator) -> tuple[GammaProfile, ...]:
    return tuple(
        profile(
            None if random.random() < 0.1 else 100 + round(float(random.normal(0, 0.2)), 2),
            minute=minute,
            strike=100 + float(random.integers(-1, 2)) / 4,
        )
        for minute in range(-20, 390, 30)
    )


def naive(session: Panel, background: Background) -> list[tuple[object, ...]]:
    """Return what is told the slow way: symbol by symbol, bar by bar, straight from the rule's text."""
    said: list[tuple[object, ...]] = []
    laid = tape.read(session, CLOSE_TS, background)
    for row, symbol in enumerate(session.symbols):
        if math.isfinite(session.atr[row]) and session.volume_source[row] is not None:
            for sign in (1, -1):
                said += _naive_side(_Market(laid, background, row), symbol, sign)
    return sorted(said)  # type: ignore[type-var]


class _Market:
    # One symbol's bars and, of each level, its price at each bar.

    def __init__(self, laid: tape.Tape, background: Background, row: int) -> None:
        symbol = laid.panel.symbols[row]
        n = int(laid.count[row])
        self.atr = float(laid.panel.atr[row])
        self.open, self.high, self.low, self.close, self.volume = (
            getattr(laid, name)[row, :n].tolist() for name in ("open", "high", "low", "close", "volume")
        )
        self.minute = laid.minute[row, :n].tolist()
        self.levels: dict[tuple[str, float], list[float]] = {
            (label, price): [price] * n for label, price in background.levels.get(symbol, {}).items()
        }
        self.levels |= {("round", float(price)): [float(price)] * n for price in range(5, 500, 5)}
        self.levels["VWAP", 0.0] = laid.vwap[row, :n].tolist()
        known = background.profiles.get(symbol, ())
        for label, name in zip(level_lines.GAMMA, ("flip", "call_wall", "put_wall", "max_strike"), strict=True):
            latest = [[p for p in known if p.as_of_ts <= OPEN_TS + 60 * (m + 1)][-1:] for m in self.minute]
            figures = [getattr(found[0], name) if found else None for found in latest]
            self.levels[label, 0.0] = [NAN if figure is None else figure for figure in figures]

    def near(self, level: float) -> float:
        return max(0.15 * self.atr, 0.0006 * level)

    def is_round_away(self, label: str, level: float, bar: int) -> bool:
        nearest = 5 * round(self.close[bar] / 5)
        return label == "round" and level not in (nearest - 5, nearest, nearest + 5)

    def outranked(self, name: tuple[str, float], bar: int) -> bool:
        level = self.levels[name][bar]
        stronger = [
            prices[bar]
            for (label, _), prices in self.levels.items()
            if level_lines.RANK[label] < level_lines.RANK[name[0]] and math.isfinite(prices[bar])
        ]
        return any(abs(price - level) < 0.25 * self.near(price) for price in stronger)

    def lost(self, prices: list[float], sign: int, bar: int) -> bool:
        level, near = prices[bar], self.near(prices[bar])
        return not abs(level - prices[bar - 1]) <= near or sign * self.close[bar] < sign * level - near

    def retest(self, prices: list[float], sign: int, i: int) -> int | None:
        for r in range(i + 1, min(i + 59, len(self.close))):
            level, near = prices[r], self.near(prices[r])
            if self.lost(prices, sign, r):
                return None
            if level - near <= (self.low if sign > 0 else self.high)[r] <= level + near:
                return r
        return None

    def rejects(self, level: float, sign: int, r: int) -> bool:
        body, span = abs(self.close[r] - self.open[r]), self.high[r] - self.low[r]
        ends = (self.open[r], self.close[r])
        wick = min(ends) - self.low[r] if sign > 0 else self.high[r] - max(ends)
        return (body <= 0.22 * span or wick > 1.5 * body) and sign * self.close[r] >= sign * level

    def trigger(self, name: tuple[str, float], sign: int, i: int) -> tuple[int, int] | None:
        """Return the bars that retest and confirm the break of bar i."""
        prices = self.levels[name]
        r = self.retest(prices, sign, i)
        if r is None or not self.rejects(prices[r], sign, r) or not self.volume[r] < self.volume[i]:
            return None
        for t in range(r + 1, min(r + 16, i + 60, len(self.close))):
            if self.lost(prices, sign, t):
                return None
            beyond = sign * self.close[t] > sign * prices[t] + 0.25 * self.near(prices[t])
            if beyond and t >= i + 3 and t >= 24 and not self.is_round_away(name[0], prices[t], t):
                return r, t
        return None


def _naive_side(market: _Market, symbol: str, sign: int) -> list[tuple[object, ...]]:
    found = []
    for name, prices in market.levels.items():
        for i in range(1, len(prices)):
            level = prices[i]
            if not abs(level - prices[i - 1]) <= market.near(level):
                continue
            broke = sign * market.close[i] > sign * level + 0.2 * market.near(level)
            if broke and sign * market.close[i - 1] <= sign * prices[i - 1]:
                done = market.trigger(name, sign, i)
                if done is not None and not market.outranked(name, done[1]):
                    found.append((done[1], -done[0], level_lines.RANK[name[0]], name, -i))
    said: list[tuple[object, ...]] = []
    told: dict[tuple[str, float], int] = {}
    times: Counter[str] = Counter()
    for t, r, _, name, i in sorted(found):
        prices = market.levels[name]
        fresh = name not in told or any(market.lost(prices, sign, bar) for bar in range(told[name] + 1, -i))
        if fresh and t not in told.values():
            told[name] = t
            mark = name[0] if name[0] in ("round", "VWAP", *level_lines.GAMMA) else f"{name[0]}:{name[1]:.2f}"
            times[mark] += 1
            retest = dt.datetime.fromtimestamp(OPEN_TS + 60 * market.minute[-r], dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            side = "long" if sign > 0 else "short"
            said.append((symbol, side, market.minute[t], mark, times[mark], retest))
    return said


@pytest.mark.parametrize("missing", [0.0, 0.05, 0.15])
@pytest.mark.parametrize("seed", range(4))
def test_the_arrays_say_what_a_plain_loop_says(seed: int, missing: float) -> None:
    session, background = noise(seed, missing=missing)

    found, _ = said(break_retest.find, session, background=background)

    told = [
        (d.symbol, d.direction, (d.bar_ts - OPEN_TS) // 60, d.fingerprint, d.occurrence, d.signal["retestBar"])
        for d in found
    ]
    assert sorted(told) == naive(session, background)
    assert len(told) > 5


@pytest.mark.parametrize(("seed", "missing"), [(0, 0.0), (2, 0.15)])
def test_nothing_said_of_a_bar_depends_on_later_ones(seed: int, missing: float) -> None:
    session, background = noise(seed, missing=missing, minutes=240)
    whole, _ = said(break_retest.find, session, background=background)

    for minutes in range(session.minutes):
        found, _ = said(break_retest.find, session.until(minutes), background=background)
        assert found == [each for each in whole if each.bar_ts < session.ts(minutes)]


@given(st.integers(0, 10_000), st.sampled_from([0.5, 0.25, 0.125]))
@settings(max_examples=20)
def test_prices_in_another_unit_change_no_verdict(seed: int, factor: float) -> None:
    # Close to 102.5 no round number is near, nor close to these fractions of it.
    session, background = noise(seed, symbols=3)
    names = ("open", "high", "low", "close")
    squeezed = {name: 102.5 + (getattr(session, name) - 100) / 5 for name in names}
    session = replace(session, **squeezed, atr=np.full(3, 0.5))
    scaled = replace(session, atr=session.atr * factor, **{name: getattr(session, name) * factor for name in names})

    facts = []
    for unit, each in ((1.0, session), (factor, scaled)):
        levels = {
            symbol: {label: unit * (102.5 + (price - 100) / 5) for label, price in prices.items()}
            for symbol, prices in background.levels.items()
        }
        found, _ = said(break_retest.find, each, background=Background(levels=levels))
        facts.append([(d.symbol, d.direction, d.signal["level"], d.occurrence, d.bar_ts, d.score) for d in found])

    assert facts[0] == facts[1]


@given(st.integers(0, 10_000), st.integers(-5_000, 5_000))
@settings(max_examples=15)
def test_another_day_changes_nothing_but_the_times(seed: int, days: int) -> None:
    session, background = noise(seed, missing=0.02, symbols=2)
    shift = 86_400 * days
    other = replace(session, open_ts=session.open_ts + shift)

    found, _ = said(break_retest.find, session, background=background)
    moved, _ = said(break_retest.find, other, background=background, close_ts=CLOSE_TS + shift)

    assert [(d.key, d.bar_ts + shift, d.score, d.plan, d.valid_until + shift) for d in found] == [
        (d.key, d.bar_ts, d.score, d.plan, d.valid_until) for d in moved
    ]


@given(st.integers(0, 10_000))
@settings(max_examples=20)
def test_a_market_upside_down_says_the_opposite(seed: int) -> None:
    # Prices in eighths around 100, so that the reflection is exact and round numbers meet round numbers.
    session, background = noise(seed, symbols=3)
    session = replace(session, atr=np.full(3, 1.5))
    eighths = {name: np.round(getattr(session, name) * 8) / 8 for name in ("open", "high", "low", "close")}
    up = replace(session, **eighths)
    down = replace(up, open=200 - up.open, high=200 - up.low, low=200 - up.high, close=200 - up.close)
    levels = {s: {label: round(8 * price) / 8 for label, price in of.items()} for s, of in background.levels.items()}
    mirrored = {s: {label: 200 - price for label, price in of.items()} for s, of in levels.items()}
    other = {"long": "short", "short": "long"}

    found, _ = said(break_retest.find, up, background=Background(levels=levels))
    turned, _ = said(break_retest.find, down, background=Background(levels=mirrored))

    assert sorted((d.symbol, d.direction, d.signal["level"], d.occurrence, d.bar_ts, d.score) for d in found) == sorted(  # type: ignore[type-var]
        (d.symbol, other[d.direction], d.signal["level"], d.occurrence, d.bar_ts, d.score) for d in turned
    )


@given(st.integers(0, 10_000))
@settings(max_examples=15)
def test_a_symbol_is_judged_alone(seed: int) -> None:
    session, background = noise(seed, missing=0.05, symbols=4)

    together, _ = said(break_retest.find, session, background=background)
    alone = [d for s in session.symbols for d in said(break_retest.find, session.only([s]), background=background)[0]]

    assert sorted(alone, key=lambda d: (d.bar_ts, d.key)) == together


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.1, 0.5]), st.sampled_from(["split", "halt", "half day"]))
@settings(max_examples=30)
def test_no_session_breaks_a_plan(seed: int, missing: float, event: str) -> None:
    session, background = noise(seed, missing=missing, minutes=210 if event == "half day" else 390)
    grids = {name: getattr(session, name).copy() for name in ("open", "high", "low", "close", "volume")}
    if event == "split":
        for name in ("open", "high", "low", "close"):
            grids[name][:, 150:] /= 4
    if event == "halt":
        for grid in grids.values():
            grid[:, 60:140] = NAN

    found, _ = said(break_retest.find, replace(session, **grids), background=background)

    for each in found:
        figures = (each.signal["levelPrice"], each.signal["tolerance"], each.price)
        assert all(isinstance(figure, float) and math.isfinite(figure) for figure in figures)
        assert len(each.description) <= 200
        assert 64 <= each.score <= 94
        if each.plan is not None:
            sign = 1 if each.direction == "long" else -1
            steps = [each.plan.stop, each.plan.entry, *(target.price for target in each.plan.targets)]
            assert sorted(steps, key=lambda price: sign * price) == steps
