from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from redis.connection import AbstractConnection

from config.redis import client, key
from market import clock, feed, intake, session_bars
from market import quotes as quote_store
from market.errors import ProviderUnavailable, RateLimited
from market.feed import FeedResult
from market.pure.bars import Bars
from market.vendors.protocol import Quote
from tests.factories.market import SessionBarsFactory
from tests.market.fakes import FakeVendor, bars

pytestmark = pytest.mark.django_db

DAY = date(2026, 2, 9)
PRE = datetime(2026, 2, 9, 9, tzinfo=UTC)
OPEN = datetime(2026, 2, 9, 14, 30, tzinfo=UTC)
NAN = float("nan")


@dataclass
class Round:
    """Runs the feed at market times and remembers what it told."""

    results: list[FeedResult] = field(default_factory=list)

    def at(self, minutes: float, seconds: float = 2) -> FeedResult:
        now = OPEN + timedelta(minutes=minutes, seconds=seconds)
        with clock.standing(now):
            self.results.append(feed.refresh(now))
        return self.results[-1]

    def until(self, start: float, end: float, every_s: float = 5) -> None:
        for second in np.arange(start * 60, end * 60, every_s):
            self.at(0, float(second))


@pytest.fixture
def run(vendor: FakeVendor, wanted: set[str]) -> Round:
    return Round()


@pytest.fixture
def spy(vendor: FakeVendor, wanted: set[str]) -> Bars:
    """SPY with a bar a minute from the open on, closing at 600, 601, ..."""
    wanted.add("SPY")
    vendor.minutes["SPY"] = bars(OPEN, list(np.arange(600.0, 990.0)))
    return vendor.minutes["SPY"]


def empty_redis() -> None:
    client().delete(*client().scan_iter(match=key("*"), count=1000))


def stored(*symbols: str, at: float = 100) -> dict[str, list[int]]:
    """Return which minutes after the open are stored, read without asking the vendor for more."""
    with clock.standing(OPEN + timedelta(minutes=at)):
        found = session_bars.session_store.read(DAY, symbols)
    return {symbol: ((rows.ts - int(OPEN.timestamp())) // 60).tolist() for symbol, rows in found.items()}


def test_quotes_are_stored_with_their_day_and_minute(run: Round, vendor: FakeVendor, spy: Bars) -> None:
    run.at(3, 30)

    quote = feed.quotes(["SPY", "QQQ"])["SPY"]
    assert quote == Quote(
        symbol="SPY",
        price=603.0,
        prev_close=100.0,
        volume_today=4000.0,
        at=OPEN + timedelta(minutes=3, seconds=30),
        delayed=False,
        volume_minute=500.0,
        stale=False,
    )
    assert (quote.change, quote.change_pct) == (503.0, 503.0)
    assert feed.quotes([]) == {}


def test_only_completed_minutes_are_stored(run: Round, spy: Bars) -> None:
    assert run.at(3, 1.9).completed == {"SPY": 3}  # minute 3 exists, so minute 2 cannot change any more
    assert run.at(3, 30).completed == {}
    assert stored("SPY") == {"SPY": [0, 1, 2]}

    assert run.at(4).completed == {"SPY": 1}
    assert stored("SPY") == {"SPY": [0, 1, 2, 3]}
    with clock.standing(OPEN + timedelta(minutes=4, seconds=2)):
        np.testing.assert_array_equal(feed.session_bars(["SPY"])["SPY"].rows(), spy.rows()[:4])


def test_the_last_minute_is_complete_two_seconds_after_its_end(
    run: Round, vendor: FakeVendor, wanted: set[str]
) -> None:
    wanted.add("SPY")
    vendor.minutes["SPY"] = bars(OPEN, [600, 601])

    assert run.at(2, 1.9).completed == {"SPY": 1}
    assert run.at(2, 2).completed == {"SPY": 1}
    assert stored("SPY") == {"SPY": [0, 1]}


def test_a_whole_hour_costs_one_question_for_the_past_and_none_later(run: Round, vendor: FakeVendor, spy: Bars) -> None:
    run.until(30, 40)

    assert vendor.calls["minute_bars SPY"] == 1
    assert stored("SPY")["SPY"] == list(range(39))


def test_running_twice_changes_nothing(run: Round, vendor: FakeVendor, spy: Bars) -> None:
    run.at(5)
    first, calls = stored("SPY"), vendor.calls["minute_bars SPY"]

    assert run.at(5).completed == {}
    assert stored("SPY") == first
    assert vendor.calls["minute_bars SPY"] == calls


def test_a_missed_stretch_is_asked_for_once_and_filled(run: Round, vendor: FakeVendor, spy: Bars) -> None:
    run.at(5)

    result = run.at(20)

    assert (result.completed, result.repaired) == ({"SPY": 15}, 1)
    assert stored("SPY")["SPY"] == list(range(20))


def test_a_vendor_that_shows_only_the_forming_minute_is_asked_for_the_one_before(
    run: Round, vendor: FakeVendor, spy: Bars
) -> None:
    vendor.shows = 1
    run.at(5)
    run.until(5.1, 10)

    assert stored("SPY")["SPY"] == list(range(9))
    assert vendor.calls["minute_bars SPY"] <= 6


def test_a_vendor_whose_history_is_late_is_asked_again(run: Round, vendor: FakeVendor, spy: Bars) -> None:
    vendor.shows = 1
    run.at(5)
    vendor.lag_s = 65  # its history ends with the minute before the one that just ended

    run.at(6)
    assert stored("SPY")["SPY"] == list(range(5))
    vendor.lag_s = 0
    run.at(6, 7)

    assert stored("SPY")["SPY"] == list(range(6))


def test_minutes_without_trades_do_not_cost_a_call_every_cycle(
    run: Round, vendor: FakeVendor, wanted: set[str]
) -> None:
    wanted.add("XYZ")
    closes = [50.0] * 60
    for quiet in range(5, 30):
        closes[quiet] = NAN
    vendor.minutes["XYZ"] = bars(OPEN, closes)

    run.until(4, 40)

    assert stored("XYZ")["XYZ"] == [*range(5), *range(30, 39)]
    assert vendor.calls["minute_bars XYZ"] == 1  # the two minutes shown are neighbours, whatever lies between


def test_a_vendor_that_shows_one_minute_is_asked_about_a_silence_a_few_times_only(
    run: Round, vendor: FakeVendor, wanted: set[str]
) -> None:
    wanted.add("XYZ")
    vendor.shows = 1
    vendor.minutes["XYZ"] = bars(OPEN, [50.0, 51.0], every=20)
    run.at(1)
    vendor.calls.clear()

    run.until(62 / 60, 40)

    assert stored("XYZ")["XYZ"] == [0, 20]
    assert vendor.calls["minute_bars XYZ"] == 3  # twice while its history may be late, and once for good


def test_first_demand_in_the_day_brings_the_pre_market_too(run: Round, vendor: FakeVendor, wanted: set[str]) -> None:
    wanted.add("SPY")
    vendor.minutes["SPY"] = bars(PRE, [590.0] * 600)

    run.at(10)

    with clock.standing(OPEN + timedelta(minutes=10, seconds=2)):
        found = feed.session_bars(["SPY"])["SPY"]
    assert found.ts[0] == PRE.timestamp()
    assert len(found) == 340


def test_yesterdays_minutes_are_no_part_of_today(run: Round, vendor: FakeVendor, wanted: set[str]) -> None:
    wanted.add("SPY")
    vendor.minutes["SPY"] = bars(OPEN - timedelta(days=3), [590.0] * 390)

    result = run.at(0, -3600)

    assert result.completed == {}
    assert feed.quotes(["SPY"])["SPY"].price == 590.0
    assert vendor.calls["minute_bars SPY"] == 0


def test_batches_have_at_most_250_symbols(run: Round, vendor: FakeVendor, wanted: set[str]) -> None:
    wanted.update(f"S{n}" for n in range(600))

    result = run.at(1)

    assert vendor.calls["snapshot"] == 3
    assert len(result.unanswered) == 600


def test_an_indexs_proxy_is_served_along(run: Round, vendor: FakeVendor, wanted: set[str]) -> None:
    wanted.add("SPX")

    assert run.at(1).unanswered == ("SPX", "SPY")


def test_calls_do_not_grow_with_those_who_need_a_symbol(
    run: Round, vendor: FakeVendor, spy: Bars, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed.demand, "_needs", {str(n): lambda: ["SPY"] for n in range(50)})

    assert run.at(3).symbols == 1
    assert vendor.calls == {"snapshot": 1, "minute_bars SPY": 1}


def test_a_failed_batch_costs_its_symbols_a_round_and_nothing_is_invented(
    run: Round, vendor: FakeVendor, wanted: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "BATCH", 1)
    wanted.update(["QQQ", "SPY"])
    for symbol in wanted:
        vendor.minutes[symbol] = bars(OPEN, [600.0 + n for n in range(20)])
    run.at(3)
    vendor.failing["SPY"] = ProviderUnavailable(provider="fake")

    result = run.at(4)

    assert (result.quotes, result.failed_calls, result.unanswered) == (1, 1, ("SPY",))
    assert stored("QQQ", "SPY") == {"QQQ": [0, 1, 2, 3], "SPY": [0, 1, 2]}
    assert feed.quotes(["SPY"])["SPY"].price == 603.0
    del vendor.failing["SPY"]
    assert run.at(5).completed == {"QQQ": 1, "SPY": 2}


def test_minutes_behind_a_gap_wait_until_it_can_be_filled(run: Round, vendor: FakeVendor, spy: Bars) -> None:
    run.at(5)
    vendor.failing["minute_bars SPY"] = ProviderUnavailable(provider="fake")

    assert run.at(9).failed_calls == 1
    assert stored("SPY")["SPY"] == list(range(5))
    vendor.failing.clear()
    run.at(10)

    assert stored("SPY")["SPY"] == list(range(10))


def test_a_rate_limit_ends_the_questions_of_a_round(run: Round, vendor: FakeVendor, wanted: set[str]) -> None:
    for symbol in ("AAPL", "MSFT", "NVDA"):
        wanted.add(symbol)
        vendor.minutes[symbol] = bars(OPEN, [600.0] * 20)
        vendor.failing[f"minute_bars {symbol}"] = RateLimited(provider="fake", retry_after=1.0)

    assert run.at(5).failed_calls == 1
    vendor.failing.clear()
    assert run.at(6).repaired == 3


def test_questions_for_gaps_stop_when_the_round_has_taken_too_long(
    run: Round, vendor: FakeVendor, spy: Bars, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "REPAIR_BUDGET_S", -1.0)
    assert run.at(5).repaired == 0
    assert stored("SPY") == {}

    monkeypatch.setattr(intake, "REPAIR_BUDGET_S", 3.0)
    assert run.at(5, 7).repaired == 1


def test_an_empty_redis_is_filled_from_what_postgres_kept(run: Round, vendor: FakeVendor, spy: Bars) -> None:
    run.at(10)
    with clock.standing(OPEN + timedelta(minutes=10, seconds=2)):
        session_bars.keep(clock.now())
    empty_redis()
    vendor.calls.clear()

    run.at(12)

    assert stored("SPY")["SPY"] == list(range(12))
    assert vendor.calls["minute_bars SPY"] == 1


def test_one_lost_value_is_noticed(run: Round, vendor: FakeVendor, spy: Bars) -> None:
    run.at(10)
    client().delete(session_bars.session_store._bars_key(DAY, "SPY"))

    run.at(11)

    assert stored("SPY")["SPY"] == list(range(11))


def test_a_symbol_nobody_needs_any_more_is_not_served_stale(
    run: Round, vendor: FakeVendor, spy: Bars, wanted: set[str]
) -> None:
    run.at(5)
    wanted.clear()
    run.at(6)

    assert feed.quotes(["SPY"]) == {}
    assert stored("SPY") == {}
    wanted.add("SPY")
    run.at(9)
    assert stored("SPY")["SPY"] == list(range(9))


def test_silence_while_open_is_stale_after_two_minutes(run: Round, vendor: FakeVendor, spy: Bars) -> None:
    vendor.minutes["SPY"] = spy.take(slice(0, 5))

    assert run.at(7, 0).stale == ()
    assert run.at(7, 1).stale == ("SPY",)
    assert feed.quotes(["SPY"])["SPY"].stale


def test_a_vendor_that_went_silent_makes_the_kept_quote_stale_and_a_new_bar_mends_it(
    run: Round, vendor: FakeVendor, spy: Bars
) -> None:
    run.at(5)
    vendor.silent.add("SPY")

    assert run.at(8).stale == ("SPY",)
    assert feed.quotes(["SPY"])["SPY"].stale
    vendor.silent.clear()
    assert run.at(9).stale == ()
    assert not feed.quotes(["SPY"])["SPY"].stale


def quote_of_yesterday(*, delayed: bool = False) -> None:
    """Leave what the feed knew when the session before ended."""
    at = OPEN - timedelta(days=3) + timedelta(minutes=389)
    pipe = client().pipeline()
    quote_store.replace_all(pipe, {"SPY": Quote("SPY", 600.0, 599.0, volume_today=1.0, at=at, delayed=delayed)})
    pipe.execute()


def test_a_vendor_that_says_nothing_all_day_leaves_a_stale_price_and_no_live_one(
    run: Round, vendor: FakeVendor, spy: Bars
) -> None:
    quote_of_yesterday()
    vendor.failing["snapshot"] = ProviderUnavailable(provider="fake")

    assert run.at(-20).stale == ("SPY",)
    assert run.at(1).stale == ()  # a minute after the open nobody can have a bar
    assert run.at(3).stale == ("SPY",)
    assert feed.quotes(["SPY"])["SPY"].stale
    assert run.at(400).stale == ("SPY",)
    assert run.at(900).stale == ()  # the market is closed: nothing claims to be live


def test_a_failed_round_of_a_late_plan_makes_nothing_stale(run: Round, vendor: FakeVendor, spy: Bars) -> None:
    quote_of_yesterday(delayed=True)
    vendor.failing["snapshot"] = ProviderUnavailable(provider="fake")

    assert run.at(16).stale == ()
    assert run.at(18).stale == ("SPY",)


def test_outside_regular_hours_nothing_is_stale(run: Round, vendor: FakeVendor, spy: Bars) -> None:
    run.at(389)

    assert run.at(420).stale == ()
    assert run.at(-20).stale == ()


def test_patience_grows_with_the_clocks_speed(
    run: Round, vendor: FakeVendor, spy: Bars, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor.minutes["SPY"] = spy.take(slice(0, 5))
    monkeypatch.setattr(clock, "speed", lambda: 60.0)

    assert run.at(9).stale == ()
    assert run.at(10, 1).stale == ("SPY",)


def test_sinks_hear_of_quotes_each_round_and_of_bars_when_there_are_new_ones(
    run: Round, vendor: FakeVendor, spy: Bars
) -> None:
    told: list[object] = []
    feed.on_quotes(lambda quotes: told.append(sorted(quotes)))
    feed.on_bars(told.append)

    run.at(5)
    run.at(5, 30)

    assert told == [["SPY"], ("SPY",), ["SPY"]]


def test_a_sink_registers_once(run: Round, vendor: FakeVendor, spy: Bars) -> None:
    told: list[tuple[str, ...]] = []
    feed.on_bars(told.append)
    sink: Callable[[tuple[str, ...]], object] = told.append
    feed.on_bars(sink)

    run.at(5)

    assert told == [("SPY",)]


def test_a_sink_that_raises_does_not_stop_the_others(
    run: Round, vendor: FakeVendor, spy: Bars, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[tuple[str, ...]] = []

    def broken(_symbols: tuple[str, ...]) -> None:
        raise RuntimeError("no")

    feed.on_bars(broken)
    feed.on_bars(told.append)

    run.at(5)

    assert told == [("SPY",)]
    assert "market.feed.sink_failed" in caplog.text


def test_a_need_that_cannot_be_read_does_not_stop_the_others(
    run: Round, vendor: FakeVendor, spy: Bars, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> list[str]:
        raise RuntimeError("no")

    feed.demand.register("broken", broken)

    assert run.at(5).symbols == 1
    assert "market.demand.failed" in caplog.text


def test_on_a_closed_day_quotes_are_served_and_no_bars(run: Round, vendor: FakeVendor, spy: Bars) -> None:
    result = run.at(-48 * 60)

    assert (result.completed, result.stale) == ({}, ())
    run.at(5 * 24 * 60)
    assert feed.quotes(["SPY"])["SPY"].price == 989.0


def test_a_symbol_without_a_price_has_no_quote(run: Round, vendor: FakeVendor, wanted: set[str]) -> None:
    wanted.add("NEW")
    vendor.minutes["NEW"] = Bars.empty()

    run.at(5)

    assert feed.quotes(["NEW"]) == {}


def test_missing_numbers_of_a_quote_stay_missing(run: Round, vendor: FakeVendor, wanted: set[str]) -> None:
    wanted.add("VIX")
    vendor.minutes["VIX"] = bars(OPEN, [15.0, 15.1], volume=NAN)

    run.at(2)

    quote = feed.quotes(["VIX"])["VIX"]
    assert math.isnan(quote.volume_today)
    assert math.isnan(quote.volume_minute)


def test_a_round_of_250_symbols_is_a_handful_of_round_trips_and_no_query(
    run: Round, vendor: FakeVendor, wanted: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(250):
        wanted.add(f"S{n}")
        vendor.minutes[f"S{n}"] = bars(OPEN, [100.0 + n] * 10)
    run.at(5)
    sent = []
    original = AbstractConnection.send_packed_command

    def counted(self: AbstractConnection, *args: object, **options: object) -> None:
        sent.append(args)
        original(self, *args, **options)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", counted)

    with CaptureQueriesContext(connection) as queries:
        result = run.at(6)

    assert len(result.completed) == 250
    assert len(sent) == 3  # how far they are, whether all is still there, and everything that is new
    assert len(queries) == 0


def test_a_kept_session_of_the_day_is_only_a_start(run: Round, vendor: FakeVendor, spy: Bars) -> None:
    SessionBarsFactory(session_date=DAY, packed=spy.take(slice(0, 3)).pack())

    run.at(6)

    assert stored("SPY")["SPY"] == list(range(6))
    assert run.results[-1].completed == {"SPY": 3}


def test_a_clock_set_back_hears_nothing_of_later_and_is_told_again(run: Round, vendor: FakeVendor, spy: Bars) -> None:
    run.at(60)
    with clock.standing(OPEN + timedelta(minutes=10, seconds=30)):
        assert len(feed.session_bars(["SPY"])["SPY"]) == 10

    run.at(10, 30)
    assert stored("SPY") == {"SPY": list(range(10))}

    assert run.at(11).completed == {"SPY": 1}
    assert run.at(9).completed == {}
    assert run.at(10).completed == {"SPY": 1}


def test_a_clock_set_back_before_the_first_minute_has_no_bars(run: Round, vendor: FakeVendor, spy: Bars) -> None:
    run.at(60)
    run.at(0, 30)

    assert stored("SPY") == {"SPY": []}
    assert run.at(1).completed == {"SPY": 1}
