from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from detectors.pure import engine
from detectors.pure.background import Background
from detectors.pure.detection import Abstention, Key, Sighting
from detectors.pure.engine import Detector
from detectors.pure.lifecycle import TRACKING_DIRECTION, first_move
from detectors.pure.tape import Tape
from gallery.sessions import Day, random_walks, recorded, stacked
from options_engine.pure.gex import GammaProfile
from tests.detectors.sessions import CLOSE_TS, DATA, OPEN_TS, orb_long, panel, random_panel

MONDAY = dt.date(2026, 2, 9)

FOLDER = DATA / "bars_1min_2025_26"
REAL = pytest.mark.skipif(not FOLDER.is_dir(), reason="the data folder is not here")
PROFILE = GammaProfile(
    as_of_ts=OPEN_TS,
    spot=6000.0,
    expiry=dt.date(2026, 2, 9),
    days_to_expiry=0,
    strikes=np.arange(5900.0, 6101.0, 5),
    call_gex=np.linspace(1, 3, 41) * 1e8,
    put_gex=np.linspace(3, 1, 41) * 1e8,
    flip=5990.0,
)


def assert_causal(day: Day, minutes: Iterable[int]) -> None:
    """Read a session minute by minute, as a scan does, and hold what each adds against what the whole day says."""
    whole, _ = engine.detect(day.panel, close_ts=day.close_ts, background=day.background)
    known: set[Key] = set()
    for t in minutes:
        so_far, _ = engine.detect(day.panel.until(t), close_ts=day.close_ts, background=day.background, known=known)
        expected = [d for d in whole if d.bar_ts < day.panel.ts(t) and d.key not in known]
        assert so_far == expected, f"minute {t}"
        known |= {d.key for d in so_far}
    assert {d.key for d in whole} == known


def index_walk(seed: int) -> Day:
    """Return driftless sessions of SPX and NDX with their volumes lent and gamma profiles every five minutes."""
    day = random_walks(seed, symbols=2)
    factor = np.array([[12.0], [12.0]])
    grids = {name: getattr(day.panel, name) * factor for name in ("open", "high", "low", "close")}
    panel = replace(
        day.panel,
        symbols=("NDX", "SPX"),
        volume_source=("QQQ", "SPY"),
        atr=day.panel.atr * 12,
        prev_close=day.panel.prev_close * 12,
        **grids,
    )
    levels = {label: 12 * price for label, price in next(iter(day.background.levels.values())).items()}
    profiles = tuple(replace(PROFILE, as_of_ts=OPEN_TS + 300 * n, flip=5980.0 + n) for n in range(78))
    background = Background(
        levels=dict.fromkeys(panel.symbols, levels), profiles=dict.fromkeys(panel.symbols, profiles)
    )
    return Day(day.date, panel, background)


@pytest.mark.parametrize("missing", [0.0, 0.04])
@pytest.mark.parametrize("seed", range(2))
def test_no_minute_of_a_made_up_day_depends_on_a_later_one(seed: int, missing: float) -> None:
    panel = random_panel(seed, symbols=5, missing=missing)
    levels = {"PDH": 100.6, "PDL": 99.4, "PDC": 100.0, "R1": 100.7}
    day = Day(MONDAY, panel, Background(levels=dict.fromkeys(panel.symbols, levels)))

    assert_causal(day, range(panel.minutes + 1))


def test_no_minute_of_an_index_depends_on_a_later_one() -> None:
    day = index_walk(3)
    found, _ = engine.detect(day.panel, close_ts=day.close_ts, background=day.background)

    assert {"gamma_squeeze"} <= {d.setup_type for d in found}
    assert_causal(day, range(day.panel.minutes + 1))


@REAL
def test_no_real_day_depends_on_a_later_minute() -> None:
    days = recorded(FOLDER)

    # Each minute of every fourth day, and of each day every thirteenth: the whole square takes minutes.
    assert_causal(stacked(days[::4]), range(391))
    assert_causal(stacked(days), range(0, 391, 13))
    assert len(days) > 100


@REAL
def test_on_real_days_setups_are_few_and_their_plans_stand_in_order() -> None:
    day = stacked(recorded(FOLDER)[20:])
    found, _ = engine.detect(day.panel, close_ts=day.close_ts, background=day.background)

    heard = [d for d in found if d.variant in (None, 15) and d.trackable]
    assert 5 < len(heard) / len(day.panel.symbols) < 15
    assert {d.setup_type for d in found} >= {
        *("orb_breakout", "break_retest", "vwap_cross", "vwap_bounce", "vwap_deviation"),
        *("gap_fill", "volume_climax", "level_test"),
    }
    for d in found:
        if d.plan is not None:
            in_order = [d.plan.stop, d.plan.entry, d.plan.target]
            assert in_order == sorted(in_order, reverse=d.direction == "short")


def test_what_is_known_is_not_described_again() -> None:
    session = panel({"SPY": orb_long(), "QQQ": orb_long()})
    whole, _ = engine.detect(session, close_ts=CLOSE_TS)
    known = {d.key for d in whole if d.symbol == "SPY"}

    found, _ = engine.detect(session, close_ts=CLOSE_TS, known=known)

    assert [d.symbol for d in found] == ["QQQ", "QQQ"]


def test_detections_come_by_time_and_the_best_of_a_minute_first() -> None:
    found, _ = engine.detect(random_panel(7, symbols=20), close_ts=CLOSE_TS)

    order = [(d.bar_ts, -d.score) for d in found]
    assert order == sorted(order)


def test_a_key_names_a_setup_once_a_session() -> None:
    found, _ = engine.detect(random_panel(3, symbols=30, missing=0.02), close_ts=CLOSE_TS)

    assert len({d.key for d in found}) == len(found) > 50
    assert found[0].key == Key(*(getattr(found[0], name) for name in Key._fields))


def test_the_null_market_stays_quiet() -> None:
    # Spec B-05: driftless sessions must not flood anybody; a trader hears of one period only, six times at most.
    day = random_walks(11, symbols=200)

    found, abstained = engine.detect(day.panel, close_ts=day.close_ts, background=day.background)

    stored = Counter(d.symbol for d in found)
    assert max(stored.values()) <= engine.MOST_A_SESSION == 25
    assert stored.total() / 200 < 20
    # What a session does not hold is counted, and seldom: the rules are quiet by themselves.
    assert 0 < sum(n for (_, reason), n in abstained.items() if reason == "session_full") < 40


def test_nothing_of_a_full_session_comes_back_when_more_is_known() -> None:
    day = stacked([random_walks(seed, symbols=40) for seed in (11, 12)])
    found, _ = engine.detect(day.panel, close_ts=day.close_ts, background=day.background)
    full = {symbol for symbol, n in Counter(d.symbol for d in found).items() if n == engine.MOST_A_SESSION}
    known = {d.key for d in found}

    again, _ = engine.detect(day.panel, close_ts=day.close_ts, background=day.background, known=known)

    assert (again, bool(full)) == ([], True)


def test_no_plan_of_the_null_market_is_over_at_its_first_bar_without_a_touch() -> None:
    day = random_walks(5, symbols=200)
    found, _ = engine.detect(day.panel, close_ts=day.close_ts, background=day.background)
    rows = {symbol: row for row, symbol in enumerate(day.panel.symbols)}
    checked = 0
    for d in found:
        if d.plan is None or (column := (d.detected_ts - day.panel.open_ts) // 60) >= day.panel.minutes:
            continue
        row, up = rows[d.symbol], d.direction == "long"
        high, low = day.panel.high[row, column], day.panel.low[row, column]
        move = first_move(
            TRACKING_DIRECTION[d.direction],
            stop=d.plan.stop,
            target=d.plan.target,
            highs=day.panel.high[row, column : column + 1],
            lows=day.panel.low[row, column : column + 1],
        )
        touched = (low <= d.plan.stop or high >= d.plan.target) if up else (high >= d.plan.stop or low <= d.plan.target)
        assert (move is not None) == touched
        # The trigger bar's close lies between stop and target, so nothing was over before it began.
        assert min(d.plan.stop, d.plan.target) < d.price < max(d.plan.stop, d.plan.target)
        checked += 1
    assert checked > 1_000


def test_setups_that_trigger_together_name_each_other() -> None:
    day = random_walks(2, symbols=100)
    found, _ = engine.detect(day.panel, close_ts=day.close_ts, background=day.background)

    for d in found:
        near = [
            other
            for other in found
            if other.symbol == d.symbol
            and d.bar_ts - 300 < other.bar_ts <= d.bar_ts
            and other.setup_type != d.setup_type
        ]
        assert d.confluence == tuple(sorted({o.setup_type for o in near if o.direction == d.direction}))
        assert d.opposed == tuple(sorted({o.setup_type for o in near if o.direction != d.direction}))
    assert sum(bool(d.confluence) for d in found) > 20
    assert sum(bool(d.opposed) for d in found) > 20


def test_a_detector_that_breaks_silences_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(tape: Tape) -> Iterator[Sighting | Abstention]:
        yield Abstention(tape.panel.symbols[0], "broken", "never counted")
        raise ZeroDivisionError

    monkeypatch.setattr(engine, "REGISTRY", (Detector("bad", ("bad",), broken), *engine.REGISTRY))

    found, abstained = engine.detect(panel({"SPY": orb_long()}), close_ts=CLOSE_TS)

    assert [d.setup_type for d in found] == ["orb_breakout"] * 2
    assert abstained["bad", "broken"] == 1
    assert not any(reason == "never counted" for _, reason in abstained)


def test_ten_thousand_snapshots_hold_no_plan_out_of_order() -> None:
    # Spec B-11: 125 made-up sessions of 80 symbols each.
    count = 0
    for seed in range(125):
        session = random_panel(seed, symbols=80, minutes=60, missing=0.05 * (seed % 3), volatility=0.002)
        for d in engine.detect(session, close_ts=CLOSE_TS)[0]:
            count += 1
            if d.plan is None:
                assert d.plan_rejected is not None or d.fingerprint == "full"
                continue
            in_order = [d.plan.stop, d.plan.entry, *(target.price for target in d.plan.targets)]
            assert in_order == sorted(set(in_order), reverse=d.direction == "short")
            pays = d.plan.targets[-1].reward_points >= d.plan.risk_points
            assert d.trackable == (pays and d.plan_rejected != engine.OUT_OF_REACH)
            assert OPEN_TS < d.detected_ts < d.valid_until
    assert count > 10_000
