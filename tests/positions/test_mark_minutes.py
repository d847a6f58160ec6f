from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from market import feed, vendors
from market.clock import Standing
from positions import book, mark_minutes, tracker
from positions.book import Act
from positions.models import MarkMinute, Position
from positions.pure.hindsight import Quote
from tests.positions.conftest import TEN, Opener, contract, traded
from tests.positions.market import QuotedMarket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
CALL, PUT = contract("+1C5900"), contract("+1P5900")


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Iterator[QuotedMarket]:
    made = QuotedMarket()
    made.share("SPX", 5950.0, TEN)
    monkeypatch.setattr(feed, "quotes", lambda symbols: {s: made.quotes[s] for s in symbols if s in made.quotes})
    with vendors.using(made):
        yield made


def close(position: Position, text: str, price: str) -> None:
    book.trade(position.user_id, position.pk, [traded(text, price)], Act(at=TEN, now=TEN))


def minutes() -> list[tuple[str, Decimal, Decimal | None, Decimal | None]]:
    return list(MarkMinute.objects.order_by("contract").values_list("contract", "mark", "bid", "ask"))


def test_what_is_held_is_taken_from_the_tracker(
    market: QuotedMarket, opens: Opener, now: Standing, django_assert_num_queries: Callable[..., object]
) -> None:
    opens(("+1C5900", "80"))
    opens(("-3C5900", "80"), ("+3P5900", "40"))
    market.quote("+1C5900", 112.0, 112.4, at=TEN)
    market.quote("+1P5900", 40.0, 40.5, at=TEN)
    tracker.run(now.at)
    asked = len(market.asked)
    now.forward(seconds=40)

    with django_assert_num_queries(2):  # which legs are closed, and the statement that writes
        assert mark_minutes.keep(now.at) == 2

    assert minutes() == [
        (CALL, Decimal("112.2"), 112, Decimal("112.4")),
        (PUT, Decimal("40.25"), 40, Decimal("40.5")),
    ]
    assert set(MarkMinute.objects.values_list("at", flat=True)) == {TEN}
    assert len(market.asked) == asked


def test_twice_in_a_minute_is_once_and_the_newer_price(market: QuotedMarket, opens: Opener, now: Standing) -> None:
    opens(("+1C5900", "80"))
    for ask in (112.4, 113.4):
        market.quote("+1C5900", 112.0, ask, at=now.at)
        now.forward(seconds=20)
        tracker.run(now.at)
        mark_minutes.keep(now.at)

    assert minutes() == [(CALL, Decimal("112.7"), 112, Decimal("113.4"))]


def test_what_was_closed_today_is_asked_for_until_the_evening(
    market: QuotedMarket, opens: Opener, now: Standing
) -> None:
    done, part = opens(("+1C5900", "80")), opens(("+1P5900", "40"), ("-1P5800", "20"))
    close(done, "-1C5900", "90")
    close(part, "+1P5800", "10")
    market.quote("+1C5900", 112.0, 112.4, at=TEN)
    market.quote("+1P5800", 0.0, 0.1, at=TEN)
    market.quote("+1P5900", 40.0, 40.5, at=TEN)

    assert mark_minutes.keep(now.at) == 2

    # A bid of nothing is what can be had for it.
    assert minutes() == [
        (CALL, Decimal("112.2"), 112, Decimal("112.4")),
        (contract("+1P5800"), Decimal("0.05"), 0, Decimal("0.1")),
    ]
    assert mark_minutes.keep(now.at + timedelta(days=1)) == 1  # of what is still open, the leg that is not


def test_what_nobody_quotes_or_is_old_is_left_out(market: QuotedMarket, opens: Opener, now: Standing) -> None:
    crossed, away = opens(("+1C5900", "80")), opens(("+1P5900", "40"))
    close(crossed, "-1C5900", "90")
    market.quote("+1C5900", 112.0, 111.0, at=TEN)
    market.quote("+1P5900", 40.0, 40.5, at=TEN)
    tracker.run(now.at)
    now.forward(seconds=121)

    assert mark_minutes.keep(now.at) == 0
    assert away.status == "open"


def test_the_last_price_before_the_day_is_no_older_than_a_long_weekend() -> None:
    for days, mark in ((6, "1"), (4, "2"), (3, "3"), (0, "9")):
        MarkMinute.objects.create(contract=CALL, at=TEN - timedelta(days=days), mark=Decimal(mark))
    MarkMinute.objects.create(contract=PUT, at=TEN - timedelta(days=6), mark=Decimal(1))

    assert mark_minutes.last_before({CALL, PUT}, TEN - timedelta(hours=10)) == {CALL: 3}
    assert mark_minutes.last_before([], TEN) == {}


def test_minutes_are_read_as_quotes_and_shares_have_one_price() -> None:
    for minute in range(4):
        at = TEN + timedelta(minutes=minute)
        MarkMinute.objects.create(contract=CALL, at=at, mark=Decimal(10), bid=Decimal(9), ask=None)
        MarkMinute.objects.create(contract="SPY", at=at, mark=Decimal(600))

    found = mark_minutes.quotes([CALL, "SPY", PUT], TEN + timedelta(minutes=1), TEN + timedelta(minutes=2))

    assert found[CALL] == [Quote(TEN + timedelta(minutes=each), Decimal(9), None) for each in (1, 2)]
    assert found["SPY"] == [Quote(TEN + timedelta(minutes=each), Decimal(600), Decimal(600)) for each in (1, 2)]
    assert found[PUT] == []


def test_minutes_are_kept_thirty_days() -> None:
    for age in (timedelta(days=30), timedelta(days=30, minutes=1)):
        MarkMinute.objects.create(contract=CALL, at=TEN - age, mark=Decimal(1))

    assert mark_minutes.prune(TEN) == 1
    assert MarkMinute.objects.get().at == TEN - timedelta(days=30)
