from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.vendors.massive.pure import quotes, wire
from market.vendors.protocol import MinuteSnapshot

NOW = datetime(2026, 2, 9, 15, 0, 30, tzinfo=UTC)
MINUTE_MS = 1000 * int(datetime(2026, 2, 9, 15, tzinfo=UTC).timestamp())
MONDAY = date(2026, 2, 9)
NAMES = {"AAPL": "AAPL", "I:SPX": "SPX", "BRK.B": "BRK.B"}
ROW: dict[str, Any] = {
    "ticker": "AAPL",
    "updated": 1770649229000000000,
    "day": {"o": 210.0, "h": 213.0, "l": 209.0, "c": 212.0, "v": 9000, "vw": 211.0},
    "prevDay": {"c": 208.5},
    "min": {"o": 211.0, "h": 212.5, "l": 211.0, "c": 212.1, "v": 300, "vw": 211.9, "t": MINUTE_MS, "av": 9100},
    "lastTrade": {"p": 212.2, "s": 10, "t": 1770649228500000000, "x": 4, "c": [14], "i": "7"},
}
INDEX = {
    "ticker": "I:SPX",
    "value": 6001.5,
    "last_updated": 1770649229000000000,
    "timeframe": "REAL-TIME",
    "session": {"previous_close": 5990.25},
}


def stock(row: dict[str, Any], *, status: str = "OK", now: datetime = NOW) -> MinuteSnapshot | None:
    answer = wire.decode(msgspec.json.encode({"status": status, "tickers": [row]}), wire.Stocks)
    return next(quotes.stocks(answer, NAMES, now=now), None)


def index(row: dict[str, Any], *, status: str = "OK", now: datetime = NOW) -> MinuteSnapshot | None:
    answer = wire.decode(msgspec.json.encode({"status": status, "results": [row]}), wire.Indexes)
    return next(quotes.indexes(answer, NAMES, now=now, begun=MONDAY), None)


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def test_a_stock_costs_its_last_trade() -> None:
    told = stock(ROW)

    assert told is not None
    quote = told.quote
    assert (quote.symbol, quote.price, quote.prev_close, quote.volume_today) == ("AAPL", 212.2, 208.5, 9000.0)
    assert quote.at == datetime(2026, 2, 9, 15, 0, 28, 500_000, tzinfo=UTC)
    assert (quote.delayed, told.minutes_apart) == (False, False)
    assert told.minute.rows().tolist() == [[MINUTE_MS / 1000, 211.0, 212.5, 211.0, 212.1, 300.0, 211.9]]


def test_a_plan_without_trades_costs_the_newest_minute_then_the_day() -> None:
    by_minute, by_day = stock(without(ROW, "lastTrade")), stock(without(ROW, "lastTrade", "min"))

    assert by_minute is not None
    assert by_day is not None
    assert (by_minute.quote.price, by_minute.quote.at) == (212.1, datetime(2026, 2, 9, 15, 0, 29, tzinfo=UTC))
    assert (by_day.quote.price, len(by_day.minute)) == (212.0, 0)


def test_a_minute_that_is_over_was_made_at_its_end() -> None:
    told = stock(without(ROW, "lastTrade", "updated"), now=NOW + timedelta(minutes=5))

    assert told is not None
    assert told.quote.at == datetime(2026, 2, 9, 15, 1, tzinfo=UTC)


def test_the_cleared_snapshot_of_the_night_has_no_price() -> None:
    zeros = dict.fromkeys(("o", "h", "l", "c", "v", "vw"), 0)
    told = stock(without(ROW, "lastTrade") | {"day": zeros, "min": {**zeros, "t": 0, "av": 0}, "updated": 0})

    assert told is not None
    assert math.isnan(told.quote.price)
    assert math.isnan(told.quote.volume_today)
    assert told.quote.prev_close == 208.5
    assert len(told.minute) == 0


def test_before_the_day_has_a_volume_the_minute_counts_it() -> None:
    told = stock(ROW | {"day": {"v": 0}})

    assert told is not None
    assert told.quote.volume_today == 9100.0


def test_yesterdays_volume_is_not_todays() -> None:
    told = stock(ROW, now=NOW + timedelta(days=1))

    assert told is not None
    assert told.quote.price == 212.2
    assert math.isnan(told.quote.volume_today)


@pytest.mark.parametrize(("ahead_s", "told"), [(0, True), (30, True), (3600, False)])
def test_what_is_made_later_than_now_is_not_told(ahead_s: float, told: bool) -> None:
    found = stock(ROW, now=NOW - timedelta(seconds=ahead_s))

    assert (found is not None) == told
    if found:
        assert found.quote.at <= NOW - timedelta(seconds=ahead_s)
        assert (found.minute.ts <= (NOW - timedelta(seconds=ahead_s)).timestamp()).all()


def test_an_index_has_a_value_and_its_minutes_stand_apart() -> None:
    told = index(INDEX)

    assert told is not None
    assert (told.quote.symbol, told.quote.price, told.quote.prev_close) == ("SPX", 6001.5, 5990.25)
    assert told.quote.at == datetime(2026, 2, 9, 15, 0, 29, tzinfo=UTC)
    assert math.isnan(told.quote.volume_today)
    assert (told.minutes_apart, len(told.minute)) == (True, 0)


@pytest.mark.parametrize(
    ("made", "prev_close"),
    [
        (datetime(2026, 2, 9, 14, 0, tzinfo=UTC), 5_990.25),  # calculated today
        (datetime(2026, 2, 6, 21, 0, tzinfo=UTC), 6_001.0),  # Friday's row, read on Monday before the open
    ],
)
def test_before_an_index_is_calculated_anew_its_own_close_is_the_one_before(made: datetime, prev_close: float) -> None:
    told = index(
        INDEX
        | {
            "last_updated": int(made.timestamp()) * 10**9,
            "session": {"close": 6_001.0, "previous_close": 5_990.25},
        }
    )

    assert told is not None
    assert told.quote.prev_close == prev_close


def test_without_that_close_it_is_unknown_and_not_the_one_before_it() -> None:
    told = index(INDEX | {"last_updated": int(datetime(2026, 2, 6, 21, tzinfo=UTC).timestamp()) * 10**9})

    assert told is not None
    assert math.isnan(told.quote.prev_close)


@pytest.mark.parametrize(
    "row",
    [{"ticker": "I:SPX", "error": "NOT_FOUND", "message": "no"}, INDEX | {"ticker": "I:NDX"}, without(INDEX, "ticker")],
)
def test_rows_that_are_errors_or_of_somebody_else_are_dropped(row: dict[str, Any]) -> None:
    assert index(row) is None


def test_an_index_without_a_stamp_keeps_its_price_and_counts_as_new() -> None:
    told = index(without(INDEX, "last_updated"))

    assert told is not None
    assert (told.quote.price, told.quote.at) == (INDEX["value"], NOW)


def test_who_was_refused_is_known() -> None:
    rows = [wire.IndexRow(ticker="I:SPX"), wire.IndexRow(ticker="I:ABC", error="NOT_ENTITLED")]

    assert quotes.refused(rows) == {"I:ABC": "NOT_ENTITLED"}


@pytest.mark.parametrize(
    ("row", "status", "delayed"),
    [
        (ROW, "OK", False),
        (ROW, "DELAYED", True),
        (INDEX, "DELAYED", True),
        (INDEX | {"timeframe": "DELAYED"}, "OK", True),
    ],
)
def test_a_plan_without_real_time_is_told(row: dict[str, Any], status: str, delayed: bool) -> None:
    told = (index if "value" in row else stock)(row, status=status)

    assert told is not None
    assert told.quote.delayed is delayed


@given(
    st.sets(st.sampled_from(["updated", "day", "prevDay", "min", "lastTrade"])),
    st.sets(st.sampled_from(["o", "h", "l", "c", "v", "vw", "t", "av", "p"])),
)
def test_what_is_missing_is_never_zero(gone: set[str], inner: set[str]) -> None:
    row = {
        name: {key: value for key, value in part.items() if key not in inner} if isinstance(part, dict) else part
        for name, part in without(ROW, *gone).items()
    }

    told = stock(row)

    assert told is not None
    quote = told.quote
    assert 0 not in (quote.price, quote.prev_close, quote.volume_today)
    assert not (told.minute.rows() == 0).any()


def test_numbers_that_come_as_text_are_numbers() -> None:
    told = stock(ROW | {"prevDay": {"c": "208.5"}, "day": {"v": "NaN"}})

    assert told is not None
    assert told.quote.prev_close == 208.5
    assert told.quote.volume_today == 9100.0
    assert np.isfinite(told.quote.price)
