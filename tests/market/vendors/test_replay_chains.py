"""Recorded chains as the replayed market tells them: known by then, still standing, and of the dates asked for."""

from __future__ import annotations

import gzip
import json
import logging
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from market.errors import NoChains, UnknownSymbol
from market.pure.contract_marks import FIGURES
from market.vendors.protocol import ListedExpiry, Vendor
from market.vendors.replay import ReplayVendor
from market.vendors.replay_chain_files import chain_files, quotes_made_at
from market.vendors.replay_chains import stands
from tests.market.recorded_chains import TABLE, cboe_answer, desk_file, evenings, minutes

FRIDAY = date(2023, 6, 9)
AT = datetime(2023, 6, 9, 17, 40, tzinfo=UTC)  # 13:40 in New York
OPENS, CLOSES = datetime(2023, 6, 9, 13, 30, tzinfo=UTC), datetime(2023, 6, 9, 20, tzinfo=UTC)
MONDAY_OPENS = datetime(2023, 6, 12, 13, 30, tzinfo=UTC)
QUARTER, MINUTE, SECOND = timedelta(minutes=15), timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def replay(tmp_path: Path, settings: Settings) -> Callable[..., ReplayVendor]:
    def made(bars: str = "") -> ReplayVendor:
        settings.REPLAY_PATH, settings.REPLAY_CHAINS = bars, str(tmp_path)
        return ReplayVendor()

    return made


@pytest.fixture
def spx(tmp_path: Path) -> None:
    """SPX at 13:40, and on Saturday evening."""
    (tmp_path / "spx_quotedata.csv").write_text(TABLE)
    saturday = TABLE.replace("June 9, 2023 at 1:40 PM", "June 10, 2023 at 8:00 PM").replace("4300.01", "4298.5")
    with gzip.open(tmp_path / "SPX_weekend.csv.gz", "wt", encoding="utf-8") as file:
        file.write(saturday)


@pytest.mark.parametrize(
    ("known_at", "until", "inclusive"),
    [
        (OPENS, OPENS + QUARTER, True),
        (AT, AT + QUARTER, True),
        (CLOSES - QUARTER - SECOND, CLOSES - SECOND, True),
        (CLOSES - QUARTER, MONDAY_OPENS, False),
        (CLOSES, MONDAY_OPENS, False),
        (datetime(2023, 6, 11, 0, tzinfo=UTC), MONDAY_OPENS, False),
        (OPENS - MINUTE, OPENS, False),
        # July 3 closes at 13:00, and the next session is July 5.
        (datetime(2023, 7, 3, 16, 50, tzinfo=UTC), datetime(2023, 7, 5, 13, 30, tzinfo=UTC), False),
    ],
)
def test_a_chain_stands_a_quarter_of_an_hour_of_the_session_else_until_the_next(
    known_at: datetime, until: datetime, inclusive: bool
) -> None:
    assert not stands(known_at, known_at - SECOND)
    assert stands(known_at, known_at)
    assert stands(known_at, until - SECOND)
    assert stands(known_at, until) is inclusive
    assert not stands(known_at, until + SECOND)


@pytest.mark.parametrize(
    ("read_at", "made_at"),
    [
        (AT, AT),
        (CLOSES + MINUTE, CLOSES),
        (datetime(2023, 6, 11, 0, tzinfo=UTC), CLOSES),
        (MONDAY_OPENS - MINUTE, CLOSES),
        (datetime(2023, 7, 4, 16, tzinfo=UTC), datetime(2023, 7, 3, 17, tzinfo=UTC)),
    ],
)
def test_quotes_of_a_download_are_of_then_or_of_the_close_before(read_at: datetime, made_at: datetime) -> None:
    assert quotes_made_at(read_at) == made_at


def test_files_are_found_by_their_symbol_without_being_opened(tmp_path: Path) -> None:
    names = ("spx_quotedata.csv", "_SPX.json", "SPXW_2021-01-04_quote.parquet", "BRK.B_2022.csv.gz", "AAPL.json.gz")
    others = ("SPXW_2021-01-04_trade.parquet", "SPX_2021-01-04_openinterest.parquet", "SOURCE.md", "a few notes.csv")
    for name in (*names, *others):
        (tmp_path / name).write_text("not opened")

    found = {symbol: sorted(path.name for path in paths) for symbol, paths in chain_files(tmp_path).items()}

    assert list(found) == ["AAPL", "BRK.B", "SPX"]
    assert found["SPX"] == ["SPXW_2021-01-04_quote.parquet", "_SPX.json", "spx_quotedata.csv"]


@pytest.mark.usefixtures("spx")
def test_the_newest_chain_that_was_known_is_told_and_never_a_later_one(replay: Callable[..., ReplayVendor]) -> None:
    vendor = replay()

    told = vendor.option_chain("SPX", expiries=6, now=AT + QUARTER)
    weekend = vendor.option_chain("SPX", expiries=6, now=MONDAY_OPENS - SECOND)

    assert isinstance(vendor, Vendor)
    assert (told.spot, told.as_of, len(told)) == (4300.01, AT, 4)
    assert (weekend.spot, weekend.as_of, weekend.expiries) == (4298.5, CLOSES, [date(2023, 6, 16)])
    for now in (AT - SECOND, AT + QUARTER + SECOND, CLOSES + MINUTE, MONDAY_OPENS):
        with pytest.raises(NoChains):
            vendor.option_chain("SPX", expiries=6, now=now)
        assert vendor.option_expiries("SPX", now=now) == []


@pytest.mark.usefixtures("spx")
def test_dates_are_those_asked_for(replay: Callable[..., ReplayVendor]) -> None:
    vendor = replay()

    assert vendor.option_expiries("SPX", now=AT) == [
        ListedExpiry(FRIDAY, "SPXW"),
        ListedExpiry(date(2023, 6, 16), "SPX"),
    ]
    assert vendor.option_chain("SPX", expiries=1, now=AT).expiries == [FRIDAY]
    assert vendor.option_chain("SPX", expiries=1, now=AT, first=date(2023, 6, 10)).expiries == [date(2023, 6, 16)]
    with pytest.raises(NoChains):
        vendor.option_chain("SPX", expiries=1, now=AT, first=date(2023, 6, 17))


@pytest.mark.usefixtures("spx")
def test_a_symbol_with_chains_alone_is_known_and_has_no_bars(replay: Callable[..., ReplayVendor]) -> None:
    vendor = replay()

    assert [info.type for info in vendor.search("sp", 5)] == ["index"]
    assert vendor.lookup("SPX").name == "S&P 500 Index"
    assert vendor.snapshot(["SPX"], now=AT) == {}
    assert len(vendor.minute_bars("SPX", OPENS, CLOSES, now=AT)) == 0
    assert len(vendor.daily_bars("SPX", FRIDAY, FRIDAY, now=MONDAY_OPENS)) == 0
    assert vendor.lookup("QQQ") is None
    with pytest.raises(UnknownSymbol):
        vendor.option_chain("QQQ", expiries=6, now=AT)
    with pytest.raises(UnknownSymbol):
        vendor.option_expiries("QQQ", now=AT)


@pytest.mark.usefixtures("spx")
def test_days_are_those_in_which_a_chain_can_be_told(tmp_path: Path, replay: Callable[..., ReplayVendor]) -> None:
    evenings().query("date == '2023-06-08'").to_parquet(tmp_path / "AAPL.parquet")

    assert replay().market_days() == [date(2023, 6, 8), FRIDAY, date(2023, 6, 12)]


def test_json_of_both_kinds_and_evenings_are_told(tmp_path: Path, replay: Callable[..., ReplayVendor]) -> None:
    (tmp_path / "SPY_delayed.json").write_text(json.dumps(cboe_answer()))
    with gzip.open(tmp_path / "F.json.gz", "wt", encoding="utf-8") as file:
        json.dump(desk_file(), file)
    evenings().query("date == '2023-06-08'").to_parquet(tmp_path / "AAPL.parquet")
    vendor = replay()

    told = {symbol: vendor.option_chain(symbol, expiries=6, now=AT) for symbol in ("SPY", "F")}
    told["AAPL"] = vendor.option_chain("AAPL", expiries=6, now=OPENS - SECOND)

    assert {symbol: (chain.spot, len(chain)) for symbol, chain in told.items()} == {
        "SPY": (430.0, 2),
        "F": (12.5, 2),
        "AAPL": (180.5, 2),
    }
    assert told["AAPL"].as_of == CLOSES - timedelta(days=1)


def test_minute_quotes_have_the_spot_of_the_bars_and_are_one_chain_with_the_other_root(
    tmp_path: Path, replay: Callable[..., ReplayVendor]
) -> None:
    bars = tmp_path / "bars"
    bars.mkdir()
    prices = pd.DataFrame({"ts": [OPENS + n * MINUTE for n in range(4)], "volume": 0})
    prices[["open", "high", "low", "close"]] = [[each] * 4 for each in (4301.0, 4302.0, 4303.0, 4304.0)]
    prices.to_parquet(bars / "SPX.parquet")
    minutes().to_parquet(tmp_path / "SPXW_2023-06-09_quote.parquet")
    minutes().assign(expiration="2023-06-16").to_parquet(tmp_path / "SPX_2023-06-09_quote.parquet")

    with_bars = replay(str(bars)).option_chain("SPX", expiries=6, now=OPENS + 2 * MINUTE + SECOND)
    without = replay().option_chain("SPX", expiries=6, now=OPENS + 2 * MINUTE)

    assert (with_bars.spot, with_bars.as_of) == (4302.0, OPENS + 2 * MINUTE)
    assert sorted(zip(with_bars.root.tolist(), with_bars.strike.tolist(), strict=True)) == [
        (root, strike) for root in ("SPX", "SPXW") for strike in (4300.0, 4310.0)
    ]
    assert pd.isna(without.spot)


@pytest.mark.usefixtures("spx")
@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("SPX_later.csv", TABLE.replace("EDT", ""), "expected a time zone"),
        ("SPX_later.csv", TABLE.replace("Strike", "Price").replace("1:40", "1:45").replace("Puts", "Put"), "'Puts'"),
        ("SPX_later.csv.gz", TABLE, "Not a gzipped file"),
        ("SPX_later.csv", "", "expected a line with the price"),
        ("SPX_later.json", "{", "Expecting property name"),
        ("SPX_later.json", "[1]", "expected timestamp and data"),
        (
            "SPX_later.json",
            '{"timestamp": "2023-06-09 17:45:00", "data": {"options": []}}',
            "'current_price' is missing",
        ),
        ("SPX_later.parquet", "no table", "Parquet"),
        ("SPX_later.csv", TABLE.replace("2023 at", "1923 at"), "outside the trading calendar"),
    ],
)
def test_a_damaged_file_is_said_to_be_so_once_and_the_others_are_told(
    tmp_path: Path,
    replay: Callable[..., ReplayVendor],
    caplog: pytest.LogCaptureFixture,
    name: str,
    text: str,
    reason: str,
) -> None:
    (tmp_path / name).write_text(text)
    vendor = replay()

    with caplog.at_level(logging.ERROR):
        spots = [vendor.option_chain("SPX", expiries=6, now=AT + n * MINUTE).spot for n in (5, 6, 7)]

    said = [record for record in caplog.records if record.message == "market.replay.unreadable_chain"]
    assert spots == [4300.01] * 3
    assert [record.file for record in said] == [str(tmp_path / name)]
    assert reason in said[0].reason


def test_another_table_is_no_chain(
    tmp_path: Path, replay: Callable[..., ReplayVendor], caplog: pytest.LogCaptureFixture
) -> None:
    pd.DataFrame({"strike": [1.0]}).to_parquet(tmp_path / "SPX.parquet")

    with caplog.at_level(logging.ERROR), pytest.raises(NoChains):
        replay().option_chain("SPX", expiries=6, now=AT)

    assert caplog.records[-1].reason.startswith("expected the columns close, date, expiry")


SPX_CALL, SPX_PUT = "SPXW230609C04300000", "SPX230616P04287500"


@pytest.mark.usefixtures("spx")
def test_a_contract_costs_what_the_newest_chain_says_and_shows_its_age(replay: Callable[..., ReplayVendor]) -> None:
    vendor = replay()

    def told(now: datetime) -> dict[str, tuple[float, float, float, datetime]]:
        rows = vendor.contract_marks([SPX_PUT, SPX_CALL, "SPXW230609C09000000"], now=now).rows
        return {row.ticker: (row.bid, row.ask, row.underlying_price, row.at) for row in rows}

    friday = {SPX_CALL: (5.0, 5.2, 4300.01, AT), SPX_PUT: (20.0, 21.0, 4300.01, AT)}
    assert told(AT - SECOND) == {}
    assert told(AT) == friday
    # No chain is told any more, and what was known an hour ago says so.
    with pytest.raises(NoChains):
        vendor.option_chain("SPX", expiries=6, now=AT + 4 * QUARTER)
    assert told(AT + 4 * QUARTER) == friday
    # Since Saturday evening another one is known, made from quotes of Friday's close; one contract has expired.
    assert told(MONDAY_OPENS + QUARTER) == {SPX_PUT: (20.0, 21.0, 4298.5, CLOSES)}
    assert told(datetime(2023, 6, 17, 16, tzinfo=UTC)) == {}


@pytest.mark.usefixtures("spx")
def test_a_row_of_a_chain_is_a_whole_mark(replay: Callable[..., ReplayVendor]) -> None:
    vendor = replay()

    told = vendor.contract_marks([SPX_CALL], now=AT)

    (mark,) = told.rows
    figures = [getattr(mark, name) for name in FIGURES]
    assert figures == pytest.approx(
        [5.0, 5.2, 5.05, 0.11, 0.5, 0.02, math.nan, math.nan, 1000.0, 4300.01], rel=0, nan_ok=True
    )
    assert mark.delayed
    assert (told.source, told.delayed, told.partial) == ("replay", True, False)


def test_roots_lead_to_the_files_of_their_underlying(tmp_path: Path, replay: Callable[..., ReplayVendor]) -> None:
    (tmp_path / "BRK.B.json").write_text(json.dumps(desk_file()).replace("F230616", "BRKB230616"))
    (tmp_path / "F.json").write_text(json.dumps(desk_file()))
    vendor = replay()

    told = vendor.contract_marks(
        ["BRKB230616C00012000", "F230616P00012000", "AAPL230616C00180000", "not a contract"], now=AT
    )

    assert sorted(row.ticker for row in told.rows) == ["BRKB230616C00012000", "F230616P00012000"]


def test_where_nothing_was_recorded_nothing_is_told(tmp_path: Path, replay: Callable[..., ReplayVendor]) -> None:
    assert replay().contract_marks([SPX_CALL], now=AT).rows == ()


def test_the_spot_of_the_bars_stands_beside_quotes_that_have_none(
    tmp_path: Path, replay: Callable[..., ReplayVendor]
) -> None:
    bars = tmp_path / "bars"
    bars.mkdir()
    prices = pd.DataFrame({"ts": [OPENS + n * MINUTE for n in range(4)], "volume": 0})
    prices[["open", "high", "low", "close"]] = [[each] * 4 for each in (4301.0, 4302.0, 4303.0, 4304.0)]
    prices.to_parquet(bars / "SPX.parquet")
    minutes().to_parquet(tmp_path / "SPXW_2023-06-09_quote.parquet")

    (mark,) = replay(str(bars)).contract_marks([SPX_CALL], now=OPENS + 2 * MINUTE + SECOND).rows

    assert (mark.bid, mark.underlying_price, mark.at) == (5.0, 4302.0, OPENS + 2 * MINUTE)


def test_a_folder_that_is_not_there_is_named(settings: Settings, tmp_path: Path) -> None:
    settings.REPLAY_PATH, settings.REPLAY_CHAINS = "", str(tmp_path / "nowhere")

    with pytest.raises(ImproperlyConfigured, match=r"REPLAY_CHAINS='.*nowhere': expected a folder"):
        ReplayVendor()
