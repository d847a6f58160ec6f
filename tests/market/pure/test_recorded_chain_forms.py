"""The forms in which option chains are recorded, each on a small file of our own making."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from market.pure import cboe_chains, desk_chains, lean_chains, listed_contracts
from tests.market.recorded_chains import TABLE, cboe_answer, desk_file, evenings, minutes

AT = datetime(2023, 6, 9, 17, 40, tzinfo=UTC)
NAN = float("nan")


def lines(text: str) -> list[list[str]]:
    return [line for line in csv.reader(text.splitlines()) if any(line)]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("February 5 2022, 8:09 PM EST", datetime(2022, 2, 6, 1, 9, tzinfo=UTC)),
        ("June 11, 2022, 8:47 PM EDT", datetime(2022, 6, 12, 0, 47, tzinfo=UTC)),
        ("July 9, 2022 at 5:28 p.m. EDT", datetime(2022, 7, 9, 21, 28, tzinfo=UTC)),
        ("9 June 2023, 1:40 PM EDT", AT),
        ("9 June 2023, 12:40 PM CDT", AT),
        ("June 9, 2023, 12:05 AM EDT", datetime(2023, 6, 9, 4, 5, tzinfo=UTC)),
        ("June 9, 2023, 12:05 PM EDT", datetime(2023, 6, 9, 16, 5, tzinfo=UTC)),
        ("9 декабря 2023 г. в 13:49 GMT-5", datetime(2023, 12, 9, 18, 49, tzinfo=UTC)),  # noqa: RUF001 -- Russian
        ("9 мая 2023 г. в 13:49 GMT+5:30", datetime(2023, 5, 9, 8, 19, tzinfo=UTC)),  # noqa: RUF001 -- Russian
    ],
)
def test_date_lines_are_read_in_their_zone(text: str, at: datetime) -> None:
    assert cboe_chains.stamp(text) == at


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("June 9, 2023 at 1:40 PM", "a time zone such as EDT"),
        ("9 kesäkuuta 2023 klo 13.40 GMT+3", "expected a date such as"),
        ("June 2023, 1:40 PM EDT", "expected a date such as"),
        ("June 31, 2023, 1:40 PM EDT", "day is out of range"),
    ],
)
def test_a_date_that_is_not_certain_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        cboe_chains.stamp(text)


def test_a_table_is_calls_then_puts_with_what_was_traded_today() -> None:
    chain = cboe_chains.table_chain("SPX", lines(TABLE), as_of=AT)

    assert cboe_chains.table_heading(lines(TABLE)) == (4300.01, AT)
    assert (chain.symbol, chain.spot, chain.as_of, chain.delayed) == ("SPX", 4300.01, AT, True)
    assert chain.root.tolist() == ["SPXW", "SPX", "SPXW", "SPX"]
    assert chain.expiries == [date(2023, 6, 9), date(2023, 6, 16)]
    assert chain.strike.tolist() == [4300.0, 4287.5, 4300.0, 4287.5]
    assert chain.is_call.tolist() == [True, True, False, False]
    assert chain.bid.tolist() == [5.0, 40.0, 5.1, 20.0]
    np.testing.assert_array_equal(chain.last, [5.05, NAN, 5.2, 1020.5])
    np.testing.assert_array_equal(chain.iv, [0.11, NAN, 0.12, 0.14])
    np.testing.assert_array_equal(chain.open_interest, [1000, 20, 2000, 30])
    assert np.isnan(chain.vega).all()


@pytest.mark.parametrize(
    ("right", "wrong", "reason"),
    [
        ("Last:", "Price:", "no 'Last:'"),
        ("Date:", "Data:", "does not begin with 'Date:'"),
        ("Open Interest", "Interest", "column 'Open Interest' is missing"),
        ("5.1,5.3", "5.1,cheap", "could not convert"),
        ("SPX", "SPX1", "no contract is named as"),
    ],
)
def test_a_table_that_is_none_says_what_is_wrong(right: str, wrong: str, reason: str) -> None:
    text = TABLE.replace(right, wrong)

    with pytest.raises(ValueError, match=reason):
        cboe_chains.table_chain("SPX", lines(text), as_of=AT)


def test_a_row_that_ends_early_is_named() -> None:
    short = lines(TABLE)
    short[4] = short[4][:9]

    with pytest.raises(ValueError, match="row 2 of the contracts has 9 cells, the header 22"):
        cboe_chains.table_chain("SPX", short, as_of=AT)


def test_cboes_json_writes_utc_and_knows_all_greeks() -> None:
    found = cboe_answer()

    chain = cboe_chains.json_chain("SPY", found, as_of=AT)

    assert cboe_chains.json_stamp(found) == AT
    assert (chain.spot, chain.delayed) == (430.0, True)
    np.testing.assert_array_equal(chain.last, [1.5, NAN])
    np.testing.assert_array_equal(chain.bid, [1.4, NAN])
    assert chain.vega.tolist() == [0.2, 0.0]


def test_a_desks_nulls_are_unknown() -> None:
    found = desk_file()

    chain = desk_chains.chain("F", found, as_of=AT)

    assert desk_chains.stamp(found) == AT
    assert chain.root.tolist() == ["F", "F"]
    np.testing.assert_array_equal(chain.volume, [27, NAN])
    np.testing.assert_array_equal(chain.last, [9.5, NAN])
    np.testing.assert_array_equal(chain.open_interest, [60, 5])


def test_a_desks_stamp_needs_an_offset() -> None:
    with pytest.raises(ValueError, match="expected an offset"):
        desk_chains.stamp({"updated": "2023-06-09T13:40:00"})


def test_evenings_have_no_quotes_and_their_middles_are_no_trades() -> None:
    frame = evenings()

    chain = lean_chains.evening("AAPL", frame, date(2023, 6, 8), as_of=AT)

    assert lean_chains.evening_dates(frame) == [date(2023, 6, 8), date(2023, 6, 9)]
    assert (chain.spot, chain.strike.tolist(), chain.expiries) == (180.5, [180.0, 182.5], [date(2023, 6, 16)])
    assert chain.is_call.tolist() == [True, False]
    assert chain.iv.tolist() == [0.2, 0.25]
    assert np.isnan([chain.bid, chain.ask, chain.last]).all()
    with pytest.raises(ValueError, match="2023-06-09 has no row of the underlying"):
        lean_chains.evening("AAPL", frame, date(2023, 6, 9), as_of=AT)


def test_minute_quotes_stand_until_they_change_and_are_known_when_their_minute_is_over() -> None:
    frame = minutes()

    def bids(hour: int, minute: int) -> dict[tuple[str, float], float]:
        chain = lean_chains.minute("SPX", "SPXW", frame, datetime(2023, 6, 9, hour, minute, tzinfo=UTC))
        return dict(zip(zip(chain.root.tolist(), chain.strike.tolist(), strict=True), chain.bid.tolist(), strict=True))

    edges = lean_chains.minute_edges(frame)
    assert edges == [datetime(2023, 6, 9, 13, minute, tzinfo=UTC) for minute in (31, 32, 33, 34)]
    assert bids(13, 31) == {("SPXW", 4300.0): 5.0}
    assert bids(13, 33) == {("SPXW", 4300.0): 5.0, ("SPXW", 4310.0): 2.0}
    assert bids(13, 34) == {("SPXW", 4300.0): 6.0, ("SPXW", 4310.0): 2.0}


def test_minutes_without_a_zone_are_refused() -> None:
    frame = minutes()
    frame["ts"] = frame["ts"].dt.tz_localize(None)

    with pytest.raises(ValueError, match="instants with a time zone"):
        lean_chains.minute_edges(frame)


def test_adjusted_contracts_are_left_out() -> None:
    names = ["F230616C00012000", "F1230616C00012000"]

    chain = listed_contracts.assemble("F", names, {"bid": [1.0, 2.0]}, spot=12.0, as_of=AT)

    assert (chain.root.tolist(), chain.bid.tolist()) == (["F"], [1.0])
    assert chain.shares_per_contract.tolist() == [100.0]


def test_two_files_of_a_moment_are_one_chain_with_each_contract_once() -> None:
    def chain(*names: str, spot: float = NAN) -> Any:
        return listed_contracts.assemble("SPX", names, {}, spot=spot, as_of=AT)

    weekly = chain("SPXW230609C04300000")
    both = listed_contracts.joined(weekly, chain("SPXW230609C04300000", "SPX230616C04300000", spot=4300.0))

    assert (both.root.tolist(), both.spot) == (["SPXW", "SPX"], 4300.0)
    assert pd.isna(both.bid).all()
