from __future__ import annotations

import math
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from market.pure.contract_marks import Mark
from market.vendors.massive.pure import wire
from market.vendors.massive.pure.marks import marks

NOW = datetime(2026, 2, 10, 20, 41, tzinfo=UTC)
CALL, PUT = "O:SPX260220C06000000", "O:SPX260220P06000000"
FIGURES = ("bid", "ask", "last", "iv", "delta", "gamma", "theta", "vega", "open_interest", "underlying_price")
SECOND = timedelta(seconds=1)


def ns(at: datetime) -> int:
    return round(at.timestamp()) * 1_000_000_000


def row(ticker: str = CALL, **members: Any) -> wire.MarkRow:
    whole = {
        "last_quote": wire.OptionQuote(bid=1.0, ask=1.5, last_updated=ns(NOW - SECOND), timeframe="REAL-TIME"),
        "last_trade": wire.OptionTrade(price=1.3, sip_timestamp=ns(NOW - 60 * SECOND)),
        "greeks": wire.Greeks(delta=0.5, gamma=0.01, theta=-0.2, vega=0.7),
        "implied_volatility": 0.15,
        "open_interest": 12,
        "underlying_asset": wire.Underlying(ticker="I:SPX", value=6001.5, last_updated=ns(NOW)),
    }
    return wire.MarkRow(ticker=ticker, **(whole | members))


def read(*rows: wire.MarkRow, delayed: bool = False) -> list[Mark]:
    return list(marks(rows, [CALL, PUT], now=NOW, delayed=delayed))


def unknown(mark: Mark) -> set[str]:
    return {name for name in FIGURES if math.isnan(getattr(mark, name))}


def test_a_whole_row_is_a_whole_mark() -> None:
    assert read(row()) == [
        Mark(
            ticker="SPX260220C06000000",
            bid=1.0,
            ask=1.5,
            last=1.3,
            iv=0.15,
            delta=0.5,
            gamma=0.01,
            theta=-0.2,
            vega=0.7,
            open_interest=12.0,
            at=NOW - SECOND,
            underlying_price=6001.5,
            last_at=NOW - 60 * SECOND,
            delayed=False,
        )
    ]


def test_a_row_that_says_nothing_is_a_mark_of_which_nothing_is_known() -> None:
    (mark,) = read(wire.MarkRow(ticker=CALL))

    assert unknown(mark) == set(FIGURES)
    assert (mark.at, mark.last_at, mark.delayed) == (None, None, False)


def test_errors_others_and_repetitions_are_dropped() -> None:
    found = read(
        row(PUT, error="NOT_FOUND"),
        row(open_interest=1),
        row(open_interest=2),
        row("AAPL"),
        row("O:SPX260220C06005000"),  # a contract, but nobody asked for it
    )

    assert [(mark.ticker, mark.open_interest) for mark in found] == [("SPX260220C06000000", 1.0)]


@pytest.mark.parametrize(
    ("members", "lost"),
    [
        ({"last_quote": wire.OptionQuote(bid=1.5, ask=1.0, last_updated=ns(NOW))}, {"bid", "ask"}),
        ({"last_quote": wire.OptionQuote(bid=0.0, ask=0.0, last_updated=ns(NOW))}, {"ask"}),
        ({"last_quote": wire.OptionQuote(bid=-1.0, ask=math.inf, last_updated=ns(NOW))}, {"bid", "ask"}),
        ({"last_quote": wire.OptionQuote(bid=1.0, ask=1.5, last_updated=ns(NOW + 61 * SECOND))}, {"bid", "ask"}),
        ({"implied_volatility": 5.0}, {"iv", "delta", "gamma", "theta", "vega"}),
        ({"implied_volatility": 0.0}, {"iv"}),
        ({"greeks": wire.Greeks(delta=0.5)}, {"delta", "gamma", "theta", "vega"}),
        ({"open_interest": None}, {"open_interest"}),
        ({"last_trade": wire.OptionTrade(price=9.0, sip_timestamp=ns(NOW - timedelta(days=1)))}, {"last"}),
        ({"last_trade": wire.OptionTrade(price=9.0, sip_timestamp=ns(NOW + 61 * SECOND))}, {"last"}),
        ({"last_trade": wire.OptionTrade(price=9.0)}, {"last"}),
        ({"underlying_asset": wire.Underlying(value=6001.5)}, {"underlying_price"}),  # nobody knows how old it is
        ({"underlying_asset": wire.Underlying(value=0.0, last_updated=ns(NOW))}, {"underlying_price"}),
        ({"underlying_asset": None}, {"underlying_price"}),
    ],
)
def test_garbage_is_nan_and_the_rest_stands(members: dict[str, Any], lost: set[str]) -> None:
    (mark,) = read(row(**members))

    assert unknown(mark) == lost
    assert (mark.last_at is None) == ("last" in lost)


def test_a_stamp_a_little_ahead_of_our_clock_is_now() -> None:
    ahead = ns(NOW + 59 * SECOND)

    (mark,) = read(
        row(
            last_quote=wire.OptionQuote(bid=1.0, ask=1.5, last_updated=ahead),
            last_trade=wire.OptionTrade(price=1.3, sip_timestamp=ahead),
        )
    )

    assert (mark.at, mark.last_at, mark.bid, mark.last) == (NOW, NOW, 1.0, 1.3)


def test_a_quote_of_yesterday_keeps_its_age() -> None:
    yesterday = NOW - timedelta(days=1)

    (mark,) = read(row(last_quote=wire.OptionQuote(bid=1.0, ask=1.5, last_updated=ns(yesterday))))

    assert (mark.at, mark.mid) == (yesterday, 1.25)


def test_a_quote_without_a_stamp_has_no_age() -> None:
    (mark,) = read(row(last_quote=wire.OptionQuote(bid=1.0, ask=1.5)))

    assert (mark.at, mark.mid) == (None, 1.25)


def test_a_plan_without_real_time_shows_by_the_answer_or_by_the_quote() -> None:
    late = wire.OptionQuote(bid=1.0, ask=1.5, last_updated=ns(NOW), timeframe="DELAYED")

    assert [asdict(mark)["delayed"] for mark in (*read(row(), delayed=True), *read(row(last_quote=late)))] == [True] * 2
