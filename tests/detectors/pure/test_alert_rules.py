from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.pure.alert_rules import (
    BASELINE_BARS,
    AlertType,
    Evidence,
    Firing,
    Reason,
    Rule,
    evidence,
    first_firing,
    is_met,
    multiple_of,
    volume_ratios,
)
from market.pure.bars import Bars
from tests.detectors.sessions import NAN, OPEN_TS, Row, as_bars

CALM: Row = (99, 99.2, 98.9, 99, 900)


def seen(*bars: tuple[float, float, float], previous: float = NAN, ratio: float = NAN) -> Evidence:
    """Return evidence of (high, low, close) a bar; `previous` stands before the first one."""
    high, low, close = (np.array(column, dtype=np.float64) for column in zip(*bars, strict=True))
    return Evidence(
        ts=OPEN_TS + 60 * np.arange(len(bars)),
        high=high,
        low=low,
        close=close,
        previous=np.concatenate([[previous], close[:-1]]),
        ratio=np.full(len(bars), ratio),
    )


@pytest.mark.parametrize(
    ("alert_type", "bar", "firing"),
    [
        # The high must be above the target, not at it; where the bar closes does not matter.
        ("price_above", (100.00, 99.0, 99.5), None),
        ("price_above", (100.01, 99.0, 99.5), (Reason.TRADED_ABOVE, 100.01)),
        ("price_above", (99.99, 99.0, 99.99), None),
        ("price_above", (104.0, 101.0, 102.0), (Reason.TRADED_ABOVE, 104.0)),
        ("price_below", (101.0, 100.00, 100.5), None),
        ("price_below", (101.0, 99.99, 100.5), (Reason.TRADED_BELOW, 99.99)),
        ("price_below", (101.0, 100.01, 100.01), None),
        # Within 0.5 %, the edge not included; whichever side it comes from.
        ("level_approach", (99.50, 99.0, 99.1), None),
        ("level_approach", (99.51, 99.0, 99.1), (Reason.CAME_NEAR, 99.51)),
        ("level_approach", (102.0, 100.50, 101.0), None),
        ("level_approach", (102.0, 100.49, 101.0), (Reason.CAME_NEAR, 100.49)),
        ("level_approach", (101.0, 99.0, 100.9), (Reason.CAME_NEAR, 100.0)),
    ],
)
def test_price_at_below_and_above_each_threshold(
    alert_type: AlertType, bar: tuple[float, float, float], firing: tuple[Reason, float] | None
) -> None:
    found = first_firing(Rule(alert_type, 100.0), seen(bar))

    assert found == (Firing(0, *firing) if firing else None)


@pytest.mark.parametrize(
    ("tolerance", "high", "fires"),
    [(0.1, 99.90, False), (0.1, 99.91, True), (2.0, 98.0, False), (2.0, 98.01, True), (None, 99.5, False)],
)
def test_an_alert_may_say_how_near_is_near(tolerance: float | None, high: float, fires: bool) -> None:
    rule = Rule("level_approach", 100.0, tolerance_pct=tolerance)

    assert bool(first_firing(rule, seen((high, 97.0, 97.5)))) is fires


@pytest.mark.parametrize("target", [5904.1, 187.33, 0.37, 21_544.45, 3.3])
def test_a_price_on_the_edge_is_no_approach_whatever_its_binary_digits(target: float) -> None:
    edge = float(f"{target * 0.995:.8f}")
    rule = Rule("level_approach", target)

    assert first_firing(rule, seen((edge, edge / 2, edge))) is None
    assert first_firing(rule, seen((np.nextafter(edge, math.inf), edge / 2, edge))) is not None


@pytest.mark.parametrize(
    ("previous", "armed", "close", "reason"),
    [
        # From one side to at least 0.05 % beyond the level on the other.
        (99.9, NAN, 100.04, None),
        (99.9, NAN, 100.05, Reason.BROKE_UP),
        (99.9, NAN, 103.0, Reason.BROKE_UP),
        (100.1, NAN, 99.96, None),
        (100.1, NAN, 99.95, Reason.BROKE_DOWN),
        (100.1, NAN, 97.0, Reason.BROKE_DOWN),
        # Proximity is no break, and neither is going on where it stands already.
        (99.9, NAN, 99.99, None),
        (100.2, NAN, 100.4, None),
        (99.8, NAN, 99.6, None),
        # A close exactly on the level stands on neither side.
        (100.0, NAN, 100.3, None),
        (100.0, NAN, 99.7, None),
        # Crossed in small steps: the price when it was armed still stands on the other side.
        (100.02, 99.9, 100.06, Reason.BROKE_UP),
        (99.98, 100.1, 99.94, Reason.BROKE_DOWN),
        (100.02, 100.1, 100.06, None),
        # The first bar of a day, after a gap through the level over night.
        (NAN, 99.0, 101.0, Reason.BROKE_UP),
        (NAN, 101.0, 99.0, Reason.BROKE_DOWN),
        (NAN, 100.0, 101.0, None),
        (NAN, NAN, 101.0, None),
        # Back from a poke that was no break is no break either.
        (99.97, 101.0, 100.2, None),
        (100.03, 99.0, 99.8, None),
        # Where it stood on the level when it was armed, the close before says which side it came from.
        (99.9, 100.0, 100.05, Reason.BROKE_UP),
    ],
)
def test_a_level_breaks_by_closes(previous: float, armed: float, close: float, reason: Reason | None) -> None:
    bar = (max(close, 100.4), min(close, 99.6), close)

    found = first_firing(Rule("level_break", 100.0, armed_price=armed), seen(bar, previous=previous))

    assert found == (Firing(0, reason, close) if reason else None)


@pytest.mark.parametrize(
    ("closes", "bar"),
    [
        ([99.9, 101.0], 1),  # a gap through
        ([99.9, 100.02, 99.9], None),  # touched, and returned
        ([99.98, 100.02, 99.97, 100.04, 99.99], None),  # oscillating inside of the band
        ([99.98, 100.02, 99.97, 100.05, 99.9], 3),  # and out of it
    ],
)
def test_paths_across_a_level_break_it_once_or_not_at_all(closes: list[float], bar: int | None) -> None:
    rule = Rule("level_break", 100.0, armed_price=99.5)

    found = first_firing(rule, seen(*((close + 0.5, close - 0.5, close) for close in closes)))

    assert (found.bar if found else None) == bar


@pytest.mark.parametrize(
    ("target", "multiple"),
    [(0.5, 2.0), (1.0, 2.0), (1.001, 1.001), (1.5, 1.5), (2.2, 2.2), (20.0, 20.0), (20.001, 2.0), (5_904.0, 2.0)],
)
def test_a_target_that_cannot_be_a_multiple_stands_for_two(target: float, multiple: float) -> None:
    rule = Rule("volume_spike", target)

    assert multiple_of(target) == multiple
    assert first_firing(rule, seen((1, 1, 1), ratio=multiple)) == Firing(0, Reason.VOLUME_SPIKE, 1)
    assert first_firing(rule, seen((1, 1, 1), ratio=np.nextafter(multiple, 0))) is None
    assert first_firing(rule, seen((1, 1, 1), ratio=NAN)) is None


@pytest.mark.parametrize(("volume", "fires"), [(2_199, False), (2_200, True), (2_201, True)])
def test_volume_at_below_and_above_the_multiple_of_the_twenty_bars_before(volume: float, fires: bool) -> None:
    rows: list[Row] = [(100, 101, 99, 100, 500 if n % 2 else 1_500) for n in range(BASELINE_BARS)]
    bars = as_bars([(100, 101, 99, 100, 90_000), *rows, (100, 101, 99, 100, volume)])

    found = first_firing(Rule("volume_spike", 2.2), evidence(bars, OPEN_TS + 21 * 60))

    assert bool(found) is fires


class TestVolumeRatios:
    def test_a_hand_checked_ratio(self) -> None:
        ratios = volume_ratios(np.array([*range(100, 2_100, 100), 2_100.0, 525.0]))

        # The mean of 100..2000 is 1,050; that of 200..2100 is 1,150.
        assert np.isnan(ratios[:20]).all()
        assert ratios[20:].tolist() == [2.0, 525 / 1_150]

    @pytest.mark.parametrize("bars", [0, 1, 20])
    def test_twenty_bars_before_are_needed(self, bars: int) -> None:
        assert np.isnan(volume_ratios(np.full(bars, 900.0))).all()

    def test_bars_without_volume_are_neither_judged_nor_counted(self) -> None:
        volume = np.full(25, 100.0)
        volume[[3, 4]] = NAN
        volume[24] = 300.0
        volume[23] = NAN

        ratios = volume_ratios(volume)

        assert np.isnan(ratios[:22]).all()
        assert ratios[22] == 1.0
        assert np.isnan(ratios[23])
        assert ratios[24] == 3.0

    def test_a_symbol_without_volume_or_without_trades_has_no_ratio(self) -> None:
        assert np.isnan(volume_ratios(np.full(30, NAN))).all()
        assert np.isnan(volume_ratios(np.array([0.0] * 20 + [900.0]))).all()

    def test_later_bars_change_nothing(self) -> None:
        volume = np.random.default_rng(3).uniform(0.1, 9e8, 120)

        whole = volume_ratios(volume)

        assert all(np.array_equal(volume_ratios(volume[:n]), whole[:n], equal_nan=True) for n in range(120))


def test_evidence_starts_where_it_is_told_and_knows_what_came_before() -> None:
    bars = as_bars([(100, 101, 99, 100.0 + n, 900) for n in range(30)])

    found = evidence(bars, OPEN_TS + 28 * 60)

    assert found.ts.tolist() == [OPEN_TS + 28 * 60, OPEN_TS + 29 * 60]
    assert found.previous.tolist() == [127.0, 128.0]
    assert found.ratio.tolist() == [1.0, 1.0]
    assert len(evidence(bars, OPEN_TS + 30 * 60)) == 0
    assert len(evidence(Bars.empty(), 0)) == 0
    assert math.isnan(evidence(bars, 0).previous[0])


def test_the_first_of_several_bars_that_fire_counts() -> None:
    found = first_firing(Rule("price_above", 100.0), seen((99, 98, 99), (101, 98, 99), (105, 98, 99)))

    assert found == Firing(1, Reason.TRADED_ABOVE, 101.0)


@pytest.mark.parametrize(
    ("alert_type", "price", "met"),
    [
        ("price_above", 100.0, False),
        ("price_above", 100.01, True),
        ("price_below", 100.0, False),
        ("price_below", 99.99, True),
        ("level_approach", 99.5, False),
        ("level_approach", 99.51, True),
        ("level_approach", 100.5, False),
        ("level_break", 100.05, False),
        ("level_break", 99.0, False),
        ("volume_spike", 100.0, False),
    ],
)
def test_what_a_single_price_can_meet(alert_type: AlertType, price: float, met: bool) -> None:
    assert is_met(Rule(alert_type, 100.0), price) is met


prices = st.floats(90, 110).map(lambda price: round(price, 2))


@given(
    alert_type=st.sampled_from(["price_above", "price_below", "level_approach", "level_break"]),
    target=prices,
    armed=prices,
    path=st.lists(st.tuples(prices, st.floats(0, 2), st.floats(0, 2)), min_size=1, max_size=8),
)
def test_a_mirrored_market_fires_the_mirrored_alert_at_the_same_bar(
    alert_type: Any, target: float, armed: float, path: list[tuple[float, float, float]]
) -> None:
    bars = [(close + up, close - down, close) for close, up, down in path]
    mirror = {"price_above": "price_below", "price_below": "price_above"}

    found = first_firing(Rule(alert_type, target, armed_price=armed), seen(*bars))
    mirrored = first_firing(
        Rule(mirror.get(alert_type, alert_type), target, armed_price=2 * target - armed),
        seen(*((2 * target - low, 2 * target - high, 2 * target - close) for high, low, close in bars)),
    )

    close_to_an_edge = any(
        abs(abs(price - target) - target * share) < 1e-6
        for bar in bars
        for price in bar
        for share in (0, 0.0005, 0.005)
    )
    assert close_to_an_edge or (found and found.bar) == (mirrored and mirrored.bar)
