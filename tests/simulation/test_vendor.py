"""The made-up market behind the vendor's door."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from market import calendar
from market.errors import NoChains, ProviderUnavailable, UnknownSymbol
from market.pure.bars import Bars
from market.vendors.protocol import SymbolInfo, Vendor
from simulation.pure.session import recording
from simulation.vendor import SimulatedVendor

pytestmark = pytest.mark.django_db

NEW_YORK = ZoneInfo("America/New_York")
MONDAY = date(2026, 2, 9)
SYMBOLS = ("SPX", "SPY", "NVDA")


def at(day: date, clock: str) -> datetime:
    hour, minute, second = (int(part) for part in f"{clock}:00".split(":")[:3])
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=NEW_YORK).astimezone(UTC)


@pytest.fixture
def vendor() -> SimulatedVendor:
    return SimulatedVendor()


def whole_day(vendor: SimulatedVendor, symbol: str, day: date) -> Bars:
    return vendor.minute_bars(symbol, at(day, "00:00"), at(day, "23:59"), now=at(day, "23:59"))


def test_it_is_a_vendor_and_says_that_it_is_simulated(vendor: SimulatedVendor) -> None:
    assert isinstance(vendor, Vendor)
    assert (vendor.name, vendor.simulated) == ("simulated", True)


def test_the_setting_is_its_seed(settings: object) -> None:
    settings.SIMULATION_SEED = 5  # type: ignore[attr-defined]

    assert whole_day(SimulatedVendor(), "SPX", MONDAY).pack() == whole_day(SimulatedVendor(5), "SPX", MONDAY).pack()
    assert whole_day(SimulatedVendor(), "SPX", MONDAY).pack() != whole_day(SimulatedVendor(6), "SPX", MONDAY).pack()


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    symbol=st.sampled_from(SYMBOLS),
    now=st.integers(0, 5 * 86400).map(lambda second: at(MONDAY, "00:00") + timedelta(seconds=second)),
)
def test_nothing_it_says_is_later_than_now(vendor: SimulatedVendor, symbol: str, now: datetime) -> None:
    start, end = at(MONDAY, "00:00"), at(date(2026, 2, 14), "00:00")
    known = vendor.minute_bars(symbol, start, end, now=now)
    later = vendor.minute_bars(symbol, start, end, now=end)
    seen = vendor.snapshot([symbol], now=now)[symbol]

    assert later.take(slice(0, len(known))).pack() == known.pack()
    assert len(known) == int((later.ts + 60 <= now.timestamp()).sum())
    assert seen.quote.at <= now
    assert (seen.minute.ts <= now.timestamp()).all()
    days = vendor.daily_bars(symbol, date(2026, 2, 2), date(2026, 2, 13), now=now)
    assert len(days) == 5 + sum(at(MONDAY + timedelta(days=day), "16:00") <= now for day in range(5))


def test_a_minute_bar_request_is_cut_to_its_edges(vendor: SimulatedVendor) -> None:
    bars = vendor.minute_bars("SPY", at(MONDAY, "09:30"), at(MONDAY, "09:35"), now=at(MONDAY, "16:00"))

    assert bars.ts.tolist() == [int(at(MONDAY, f"09:3{minute}").timestamp()) for minute in range(5)]


def test_a_request_between_two_minutes_starts_with_the_next(vendor: SimulatedVendor) -> None:
    bars = vendor.minute_bars("SPY", at(MONDAY, "09:30:30"), at(MONDAY, "09:32:30"), now=at(MONDAY, "16:00"))

    assert bars.ts.tolist() == [int(at(MONDAY, f"09:3{minute}").timestamp()) for minute in (1, 2)]


def test_minutes_over_several_days_skip_what_is_closed(vendor: SimulatedVendor) -> None:
    bars = vendor.minute_bars(
        "SPX", at(date(2026, 2, 13), "00:00"), at(date(2026, 2, 18), "00:00"), now=at(date(2026, 2, 18), "00:00")
    )

    days = {datetime.fromtimestamp(int(ts), tz=NEW_YORK).date() for ts in bars.ts}
    assert days == {date(2026, 2, 13), date(2026, 2, 17)}  # a week-end and Presidents' Day between
    assert len(bars) == 2 * 390


def test_a_half_day_ends_at_one(vendor: SimulatedVendor) -> None:
    black_friday = date(2025, 11, 28)

    index, fund = whole_day(vendor, "SPX", black_friday), whole_day(vendor, "SPY", black_friday)
    assert len(index) == 210
    assert index.ts[-1] == at(black_friday, "12:59").timestamp()
    assert at(black_friday, "16:00").timestamp() < fund.ts[-1] < at(black_friday, "17:00").timestamp()


def test_daily_bars_are_stamped_at_midnight_in_new_york(vendor: SimulatedVendor) -> None:
    bars = vendor.daily_bars("SPX", date(2026, 3, 6), date(2026, 3, 9), now=at(date(2026, 3, 9), "16:00"))

    assert bars.ts.tolist() == [at(day, "00:00").timestamp() for day in (date(2026, 3, 6), date(2026, 3, 9))]


def test_a_daily_bar_is_what_its_minutes_were(vendor: SimulatedVendor) -> None:
    bar = vendor.daily_bars("NVDA", MONDAY, MONDAY, now=at(MONDAY, "16:00"))
    minutes = whole_day(vendor, "NVDA", MONDAY).between(
        int(at(MONDAY, "09:30").timestamp()), int(at(MONDAY, "16:00").timestamp())
    )

    assert bar.rows()[0, 1:6].tolist() == [
        minutes.open[0],
        minutes.high.max(),
        minutes.low.min(),
        minutes.close[-1],
        minutes.volume.sum(),
    ]


def test_two_hundred_and_fifty_days_are_there_before_2024(vendor: SimulatedVendor) -> None:
    bars = vendor.daily_bars("SPX", date(2023, 1, 3), date(2023, 12, 29), now=at(date(2024, 1, 2), "09:30"))

    assert len(bars) == 250


def test_quarters_asked_for_alone_are_the_ones_in_the_year(vendor: SimulatedVendor) -> None:
    now = at(date(2026, 2, 10), "09:30")
    year = vendor.daily_bars("SPY", date(2025, 1, 1), date(2025, 12, 31), now=now)
    part = vendor.daily_bars("SPY", date(2025, 5, 12), date(2025, 8, 20), now=now)

    assert year.between(int(part.ts[0]), int(part.ts[-1]) + 1).pack() == part.pack()


def test_days_in_the_wrong_order_are_no_days(vendor: SimulatedVendor) -> None:
    assert len(vendor.daily_bars("SPY", MONDAY, date(2026, 1, 5), now=at(MONDAY, "18:00"))) == 0
    assert len(vendor.daily_bars("SPY", date(2026, 3, 2), date(2026, 3, 6), now=at(MONDAY, "18:00"))) == 0


QUOTES = (
    # clock, symbols whose minute bar is there, price of SPX is the close of
    ("03:00", set(), date(2026, 2, 6)),
    ("09:15", {"SPY", "NVDA"}, date(2026, 2, 6)),
    ("16:30", {"SPX", "SPY", "NVDA"}, MONDAY),
    ("23:30", {"SPX", "SPY", "NVDA"}, MONDAY),
)


@pytest.mark.parametrize(("clock", "with_minute", "closed"), QUOTES)
def test_an_index_keeps_its_last_close_outside_its_hours(
    vendor: SimulatedVendor, clock: str, with_minute: set[str], closed: date
) -> None:
    seen = vendor.snapshot(SYMBOLS, now=at(MONDAY, clock))
    close = vendor.daily_bars("SPX", closed, closed, now=at(MONDAY, "23:59")).close[0]

    assert {symbol for symbol in SYMBOLS if len(seen[symbol].minute)} == with_minute
    assert seen["SPX"].quote.price == close
    assert seen["SPX"].quote.at == at(closed, "15:59:55")


@pytest.mark.parametrize(
    ("clock", "previous"),
    [
        ("03:59:59", date(2026, 2, 5)),
        ("04:00", date(2026, 2, 6)),
        ("12:00", date(2026, 2, 6)),
        ("22:00", date(2026, 2, 6)),
    ],
)
def test_the_previous_close_changes_when_pre_market_begins(vendor: SimulatedVendor, clock: str, previous: date) -> None:
    seen = vendor.snapshot(SYMBOLS, now=at(MONDAY, clock))

    for symbol in SYMBOLS:
        assert (
            seen[symbol].quote.prev_close
            == vendor.daily_bars(symbol, previous, previous, now=at(MONDAY, clock)).close[0]
        )


def test_a_quote_agrees_with_the_minute_beside_it(vendor: SimulatedVendor) -> None:
    now = at(MONDAY, "10:07:33")
    seen = vendor.snapshot(SYMBOLS, now=now)

    for symbol in SYMBOLS:
        quote, minute = seen[symbol].quote, seen[symbol].minute
        assert quote.price == minute.close[-1]
        assert minute.ts.tolist() == [at(MONDAY, "10:06").timestamp(), at(MONDAY, "10:07").timestamp()]
        assert quote.at == at(MONDAY, "10:07:30")
        assert not quote.delayed
        assert np.isnan(quote.volume_today) == (symbol == "SPX")
        assert np.array_equal(quote.volume_minute, minute.volume[-1], equal_nan=True)


def test_volume_of_the_day_is_what_its_minutes_sum_to(vendor: SimulatedVendor) -> None:
    seen = vendor.snapshot(["SPY"], now=at(MONDAY, "20:30"))["SPY"].quote

    assert seen.volume_today == whole_day(vendor, "SPY", MONDAY).volume.sum()


def test_nothing_has_traded_on_a_saturday(vendor: SimulatedVendor) -> None:
    seen = vendor.snapshot(SYMBOLS, now=at(date(2026, 2, 14), "12:00"))

    assert seen["SPY"].quote.volume_today == 0.0
    assert np.isnan(seen["SPX"].quote.volume_today)
    assert all(len(one.minute) == 0 for one in seen.values())
    assert seen["SPY"].quote.price == whole_day(vendor, "SPY", date(2026, 2, 13)).close[-1]


def test_unknown_symbols_are_missing_from_a_snapshot_and_errors_elsewhere(vendor: SimulatedVendor) -> None:
    now = at(MONDAY, "12:00")

    assert set(vendor.snapshot(["SPY", "ZZZZ"], now=now)) == {"SPY"}
    assert vendor.lookup("ZZZZ") is None
    with pytest.raises(UnknownSymbol, match="ZZZZ"):
        vendor.minute_bars("ZZZZ", now, now, now=now)
    with pytest.raises(UnknownSymbol, match="ZZZZ"):
        vendor.daily_bars("ZZZZ", MONDAY, MONDAY, now=now)


def test_the_directory_answers_in_the_words_of_the_market(vendor: SimulatedVendor) -> None:
    assert vendor.lookup("SPX") == SymbolInfo("SPX", "S&P 500 Index", "index", None)
    assert vendor.lookup("QQQ") == SymbolInfo("QQQ", "Invesco QQQ Trust", "etf", "XNAS")
    assert vendor.search("aapl", 3) == [SymbolInfo("AAPL", "Apple Inc.", "stock", "XNAS")]


def test_it_has_every_session_of_the_exchange(vendor: SimulatedVendor) -> None:
    bars = vendor.daily_bars("SPX", date(2026, 1, 1), date(2026, 12, 31), now=at(date(2027, 1, 4), "09:30"))

    assert vendor.market_days() is None
    assert len(bars) == len(calendar.sessions(date(2026, 1, 1), date(2026, 12, 31))) == 251


def test_a_time_outside_its_years_is_said_to_be_so(vendor: SimulatedVendor) -> None:
    with pytest.raises(ProviderUnavailable, match="simulated"):
        vendor.snapshot(SYMBOLS, now=at(date(2019, 5, 6), "12:00"))
    assert len(whole_day(vendor, "SPY", date(2019, 5, 6))) == 0


def test_threads_see_one_market(vendor: SimulatedVendor) -> None:
    # The calendar is warm: the question is what shared caches do when several threads fill them at once.
    expected = whole_day(vendor, "NVDA", MONDAY).pack()
    recording.cache_clear()

    with ThreadPoolExecutor(4) as pool:
        packed = list(pool.map(lambda _: whole_day(vendor, "NVDA", MONDAY).pack(), range(8)))

    assert set(packed) == {expected}


def test_a_chain_is_priced_at_the_quote_of_the_moment(vendor: SimulatedVendor) -> None:
    now = at(MONDAY, "10:07:33")
    quotes = vendor.snapshot(("SPX", "SPY", "NVDA"), now=now)

    for symbol in ("SPX", "SPY", "NVDA"):
        chain = vendor.option_chain(symbol, expiries=4, now=now)
        assert (chain.symbol, chain.spot, chain.as_of) == (symbol, quotes[symbol].quote.price, now)
        assert len(chain.expiries) == 4
        # At the money a call and a put of the nearest date are worth about the same.
        front = chain.take(chain.expiry == np.datetime64(chain.expiries[0]))
        nearest = np.abs(front.strike - front.spot).argsort(kind="stable")[:2]
        assert np.abs(front.delta[nearest]) == pytest.approx([0.5, 0.5], abs=0.1)


def test_days_of_options_are_the_exchanges(vendor: SimulatedVendor) -> None:
    chain = vendor.option_chain("SPX", expiries=6, now=at(MONDAY, "12:00"))

    # A week-end and Presidents' Day between.
    assert [day.day for day in chain.expiries] == [9, 10, 11, 12, 13, 17]


def test_on_a_half_day_options_end_with_the_session(vendor: SimulatedVendor) -> None:
    black_friday = date(2025, 11, 28)

    before = vendor.option_chain("SPX", expiries=1, now=at(black_friday, "12:59"))
    after = vendor.option_chain("SPX", expiries=1, now=at(black_friday, "13:00"))

    assert (before.expiries, after.expiries) == ([black_friday], [date(2025, 12, 1)])


@pytest.mark.parametrize(
    ("clock", "day"), [("03:00", MONDAY), ("08:00", MONDAY), ("20:30", MONDAY), ("12:00", date(2026, 2, 14))]
)
def test_a_chain_can_be_read_at_any_hour(vendor: SimulatedVendor, clock: str, day: date) -> None:
    now = at(day, clock)
    chain = vendor.option_chain("SPX", expiries=3, now=now)

    assert chain.spot == vendor.snapshot(["SPX"], now=now)["SPX"].quote.price
    assert np.isfinite(chain.iv).all()
    assert (chain.volume.sum() > 0) == (clock == "20:30")  # what traded on Friday did not trade today


def test_open_interest_of_a_session_stands_and_the_next_has_its_own(vendor: SimulatedVendor) -> None:
    tuesday = date(2026, 2, 10)
    early, late, next_day = (
        vendor.option_chain("SPX", expiries=2, now=now)
        for now in (at(MONDAY, "09:30"), at(MONDAY, "15:59"), at(tuesday, "09:30"))
    )

    assert early.open_interest.tolist() == late.open_interest.tolist()
    assert (late.volume >= early.volume).all()
    same = next_day.expiry == np.datetime64(tuesday)
    before = late.expiry == np.datetime64(tuesday)
    shared = np.intersect1d(next_day.strike[same], late.strike[before])
    grown = next_day.open_interest[same & np.isin(next_day.strike, shared)].sum()
    assert grown != late.open_interest[before & np.isin(late.strike, shared)].sum()


def test_a_chain_is_the_same_for_ever(vendor: SimulatedVendor) -> None:
    now = at(MONDAY, "10:00")

    assert vendor.option_chain("QQQ", expiries=3, now=now).pack() == (
        SimulatedVendor().option_chain("QQQ", expiries=3, now=now).pack()
    )
    assert vendor.option_chain("QQQ", expiries=3, now=now).pack() != (
        SimulatedVendor(7).option_chain("QQQ", expiries=3, now=now).pack()
    )


def test_on_the_third_friday_the_morning_settles_the_monthlies(vendor: SimulatedVendor) -> None:
    friday = date(2026, 2, 20)

    before = vendor.option_chain("SPX", expiries=1, now=at(friday, "09:29:59"))
    after = vendor.option_chain("SPX", expiries=1, now=at(friday, "09:30"))

    assert (set(before.root.tolist()), set(after.root.tolist())) == ({"SPX", "SPXW"}, {"SPXW"})


@pytest.mark.parametrize("symbol", ["VIX", "DJI"])
def test_what_has_no_options_says_so(vendor: SimulatedVendor, symbol: str) -> None:
    with pytest.raises(NoChains, match=f"no option chain of {symbol}"):
        vendor.option_chain(symbol, expiries=6, now=at(MONDAY, "10:00"))


def test_an_unknown_symbol_has_no_options_either(vendor: SimulatedVendor) -> None:
    with pytest.raises(UnknownSymbol, match="ZZZZ"):
        vendor.option_chain("ZZZZ", expiries=6, now=at(MONDAY, "10:00"))


def test_on_its_last_evening_the_made_up_market_has_nothing_left_to_expire(vendor: SimulatedVendor) -> None:
    with pytest.raises(NoChains):
        vendor.option_chain("SPX", expiries=6, now=at(date(2035, 12, 31), "17:00"))
