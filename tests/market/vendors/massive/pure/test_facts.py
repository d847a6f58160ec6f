from __future__ import annotations

import math
from datetime import UTC, date, datetime

import pytest

from market.vendors.massive.pure import facts, wire
from market.vendors.reference import CorporateEvent, Dividend, Holiday, ListedContract, MarketNow, Split, Yields


def test_holidays_are_closures_and_early_closes() -> None:
    rows = [
        wire.Holiday(date="2026-11-26", exchange="NYSE", name="Thanksgiving", status="closed"),
        wire.Holiday(
            date="2026-11-27",
            exchange="NASDAQ",
            name="Thanksgiving",
            status="early-close",
            open="2026-11-27T14:30:00.000Z",
            close="2026-11-27T18:00:00.000Z",
        ),
        wire.Holiday(date="2026-11-27", exchange="OTC", name="no hour", status="early-close"),
        wire.Holiday(date="soon", exchange="NYSE", name="no date", status="closed"),
        wire.Holiday(date="2026-11-28", exchange="NYSE", name="open", status="open"),
    ]

    assert list(facts.holidays(rows)) == [
        Holiday(date(2026, 11, 26), "NYSE", "Thanksgiving", True, None),
        Holiday(date(2026, 11, 27), "NASDAQ", "Thanksgiving", False, datetime(2026, 11, 27, 18, tzinfo=UTC)),
    ]


def test_the_status_of_the_market_has_an_instant() -> None:
    row = wire.MarketStatus(
        market="extended-hours",
        afterHours=True,
        serverTime="2026-04-28T16:48:08-04:00",
        exchanges={"nyse": "extended-hours"},
    )

    at = datetime(2026, 4, 28, 20, 48, 8, tzinfo=UTC)
    assert facts.market_now(row) == MarketNow("extended-hours", False, True, at, {"nyse": "extended-hours"})
    assert facts.market_now(wire.MarketStatus(serverTime="2026-04-28T16:48:08")).server_at is None


def test_dividends_need_a_date_and_an_amount() -> None:
    whole = {
        "ticker": "DIVI",
        "cash_amount": 1.0,
        "ex_dividend_date": "2026-03-10",
        "declaration_date": "2026-02-01",
        "record_date": "2026-03-11",
        "pay_date": "2026-03-25",
        "frequency": 4,
        "dividend_type": "CD",
    }

    found = list(facts.dividends([whole, {"ticker": "DIVI", "cash_amount": 1.0}, whole | {"cash_amount": None}]))

    days = (date(2026, 2, 1), date(2026, 3, 11), date(2026, 3, 25))
    assert found == [Dividend("DIVI", date(2026, 3, 10), 1.0, 4, "CD", *days)]


def test_splits_need_both_of_their_numbers() -> None:
    whole = {"ticker": "SPLT", "execution_date": "2026-06-08", "split_from": 1, "split_to": 4}

    assert list(facts.splits([whole, whole | {"split_to": 0}, whole | {"split_from": None}])) == [
        Split("SPLT", date(2026, 6, 8), 1.0, 4.0)
    ]


def test_yields_are_by_tenor_and_what_is_not_published_is_left_out() -> None:
    row = {"date": "2026-02-06", "yield_1_month": 4.3, "yield_10_year": 4.1, "yield_6_month": None, "inflation": 2}

    (found,) = facts.yields([row, {"date": "2026-02-07"}])

    assert found == Yields(date(2026, 2, 6), ((1 / 12, 4.3), (10.0, 4.1)))


@pytest.mark.parametrize(
    ("name", "timing"),
    [
        ("Q1 2026 Earnings Announcement-After Mkt", "after"),
        ("Q1 2026 Earnings Announcement - Before Mkt", "before"),
        ("Q1 2026 Earnings Announcement", None),
        ("After Mkt Party Conference", None),
    ],
)
def test_the_time_of_an_event_stands_at_the_end_of_its_name(name: str, timing: str | None) -> None:
    row = {
        "ticker": "ROL",
        "date": "2026-04-22",
        "name": name,
        "type": "earnings_announcement_date",
        "status": "confirmed",
    }

    (found,) = facts.events([row, row | {"date": ""}, row | {"ticker": None}])

    day = date(2026, 4, 22)
    assert found == CorporateEvent("ROL", day, "earnings_announcement_date", "confirmed", name, timing)


def test_listed_contracts_are_calls_and_puts() -> None:
    row = wire.Contract(ticker="O:SPX260220C06000000", contract_type="call", shares_per_contract=100)

    assert list(facts.listed([row, wire.Contract(ticker="O:SPX260220C06000000", contract_type="other")])) == [
        ListedContract("O:SPX260220C06000000", "SPX", date(2026, 2, 20), 6000.0, True, 100.0)
    ]


def test_indicator_values_without_a_stamp_or_a_value_are_dropped() -> None:
    rows = [
        wire.IndicatorValue(timestamp=1770699600000, value=6.91, signal=4.95, histogram=1.96),
        wire.IndicatorValue(timestamp=1770613200000, value=6.5),
        wire.IndicatorValue(value=6.5),
        wire.IndicatorValue(timestamp=1770613200000),
    ]

    macd, single = facts.indicator(rows)

    assert (macd.at, macd.value, macd.signal, macd.histogram) == (
        datetime(2026, 2, 10, 5, tzinfo=UTC),
        6.91,
        4.95,
        1.96,
    )
    assert (single.value, math.isnan(single.signal), math.isnan(single.histogram)) == (6.5, True, True)
