from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.pure import gaps
from market.pure.bars import Bars
from tests.market.pure.series import DATA, NAN, from_frame, walks

DAY_S = 86_400


def days(rows: list[tuple[float, float, float, float]]) -> Bars:
    """Return daily bars of (open, high, low, close) rows."""
    full = [(DAY_S * i, *row, 1_000.0, NAN) for i, row in enumerate(rows)]
    return Bars.from_rows(np.array(full, dtype=np.float64).reshape(-1, 7))


def by_hand(bars: Bars, gap_pct: float) -> tuple[float | None, int]:
    """Count comparable gaps day by day, as the definition reads."""
    edges = (0.2, 0.5, 1.0, 2.0)
    filled = []
    for i in range(max(1, len(bars) - 250), len(bars)):
        before, opened = bars.close[i - 1], bars.open[i]
        pct = round(100 * (opened - before) / before, 9)
        same_class = sum(abs(pct) >= edge for edge in edges) == sum(abs(gap_pct) >= edge for edge in edges)
        if np.sign(pct) == np.sign(gap_pct) and same_class and abs(pct) <= 25:
            filled.append(bars.low[i] <= before if pct > 0 else bars.high[i] >= before)
    return (sum(filled) / len(filled) if filled else None), len(filled)


FIVE_DAYS = [
    (100, 101, 99, 100.0),
    (101, 102, 100.0, 101.5),  # +1 %, its low is the close before: filled
    (102.515, 103, 101.51, 102.0),  # +1 %, a cent short
    (100.98, 101.9, 100, 101.0),  # -1 %, ten cents short
    (99.99, 101.0, 99, 100.0),  # -1 %, its high is the close before: filled
]


def test_a_gap_is_filled_when_the_session_trades_at_the_close_before() -> None:
    found = gaps.history(days(FIVE_DAYS))

    assert found.pct.tolist() == [1.0, 1.0, -1.0, -1.0]
    assert found.filled.tolist() == [True, False, False, True]
    assert len(found) == 4


def test_the_rate_is_the_share_of_comparable_gaps() -> None:
    found = gaps.history(days(FIVE_DAYS))

    assert found.fill_rate(1.5) == (0.5, 2)
    assert found.fill_rate(-1.99) == (0.5, 2)


@pytest.mark.parametrize("gap_pct", [0.99, 2.0, -0.99, -2.0, 0.0, NAN])
def test_another_sign_or_class_has_no_rate(gap_pct: float) -> None:
    assert gaps.history(days(FIVE_DAYS)).fill_rate(gap_pct) == (None, 0)


@pytest.mark.parametrize(
    ("gap_pct", "found"),
    [(0.0, 0), (0.199, 0), (0.2, 1), (0.499, 1), (0.5, 2), (0.999, 2), (1.0, 3), (1.999, 3), (2.0, 4), (24.0, 4)],
)
def test_a_size_class_begins_at_its_edge(gap_pct: float, found: int) -> None:
    assert int(gaps.size_class(gap_pct)) == int(gaps.size_class(-gap_pct)) == found


@pytest.mark.parametrize(("opened", "before", "pct"), [(10.02, 10, 0.2), (9.98, 10, -0.2), (703.5, 700, 0.5)])
def test_a_gap_of_whole_cents_is_no_hair_off(opened: float, before: float, pct: float) -> None:
    assert gaps.size_pct(np.array([opened]), np.array([before])).tolist() == [pct]


def test_a_close_that_is_no_price_has_no_gap() -> None:
    opened, before = np.array([100, 100, 100, 100, NAN]), np.array([NAN, 0.0, -5.0, np.inf, 100.0])

    assert np.isnan(gaps.size_pct(opened, before)).all()


@pytest.mark.parametrize(("opened", "counted"), [(125.0, 1), (125.01, 0), (75.0, 1), (74.99, 0), (25.0, 0), (400.0, 0)])
def test_restated_prices_are_no_gap(opened: float, counted: int) -> None:
    found = gaps.history(days([(100, 101, 99, 100), (opened, opened + 1, opened - 1, opened)]))

    assert len(found) == counted


def test_only_the_last_250_sessions_count() -> None:
    # The close before the oldest of them is still read.
    old, recent = (103.0, 104, 99, 100.0), (101.0, 102, 100.5, 100.5)

    found = gaps.history(days([*[old] * 300, *[recent] * 249]))

    assert len(found) == 250
    assert found.fill_rate(3.0) == (1.0, 1)
    assert gaps.history(days([*[old] * 300, *[recent] * 250])).fill_rate(3.0) == (None, 0)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_days_have_no_gap(count: int) -> None:
    found = gaps.history(days(FIVE_DAYS[:count]))

    assert len(found) == 0
    assert found.fill_rate(1.0) == (None, 0) == gaps.GapHistory.empty().fill_rate(1.0)


def test_a_day_without_a_gap_belongs_to_neither_side() -> None:
    found = gaps.history(days([(100, 101, 99, 100), (100, 101, 99, 100)]))

    assert (found.pct.tolist(), found.fill_rate(0.1), found.fill_rate(-0.1)) == ([0.0], (None, 0), (None, 0))


@given(walks(least=2), st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.8, 1.0, 3.0]), st.sampled_from([-1, 1]))
@settings(max_examples=80)
def test_the_array_form_agrees_with_a_count_day_by_day(bars: Bars, size: float, sign: int) -> None:
    rate, count = gaps.history(bars).fill_rate(sign * size)

    expected_rate, expected_count = by_hand(bars, sign * size)
    assert count == expected_count
    assert rate == pytest.approx(expected_rate)


@pytest.mark.skipif(not (DATA / "lean_daily").is_dir(), reason="the data folder is not here")
def test_small_gaps_of_spy_fill_more_often_than_large_ones() -> None:
    frame = pd.read_parquet(DATA / "lean_daily" / "SPY.parquet")
    bars = from_frame(frame.assign(ts=pd.to_datetime(frame["date"], utc=True)))

    found = gaps.history(bars)

    rates = [found.fill_rate(gap_pct) for gap_pct in (0.1, 0.3, 0.7, 1.5)]
    assert [count for _, count in rates] == [27, 47, 40, 24]
    assert rates == sorted(rates, key=lambda each: each[0] or 0, reverse=True)
    assert [each[0] for each in rates] == pytest.approx([23 / 27, 33 / 47, 12 / 40, 2 / 24])
