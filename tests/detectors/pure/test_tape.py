from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.pure import tape
from market.pure.panel import Panel
from tests.detectors.sessions import CLOSE_TS, NAN, QUIET, Row, panel, random_panel

FIGURES = ("vwap", "sigma", "five_minute_atr")


def test_missing_minutes_are_pushed_out_and_every_bar_keeps_its_minute() -> None:
    read = tape.read(panel({"A": [QUIET, None, (1, 2, 1, 1.5, 7)], "B": [QUIET] * 3}), CLOSE_TS)

    assert read.count.tolist() == [2, 3]
    assert read.minute[0, :2].tolist() == [0, 2]
    assert read.close[0, :2].tolist() == [100, 1.5]
    assert np.isnan(read.close[0, 2])
    assert read.ts(0, 1) == read.panel.open_ts + 120


def test_a_session_without_holes_is_not_copied() -> None:
    whole = panel({"A": [QUIET] * 3, "B": [QUIET] * 2})

    read = tape.read(whole, CLOSE_TS)

    assert np.shares_memory(read.close, whole.close)
    assert read.count.tolist() == [3, 2]


def test_a_session_without_bars_is_an_empty_tape() -> None:
    read = tape.read(panel({"A": [None, None]}), CLOSE_TS)

    assert read.close.shape == (1, 0)


def test_the_mean_volume_of_a_stretch_leaves_out_bars_without_volume() -> None:
    sums = tape.VolumeSums.of(np.array([[1.0, NAN, 3.0, 8.0], [NAN, NAN, NAN, NAN]]))
    rows = np.array([0, 0, 0, 1])

    means = sums.mean(rows, np.array([0, 2, 1, 0]), np.array([3, 4, 2, 4]))

    assert means.tolist()[:2] == [2.0, 5.5]
    assert np.isnan(means[2:]).all()


def test_minutes_are_counted_by_the_clock() -> None:
    assert tape.minutes_present(panel({"A": [QUIET, None, QUIET, QUIET]}), 3).tolist() == [2]


def one(rows: list[Row | None], name: str) -> list[float]:
    """Return a figure of each bar of one symbol."""
    figure: list[float] = getattr(tape.read(panel({"A": rows}), CLOSE_TS), name)[0].tolist()
    return figure


def test_the_vwap_weighs_typical_prices_up_to_each_bar() -> None:
    # Typical prices 10, 13 and 7.
    rows: list[Row | None] = [(10, 11, 9, 10, 100), None, (12, 15, 12, 12, 300), (7, 8, 6, 7, 400)]

    assert one(rows, "vwap") == pytest.approx([10, 12.25, 9.625])


def test_sigma_weighs_the_distance_of_closes_from_that_vwap() -> None:
    # Not from the mean of the closes, which is 11.5 after the second bar.
    rows: list[Row | None] = [(10, 11, 9, 10, 100), (12, 15, 12, 12, 300)]

    assert one(rows, "sigma") == pytest.approx([0, math.sqrt((2.25**2 + 3 * 0.25**2) / 4)])


def test_what_the_vendor_says_a_bar_traded_at_goes_before_its_typical_price() -> None:
    rows: list[Row | None] = [(10, 11, 9, 10, 100), (12, 15, 12, 12, 300)]
    session = dataclasses.replace(panel({"A": rows}), vwap=np.array([[NAN, 14.0]]))

    assert tape.read(session, CLOSE_TS).vwap[0].tolist() == pytest.approx([10, 13])


@pytest.mark.parametrize("volume", [NAN, math.inf, -math.inf, 0.0])
def test_a_bar_without_volume_moves_neither_vwap_nor_sigma(volume: float) -> None:
    rows: list[Row | None] = [(10, 11, 9, 10, volume), (10, 11, 9, 10, 100), (50, 60, 40, 50, volume)]

    vwap, sigma = one(rows, "vwap"), one(rows, "sigma")

    assert (vwap[1:], sigma[1:]) == ([10, 10], [0, 0])
    assert np.isnan([vwap[0], sigma[0]]).all()


def test_a_symbol_without_volume_has_no_vwap() -> None:
    rows: list[Row | None] = [(10, 11, 9, 10, NAN)] * 3

    assert np.isnan([one(rows, "vwap"), one(rows, "sigma")]).all()


def test_equal_prices_have_no_sigma_at_the_height_of_an_index() -> None:
    flat: Row = (24_999.9, 24_999.9, 24_999.9, 24_999.9, 777)

    assert max(one([flat] * 390, "sigma")) < 1e-9


def test_a_small_spread_is_not_lost_at_the_height_of_an_index() -> None:
    rows: list[Row | None] = [(25_000, 25_000.01, 24_999.99, 25_000 + 0.01 * (-1) ** m, 1000) for m in range(390)]

    # The typical price is off by a third of the close's distance, now up, now down; after an even number it is not.
    assert one(rows, "sigma")[-1] == pytest.approx(0.01, rel=1e-6)


def test_vwap_and_sigma_are_those_of_their_definition() -> None:
    session = random_panel(11, symbols=4, missing=0.1)
    session.volume[np.random.default_rng(11).random(session.volume.shape) < 0.1] = NAN
    read = tape.read(session, CLOSE_TS)

    for row in range(4):
        has = np.isfinite(read.volume[row])
        typical = (read.high[row] + read.low[row] + read.close[row]) / 3
        for bar in range(int(np.flatnonzero(has)[0]), int(read.count[row]), 7):
            on = np.flatnonzero(has[: bar + 1])
            weights = read.volume[row, on]
            vwap = np.average(typical[on], weights=weights)
            sigma = math.sqrt(np.average((read.close[row, on] - vwap) ** 2, weights=weights))
            assert read.vwap[row, bar] == pytest.approx(vwap, rel=1e-12)
            assert read.sigma[row, bar] == pytest.approx(sigma, rel=1e-9, abs=1e-9)


def fives(*ranges: float) -> list[Row | None]:
    """Return five-minute bars around 100 of these ranges; the third minute has the range, the others none."""
    still: Row = (100, 100, 100, 100, 10)
    return [still if m != 2 else (100, 100 + size / 2, 100 - size / 2, 100, 10) for size in ranges for m in range(5)]


def test_the_five_minute_atr_is_the_mean_range_of_complete_five_minutes() -> None:
    atr = one(fives(1, 3, 8), "five_minute_atr")

    assert np.isnan(atr[:4]).all()
    assert atr[4:] == [1] * 5 + [2] * 5 + [4]


def test_the_five_minute_atr_forgets_what_is_14_bars_back() -> None:
    atr = one(fives(100, *[2] * 14), "five_minute_atr")

    assert (atr[14 * 5 - 1], atr[15 * 5 - 1]) == ((100 + 13 * 2) / 14, 2)


def test_the_five_minute_atr_measures_from_the_close_before() -> None:
    up: Row = (103, 104, 103, 103, 10)

    assert one([*fives(1), *[up] * 5], "five_minute_atr")[-1] == (1 + 4) / 2


def test_five_minutes_end_by_the_clock_though_their_last_minute_is_missing() -> None:
    rows = fives(1, 3)
    rows[4] = None

    read = tape.read(panel({"A": rows}), CLOSE_TS)

    assert np.isnan(read.five_minute_atr[0, 3])
    assert (read.minute[0, 4], read.five_minute_atr[0, 4]) == (5, 1)


def test_five_minutes_without_a_bar_are_left_out() -> None:
    rows = [*fives(1), *[None] * 5, *fives(3)]

    assert one(rows, "five_minute_atr")[-1] == 2


@pytest.mark.parametrize("minutes", [0, 1, 4])
def test_before_five_minutes_there_is_no_five_minute_atr(minutes: int) -> None:
    read = tape.read(panel({"A": [QUIET] * minutes}), CLOSE_TS)

    assert read.five_minute_atr.shape == (1, minutes)
    assert np.isnan(read.five_minute_atr).all()


@pytest.mark.parametrize("name", FIGURES)
def test_a_session_without_bars_has_no_figures(name: str) -> None:
    read = tape.read(panel({"A": [None] * 10}), CLOSE_TS)

    assert getattr(read, name).shape == (1, 0)


def own(session: Panel, name: str) -> list[list[float]]:
    read = tape.read(session, CLOSE_TS)
    return [figure[:count].tolist() for figure, count in zip(getattr(read, name), read.count, strict=True)]


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("name", FIGURES)
def test_no_figure_of_a_bar_depends_on_a_later_one(name: str, missing: float) -> None:
    session = random_panel(3, symbols=3, missing=missing)
    session.volume[1, ::9] = NAN
    whole = own(session, name)

    for t in range(session.minutes + 1):
        so_far = own(session.until(t), name)
        cut = [figure[: len(seen)] for figure, seen in zip(whole, so_far, strict=True)]
        # Bit for bit, so that nothing that stands at a threshold falls to the other side of it later.
        assert [np.array(seen).tobytes() for seen in so_far] == [np.array(figure).tobytes() for figure in cut]


@given(st.integers(0, 10_000), st.sampled_from([0.25, 2.0, 1024.0]))
@settings(max_examples=20)
def test_figures_have_the_unit_of_the_price(seed: int, factor: float) -> None:
    session = random_panel(seed, missing=0.05)
    prices = {name: getattr(session, name) * factor for name in ("open", "high", "low", "close")}
    read, scaled = (tape.read(each, CLOSE_TS) for each in (session, dataclasses.replace(session, **prices)))

    for name in FIGURES:
        np.testing.assert_array_equal(getattr(scaled, name), getattr(read, name) * factor)
