from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.pure import resample
from market.pure.bars import Bars
from market.pure.indicators import bar_price, session_vwap
from tests.market.pure.series import DATA, NAN, bars, from_frame, walks

NEW_YORK = ZoneInfo("America/New_York")


def ts(text: str) -> int:
    """Return a New York time as Unix seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp())


def days(*dates: str) -> np.ndarray:
    """Return midnights in New York as Unix seconds."""
    return np.array([ts(f"{date}T00:00") for date in dates])


def test_fold_takes_first_open_highest_high_lowest_low_last_close() -> None:
    minutes = bars([(12, 10, 11, 100), (15, 11, 14, 50), (14, 9, 10, 25)])

    (row,) = resample.fold(minutes, np.zeros(3, dtype=np.int64)).rows()

    np.testing.assert_allclose(row, [0, 11, 15, 9, 10, 175, (11 * 100 + 40 / 3 * 50 + 11 * 25) / 175])


def test_unknown_volume_stays_unknown_and_is_not_zero() -> None:
    folded = resample.fold(bars([(12, 10, 11), (12, 10, 11)]), np.zeros(2, dtype=np.int64))

    assert np.isnan(folded.volume).all()
    assert np.isnan(folded.vwap).all()


def test_no_bars_fold_to_no_bars() -> None:
    assert len(resample.fold(Bars.empty(), np.empty(0, dtype=np.int64))) == 0


@given(walks(), st.sampled_from([300, 900, 3600, 14400]))
@settings(max_examples=60)
def test_folding_conserves_extremes_ends_volume_and_money(minutes: Bars, step_s: int) -> None:
    folded = resample.fold(minutes, minutes.ts // step_s * step_s)

    assert folded.high.max() == minutes.high.max()
    assert folded.low.min() == minutes.low.min()
    assert (folded.open[0], folded.close[-1]) == (minutes.open[0], minutes.close[-1])
    assert np.nansum(folded.volume) == pytest.approx(np.nansum(minutes.volume))
    money = np.nansum(minutes.volume * bar_price(minutes))
    assert np.nansum(folded.volume * folded.vwap) == pytest.approx(money)
    assert (np.diff(folded.ts) >= step_s).all()


@given(walks(least=2))
@settings(max_examples=30)
def test_the_session_vwap_is_the_same_on_minutes_and_on_folded_bars(minutes: Bars) -> None:
    folded = resample.fold(minutes, minutes.ts // 900 * 900)

    np.testing.assert_allclose(session_vwap(folded).vwap[-1], session_vwap(minutes).vwap[-1], rtol=1e-9)


@pytest.mark.parametrize(
    ("minute", "step_s", "edge"),
    [
        ("2026-02-09T09:30", 300, "2026-02-09T09:30"),
        ("2026-02-09T09:34", 300, "2026-02-09T09:30"),
        ("2026-02-09T10:29", 3600, "2026-02-09T09:30"),
        ("2026-02-09T10:30", 3600, "2026-02-09T10:30"),
        ("2026-02-09T15:59", 3600, "2026-02-09T15:30"),
        ("2026-02-09T13:29", 14400, "2026-02-09T09:30"),
        ("2026-02-09T13:30", 14400, "2026-02-09T13:30"),
        ("2026-02-09T09:29", 3600, "2026-02-09T08:30"),
        ("2026-02-09T04:00", 14400, "2026-02-09T01:30"),
        ("2026-02-10T09:30", 14400, "2026-02-10T09:30"),
    ],
)
def test_intraday_bars_begin_at_the_sessions_open(minute: str, step_s: int, edge: str) -> None:
    starts = np.array([ts("2026-02-09T04:00"), ts("2026-02-10T04:00")])
    opens = np.array([ts("2026-02-09T09:30"), ts("2026-02-10T09:30")])

    found = resample.session_edges(np.array([ts(minute)]), starts=starts, opens=opens, step_s=step_s)

    assert found.tolist() == [ts(edge)]


def test_a_day_with_a_clock_change_before_it_still_begins_at_its_own_open() -> None:
    opens = np.array([ts("2026-03-06T09:30"), ts("2026-03-09T09:30")])

    found = resample.session_edges(np.array([ts("2026-03-09T13:30")]), starts=opens, opens=opens, step_s=14400)

    assert found.tolist() == [ts("2026-03-09T13:30")]


def test_a_week_is_named_by_its_first_session() -> None:
    # Monday 2026-01-19 was a holiday.
    sessions = days("2026-01-15", "2026-01-16", "2026-01-20", "2026-01-23", "2026-01-26")

    expected = days("2026-01-15", "2026-01-15", "2026-01-20", "2026-01-20", "2026-01-26")
    assert resample.week_edges(sessions).tolist() == expected.tolist()


def test_a_week_over_new_year_is_one_week() -> None:
    sessions = days("2025-12-31", "2026-01-02")

    assert len(set(resample.week_edges(sessions).tolist())) == 1
    assert len(set(resample.month_edges(sessions).tolist())) == 2


def test_months_follow_the_new_york_date() -> None:
    # 00:00 New York of the 1st is still the last of the month only for those west of it.
    sessions = days("2026-01-30", "2026-02-02", "2026-02-27")

    assert resample.month_edges(sessions).tolist() == days("2026-01-30", "2026-02-02", "2026-02-02").tolist()
    assert datetime.fromtimestamp(int(sessions[1]), UTC).hour == 5


@pytest.mark.skipif(not (DATA / "spy_1min_extended_2024").exists(), reason="needs the SPY minutes of 2024")
def test_real_minutes_fold_as_pandas_groups_them() -> None:
    frame = pd.read_parquet(DATA / "spy_1min_extended_2024" / "SPY.parquet")
    eastern = frame["ts"].dt.tz_convert(NEW_YORK)
    regular = frame[
        (eastern.dt.time >= pd.Timestamp("09:30").time()) & (eastern.dt.time < pd.Timestamp("16:00").time())
    ]
    edges = ((regular["ts"] - pd.Timedelta(minutes=30)).dt.floor("h") + pd.Timedelta(minutes=30)).rename("edge")
    expected = regular.groupby(edges).agg(
        open=("open", "first"),
        high=("high", "max"),
        low=("low", "min"),
        close=("close", "last"),
        volume=("volume", "sum"),
    )
    minutes = from_frame(regular)
    opens = np.array(sorted({ts(f"{day}T09:30") for day in eastern.dt.date.astype(str).unique()}))

    folded = resample.fold(minutes, resample.session_edges(minutes.ts, starts=opens, opens=opens, step_s=3600))

    assert len(folded) == len(expected)
    for name in expected.columns:
        np.testing.assert_allclose(getattr(folded, name), expected[name].to_numpy(), rtol=1e-12)
    assert NAN not in folded.volume
