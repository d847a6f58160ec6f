from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from market import calendar
from market.errors import NoChains, UnknownSymbol
from market.vendors.protocol import Vendor
from market.vendors.replay import ReplayVendor

DATA = Path(__file__).parents[4] / "shared" / "data"
FRIDAY = datetime(2026, 2, 6, 14, 30, tzinfo=UTC)
MONDAY = datetime(2026, 2, 9, 14, 30, tzinfo=UTC)
NAN = float("nan")


def table(start: datetime, closes: list[float], **columns: object) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "ts": [start + timedelta(minutes=n) for n in range(len(closes))],
            "open": closes,
            "high": [close + 1 for close in closes],
            "low": [close - 1 for close in closes],
            "close": closes,
            "volume": [100.0] * len(closes),
            **columns,
        }
    )


@pytest.fixture
def replay(tmp_path: Path, settings: Settings) -> Callable[..., ReplayVendor]:
    def made(path: Path = tmp_path, stamp: str = "start") -> ReplayVendor:
        settings.REPLAY_PATH, settings.REPLAY_STAMP = str(path), stamp
        return ReplayVendor()

    return made


@pytest.fixture
def spy(tmp_path: Path) -> None:
    """Two sessions of SPY: Friday closes at 409, Monday opens at 500."""
    friday = table(FRIDAY, [400.0 + n for n in range(10)])
    monday = table(MONDAY - timedelta(minutes=5), [495.0 + n for n in range(20)])
    pd.concat([friday, monday]).to_parquet(tmp_path / "SPY.parquet")


def test_it_speaks_the_protocol(replay: Callable[..., ReplayVendor]) -> None:
    assert isinstance(replay(), Vendor)
    assert replay().simulated is False


def test_a_snapshot_is_the_newest_complete_minute(replay: Callable[..., ReplayVendor], spy: None) -> None:
    snapshot = replay().snapshot(["SPY", "QQQ"], now=MONDAY + timedelta(minutes=3, seconds=2))

    assert list(snapshot) == ["SPY"]
    assert snapshot["SPY"].quote.price == 502.0
    assert snapshot["SPY"].quote.prev_close == 409.0
    assert snapshot["SPY"].quote.volume_today == 800.0
    assert snapshot["SPY"].quote.at == MONDAY + timedelta(minutes=3)
    assert snapshot["SPY"].minute.close.tolist() == [501.0, 502.0]


def test_nothing_is_told_before_its_minute_is_over(replay: Callable[..., ReplayVendor], spy: None) -> None:
    vendor = replay()

    for seconds, close in [(61.9, 499.0), (62, 500.0), (121.9, 500.0), (122, 501.0)]:
        now = MONDAY + timedelta(seconds=seconds)
        assert vendor.snapshot(["SPY"], now=now)["SPY"].quote.price == close
        assert vendor.minute_bars("SPY", FRIDAY, now, now=now).close[-1] == close


def test_before_the_recording_there_is_no_quote(replay: Callable[..., ReplayVendor], spy: None) -> None:
    assert replay().snapshot(["SPY"], now=FRIDAY) == {}


def test_minutes_are_cut_by_left_edge(replay: Callable[..., ReplayVendor], spy: None) -> None:
    found = replay().minute_bars("SPY", MONDAY, MONDAY + timedelta(minutes=2), now=MONDAY + timedelta(days=1))

    assert found.close.tolist() == [500.0, 501.0]


def test_daily_bars_come_from_regular_hours_of_sessions_that_are_over(
    replay: Callable[..., ReplayVendor], spy: None
) -> None:
    vendor = replay()
    days = (date(2026, 2, 5), date(2026, 2, 9))

    during = vendor.daily_bars("SPY", *days, now=datetime(2026, 2, 9, 20, 59, 59, tzinfo=UTC))
    after = vendor.daily_bars("SPY", *days, now=datetime(2026, 2, 9, 21, 0, 2, tzinfo=UTC))

    assert during.rows()[0, :6].tolist() == [datetime(2026, 2, 6, 5, tzinfo=UTC).timestamp(), 400, 410, 399, 409, 1000]
    assert len(during) == 1
    assert after.open.tolist() == [400.0, 500.0]
    assert vendor.daily_bars("SPY", date(2026, 2, 7), date(2026, 2, 8), now=MONDAY).ts.tolist() == []


def test_end_stamps_are_moved_to_the_start(tmp_path: Path, replay: Callable[..., ReplayVendor]) -> None:
    table(MONDAY + timedelta(minutes=1), [500.0, 501.0]).to_parquet(tmp_path / "SPY.parquet")

    found = replay(stamp="end").minute_bars("SPY", MONDAY, MONDAY + timedelta(hours=1), now=MONDAY + timedelta(days=1))

    assert found.ts.tolist() == [MONDAY.timestamp(), MONDAY.timestamp() + 60]


def test_csv_with_offsets_and_other_names(tmp_path: Path, replay: Callable[..., ReplayVendor]) -> None:
    (tmp_path / "brk.b_1min.csv").write_text(
        "Timestamp,Open,High,Low,Close,Volume,VWAP\n"
        "2026-02-09T09:30:00-05:00,1,2,0.5,1.5,100,1.25\n"
        "2026-02-09 14:31:00Z,1,2,0.5,1.75,,\n"
    )

    found = replay().minute_bars("BRK.B", MONDAY, MONDAY + timedelta(hours=1), now=MONDAY + timedelta(days=1))

    np.testing.assert_array_equal(
        found.rows(),
        [
            [MONDAY.timestamp(), 1, 2, 0.5, 1.5, 100, 1.25],
            [MONDAY.timestamp() + 60, 1, 2, 0.5, 1.75, NAN, NAN],
        ],
    )


def test_an_indexs_volume_of_zero_is_no_volume(tmp_path: Path, replay: Callable[..., ReplayVendor]) -> None:
    table(MONDAY, [15.0, 16.0], volume=[0, 0]).to_parquet(tmp_path / "VIX.parquet")

    snapshot = replay().snapshot(["VIX"], now=MONDAY + timedelta(minutes=5))["VIX"]

    assert math.isnan(snapshot.quote.volume_today)
    assert np.isnan(snapshot.minute.volume).all()


def test_the_days_are_those_with_bars(replay: Callable[..., ReplayVendor], spy: None) -> None:
    assert replay().market_days() == [date(2026, 2, 6), date(2026, 2, 9)]


def test_search_and_lookup_know_the_folder(replay: Callable[..., ReplayVendor], spy: None) -> None:
    vendor = replay()

    assert [info.symbol for info in vendor.search("sp", 5)] == ["SPY"]
    assert vendor.lookup("SPY").type == "etf"
    assert vendor.lookup("QQQ") is None
    with pytest.raises(UnknownSymbol):
        vendor.minute_bars("QQQ", MONDAY, MONDAY, now=MONDAY)


def test_other_files_are_left_out(tmp_path: Path, replay: Callable[..., ReplayVendor], spy: None) -> None:
    (tmp_path / "SOURCE.md").write_text("where this is from")
    (tmp_path / "a table of something.csv").write_text("a,b\n1,2\n")

    assert replay().search("", 50) == replay().search("SPY", 50)


def test_a_folder_that_cannot_be_replayed_is_a_sentence(
    tmp_path: Path, replay: Callable[..., ReplayVendor], settings: Settings
) -> None:
    settings.REPLAY_PATH = ""
    with pytest.raises(ImproperlyConfigured, match="needs REPLAY_PATH"):
        ReplayVendor()
    with pytest.raises(ImproperlyConfigured, match="expected a folder"):
        replay(tmp_path / "nowhere")
    table(MONDAY, [1.0]).to_csv(tmp_path / "QQQ.csv", index=False)
    table(MONDAY, [1.0]).to_csv(tmp_path / "QQQ_1min.csv", index=False)
    with pytest.raises(ImproperlyConfigured, match="both minutes of QQQ"):
        replay()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ts,open,high,low,close,volume\n2026-02-09 09:30:00,1,1,1,1,1\n", "needs an offset"),
        ("ts,open,high,low,close,volume\n09.02.2026 09:30 +05:00,1,1,1,1,1\n", "SPY.csv: "),
        ("ts,open,high,low,close\n2026-02-09T09:30:00Z,1,1,1,1\n", "expected columns"),
        ("date,open,high,low,close,volume\n2026-02-09T09:30:00Z,1,1,1,1,1\n", "expected columns"),
    ],
)
def test_a_file_that_cannot_be_read_right_is_not_read(
    tmp_path: Path, replay: Callable[..., ReplayVendor], text: str, reason: str
) -> None:
    (tmp_path / "SPY.csv").write_text(text)

    with pytest.raises(ImproperlyConfigured, match=reason):
        replay().snapshot(["SPY"], now=MONDAY)


def real(name: str) -> Path:
    if not (DATA / name).is_dir():
        pytest.skip("needs the shared market data")
    return DATA / name


def test_real_minutes_of_2026(replay: Callable[..., ReplayVendor]) -> None:
    vendor = replay(real("bars_1min_2025_26"))
    now = datetime(2026, 2, 13, 20, 59, 2, tzinfo=UTC)

    session = calendar.session(date(2026, 2, 13))
    found = vendor.minute_bars("SPY", session.pre_at, session.post_at, now=now)

    assert (len(found), found.ts[0]) == (389, session.open_ts)
    assert vendor.snapshot(["SPY"], now=now)["SPY"].quote.price == 681.51
    assert len(vendor.market_days()) == 106
    assert vendor.market_days()[-1] == date(2026, 2, 13)
    daily = vendor.daily_bars("SPY", date(2026, 2, 9), date(2026, 2, 13), now=now)
    assert len(daily) == 4  # Friday is not over


def test_real_minutes_stamped_at_their_end(replay: Callable[..., ReplayVendor]) -> None:
    vendor = replay(real("bars_1min_2019_week"), stamp="end")
    session = calendar.session(date(2019, 2, 11))

    spy = vendor.minute_bars("SPY", session.pre_at, session.post_at, now=session.post_at)

    assert (spy.ts[0], spy.ts[-1]) == (session.open_ts, session.close_ts - 60)
    assert (spy.open[0], len(spy)) == (271.19, 390)


def test_real_extended_hours_with_vwap(replay: Callable[..., ReplayVendor]) -> None:
    vendor = replay(real("spy_1min_extended_2024"))
    session = calendar.session(date(2024, 2, 20))

    day = vendor.minute_bars("SPY", session.pre_at, session.post_at, now=session.post_at + timedelta(minutes=2))

    assert day.ts[0] == session.pre_at.timestamp()
    assert (day.ts < session.open_ts).any()
    assert (day.ts >= session.close_ts).any()
    assert day.vwap[0] == 498.3398
    [bar] = vendor.daily_bars("SPY", session.date, session.date, now=session.post_at).rows()
    regular = day.between(session.open_ts, session.close_ts)
    assert bar[1:6].tolist() == [
        regular.open[0],
        regular.high.max(),
        regular.low.min(),
        regular.close[-1],
        regular.volume.sum(),
    ]


def test_a_folder_of_bars_holds_no_options(replay: Callable[..., ReplayVendor], spy: None) -> None:
    with pytest.raises(NoChains, match="The replay provider has no option chain of SPY"):
        replay().option_chain("SPY", expiries=6, now=MONDAY)
    with pytest.raises(UnknownSymbol):
        replay().option_chain("QQQ", expiries=6, now=MONDAY)
