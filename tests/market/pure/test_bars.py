from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.pure.bars import Bars

NAN = float("nan")


def row(ts: float, close: float = 100.0, **other: float) -> list[float]:
    values = {"open": close, "high": close, "low": close, "close": close, "volume": 10.0, "vwap": NAN, **other}
    return [ts, *values.values()]


def of(*rows: list[float]) -> Bars:
    return Bars.from_rows(np.array(rows, dtype=np.float64).reshape(-1, 7))


def test_rows_are_sorted_and_the_later_of_two_with_one_time_stands() -> None:
    bars = of(row(120, 3), row(60, 1), row(60, 2))

    assert bars.ts.tolist() == [60, 120]
    assert bars.close.tolist() == [2, 3]


@pytest.mark.parametrize(
    "broken",
    [
        row(60, NAN),
        row(60, 0.0),
        row(60, -1.0),
        row(60, 100, high=99.0),
        row(60, 100, low=101.0),
        row(60, 100, high=float("inf")),
        row(NAN, 100),
    ],
)
def test_a_row_that_is_no_bar_is_dropped(broken: list[float]) -> None:
    assert len(of(broken, row(120))) == 1


def test_missing_volume_stays_missing() -> None:
    assert np.isnan(of(row(60, volume=NAN)).volume).all()


def test_packing_keeps_every_number() -> None:
    bars = of(row(60, 100.125, volume=NAN), row(120, 3, vwap=2.5))

    again = Bars.unpack(bars.pack())

    np.testing.assert_array_equal(again.rows(), bars.rows())
    assert again.ts.dtype == np.int64


def test_what_was_appended_twice_or_out_of_order_is_unpacked_once_and_in_order() -> None:
    first, second = of(row(60, 1), row(120, 2)), of(row(180, 3))

    bars = Bars.unpack(second.pack() + first.pack() + second.pack())

    assert bars.ts.tolist() == [60, 120, 180]


def test_half_a_row_is_refused() -> None:
    with pytest.raises(ValueError, match="buffer size"):
        Bars.unpack(of(row(60)).pack()[:-1])


def test_empty_bars_pack_to_nothing_and_back() -> None:
    assert Bars.empty().pack() == b""
    assert len(Bars.unpack(b"")) == 0


def test_cuts_are_by_left_edge() -> None:
    bars = of(row(60), row(120), row(180))

    assert bars.until(120).ts.tolist() == [60, 120]
    assert bars.until(59).ts.tolist() == []
    assert bars.between(60, 180).ts.tolist() == [60, 120]


def test_extending_takes_the_others_minutes() -> None:
    bars = of(row(60, 1), row(120, 2)).extended(of(row(120, 9), row(180, 3)))

    assert bars.close.tolist() == [1, 9, 3]
    assert of(row(60)).extended(Bars.empty()).ts.tolist() == [60]


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(0, 2_000_000_000), st.floats(0.01, 1e6), st.floats(0, 1e9)),
        max_size=30,
        unique_by=lambda drawn: drawn[0],
    )
)
def test_any_bars_survive_packing(drawn: list[tuple[int, float, float]]) -> None:
    bars = of(*[row(ts, close, volume=volume) for ts, close, volume in drawn])

    np.testing.assert_array_equal(Bars.unpack(bars.pack()).rows(), bars.rows())
    assert (np.diff(bars.ts) > 0).all()
