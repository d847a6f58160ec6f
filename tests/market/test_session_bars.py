from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from market import clock, feed, session_bars
from market.errors import ProviderUnavailable
from market.models import SessionBars
from market.pure.bars import Bars
from tests.factories.market import SessionBarsFactory
from tests.market.fakes import FakeVendor, bars

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 2, 9)
PRE = datetime(2026, 2, 9, 9, tzinfo=UTC)
OPEN = datetime(2026, 2, 9, 14, 30, tzinfo=UTC)
CLOSE = datetime(2026, 2, 9, 21, tzinfo=UTC)


@pytest.fixture
def day(vendor: FakeVendor, wanted: set[str]) -> Bars:
    """A day of SPY from 04:00 to 20:00."""
    vendor.minutes["SPY"] = bars(PRE, list(np.linspace(600, 610, 960)))
    return vendor.minutes["SPY"]


def kept() -> list[tuple[str, date, int, bool]]:
    rows = SessionBars.objects.order_by("symbol", "session_date")
    return [(row.symbol, row.session_date, len(Bars.unpack(bytes(row.packed))), row.complete) for row in rows]


def test_a_symbol_the_feed_does_not_serve_is_asked_for_and_lent_for_a_minute(vendor: FakeVendor, day: Bars) -> None:
    with clock.standing(OPEN + timedelta(minutes=5)):
        first = feed.session_bars(["SPY"])["SPY"]
        second = feed.session_bars(["SPY"])["SPY"]

    assert len(first) == len(second) == 334  # the newest minute settles two seconds later
    assert vendor.calls["minute_bars SPY"] == 1


def test_what_was_lent_does_not_stop_the_feed(vendor: FakeVendor, day: Bars, wanted: set[str]) -> None:
    with clock.standing(OPEN + timedelta(minutes=5)) as hand:
        feed.session_bars(["SPY"])
        wanted.add("SPY")
        hand.forward(minutes=3, seconds=2)
        feed.refresh(clock.now())
        assert len(feed.session_bars(["SPY"])["SPY"]) == 338


def test_every_symbol_asked_for_has_an_answer(vendor: FakeVendor, day: Bars) -> None:
    with clock.standing(OPEN + timedelta(minutes=5)):
        found = feed.session_bars(["SPY", "NOPE"])

    assert list(found) == ["SPY", "NOPE"]
    assert len(found["NOPE"]) == 0


def test_before_the_day_begins_there_are_no_bars_and_no_questions(vendor: FakeVendor, day: Bars) -> None:
    with clock.standing(PRE - timedelta(hours=1)):
        assert len(feed.session_bars(["SPY"])["SPY"]) == 0
        assert len(feed.session_bars(["SPY"], date(2026, 2, 11))["SPY"]) == 0

    assert vendor.calls == {}


def test_a_closed_day_has_no_bars(vendor: FakeVendor, day: Bars) -> None:
    with clock.standing(OPEN):
        assert len(feed.session_bars(["SPY"], date(2026, 2, 8))["SPY"]) == 0


def test_on_a_weekend_the_session_is_fridays(vendor: FakeVendor, wanted: set[str]) -> None:
    vendor.minutes["SPY"] = bars(OPEN - timedelta(days=3), [600.0, 601.0])

    with clock.standing(datetime(2026, 2, 8, 17, tzinfo=UTC)):
        assert feed.session_bars(["SPY"])["SPY"].close.tolist() == [600, 601]


def test_a_past_session_is_asked_for_once_and_kept(vendor: FakeVendor, day: Bars) -> None:
    with clock.standing(OPEN + timedelta(days=1)):
        first = feed.session_bars(["SPY"], MONDAY)["SPY"]
        second = feed.session_bars(["SPY"], MONDAY)["SPY"]

    assert len(first) == len(second) == 960
    assert vendor.calls["minute_bars SPY"] == 1
    assert kept() == [("SPY", MONDAY, 960, True)]


def test_an_incomplete_past_session_is_completed(vendor: FakeVendor, day: Bars) -> None:
    SessionBarsFactory(packed=day.take(slice(0, 100)).pack())

    with clock.standing(OPEN + timedelta(days=1)):
        assert len(feed.session_bars(["SPY"], MONDAY)["SPY"]) == 960

    assert kept() == [("SPY", MONDAY, 960, True)]


def test_while_the_vendor_is_away_what_was_kept_of_a_past_session_stands(vendor: FakeVendor, day: Bars) -> None:
    SessionBarsFactory(packed=day.take(slice(0, 100)).pack())
    vendor.failing["minute_bars SPY"] = ProviderUnavailable(provider="fake")

    with clock.standing(OPEN + timedelta(days=1)):
        assert len(feed.session_bars(["SPY"], MONDAY)["SPY"]) == 100
        with pytest.raises(ProviderUnavailable):
            feed.session_bars(["SPY"], date(2026, 2, 6))


def test_keeping_writes_one_row_a_symbol_in_one_statement(vendor: FakeVendor, day: Bars, wanted: set[str]) -> None:
    for symbol in ("SPY", "QQQ", "IWM"):
        wanted.add(symbol)
        vendor.minutes[symbol] = day
    with clock.standing(OPEN + timedelta(minutes=5)):
        feed.refresh(clock.now())
        with CaptureQueriesContext(connection) as queries:
            assert session_bars.keep(clock.now()) == 3
        session_bars.keep(clock.now())

    assert len([query for query in queries if "INSERT" in query["sql"]]) == 1
    assert kept() == [(symbol, MONDAY, 335, False) for symbol in ("IWM", "QQQ", "SPY")]


def test_at_the_close_the_session_is_complete(vendor: FakeVendor, day: Bars, wanted: set[str]) -> None:
    wanted.add("SPY")
    with clock.standing(CLOSE - timedelta(minutes=1)) as hand:
        feed.refresh(clock.now())
        session_bars.keep(clock.now())
        assert kept()[0][3] is False
        hand.move_to(CLOSE + timedelta(minutes=2))
        feed.refresh(clock.now())
        session_bars.keep(clock.now())

    assert kept()[0][3] is True


@pytest.mark.parametrize("minutes", [2, 30])
def test_a_session_cut_off_before_its_close_is_not_complete(
    vendor: FakeVendor, day: Bars, wanted: set[str], minutes: int
) -> None:
    wanted.add("SPY")
    with clock.standing(CLOSE - timedelta(minutes=minutes)) as hand:
        feed.refresh(clock.now())
        hand.move_to(CLOSE + timedelta(minutes=2))
        session_bars.keep(clock.now())

    assert kept()[0][3] is False


def test_on_a_closed_day_nothing_is_kept(vendor: FakeVendor, day: Bars) -> None:
    assert session_bars.keep(datetime(2026, 2, 8, 17, tzinfo=UTC)) == 0
