"""Options that end: at noon, in the morning, over a weekend, while nobody was there, and twice at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.db import connection

from config.http.errors import InvalidInput, NotFound
from market import kept_sessions, vendors
from market.clock import Standing
from market.errors import ProviderUnavailable
from market.pure.bars import Bars
from market.pure.sessions import in_utc
from positions import book, lifecycle, tasks
from positions.book import Act
from positions.errors import PositionNotOpen
from positions.ledger import Trade
from positions.models import Fill, Leg, Position
from positions.told_endings import Ending, ToldEnding, tell
from realtime.models import Event
from tests.factories.accounts import UserFactory
from tests.market.fakes import FakeVendor, bars
from tests.positions.conftest import TEN, Opener, traded
from tests.positions.pure.test_structures import leg

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

FRIDAY = date(2026, 2, 20)
SETTLES = datetime(2026, 2, 20, 21, 30, tzinfo=UTC)  # half an hour after the close
CLOSE = datetime(2026, 2, 20, 21, tzinfo=UTC)


class ClosingVendor(FakeVendor):
    """A vendor that tells the daily bars a test gave it, once their sessions are over."""

    def closes(self, symbol: str, price: float, *, on: date = FRIDAY) -> None:
        """Say what a symbol closed at."""
        midnight = int(in_utc(on, datetime.min.time()).timestamp())
        row = np.array([[midnight, price, price, price, price, 1e6, np.nan]])
        self.daily[symbol] = self.daily.get(symbol, Bars.empty()).extended(Bars.from_rows(row))

    def daily_bars(self, symbol: str, first: date, last: date, *, now: datetime) -> Bars:
        return super().daily_bars(symbol, first, last, now=now + timedelta(days=1))


@pytest.fixture
def market() -> Iterator[ClosingVendor]:
    made = ClosingVendor()
    with vendors.using(made):
        yield made


@pytest.fixture
def friday(now: Standing) -> Standing:
    now.move_to(SETTLES)
    return now


def again(position: Position) -> Position:
    return Position.objects.get(pk=position.pk)


def fills(position: Position) -> list[tuple[str, str, int, Decimal]]:
    rows = Fill.objects.filter(leg__position=position).exclude(kind="trade").order_by("id")
    return [(fill.leg.contract, fill.kind, fill.quantity, fill.price) for fill in rows.select_related("leg")]


def test_a_worthless_option_expires_and_its_premium_is_lost(
    market: ClosingVendor, opens: Opener, friday: Standing
) -> None:
    position = opens(("+2C5900", "30"))
    market.closes("SPX", 5899.5)

    done = lifecycle.settle(friday.at)

    ended = again(position)
    assert (ended.status, ended.realised, ended.closed_at, ended.quantity) == ("expired", -6000, CLOSE, 0)
    assert fills(position) == [("SPXW260220C05900000", "expiry", -2, 0)]
    assert (done.positions, done.legs, done.awaited, done.unpriced) == (1, 1, 0, ())
    event = Event.objects.latest("id")
    assert (event.type, event.payload["status"], event.payload["realizedPnl"]) == ("position_closed", "expired", -6000)
    (told,) = event.facts["settlement"]
    assert (told["contract"], told["source"], told["on"]) == ("SPXW260220C05900000", "official_close", 5899.5)
    assert event.facts["reason"] == "expired"


def test_a_condor_of_an_index_is_paid_out_leg_by_leg(market: ClosingVendor, opens: Opener, friday: Standing) -> None:
    position = opens(("+1P5700", "1"), ("-1P5800", "3"), ("-1C6000", "3"), ("+1C6100", "1"))
    market.closes("SPX", 6030.0)

    lifecycle.settle(friday.at)

    ended = again(position)
    assert ended.status == "expired"
    assert ended.realised == 400 - 3000
    assert {(kind, price) for _, kind, _, price in fills(position)} == {("expiry", 0), ("cash_settlement", 30)}


def test_the_shares_come_at_the_strike_into_the_same_position(
    market: ClosingVendor, opens: Opener, friday: Standing
) -> None:
    position = opens(("+2C590", "12"), symbol="SPY")
    market.closes("SPY", 601.0)

    lifecycle.settle(friday.at)

    held = again(position)
    assert (held.status, held.strategy, held.quantity, held.entry_price) == ("open", "stock", 200, 590)
    assert (held.cost, held.realised) == (118_000, -2400)
    assert fills(position) == [("SPY260220C00590000", "exercise", -2, 0), ("SPY", "exercise", 200, 590)]
    assert Event.objects.latest("id").type == "position_changed"
    # Sold at the close the whole has won what the call was worth, less what it cost.
    friday.move_to(friday.at + timedelta(days=3))
    sold = Trade(leg=leg("-200S", root="SPY"), price=Decimal(601))
    book.trade(position.user_id, position.pk, [sold], Act(at=friday.at, now=friday.at))
    assert (again(position).status, again(position).realised) == ("closed", 2 * 1100 - 2400)


def test_a_spread_of_shares_in_the_money_ends_with_its_width(
    market: ClosingVendor, opens: Opener, friday: Standing
) -> None:
    position = opens(("+1C590", "12"), ("-1C600", "6"), symbol="SPY")
    market.closes("SPY", 620.0)

    lifecycle.settle(friday.at)

    ended = again(position)
    assert (ended.status, ended.realised) == ("assigned", 1000 - 600)
    assert [leg.open_quantity for leg in ended.legs.order_by("number")] == [0, 0, 0]


def test_delivered_shares_may_turn_what_is_held(market: ClosingVendor, opens: Opener, friday: Standing) -> None:
    position = opens(("+40S", "590"), ("-1C600", "6"), symbol="SPY")
    market.closes("SPY", 620.0)

    lifecycle.settle(friday.at)

    held = again(position)
    assert (held.status, held.strategy, held.direction, held.quantity) == ("open", "stock", "short", 60)
    assert held.realised == 600 + 40 * 10


def test_nine_legs_are_no_reason_to_keep_an_option_that_was_exercised(
    market: ClosingVendor, opens: Opener, friday: Standing
) -> None:
    position = opens(*((f"+1C{strike}", "1") for strike in range(600, 608)), symbol="SPY")
    market.closes("SPY", 604.0)

    assert lifecycle.settle(friday.at).failed == 0
    assert again(position).quantity == 400


def test_a_second_run_changes_nothing(market: ClosingVendor, opens: Opener, friday: Standing) -> None:
    opens(("+2C590", "12"), symbol="SPY")
    asked = opens(("-1C601", "2"), symbol="SPY")
    market.closes("SPY", 601.0)
    lifecycle.settle(friday.at)
    before = (list(Fill.objects.order_by("id").values()), list(Position.objects.order_by("id").values()))
    events = Event.objects.count()

    done = lifecycle.settle(friday.at + timedelta(minutes=5))

    assert (done.positions, done.legs, done.awaited) == (0, 0, 0)
    assert (list(Fill.objects.order_by("id").values()), list(Position.objects.order_by("id").values())) == before
    assert Event.objects.count() == events
    assert asked.legs.get().awaits == "assignment"


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_settle_once(market: ClosingVendor, opens: Opener, friday: Standing) -> None:
    for _ in range(4):
        opens(("+1C590", "12"), symbol="SPY")
    market.closes("SPY", 601.0)

    def run(_: int) -> lifecycle.Settled:
        try:
            return lifecycle.settle(SETTLES)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(run, range(2)))

    assert sum(each.legs for each in done) == 4
    assert Fill.objects.filter(kind="exercise").count() == 8
    assert set(Position.objects.values_list("quantity", flat=True)) == {100}


def test_it_waits_while_nobody_tells_the_close(market: ClosingVendor, opens: Opener, friday: Standing) -> None:
    waits, known = opens(("+1C590", "12"), symbol="SPY"), opens(("+2C5900", "30"))
    market.closes("SPX", 5950.0)

    done = lifecycle.settle(friday.at)

    assert (done.positions, done.unpriced, done.urgent) == (1, ("SPY",), True)
    assert (again(waits).status, again(waits).version) == ("open", waits.version)
    assert again(known).status == "expired"
    with pytest.raises(ProviderUnavailable, match="no close is known of SPY"):
        tasks.settle()
    market.closes("SPY", 601.0)
    assert tasks.settle(of_a_newer_release=True)["legs"] == 1


def test_in_the_evening_the_last_minute_of_the_session_will_do(
    market: ClosingVendor, opens: Opener, now: Standing
) -> None:
    position = opens(("+1C590", "12"), symbol="SPY")
    kept = bars(datetime(2026, 2, 20, 20, 50, tzinfo=UTC), [600.0] * 9 + [601.0])
    kept_sessions.keep(FRIDAY, {"SPY": kept}, complete={"SPY"})
    now.move_to(SETTLES)
    assert lifecycle.settle(now.at).unpriced == ("SPY",)  # the vendor is late, no more

    now.move_to(datetime(2026, 2, 21, 1, tzinfo=UTC))
    lifecycle.settle(now.at)

    assert again(position).strategy == "stock"
    assert Event.objects.latest("id").facts["settlement"][0]["source"] == "last_minute"


def test_a_session_whose_last_minute_is_missing_has_no_close(
    market: ClosingVendor, opens: Opener, now: Standing
) -> None:
    opens(("+1C590", "12"), symbol="SPY")
    kept = bars(datetime(2026, 2, 20, 20, 50, tzinfo=UTC), [600.0] * 9)
    kept_sessions.keep(FRIDAY, {"SPY": kept}, complete={"SPY"})
    now.move_to(datetime(2026, 2, 21, 1, tzinfo=UTC))

    assert lifecycle.settle(now.at).unpriced == ("SPY",)


def test_a_daily_bar_that_contradicts_the_session_settles_nothing(
    market: ClosingVendor, opens: Opener, now: Standing
) -> None:
    """Split two for one over the weekend: the vendor's past is adjusted, the strike is not."""
    position = opens(("+1C590", "12"), symbol="SPY")
    kept = bars(datetime(2026, 2, 20, 20, 50, tzinfo=UTC), [601.0] * 10)
    kept_sessions.keep(FRIDAY, {"SPY": kept}, complete={"SPY"})
    market.closes("SPY", 300.5)
    now.move_to(SETTLES + timedelta(days=3))

    assert lifecycle.settle(now.at).unpriced == ("SPY",)
    assert again(position).status == "open"


def test_before_its_time_nothing_is_over(market: ClosingVendor, opens: Opener, now: Standing) -> None:
    opens(("+2C5900", "30"))
    market.closes("SPX", 5950.0)
    now.move_to(CLOSE + timedelta(minutes=14))

    assert lifecycle.settle(now.at).legs == 0
    now.move_to(CLOSE + timedelta(minutes=15))
    assert lifecycle.settle(now.at).legs == 1


def held(trader_id: Any, text: str, expiry: date, *, root: str, symbol: str, at: datetime = TEN) -> Position:
    trade = Trade(leg=leg(text, expiry=expiry, root=root), price=Decimal(5))
    made = book.open_position(trader_id, symbol, [trade], at=at, now=at)
    return Position.objects.get(pk=made)


def test_a_half_day_ends_at_one(market: ClosingVendor, now: Standing) -> None:
    thanksgiving = date(2026, 11, 27)
    position = held(UserFactory().pk, "+1C5900", thanksgiving, root="SPXW", symbol="SPX")
    market.closes("SPX", 5950.0, on=thanksgiving)
    now.move_to(datetime(2026, 11, 27, 18, 30, tzinfo=UTC))  # 13:30 in New York

    lifecycle.settle(now.at)

    assert again(position).closed_at == datetime(2026, 11, 27, 18, tzinfo=UTC)
    assert again(position).realised == 5000 - 500


def test_a_worker_that_was_away_for_three_days_settles_on_the_close_of_the_day(
    market: ClosingVendor, opens: Opener, now: Standing
) -> None:
    position = opens(("+1C5900", "30"))
    market.closes("SPX", 5950.0)
    market.closes("SPX", 6100.0, on=date(2026, 2, 23))
    now.move_to(datetime(2026, 2, 23, 22, tzinfo=UTC))

    lifecycle.settle(now.at)

    assert (again(position).realised, again(position).closed_at) == (5000 - 3000, CLOSE)


def test_on_the_weekend_it_is_done_all_the_same(market: ClosingVendor, opens: Opener, now: Standing) -> None:
    position = opens(("+1C5900", "30"))
    market.closes("SPX", 5950.0)
    now.move_to(datetime(2026, 2, 21, 15, tzinfo=UTC))

    lifecycle.settle(now.at)

    assert again(position).status == "expired"


def test_an_option_of_a_closed_day_ends_with_the_session_before(market: ClosingVendor, now: Standing) -> None:
    good_friday = date(2026, 4, 3)
    position = held(UserFactory().pk, "+1C5900", good_friday, root="SPXW", symbol="SPX")
    market.closes("SPX", 5950.0, on=date(2026, 4, 2))
    now.move_to(datetime(2026, 4, 3, 15, tzinfo=UTC))

    lifecycle.settle(now.at)

    assert again(position).closed_at == datetime(2026, 4, 2, 20, tzinfo=UTC)


def test_a_calendar_loses_its_near_leg_and_lives_on(market: ClosingVendor, now: Standing) -> None:
    trades = [
        Trade(leg=leg("-1C5900", root="SPXW"), price=Decimal(20)),
        Trade(leg=leg("+1C5900", expiry=date(2026, 3, 20), root="SPXW"), price=Decimal(60)),
    ]
    made = book.open_position(UserFactory().pk, "SPX", trades, at=TEN, now=TEN)
    market.closes("SPX", 5910.0)
    now.move_to(SETTLES)

    lifecycle.settle(now.at)

    left = Position.objects.get(pk=made)
    assert (left.status, left.strategy, left.entry_price, left.realised) == ("open", "call", 60, 2000 - 1000)


class TestSettledInTheMorning:
    MORNING = datetime(2026, 2, 20, 15, tzinfo=UTC)

    @pytest.fixture
    def morning(self, market: ClosingVendor, now: Standing) -> Standing:
        now.move_to(self.MORNING)
        market.minutes["SPX"] = bars(datetime(2026, 2, 20, 14, 30, tzinfo=UTC), [5950.0] * 20)
        return now

    def test_what_the_first_print_leaves_in_no_doubt_expires_in_the_morning(self, morning: Standing) -> None:
        position = held(UserFactory().pk, "+1C6300", FRIDAY, root="SPX", symbol="SPX")

        lifecycle.settle(morning.at)

        assert again(position).closed_at == datetime(2026, 2, 20, 14, 30, tzinfo=UTC)
        assert again(position).realised == -500

    def test_else_its_trader_is_asked_once_and_answers(self, morning: Standing) -> None:
        position = held(UserFactory().pk, "+1C5900", FRIDAY, root="SPX", symbol="SPX")
        contract = position.legs.get().contract

        assert lifecycle.settle(morning.at).awaited == 1
        morning.move_to(morning.at + timedelta(days=30))
        assert lifecycle.settle(morning.at).awaited == 0
        assert again(position).status == "open"
        event = Event.objects.latest("id")
        assert event.payload["reason"] == "settlement awaited"
        assert event.facts["awaited"] == {contract: "settlement_value"}

        told = ToldEnding(contract=contract, ending=Ending.CASH_SETTLEMENT, value=Decimal("5931.17"))
        tell(position.user_id, position.pk, told, now=morning.at)

        ended = again(position)
        assert (ended.status, ended.realised) == ("expired", 3117 - 500)
        assert ended.closed_at == datetime(2026, 2, 20, 14, 30, tzinfo=UTC)
        assert ended.legs.get().awaits == ""

    def test_the_twin_that_settles_at_the_close_waits_for_it(self, morning: Standing) -> None:
        position = held(UserFactory().pk, "+1C6300", FRIDAY, root="SPXW", symbol="SPX")

        assert lifecycle.settle(morning.at).legs == 0
        assert again(position).status == "open"


class TestPinned:
    """A sold option that closes beside its strike: its holder has the evening to decide."""

    @pytest.fixture
    def pinned(self, market: ClosingVendor, opens: Opener, friday: Standing) -> Position:
        position = opens(("-5C600", "2"), symbol="SPY")
        market.closes("SPY", 600.4)
        lifecycle.settle(friday.at)
        assert position.legs.get().awaits == "assignment"
        return position

    def test_he_says_how_many_were_assigned_and_that_the_rest_expired(self, pinned: Position, friday: Standing) -> None:
        contract = pinned.legs.get().contract
        friday.move_to(friday.at + timedelta(hours=12))

        tell(
            pinned.user_id, pinned.pk, ToldEnding(contract=contract, ending=Ending.DELIVERY, quantity=3), now=friday.at
        )
        assert Leg.objects.get(position=pinned, contract=contract).awaits == "assignment"
        tell(pinned.user_id, pinned.pk, ToldEnding(contract=contract, ending=Ending.EXPIRY), now=friday.at)

        left = again(pinned)
        assert (left.strategy, left.direction, left.quantity) == ("stock", "short", 300)
        assert left.realised == 1000
        assert [fill[1:3] for fill in fills(pinned)] == [("assignment", 3), ("assignment", -300), ("expiry", 2)]

    def test_without_an_answer_it_goes_by_the_rule_after_the_next_session(
        self, pinned: Position, friday: Standing
    ) -> None:
        friday.move_to(datetime(2026, 2, 23, 20, 59, tzinfo=UTC))
        assert lifecycle.settle(friday.at).legs == 0

        friday.move_to(datetime(2026, 2, 23, 21, 30, tzinfo=UTC))
        lifecycle.settle(friday.at)

        assert again(pinned).signed_quantity == -500
        event = Event.objects.latest("id")
        assert event.payload["reason"] == "assigned by the rule, close to the strike"
        assert event.facts["settlement"][0]["near"] is True


class TestToldByHand:
    def test_an_early_assignment_takes_some_of_them(self, opens: Opener, now: Standing) -> None:
        position = opens(("-3P590", "8"), symbol="SPY")
        contract = position.legs.get().contract
        now.move_to(now.at + timedelta(days=1))

        tell(
            position.user_id, position.pk,
            ToldEnding(contract=contract, ending=Ending.DELIVERY, quantity=1, fees=Decimal(5)), now=now.at,
        )  # fmt: skip

        held = again(position)
        assert (held.status, held.strategy, held.fees, held.realised) == ("open", "other", 5, 800)
        assert {leg.contract: leg.open_quantity for leg in held.legs.all()} == {contract: -2, "SPY": 100}
        assert Fill.objects.filter(kind="assignment", filled_at=now.at).count() == 2

    @pytest.mark.parametrize(
        ("told", "said"),
        [
            ({"ending": Ending.EXPIRY}, "before that"),
            ({"ending": Ending.DELIVERY}, "paid out in cash"),
            ({"ending": Ending.DELIVERY, "quantity": 3}, "expected 1 to 2"),
            ({"ending": Ending.DELIVERY, "contract": "SPXW260220P05900000"}, "no SPXW260220P05900000 is open"),
        ],
    )
    def test_what_cannot_be_is_refused(self, opens: Opener, now: Standing, told: dict[str, Any], said: str) -> None:
        position = opens(("+2C5900", "30"))
        ending = ToldEnding(**{"contract": position.legs.get().contract, **told})

        with pytest.raises(InvalidInput, match=said):
            tell(position.user_id, position.pk, ending, now=now.at)
        assert fills(position) == []

    def test_a_strangers_position_is_missing_and_an_ended_one_has_ended(
        self, market: ClosingVendor, opens: Opener, friday: Standing
    ) -> None:
        position = opens(("+2C5900", "30"))
        ending = ToldEnding(contract=position.legs.get().contract, ending=Ending.EXPIRY)
        with pytest.raises(NotFound):
            tell(UserFactory().pk, position.pk, ending, now=friday.at)
        market.closes("SPX", 5950.0)
        lifecycle.settle(friday.at)

        with pytest.raises(PositionNotOpen):
            tell(position.user_id, position.pk, ending, now=friday.at)


def test_a_trade_that_was_told_after_the_end_and_lies_before_it_is_refused(
    market: ClosingVendor, opens: Opener, friday: Standing
) -> None:
    position = opens(("+1C5900", "30"), ("+100S", "59"), symbol="SPY")
    market.closes("SPY", 600.0)
    lifecycle.settle(friday.at)
    late = Act(at=CLOSE - timedelta(hours=1), now=friday.at)

    with pytest.raises(InvalidInput, match="more than is held"):
        book.trade(position.user_id, position.pk, [traded("-1C5900", "20", root="SPY")], late)


def test_cash_and_holdings_agree_after_every_kind_of_end(
    market: ClosingVendor, opens: Opener, friday: Standing
) -> None:
    """Realised and unrealised, less fees, are cash and value: to the cent, whatever ended how."""
    for text in ("+1C590", "-1C590", "+1P620", "-1P620", "+1C700", "-1P500"):
        opens((text, "7.35"), symbol="SPY")
    market.closes("SPY", 605.25)

    lifecycle.settle(friday.at)

    for position in Position.objects.all():
        rows = Fill.objects.filter(leg__position=position).select_related("leg")
        cash = -sum(fill.quantity * fill.price * fill.leg.multiplier + fill.fees for fill in rows)
        shares = sum(leg.open_quantity for leg in position.legs.all())
        value = shares * Decimal("605.25")
        assert position.realised + value - position.cost - position.fees == cash + value
