from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from options_engine.pure.volatility_rank import rank, realised


def test_the_specifications_three_hundred_closes() -> None:
    index = np.arange(300)
    closes = 5000 + 3 * index + np.array([80, -45, 20])[index % 3]

    proxies = realised(closes.astype(np.float64))
    found = rank(0.21, proxies)

    assert len(proxies) == 280
    assert 100 * proxies.min() == pytest.approx(23.21, abs=5e-3)
    assert 100 * proxies.max() == pytest.approx(28.18, abs=5e-3)
    assert found is not None
    assert (found.rank, found.percentile, found.trend, found.days) == (0.0, 0.0, "falling", 252)


def test_a_volatility_that_never_changed_is_in_the_middle_of_itself() -> None:
    found = rank(0.2, np.full(60, 0.2))

    assert found is not None
    assert (found.rank, found.percentile, found.trend) == (50.0, 100.0, "stable")


def test_rank_and_percentile_by_hand() -> None:
    history = np.array([0.10, 0.12, 0.14, 0.16, 0.18, 0.20, 0.22, 0.24, 0.26, 0.50])

    found = rank(0.20, history)

    assert found is not None
    assert (found.low, found.high, found.days) == (0.10, 0.50, 10)
    assert found.rank == pytest.approx(25.0)
    assert found.percentile == pytest.approx(60.0)


@pytest.mark.parametrize(("current", "trend"), [(0.2201, "rising"), (0.21, "stable"), (0.1799, "falling")])
def test_the_trend_is_held_against_the_last_twenty(current: float, trend: str) -> None:
    history = np.concatenate([np.full(100, 0.9), np.tile([0.19, 0.21], 10)])

    found = rank(current, history)

    assert found is not None
    assert found.trend == trend


@pytest.mark.parametrize(
    ("current", "history"),
    [(0.2, np.full(9, 0.2)), (float("nan"), np.full(60, 0.2)), (0.2, np.array([]))],
)
def test_too_little_has_no_rank(current: float, history: np.ndarray) -> None:
    assert rank(current, history) is None


@given(
    current=st.floats(0.01, 3.0),
    history=arrays(np.float64, st.integers(10, 400), elements=st.floats(0.01, 3.0)),
)
def test_rank_and_percentile_equal_a_plain_count(current: float, history: np.ndarray) -> None:
    last = sorted(history.tolist()[-252:])

    found = rank(current, history)

    assert found is not None
    assert found.percentile == pytest.approx(
        100 * sum(each <= current * (1 + 1e-9) for each in last) / len(last), abs=0.5
    )
    if last[0] != last[-1] and last[-1] - last[0] > 1e-6:
        plain = 100 * (current - last[0]) / (last[-1] - last[0])
        assert found.rank == pytest.approx(min(max(plain, 0.0), 100.0), abs=1e-6)


def test_unknown_days_are_left_out() -> None:
    holed = np.array([np.nan, *np.linspace(0.1, 0.3, 21), np.nan])

    found = rank(0.2, holed)

    assert found is not None
    assert found.days == 21


@pytest.mark.parametrize("closes", [[], [100.0], [100.0] * 20])
def test_fewer_closes_than_a_window_have_no_realised_volatility(closes: list[float]) -> None:
    assert realised(np.array(closes)).tolist() == []
