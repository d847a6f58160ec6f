"""Days of a position, from the tracker's marks of their ends and the fills between them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from config.http.errors import NotFound
from config.schedule import JOBS, ROUTES, At
from market import feed, vendors
from market.clock import Standing
from positions import book, day_marks, explain, lifecycle, tasks, tracker
from positions.book import Act
from positions.explain import Explained
from positions.ledger import Trade
from positions.models import Fill, FillMark, Mark, Position, PositionDay
from positions.pure.explain import MARKET
from tests.detectors.conftest import client_of
from tests.factories.accounts import UserFactory
from tests.positions.api.test_positions import sent
from tests.positions.conftest import TEN, Opener, traded
from tests.positions.market import QuotedMarket
from tests.positions.pure.test_structures import leg
from tests.positions.test_lifecycle import ClosingVendor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

MONDAY, TUESDAY = date(2026, 2, 9), date(2026, 2, 10)
EVENING = datetime(2026, 2, 9, 21, 17, tzinfo=UTC)
NEXT_EVENING = EVENING + timedelta(days=1)


class Market(QuotedMarket, ClosingVendor):
    """Quotes that a test writes out, and closes."""


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Iterator[Market]:
    made = Market()
    monkeypatch.setattr(feed, "quotes", lambda symbols: {s: made.quotes[s] for s in symbols if s in made.quotes})
    with vendors.using(made):
        yield made


def seen(market: Market, at: datetime, now: Standing, **quotes: tuple[float, float]) -> None:
    """Run a cycle of the tracker at a moment: what SPX costs, and contracts `c5900=(bid, ask)`."""
    now.move_to(at)
    spot, _ = quotes.pop("spot")
    market.share("SPX", spot, at)
    for name, (bid, ask) in quotes.items():
        market.quote(f"+1{name.upper()}", bid, ask, at=at)
    tracker.run(at)


def day(position: Position, on: date | None, now: Standing) -> Explained:
    return explain.of_day(position.user_id, position.pk, on, now=now.at)


def held_over_monday(market: Market, opens: Opener, now: Standing) -> Position:
    position = opens(("+2C5900", "90"))
    seen(market, EVENING, now, spot=(5950.0, 0), c5900=(92.0, 92.4))
    assert tasks.keep_day()["kept"] >= 1
    return position


def test_the_end_of_a_day_is_kept_once(market: Market, opens: Opener, now: Standing) -> None:
    position = held_over_monday(market, opens, now)
    kept = PositionDay.objects.values().get()
    seen(market, EVENING + timedelta(minutes=9), now, spot=(5960.0, 0), c5900=(98.0, 98.4))

    assert tasks.keep_day(of_a_newer_release=True) == {"kept": 0, "removed": 0}

    assert PositionDay.objects.values().get() == kept
    assert (kept["position_id"], kept["market_date"], kept["marked_at"]) == (position.pk, MONDAY, EVENING)
    assert (kept["spot"], kept["legs"]["SPXW260220C05900000"]["mark"], kept["stale"]) == (5950.0, 92.2, False)


@pytest.mark.parametrize("at", [datetime(2026, 2, 9, 20, 59, tzinfo=UTC), datetime(2026, 2, 14, 22, tzinfo=UTC)])
def test_before_the_close_and_on_a_weekend_no_day_ends(
    market: Market, opens: Opener, now: Standing, at: datetime
) -> None:
    opens(("+2C5900", "90"))
    seen(market, at, now, spot=(5950.0, 0), c5900=(92.0, 92.4))

    assert day_marks.capture(now.at) == 0


def test_days_are_kept_for_so_long(market: Market, opens: Opener, now: Standing) -> None:
    held_over_monday(market, opens, now)
    PositionDay.objects.update(created_at=timezone.now() - day_marks.KEPT_FOR + timedelta(hours=1))
    assert day_marks.prune() == 0
    PositionDay.objects.update(created_at=timezone.now() - day_marks.KEPT_FOR - timedelta(hours=1))

    assert day_marks.prune() == 1


def test_a_held_day_is_the_change_of_its_marks(market: Market, opens: Opener, now: Standing) -> None:
    position = held_over_monday(market, opens, now)
    seen(market, NEXT_EVENING, now, spot=(6009.5, 0), c5900=(132.0, 132.4))
    tasks.keep_day()

    found = day(position, TUESDAY, now)

    assert (found.start_at, found.end_at, found.stale) == (EVENING, NEXT_EVENING, False)
    assert found.parts is not None
    assert found.parts.pnl == 200 * (Decimal("132.2") - Decimal("92.2"))
    assert (found.parts.spread, found.parts.fees, found.parts.unexplained) == (0, 0, ())
    assert found.parts.delta > 6000
    assert found.parts.theta < 0
    assert abs(found.parts.residual) <= Decimal("0.05") * found.parts.pnl
    # It reads so a week later, whatever the tracker has seen since.
    now.move_to(NEXT_EVENING + timedelta(days=7))
    Mark.objects.all().delete()
    assert day(position, TUESDAY, now) == found


def test_today_is_told_as_far_as_it_has_come(market: Market, opens: Opener, now: Standing) -> None:
    position = held_over_monday(market, opens, now)
    noon = datetime(2026, 2, 10, 17, tzinfo=UTC)
    seen(market, noon, now, spot=(5960.0, 0), c5900=(97.0, 97.4))

    found = day(position, None, now)

    assert (found.day, found.start_at, found.end_at) == (TUESDAY, EVENING, noon)
    assert found.parts is not None
    assert found.parts.pnl == 200 * 5


def test_trades_of_the_day_pay_their_spread_and_fees(market: Market, opens: Opener, now: Standing) -> None:
    """One of two is sold a tick below the bid, beside a mark of the same minute; the other is held to the close."""
    position = held_over_monday(market, opens, now)
    noon = datetime(2026, 2, 10, 17, tzinfo=UTC)
    seen(market, noon, now, spot=(5980.0, 0), c5900=(110.0, 110.4))
    now.move_to(noon + timedelta(seconds=5))
    sale = traded("-1C5900", "109.9", fees="1.5")
    book.trade(position.user_id, position.pk, [sale], Act(at=now.at, now=now.at))
    seen(market, noon + timedelta(seconds=15), now, spot=(5980.0, 0), c5900=(110.0, 110.4))
    assert FillMark.objects.get().spot == 5980.0
    seen(market, NEXT_EVENING, now, spot=(6009.5, 0), c5900=(132.0, 132.4))
    tasks.keep_day()

    found = day(position, TUESDAY, now)

    assert found.parts is not None
    assert (found.parts.spread, found.parts.fees) == (Decimal("-30.00"), Decimal("-1.50"))
    cash = Decimal("109.9") * 100 - Decimal("1.5")
    assert found.parts.pnl == Decimal("132.2") * 100 - 2 * Decimal("92.2") * 100 + cash
    assert found.parts.unexplained == ()
    assert abs(found.parts.residual) <= Decimal("0.05") * found.parts.pnl


def test_a_leg_that_is_closed_alone_has_its_spread_told(market: Market, opens: Opener, now: Standing) -> None:
    """The next marks of the position do not hold it any more."""
    position = opens(("+1C5900", "90"), ("-1P5900", "38"))
    noon = datetime(2026, 2, 9, 17, tzinfo=UTC)
    seen(market, noon, now, spot=(5950.0, 0), c5900=(90.0, 90.4), p5900=(38.0, 38.4))
    now.move_to(noon + timedelta(seconds=5))
    bought_back = traded("+1P5900", "38.4")
    book.trade(position.user_id, position.pk, [bought_back], Act(at=now.at, now=now.at))
    seen(market, noon + timedelta(seconds=15), now, spot=(5951.0, 0), c5900=(90.5, 90.9), p5900=(37.8, 38.2))
    seen(market, EVENING, now, spot=(5951.0, 0), c5900=(90.0, 90.4), p5900=(37.0, 37.4))
    tasks.keep_day()

    found = day(position, MONDAY, now)

    assert found.parts is not None
    # Of the opening nobody saw the market within two minutes; of the closing everybody did: 38.4 against 38.2.
    assert (found.parts.spread, found.parts.unexplained) == (-20, ("SPXW260220C05900000", "SPXW260220P05900000"))


def test_the_first_day_begins_with_the_trade(market: Market, opens: Opener, now: Standing) -> None:
    position = opens(("+2C5900", "90.2"))
    seen(market, TEN + timedelta(seconds=10), now, spot=(5950.0, 0), c5900=(89.8, 90.2))
    seen(market, EVENING, now, spot=(5950.0, 0), c5900=(88.8, 89.2))
    tasks.keep_day()

    found = day(position, MONDAY, now)

    assert found.parts is not None
    assert (found.start_at, found.parts.pnl, found.parts.spread) == (TEN, -240, -40)
    assert found.parts.delta == 0
    assert found.parts.unexplained == ()


def test_what_is_told_hours_later_belongs_to_the_day_it_was_told(market: Market, opens: Opener, now: Standing) -> None:
    position = held_over_monday(market, opens, now)
    now.move_to(EVENING + timedelta(hours=1))
    late = Act(at=TEN + timedelta(hours=1), now=now.at)
    book.trade(position.user_id, position.pk, [traded("+1P5900", "40")], late)
    seen(market, NEXT_EVENING, now, spot=(5950.0, 0), c5900=(90.0, 90.4), p5900=(38.0, 38.4))
    tasks.keep_day()

    monday, tuesday = day(position, MONDAY, now), day(position, TUESDAY, now)

    assert monday.parts is not None
    assert tuesday.parts is not None
    assert monday.parts.pnl == 200 * (Decimal("92.2") - 90)
    assert tuesday.parts.pnl == -200 * 2 + 100 * (Decimal("38.2") - 40)
    assert tuesday.parts.unexplained == ("SPXW260220P05900000",)
    # Together they are what the whole has won: realised and unrealised, less fees.
    assert monday.parts.pnl + tuesday.parts.pnl == Mark.objects.get().unrealised


def test_the_last_day_ends_with_the_settlement(market: Market, opens: Opener, now: Standing) -> None:
    position = opens(("+2C5900", "90"))
    thursday = datetime(2026, 2, 19, 21, 17, tzinfo=UTC)
    seen(market, thursday, now, spot=(5930.0, 0), c5900=(45.0, 45.4))
    tasks.keep_day()
    market.closes("SPX", 5950.0)
    now.move_to(datetime(2026, 2, 20, 21, 30, tzinfo=UTC))
    lifecycle.settle(now.at)

    found = day(position, None, now)

    assert found.day == date(2026, 2, 20)
    assert found.parts is not None
    assert found.parts.pnl == 200 * (50 - Decimal("45.2"))
    assert (found.parts.vega, found.parts.unexplained) == (0, ())
    assert float(found.parts.delta + found.parts.gamma) > 3000
    assert abs(found.parts.residual) <= Decimal("0.05") * abs(found.parts.pnl)
    with pytest.raises(NotFound):
        day(position, date(2026, 2, 23), now)


def test_no_day_is_made_up(market: Market, opens: Opener, now: Standing) -> None:
    position = opens(("+2C5900", "90"))
    with pytest.raises(NotFound):
        day(position, None, now)  # nobody has looked yet
    held = held_over_monday(market, opens, now)
    with pytest.raises(NotFound):
        day(held, TUESDAY, now)
    with pytest.raises(NotFound):
        explain.of_day(UserFactory().pk, held.pk, MONDAY, now=now.at)


def test_a_leg_that_has_no_price_leaves_the_profit_unknown(market: Market, opens: Opener, now: Standing) -> None:
    position = held_over_monday(market, opens, now)
    PositionDay.objects.create(
        position=position, market_date=TUESDAY, marked_at=NEXT_EVENING, spot=None, legs={}, stale=True,
        created_at=timezone.now(),
    )  # fmt: skip
    now.move_to(NEXT_EVENING)

    found = day(position, TUESDAY, now)

    assert (found.parts, found.by_leg, found.stale) == (None, {}, True)


def test_a_trade_nobody_looked_at_has_no_mark(market: Market, opens: Opener, now: Standing) -> None:
    opens(("+2C5900", "90"))
    seen(market, TEN + timedelta(minutes=3), now, spot=(5950.0, 0), c5900=(89.8, 90.2))

    assert Fill.objects.count() == 1
    assert FillMark.objects.count() == 0


def test_it_is_told_over_http(market: Market, opens: Opener, now: Standing) -> None:
    position = held_over_monday(market, opens, now)
    api: APIClient = client_of(position.user)
    path = "/api/positions/{id}/explain"

    told = sent(api, "get", path, {"date": "2026-02-09"}, pk=position.pk)

    assert (told["positionId"], told["date"], told["stale"]) == (str(position.pk), "2026-02-09", False)
    parts = told["explained"]
    assert parts["pnl"] == 440.0
    assert sum(Decimal(str(parts[name])) for name in (*MARKET, "spread", "fees", "residual")) == 440
    assert [leg["contract"] for leg in told["legs"]] == ["SPXW260220C05900000"]
    sent(api, "get", path, {"date": "2026-02-11"}, pk=position.pk, status=404)
    sent(api, "get", path, {"date": "yesterday"}, pk=position.pk, status=400)
    sent(client_of(UserFactory()), "get", path, pk=position.pk, status=404)


def test_the_jobs_follow_the_close_one_after_the_other() -> None:
    kept, settled, morning = (
        next(job for job in JOBS if job.name == name)
        for name in ("position days", "option settlement", "option settlement in the morning")
    )

    assert (kept.when, settled.when) == (
        At(after_close_min=17, days="trading"),
        At(after_close_min=30, days="trading"),
    )
    assert settled.task == morning.task == "positions.settle"
    assert ROUTES["positions.settle"] == ROUTES["positions.keep_day"] == {"queue": "positions"}
    assert tasks.settle.soft_time_limit < tasks.settle.time_limit <= tasks.settle.lease_s


def test_shares_of_a_day_are_all_delta(market: Market, opens: Opener, now: Standing) -> None:
    market.share("SPY", 600.0, EVENING)
    position = opens(("+100S", "590"), symbol="SPY")
    now.move_to(EVENING)
    tracker.run(now.at)
    tasks.keep_day()
    market.share("SPY", 606.0, NEXT_EVENING)
    now.move_to(NEXT_EVENING)
    tracker.run(now.at)

    found = day(position, None, now)

    assert found.parts is not None
    assert (found.parts.pnl, found.parts.delta, found.parts.residual) == (600, 600, 0)
    more = Trade(leg=leg("-100S", root="SPY"), price=Decimal(607))
    book.trade(position.user_id, position.pk, [more], Act(at=now.at, now=now.at))
    ended = day(position, None, now)
    assert ended.parts is not None
    assert ended.parts.pnl == 700
