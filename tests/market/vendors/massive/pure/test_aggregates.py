from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.vendors.massive.pure.aggregates import days, minutes, newest_minute
from market.vendors.massive.pure.wire import Bar

OPEN = int(datetime(2026, 2, 9, 14, 30, tzinfo=UTC).timestamp())
FAR = OPEN + 10**6


def bar(minute: int, close: float | None = 101.0, **fields: object) -> Bar:
    given = {"o": 100.0, "h": 102.0, "l": 99.0, "c": close, "v": 500.0, "vw": 100.5} | fields
    return Bar(t=1000 * (OPEN + 60 * minute), **given)


def test_rows_become_bars_by_their_left_edge() -> None:
    bars = minutes([bar(0), bar(1)], known_s=FAR)

    assert bars.ts.tolist() == [OPEN, OPEN + 60]
    assert bars.rows()[0].tolist() == [OPEN, 100.0, 102.0, 99.0, 101.0, 500.0, 100.5]


def test_an_index_has_neither_volume_nor_vwap() -> None:
    bars = minutes([bar(0, v=None, vw=None)], known_s=FAR)

    assert np.isnan(bars.volume).all()
    assert np.isnan(bars.vwap).all()


@pytest.mark.parametrize(("known", "told"), [(119, 1), (120, 2), (59, 0), (60, 1)])
def test_a_minute_is_told_when_it_is_over(known: float, told: int) -> None:
    assert len(minutes([bar(0), bar(1)], known_s=OPEN + known)) == told


@pytest.mark.parametrize(
    "fields",
    [
        {"otc": True},
        {"o": None},
        {"h": 100.5, "close": 101.0},  # the close above the high
        {"l": 100.5},  # the open below the low
        {"l": 0.0},
        {"close": -1.0},
        {"close": float("nan")},
        {"h": float("inf")},
    ],
)
def test_what_is_no_bar_is_dropped(fields: dict[str, object]) -> None:
    assert minutes([bar(0, **fields), bar(1)], known_s=FAR).ts.tolist() == [OPEN + 60]


def test_rows_are_sorted_and_the_later_of_equals_stands() -> None:
    bars = minutes([bar(1), bar(0), bar(1, 101.5)], known_s=FAR)

    assert bars.ts.tolist() == [OPEN, OPEN + 60]
    assert bars.close.tolist() == [101.0, 101.5]


@given(st.sets(st.sampled_from(["o", "h", "l", "c", "v", "vw"])))
def test_what_is_missing_is_never_zero(missing: set[str]) -> None:
    row = Bar(t=1000 * OPEN, **{name: 100.0 for name in ("o", "h", "l", "c", "v", "vw") if name not in missing})

    bars = minutes([row], known_s=FAR)

    assert len(bars) == (not missing & {"o", "h", "l", "c"})
    assert not (bars.rows() == 0).any()


def test_daily_bars_of_stock_and_index_stand_at_the_same_midnights() -> None:
    dates = [date(2026, 3, 6), date(2026, 3, 9)]
    stock = [Bar(t=1000 * int(datetime(2026, 3, 6, 5, tzinfo=UTC).timestamp()), o=1, h=1, l=1, c=1, v=7)]
    stock += [Bar(t=1000 * int(datetime(2026, 3, 9, 4, tzinfo=UTC).timestamp()), o=1, h=1, l=1, c=1, v=7)]
    index = [Bar(t=row.t + 3_600_000, o=2, h=2, l=2, c=2) for row in stock]

    assert days(stock, dates).ts.tolist() == days(index, dates).ts.tolist()
    assert days(stock, dates[:1]).ts.tolist() == [int(datetime(2026, 3, 6, 5, tzinfo=UTC).timestamp())]


def test_the_newest_minute_may_be_forming_but_has_begun() -> None:
    assert newest_minute(bar(0), now_s=OPEN + 10).ts.tolist() == [OPEN]
    assert len(newest_minute(bar(0), now_s=OPEN - 1)) == 0


@pytest.mark.parametrize("row", [None, Bar(), Bar(t=0, o=0, h=0, l=0, c=0, v=0, av=0), bar(0, 0.0, o=0, h=0, l=0)])
def test_zeros_of_the_night_are_no_minute(row: Bar | None) -> None:
    assert len(newest_minute(row, now_s=FAR)) == 0
