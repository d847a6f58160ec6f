"""Daily bars, and what years of them look like."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
import pytest

from market.pure.bars import Bars
from simulation.pure.daily import daily_bars
from simulation.pure.listings import LISTINGS
from tests.simulation.days import HALF_DAY, SEED, regular, trading_days, weekdays

YEAR = date(2025, 6, 2)


@cache
def year(symbol: str, first: date = YEAR, seed: int = SEED) -> Bars:
    return daily_bars(seed, LISTINGS[symbol], trading_days(first, 250))


@pytest.mark.parametrize("symbol", ["SPX", "SPY", "TSLA", "VIX"])
def test_a_daily_bar_is_the_aggregate_of_its_regular_minutes(symbol: str) -> None:
    days = [*weekdays(date(2025, 11, 24), 5), date(2026, 2, 9)]
    bars = year(symbol)

    for day, span in zip(weekdays(YEAR, 250), range(250), strict=True):
        if day not in days:
            continue
        minutes, bar = regular(symbol, day), bars.take(slice(span, span + 1))
        assert (bar.open[0], bar.close[0]) == (minutes.open[0], minutes.close[-1])
        assert (bar.high[0], bar.low[0]) == (minutes.high.max(), minutes.low.min())
        if LISTINGS[symbol].has_volume:
            assert bar.volume[0] == minutes.volume.sum()
            assert bar.vwap[0] == pytest.approx((minutes.vwap * minutes.volume).sum() / minutes.volume.sum())
        else:
            assert np.isnan(bar.volume[0])
            assert np.isnan(bar.vwap[0])


def test_a_half_day_trades_less() -> None:
    bars = year("SPY")

    assert bars.volume[weekdays(YEAR, 250).index(HALF_DAY)] < 0.8 * bars.volume.mean()


def test_no_days_have_no_bars() -> None:
    assert len(daily_bars(SEED, LISTINGS["SPY"], ())) == 0


# Standard deviation of daily log moves in percent, as the market had them in recent years; ours within a factor of 2.
USUAL = (
    ("SPX", 0.9),
    ("NDX", 1.2),
    ("RUT", 1.3),
    ("DJI", 0.8),
    ("VIX", 6.5),
    ("SPY", 0.9),
    ("QQQ", 1.2),
    ("IWM", 1.3),
    ("AAPL", 1.7),
    ("MSFT", 1.5),
    ("NVDA", 2.6),
    ("TSLA", 3.6),
    ("AMZN", 2.0),
    ("META", 2.2),
    ("GOOGL", 1.9),
    ("AMD", 3.2),
    ("KO", 0.9),
    ("JPM", 1.5),
    ("XOM", 1.5),
    ("COIN", 4.5),
    ("TLT", 0.8),
    ("GLD", 1.0),
    ("TQQQ", 3.6),
)


@pytest.mark.parametrize(("symbol", "percent"), USUAL)
def test_days_are_of_a_plausible_size(symbol: str, percent: float) -> None:
    moves = 100 * np.diff(np.log(year(symbol).close))

    assert percent / 2 < moves.std() < percent * 2


@pytest.mark.parametrize("symbol", sorted(LISTINGS))
def test_days_have_the_size_that_the_directory_says(symbol: str) -> None:
    moves = np.diff(np.log(year(symbol).close))

    assert moves.std() == pytest.approx(LISTINGS[symbol].sigma, rel=0.35)


@pytest.mark.parametrize("first", [date(2024, 1, 2), date(2027, 3, 1), date(2030, 1, 2)])
@pytest.mark.parametrize("symbol", ["SPX", "NDX", "AAPL", "KO"])
def test_prices_stay_plausible_for_years(symbol: str, first: date) -> None:
    closes = year(symbol, first).close

    assert closes.min() / LISTINGS[symbol].price > 0.5
    assert closes.max() / LISTINGS[symbol].price < 2.0


def test_fear_is_neither_asleep_nor_stuck() -> None:
    closes = year("VIX").close

    assert 8 < closes.min() < 16
    assert 20 < closes.max() < 60


def test_fear_moves_against_the_market() -> None:
    market, fear = (np.diff(np.log(year(symbol).close)) for symbol in ("SPX", "VIX"))

    assert np.corrcoef(market, fear)[0, 1] < -0.5


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("SPY", "SPX", 0.999, 1.0),
        ("QQQ", "NDX", 0.999, 1.0),
        ("IWM", "RUT", 0.999, 1.0),
        ("NDX", "SPX", 0.8, 0.97),
        ("NVDA", "SMH", 0.5, 0.95),
        ("AAPL", "SPX", 0.4, 0.85),
        ("KO", "NVDA", 0.0, 0.6),
        ("GLD", "SPX", -0.3, 0.3),
    ],
)
def test_symbols_move_together_as_much_as_they_should(one: str, other: str, least: float, most: float) -> None:
    moves = [np.diff(np.log(year(symbol).close)) for symbol in (one, other)]

    assert least <= np.corrcoef(moves)[0, 1] <= most


@pytest.mark.parametrize("symbol", ["SPX", "SPY", "NVDA"])
def test_nights_leave_gaps(symbol: str) -> None:
    bars = year(symbol)
    gaps = np.abs(np.log(bars.open[1:] / bars.close[:-1]))

    assert np.mean(gaps > 0.002) > 0.25
    assert 0.2 < gaps.std() / np.diff(np.log(bars.close)).std() < 0.6
    assert gaps.max() > 3 * gaps.mean()


def test_there_are_quiet_days_and_wide_ones() -> None:
    bars = year("SPY")
    spans = np.sort(np.log(bars.high / bars.low))

    assert spans[-12:].mean() > 3 * spans[:12].mean()
