from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from market.pure.contract_names import parse
from simulation.pure.contracts import (
    Expiry,
    by_listing,
    expiries,
    has_options,
    roots,
    strike_numbers,
    strike_step,
    strikes,
)
from simulation.pure.listings import LISTINGS
from simulation.pure.session import Hours
from tests.simulation.days import hours

MONDAY = date(2026, 2, 9)
HOLIDAYS = {date(2026, 2, 16), date(2026, 4, 3)}  # Presidents' Day and Good Friday
SESSIONS: list[Hours] = [
    hours(day)
    for day in (MONDAY + timedelta(days=offset) for offset in range(120))
    if day.weekday() < 5 and day not in HOLIDAYS
]
OPEN, CLOSE = SESSIONS[0].open_ts, SESSIONS[0].close_ts


def listed(symbol: str, *, now_ts: float = OPEN, count: int = 99, sessions: list[Hours] = SESSIONS) -> list[Expiry]:
    return expiries(LISTINGS[symbol], sessions, now_ts=now_ts, count=count)


def dates(found: Iterable[Expiry]) -> list[str]:
    return list(dict.fromkeys(f"{expiry.day:%m-%d}" for expiry in found))


def test_an_index_has_one_every_day_and_then_every_week() -> None:
    assert dates(listed("SPX", count=13)) == [
        *("02-09", "02-10", "02-11", "02-12", "02-13", "02-17", "02-18", "02-19", "02-20", "02-23"),
        *("02-27", "03-06", "03-13"),
    ]


def test_a_share_has_one_a_week_and_then_one_a_month() -> None:
    # Ten weeks, Good Friday's a day early; then the third Fridays as far as sessions are known.
    assert dates(listed("NVDA")) == [
        *("02-13", "02-20", "02-27", "03-06", "03-13", "03-20", "03-27", "04-02", "04-10", "04-17", "05-15"),
    ]
    assert {expiry.root for expiry in listed("NVDA")} == {"NVDA"}


def test_the_third_friday_of_an_index_settles_twice() -> None:
    third = [expiry for expiry in listed("SPX", count=12) if expiry.day == date(2026, 2, 20)]

    assert [(expiry.root, expiry.at_open, expiry.cycle) for expiry in third] == [
        ("SPX", True, "monthly"),
        ("SPXW", False, "monthly"),
    ]
    friday = hours(date(2026, 2, 20))
    assert [expiry.expires_ts for expiry in third] == [friday.open_ts, friday.close_ts]
    assert {expiry.root for expiry in listed("SPX", count=8)} == {"SPXW"}


def test_each_knows_the_row_of_its_session() -> None:
    assert all(SESSIONS[expiry.session].day == expiry.day for expiry in listed("SPX"))


@pytest.mark.parametrize(("now_ts", "first"), [(CLOSE - 1, "02-09"), (CLOSE, "02-10")])
def test_an_expiry_is_listed_until_its_instant(now_ts: int, first: str) -> None:
    assert dates(listed("SPX", now_ts=now_ts, count=1)) == [first]


def test_what_settled_at_the_open_is_gone_after_it() -> None:
    third = [session for session in SESSIONS if session.day >= date(2026, 2, 20)]

    before = listed("SPX", now_ts=third[0].open_ts - 1, count=1, sessions=third)
    after = listed("SPX", now_ts=third[0].open_ts, count=1, sessions=third)

    assert ([each.root for each in before], [each.root for each in after]) == (["SPX", "SPXW"], ["SPXW"])


def test_a_monthly_on_a_holiday_is_the_day_before() -> None:
    days = [date(2026, 6, 15) + timedelta(days=offset) for offset in range(12)]
    juneteenth = [hours(day) for day in days if day.weekday() < 5 and day != date(2026, 6, 19)]

    found = listed("NVDA", now_ts=juneteenth[0].open_ts, sessions=juneteenth)

    assert (found[0].day, found[0].cycle) == (date(2026, 6, 18), "monthly")


def test_the_last_day_known_ends_no_week_unless_it_is_a_friday() -> None:
    assert dates(listed("NVDA", sessions=SESSIONS[:4])) == []
    assert dates(listed("NVDA", sessions=SESSIONS[:5])) == ["02-13"]


def test_no_dates_are_no_expiries() -> None:
    assert listed("SPX", count=0) == listed("SPX", count=-1) == []


@pytest.mark.parametrize(
    ("symbol", "there"),
    [("SPX", True), ("XSP", True), ("SPY", True), ("NVDA", True), ("VIX", False), ("DJI", False), ("DJX", False)],
)
def test_options_are_on_shares_funds_and_the_big_indexes(symbol: str, there: bool) -> None:
    assert has_options(LISTINGS[symbol]) is there


@pytest.mark.parametrize(
    ("symbol", "step"),
    [("SPX", 5), ("NDX", 25), ("SPY", 1), ("SOFI", 0.5), ("UBER", 1), ("AAPL", 2.5), ("TSLA", 5), ("LLY", 10)],
)
def test_strikes_stand_as_far_apart_as_the_price_is_high(symbol: str, step: float) -> None:
    assert strike_step(LISTINGS[symbol]) == step


def test_strikes_reach_some_six_percent_around_the_last_close() -> None:
    spx = LISTINGS["SPX"]
    found = strikes(spx, strike_numbers(spx, 6901.5))

    assert (found[0], found[-1]) == (6470, 7335)
    assert set((found[1:] - found[:-1]).tolist()) == {5.0}


def test_a_jumpy_share_has_strikes_further_out() -> None:
    nvda = LISTINGS["NVDA"]
    found = strikes(nvda, strike_numbers(nvda, 185.0))

    assert found[0] < 0.85 * 185 < 1.15 * 185 < found[-1]


def test_contracts_are_told_apart_by_their_roots() -> None:
    names = ("SPX260220C06900000", "BRKB260220C00500000", "SPXW260220P06900000", "VIX260218C00020000")

    found = by_listing(map(parse, names))

    assert {listing.symbol: [each.root for each in contracts] for listing, contracts in found.items()} == {
        "SPX": ["SPX", "SPXW"],
        "BRK.B": ["BRKB"],
    }


def test_no_two_listings_share_a_root() -> None:
    every = [root for listing in LISTINGS.values() if has_options(listing) for root in roots(listing) if root]

    assert len(every) == len(set(every))
