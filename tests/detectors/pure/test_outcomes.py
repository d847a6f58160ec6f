from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.pure.outcomes import Outcome, resolve
from market.pure.bars import Bars

Ohlc = tuple[float, float, float, float]


def bars(*rows: Ohlc) -> Bars:
    full = [(60 * i, *row, 100, np.nan) for i, row in enumerate(rows)]
    return Bars.from_rows(np.array(full, dtype=np.float64).reshape(-1, 7))


def long(*rows: Ohlc) -> Outcome:
    """Resolve a plan to buy at 100, risk 2, for a target of 104."""
    return resolve("long", entry=100, stop=98, target=104, bars=bars(*rows))


def test_a_target_that_is_touched_first_wins() -> None:
    outcome = long((100.2, 101, 99, 100.5), (100.5, 102, 100, 101.5), (101.5, 104.5, 101, 104.2))

    assert outcome == Outcome(
        verdict="win",
        reason="target_reached",
        exit_price=104,
        exit_bar_ts=120,
        realized_r=1.9,
        mfe_r=1.9,
        mae_r=-0.6,
        bars_to_resolution=3,
    )


def test_a_stop_that_is_touched_first_loses() -> None:
    outcome = long((100, 103, 99.5, 102), (102, 102.5, 97.5, 98))

    assert outcome == Outcome(
        verdict="loss",
        reason="stop_loss_hit",
        exit_price=98,
        exit_bar_ts=60,
        realized_r=-1,
        mfe_r=1.5,
        mae_r=-1,
        bars_to_resolution=2,
    )


def test_a_bar_that_touches_both_loses() -> None:
    assert long((100, 105, 97, 101)).verdict == "loss"


def test_neither_touched_expires_at_the_last_close() -> None:
    outcome = long((100, 101, 99, 100.5), (100.5, 102, 100, 101))

    assert (outcome.verdict, outcome.reason) == ("expired", "time")
    assert (outcome.exit_price, outcome.realized_r) == (101, 0.5)
    assert (outcome.mfe_r, outcome.mae_r) == (1.0, -0.5)
    assert outcome.bars_to_resolution == 2


def test_without_a_bar_after_the_trigger_there_was_no_trade() -> None:
    assert long() == Outcome("expired", "no_bars")


def test_a_gap_beyond_the_stop_fills_at_the_open() -> None:
    outcome = long((100, 100.5, 99, 100), (97, 97.5, 96, 97))

    assert (outcome.exit_price, outcome.realized_r) == (97, -1.5)


def test_a_gap_beyond_the_target_fills_at_the_open() -> None:
    outcome = long((100, 100.5, 99, 100), (105, 106, 104.5, 105))

    assert (outcome.exit_price, outcome.realized_r) == (105, 2.5)


def test_an_entry_that_opens_beyond_the_stop_gains_and_loses_nothing_more() -> None:
    outcome = long((97, 97.5, 96, 97))

    assert (outcome.verdict, outcome.realized_r, outcome.bars_to_resolution) == ("loss", 0.0, 1)


rows = st.lists(
    st.tuples(st.floats(95, 105), st.floats(95, 105), st.floats(0, 2), st.floats(0, 2)), min_size=1, max_size=20
)


def sane(raw: list[tuple[float, float, float, float]]) -> list[Ohlc]:
    return [(o, max(o, c) + up, min(o, c) - down, c) for o, c, up, down in raw]


@given(rows)
def test_a_short_is_the_mirror_of_a_long(raw: list[tuple[float, float, float, float]]) -> None:
    up = sane(raw)
    down = [(200 - o, 200 - low, 200 - high, 200 - c) for o, high, low, c in up]

    bought = resolve("long", entry=100, stop=98, target=104, bars=bars(*up))
    sold = resolve("short", entry=100, stop=102, target=96, bars=bars(*down))

    assert (sold.verdict, sold.bars_to_resolution) == (bought.verdict, bought.bars_to_resolution)
    assert sold.realized_r == pytest.approx(bought.realized_r, abs=0.011)
    assert sold.mfe_r == pytest.approx(bought.mfe_r, abs=0.011)
    assert sold.mae_r == pytest.approx(bought.mae_r, abs=0.011)


@given(rows)
def test_the_result_lies_between_the_worst_and_the_best_point(raw: list[tuple[float, float, float, float]]) -> None:
    outcome = long(*sane(raw))

    assert outcome.mae_r is not None
    assert outcome.mfe_r is not None
    assert outcome.realized_r is not None
    assert outcome.mae_r <= outcome.realized_r <= outcome.mfe_r
    assert outcome.mae_r <= 0 <= outcome.mfe_r


@given(rows, st.lists(st.tuples(st.floats(95, 105), st.floats(95, 105), st.floats(0, 2), st.floats(0, 2)), max_size=5))
def test_bars_after_the_exit_change_nothing(raw: list, later: list) -> None:
    outcome = long(*sane(raw))

    if outcome.verdict != "expired":
        assert long(*sane(raw), *sane(later)) == outcome
