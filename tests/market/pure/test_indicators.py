from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.pure import indicators
from market.pure.bars import Bars, Floats
from tests.market.pure.series import NAN, bars, closes, walks

# Wilder's worked example as Cutler and most textbooks print it (14 changes, StockCharts' QQQQ table).
QQQQ = [
    44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931, 46.0328, 45.6140,
    46.2820, 46.2820, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439, 46.2122, 46.2521, 45.7137, 46.4515, 45.7835, 45.3548,
    44.0288, 44.1783, 44.2181, 44.5672, 43.4205, 42.6628, 43.1314,
]  # fmt: skip
QQQQ_RSI = [
    70.53, 66.32, 66.55, 69.41, 66.36, 57.97, 62.93, 63.26, 56.06, 62.38, 54.71, 50.42, 39.99, 41.46, 41.87, 45.46,
    37.30, 33.08, 37.77,
]  # fmt: skip


@given(closes(), st.integers(1, 60))
@settings(max_examples=40)
def test_ema_agrees_with_pandas(prices: Floats, span: int) -> None:
    expected = pd.Series(prices).ewm(span=span, adjust=False).mean().to_numpy()

    np.testing.assert_allclose(indicators.ema(prices, span), expected, rtol=1e-12)


@given(closes(), st.integers(1, 60))
@settings(max_examples=40)
def test_ema_stays_between_the_lowest_and_highest_price_so_far(prices: Floats, span: int) -> None:
    average = indicators.ema(prices, span)

    slack = 1e-9 * prices.max()
    assert (average <= np.maximum.accumulate(prices) + slack).all()
    assert (average >= np.minimum.accumulate(prices) - slack).all()


def test_ema_leaves_a_gap_where_a_value_is_missing_and_goes_on_from_before_it() -> None:
    average = indicators.ema(np.array([10.0, NAN, 20.0]), 3)

    np.testing.assert_array_equal(average, [10.0, NAN, 15.0])


def test_ema_last_starts_from_the_mean_of_the_first_values() -> None:
    assert indicators.ema_last(np.array([1.0, 2.0, 3.0, 5.0]), 3) == pytest.approx(2 + (5 - 2) / 2)


def test_ema_last_is_missing_with_too_few_values() -> None:
    assert np.isnan(indicators.ema_last(np.arange(1.0, 50.0), 50))


@pytest.mark.parametrize("length", [0, -3])
def test_a_length_below_one_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="expected 1 or more"):
        indicators.ema(np.ones(3), length)


def test_rsi_of_the_textbook_table() -> None:
    strength = indicators.rsi(np.array(QQQQ), 14)

    assert np.isnan(strength[:14]).all()
    np.testing.assert_allclose(strength[14:], QQQQ_RSI, atol=0.01)


@given(closes(least=2), st.integers(2, 20))
@settings(max_examples=40)
def test_rsi_agrees_with_pandas_and_stays_within_its_bounds(prices: Floats, length: int) -> None:
    changes = pd.Series(prices).diff()
    # Wilder's mean is an ewm with alpha 1/length that starts at the plain mean of the first `length` changes.
    ups, downs = changes.clip(lower=0).to_numpy()[1:], (-changes).clip(lower=0).to_numpy()[1:]
    expected = np.full(len(prices), np.nan)
    for i in range(length, len(prices)):
        up, down = (
            pd.Series([side[:length].mean(), *side[length:i]]).ewm(alpha=1 / length, adjust=False).mean().iloc[-1]
            for side in (ups, downs)
        )
        expected[i] = 100 * up / (up + down) if up + down > 0 else 50

    strength = indicators.rsi(prices, length)

    np.testing.assert_allclose(strength, expected, rtol=1e-9, atol=1e-9)
    known = strength[np.isfinite(strength)]
    assert ((known >= 0) & (known <= 100)).all()


@pytest.mark.parametrize(
    ("prices", "expected"),
    [(np.arange(1.0, 31.0), 100.0), (np.arange(31.0, 1.0, -1.0), 0.0), (np.full(30, 7.0), 50.0)],
    ids=["only gains", "only losses", "no move"],
)
def test_rsi_of_a_market_that_never_turns(prices: Floats, expected: float) -> None:
    assert indicators.rsi(prices)[-1] == expected


@given(closes())
@settings(max_examples=30)
def test_macd_agrees_with_pandas(prices: Floats) -> None:
    series = pd.Series(prices)
    line = series.ewm(span=12, adjust=False).mean() - series.ewm(span=26, adjust=False).mean()
    signal = line.ewm(span=9, adjust=False).mean()

    found = indicators.macd(prices)

    np.testing.assert_allclose(found.line, line, atol=1e-9)
    np.testing.assert_allclose(found.signal, signal, atol=1e-9)
    np.testing.assert_allclose(found.histogram, line - signal, atol=1e-9)


def test_atr_of_the_golden_table() -> None:
    table = [(10, 8, 9), (11, 9, 10.5), (12, 10, 11), (11.5, 10.5, 10.8), (13, 10.9, 12.6), (12.8, 12, 12.2)]

    assert round(indicators.atr(bars(table), 3), 2) == 1.50


def test_atr_needs_one_bar_more_than_its_length() -> None:
    table = [(10, 8, 9)] * 14

    assert np.isnan(indicators.atr(bars(table), 14))
    assert indicators.atr(bars([*table, (10, 8, 9)]), 14) == 2.0


def test_true_range_counts_the_gap_from_the_close_before() -> None:
    np.testing.assert_array_equal(indicators.true_range(bars([(10, 9, 9.5), (13, 12, 12.5), (8, 7, 7.5)])), [3.5, 5.5])


def test_vwap_weighs_the_bars_own_vwap_and_falls_back_to_the_typical_price() -> None:
    line = indicators.session_vwap(bars([(12, 9, 9, 100, 11), (12, 9, 9, 300)]))

    np.testing.assert_allclose(line.vwap, [11.0, (11 * 100 + 10 * 300) / 400])
    np.testing.assert_allclose(line.sigma, [0.0, np.sqrt((100 * 0.75**2 + 300 * 0.25**2) / 400)])


def test_vwap_is_missing_until_volume_trades_and_never_zero() -> None:
    line = indicators.session_vwap(bars([(12, 9, 9, 0), (12, 9, 9, NAN), (12, 9, 9, 5)]))

    np.testing.assert_array_equal(line.vwap, [NAN, NAN, 10.0])
    np.testing.assert_array_equal(line.sigma, [NAN, NAN, 0.0])


def test_an_index_takes_its_proxys_volume_and_its_own_typical_price() -> None:
    line = indicators.session_vwap(bars([(12, 9, 9, NAN, 7), (24, 18, 18)]), volume=np.array([1.0, 3.0]))

    np.testing.assert_allclose(line.vwap, [10.0, 17.5])


@given(walks())
@settings(max_examples=40)
def test_vwap_and_its_spread_agree_with_the_defining_sums(session: Bars) -> None:
    line = indicators.session_vwap(session)
    price, volume = indicators.bar_price(session), np.nan_to_num(session.volume)

    for i in range(0, len(session), 7):
        p, v = price[: i + 1], volume[: i + 1]
        if v.sum() == 0:
            assert np.isnan(line.vwap[i])
            continue
        mean = (p * v).sum() / v.sum()
        spread = np.sqrt((v * (p - mean) ** 2).sum() / v.sum())
        assert line.vwap[i] == pytest.approx(mean, rel=1e-9)
        assert line.sigma[i] == pytest.approx(spread, abs=1e-6)


@given(walks(least=2), st.integers(1, 119))
@settings(max_examples=30)
def test_vwap_never_looks_ahead(session: Bars, cut: int) -> None:
    whole, prefix = indicators.session_vwap(session), indicators.session_vwap(session.take(slice(0, cut)))

    np.testing.assert_array_equal(whole.vwap[:cut], prefix.vwap)
    np.testing.assert_array_equal(whole.sigma[:cut], prefix.sigma)


def test_spread_survives_the_height_of_an_index() -> None:
    rows = [(6000.01, 5999.99, 6000.0, 10, 6000.0), (6000.03, 6000.01, 6000.02, 10, 6000.02)]

    assert indicators.session_vwap(bars(rows)).sigma[-1] == pytest.approx(0.01, rel=1e-6)


def test_anchored_vwap_knows_nothing_before_its_anchor() -> None:
    session = bars([(12, 9, 9, 1, 10), (12, 9, 9, 1, 20), (12, 9, 9, 3, 40)])

    line = indicators.anchored_vwap(session, 60)

    np.testing.assert_array_equal(line.vwap, [NAN, 20.0, 35.0])


def test_no_bars_give_empty_lines() -> None:
    assert len(indicators.session_vwap(Bars.empty()).vwap) == 0
    assert len(indicators.rsi(np.empty(0))) == 0
    assert len(indicators.macd(np.empty(0)).line) == 0
    assert np.isnan(indicators.atr(Bars.empty(), 14))
