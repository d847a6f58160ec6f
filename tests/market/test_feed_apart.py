"""The feed with a vendor whose snapshots show no minutes of indexes, and with one that is a quarter of an hour late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from market import clock, feed, vendors
from market.errors import RateLimited
from market.feed import FeedResult
from market.pure.bars import Bars
from market.vendors.protocol import MinuteSnapshot
from tests.market.fakes import FakeVendor, bars

pytestmark = pytest.mark.django_db

DAY = date(2026, 2, 9)
OPEN = datetime(2026, 2, 9, 14, 30, tzinfo=UTC)
ASKED = "minute_bars SPX"


class LateVendor(FakeVendor):
    """Shows quotes alone of what is in `apart`; with `late_s` it knows the market of that long ago."""

    def __init__(self) -> None:
        super().__init__()
        self.apart: set[str] = set()
        self.late_s = 0

    def _snapshot(self, symbol: str, now: datetime) -> MinuteSnapshot:
        shown = super()._snapshot(symbol, now - timedelta(seconds=self.late_s))
        shown = replace(shown, quote=replace(shown.quote, delayed=self.late_s > 0))
        return replace(shown, minute=Bars.empty(), minutes_apart=True) if symbol in self.apart else shown

    def minute_bars(self, symbol: str, start: datetime, end: datetime, *, now: datetime) -> Bars:
        known = now - timedelta(seconds=self.late_s)
        return super().minute_bars(symbol, start, end, now=known).until(int(known.timestamp()) - 60)


@pytest.fixture
def late() -> Iterator[LateVendor]:
    made = LateVendor()
    with vendors.using(made):
        yield made


@pytest.fixture(autouse=True)
def spx(late: LateVendor, wanted: set[str]) -> Bars:
    """SPX with a bar a minute of regular trading, closing at 6000, 6001, ...; its minutes stand apart."""
    wanted.add("SPX")
    late.apart.add("SPX")
    late.minutes["SPX"] = bars(OPEN, list(np.arange(6000.0, 6390.0)))
    return late.minutes["SPX"]


def at(minutes: float, seconds: float = 2) -> FeedResult:
    now = OPEN + timedelta(minutes=minutes, seconds=seconds)
    with clock.standing(now):
        return feed.refresh(now)


def stored(minutes: float) -> list[int]:
    """Return the minutes since the open that are stored."""
    with clock.standing(OPEN + timedelta(minutes=minutes)):
        ts = feed.session_bars(["SPX"], DAY)["SPX"].ts
    return [int(edge - OPEN.timestamp()) // 60 for edge in ts]


def test_minutes_come_once_a_minute_as_they_settle(late: LateVendor) -> None:
    told: list[str] = []
    feed.on_bars(told.extend)
    for second in range(0, 300, 5):
        at(1, second + 2)

    assert stored(6) == [0, 1, 2, 3, 4]
    assert late.calls[ASKED] == 5
    assert told == ["SPX"] * 5
    assert late.calls["snapshot"] == 60


def test_a_minute_that_is_published_late_is_asked_for_once_more(late: LateVendor) -> None:
    at(1)
    late.lag_s = 70
    for second in range(2, 60, 5):
        at(2, second)
    assert (stored(3), late.calls[ASKED]) == ([0], 3)

    late.lag_s = 0
    at(3)
    assert (stored(4), late.calls[ASKED]) == ([0, 1, 2], 4)


def test_who_comes_late_gets_the_day_so_far(late: LateVendor) -> None:
    assert at(100).completed == {"SPX": 100}
    assert (stored(101), late.calls[ASKED]) == (list(range(100)), 1)


def test_before_the_open_and_in_the_evening_nobody_asks(late: LateVendor, spx: Bars) -> None:
    late.minutes["SPX"] = bars(OPEN - timedelta(days=1), [6000.0])
    for minute in range(-330, 1):
        at(minute)
    assert late.calls[ASKED] == 0

    late.minutes["SPX"] = spx
    at(389.9, 0)
    asked = late.calls[ASKED]
    for minute in range(390, 631):
        at(minute)
    assert stored(640) == list(range(390))
    # Until a quarter past the close, twice a minute at most; then no more until tomorrow.
    assert late.calls[ASKED] - asked <= 2 * 16


def test_a_delayed_plan_is_asked_for_what_it_can_know(late: LateVendor) -> None:
    late.late_s = 900
    for minute in range(1, 30):
        at(minute)

    assert stored(30) == list(range(14))
    assert late.calls[ASKED] == 14  # none in the quarter of an hour in which it knew nothing of this session


def test_a_delayed_snapshot_completes_no_minute_that_still_forms_there(late: LateVendor, spx: Bars) -> None:
    late.apart.clear()
    late.late_s = 900
    late.shows = 1
    for second in range(0, 240, 5):
        at(16, second + 2)

    now = OPEN + timedelta(minutes=20)
    with clock.standing(now):
        volumes = feed.session_bars(["SPX"], DAY)["SPX"].volume
    # A forming minute is told with half its volume: none of them was taken for a whole one.
    assert volumes.tolist() == [1000.0] * 4


def test_a_delayed_plan_is_not_stale_for_being_late(late: LateVendor) -> None:
    late.late_s = 900
    assert [at(minute).stale for minute in (1, 10, 16, 18)] == [()] * 4

    late.minutes["SPX"] = late.minutes["SPX"].take(slice(0, 5))
    at(20)
    assert at(20 + 3).stale == ("SPX",)


def test_a_question_that_is_refused_waits_for_the_next_minute(late: LateVendor) -> None:
    late.failing[ASKED] = RateLimited(provider="late", retry_after=9.0)
    assert at(2).failed_calls == 1
    late.failing.clear()

    assert at(3).completed == {"SPX": 3}


def test_a_vendor_that_takes_more_at_once_is_asked_once(late: LateVendor, wanted: set[str]) -> None:
    wanted.update(f"S{n}" for n in range(700))
    late.at_once = 2000

    at(1)

    assert late.calls["snapshot"] == 1
