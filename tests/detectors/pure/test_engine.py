from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from detectors.pure import engine
from detectors.pure.detection import Detection, Key
from market.pure.panel import Panel
from tests.detectors.sessions import CLOSE_TS, DATA, OPEN_TS, orb_long, panel, random_panel, real_days, stacked

REAL = pytest.mark.skipif(not (DATA / "bars_1min_2025_26").is_dir(), reason="the data folder is not here")


def assert_causal(session: Panel, minutes: Iterable[int], *, close_ts: int) -> None:
    """Hold what was said at some minutes against what the whole day says of them."""
    whole, _ = engine.detect(session, close_ts=close_ts)
    for t in minutes:
        so_far, _ = engine.detect(session.until(t), close_ts=close_ts)
        assert so_far == [d for d in whole if d.bar_ts < session.ts(t)], f"minute {t}"


def around(found: Iterable[Detection], session: Panel) -> set[int]:
    """Return the minutes at and next to each detection."""
    minutes = ((d.bar_ts - session.open_ts) // 60 for d in found)
    return {min(max(m + step, 0), session.minutes) for m in minutes for step in (0, 1, 2)}


@pytest.mark.parametrize("missing", [0.0, 0.04])
@pytest.mark.parametrize("seed", range(3))
def test_no_minute_of_a_made_up_day_depends_on_a_later_one(seed: int, missing: float) -> None:
    session = random_panel(seed, symbols=5, missing=missing)

    assert_causal(session, range(session.minutes + 1), close_ts=CLOSE_TS)


@REAL
def test_no_minute_of_25_real_days_depends_on_a_later_one() -> None:
    days = real_days()[::4][:25]
    session = stacked(days)

    assert_causal(session, range(session.minutes + 1), close_ts=session.ts(session.minutes))
    assert len(days) == 25


@REAL
def test_minutes_of_every_real_day_depend_on_no_later_one() -> None:
    random = np.random.default_rng(20260213)

    for session in real_days():
        close_ts = session.ts(session.minutes)
        whole, _ = engine.detect(session, close_ts=close_ts)
        minutes = {int(t) for t in random.integers(0, session.minutes + 1, 20)} | around(whole, session)
        assert_causal(session, sorted(minutes), close_ts=close_ts)
    assert len(real_days()) > 100


@REAL
def test_on_real_days_breakouts_are_rare_and_their_plans_stand_in_order() -> None:
    found = [d for day in real_days() for d in engine.detect(day, close_ts=day.ts(day.minutes))[0]]
    chosen = [d for d in found if d.variant == 15]

    assert 0.3 < len(chosen) / sum(len(day.symbols) for day in real_days()) < 3
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
    # Spec B-05: driftless sessions must not flood anybody; a trader hears of one period only.
    session = random_panel(11, symbols=100)

    found, _ = engine.detect(session, close_ts=CLOSE_TS)

    heard = sum(d.variant == 15 and d.trackable for d in found) / len(session.symbols)
    assert heard <= 4
    assert len(found) / len(session.symbols) <= 12


def test_ten_thousand_snapshots_hold_no_plan_out_of_order() -> None:
    # Spec B-11: 125 made-up sessions of 80 symbols each.
    count = 0
    for seed in range(125):
        session = random_panel(seed, symbols=80, minutes=60, missing=0.05 * (seed % 3), volatility=0.002)
        for d in engine.detect(session, close_ts=CLOSE_TS)[0]:
            count += 1
            if d.plan is None:
                assert d.plan_rejected is not None
                continue
            in_order = [d.plan.stop, d.plan.entry, *(target.price for target in d.plan.targets)]
            assert in_order == sorted(set(in_order), reverse=d.direction == "short")
            assert d.trackable == (d.plan.targets[-1].reward_points >= d.plan.risk_points)
            assert OPEN_TS < d.detected_ts < d.valid_until
    assert count > 10_000
