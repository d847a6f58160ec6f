from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import User
from market.clock import Standing
from positions import book, plan, plan_checks, plan_days
from positions.book import Act
from positions.ledger import Trade
from positions.models import FillKind, MarkMinute, PlanBreach, Position
from positions.pure.facts import PositionFacts
from positions.pure.plan_rules import Plan, Rule, Window
from positions.tracker import facts_of
from realtime.models import Event
from tests.factories.accounts import UserFactory
from tests.positions.conftest import TEN, Opener, traded
from tests.positions.pure.test_structures import leg

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
TODAY = date(2026, 2, 9)
LATER = TEN + timedelta(hours=1)

Planned = Callable[..., None]


@pytest.fixture
def planned(trader: User) -> Planned:
    """Return a function that gives the trader a plan, a day ago."""

    def make(**limits: object) -> None:
        plan.replace(trader.pk, Plan(**limits), now=TEN - timedelta(days=1))

    return make


def broken() -> list[tuple[str, str]]:
    return list(PlanBreach.objects.order_by("breached_at", "rule").values_list("rule", "subject"))


def told() -> list[Event]:
    return list(Event.objects.filter(type="plan_breached").order_by("id"))


def worth(position: Position, value: str | None, **more: object) -> PositionFacts:
    """Return what the tracker would say of a position that is worth so much."""
    (facts,) = facts_of(ids=[position.pk], now=TEN)
    amount = None if value is None else Decimal(value)
    unrealised = None if amount is None else amount - facts.cost
    return replace(facts, value=amount, unrealised=unrealised, **{"stale": False, **more})


def test_an_opening_that_breaks_the_plan_is_recorded_stored_and_told(planned: Planned, opens: Opener) -> None:
    planned(max_loss_trade=Decimal(500))

    position = opens(("+1C5900", "5.01"))

    assert position.status == "open"
    breach = PlanBreach.objects.get()
    assert (breach.rule, breach.subject, breach.market_date) == ("max_loss_trade", str(position.pk), TODAY)
    assert (breach.limit, breach.value, breach.plan_version) == (500, 501, 1)
    opened, event = Event.objects.order_by("id")
    assert (opened.type, event.type, event.channel) == ("position_changed", "plan_breached", "positions")
    assert (event.user_id, event.subject, event.symbol) == (position.user_id, position.pk, "SPX")
    assert event.payload["severity"] == "breach"
    assert (event.payload["limit"], event.payload["value"]) == (500.0, 501.0)
    assert event.facts["planVersion"] == 1
    assert event.facts["maxLossAfter"] == "501.00"


@pytest.mark.parametrize(
    ("limits", "legs", "rules"),
    [
        ({"max_loss_trade": Decimal(500)}, [("+1C5900", "5")], []),
        ({"max_loss_trade": Decimal(500)}, [("-1C5900", "5")], [Rule.MAX_LOSS_TRADE]),  # without limit
        ({"max_loss_trade": Decimal(500)}, [("-1P5900", "9"), ("+1P5890", "4")], []),  # 10 wide for 5
        ({"max_loss_trade": Decimal(499)}, [("-1P5900", "9"), ("+1P5890", "4")], [Rule.MAX_LOSS_TRADE]),
        ({"windows": (Window(time(10), time(10, 1)),)}, [("+1C5900", "5")], [Rule.NO_TRADE_WINDOW]),
        ({"windows": (Window(time(9), time(10)),)}, [("+1C5900", "5")], []),
        ({"no_zero_dte_after": time(10)}, [("+1C5900", "5")], []),  # expires next week
    ],
)
def test_rules_at_an_opening(
    planned: Planned, opens: Opener, limits: dict[str, object], legs: list[tuple[str, str]], rules: list[Rule]
) -> None:
    planned(**limits)
    opens(*legs)

    assert [rule for rule, _ in broken()] == rules
    assert len(told()) == len(rules)


def test_what_expires_today_is_seen_by_its_legs(planned: Planned, trader: User) -> None:
    planned(no_zero_dte_after=time(10))
    today = replace(leg("+1C5900"), expiry=TODAY)

    book.open_position(trader.pk, "SPX", [Trade(leg=today, price=Decimal(5))], at=TEN, now=TEN)

    assert [rule for rule, _ in broken()] == [Rule.NO_ZERO_DTE]


def test_trades_are_counted_by_the_day_of_new_york(planned: Planned, opens: Opener, now: Standing) -> None:
    planned(max_trades_day=2)
    opens(("+1C5900", "5"), at=datetime.fromisoformat("2026-02-08T23:59:59-05:00"))
    opens(("+1C5900", "5"), at=datetime.fromisoformat("2026-02-09T00:00:00-05:00"))
    opens(("+1C5900", "5"))
    assert broken() == []

    third = opens(("+1C5900", "5"))

    assert broken() == [(Rule.MAX_TRADES_DAY, str(third.pk))]


def test_without_a_plan_and_before_it_nothing_is_broken(trader: User, opens: Opener) -> None:
    opens(("-1C5900", "5"))
    plan.replace(trader.pk, Plan(max_loss_trade=Decimal(1)), now=TEN + timedelta(seconds=1))
    opens(("-1C5900", "5"))  # told now, traded before the plan

    assert broken() == []


def test_adding_breaks_the_plan_and_reducing_does_not(planned: Planned, opens: Opener) -> None:
    planned(max_loss_trade=Decimal(1000), windows=(Window(time(11), time(12)),))
    position = opens(("+1C5900", "5"))
    act = Act(at=LATER, now=LATER)

    book.trade(position.user_id, position.pk, [traded("+2C5900", "5")], act)
    assert broken() == [(Rule.MAX_LOSS_TRADE, str(position.pk)), (Rule.NO_TRADE_WINDOW, str(position.pk))]
    book.trade(position.user_id, position.pk, [traded("-1C5900", "4")], act)
    book.trade(position.user_id, position.pk, [traded("+1C5900", "5")], act)  # the same day, the same position

    assert len(broken()) == len(told()) == 2


def test_expiry_and_delivery_are_nobodys_trade(planned: Planned, opens: Opener) -> None:
    position = opens(("-1P5900", "5"), symbol="SPY")
    planned(max_loss_trade=Decimal(1))
    end = Trade(leg=leg("+1P5900", root="SPY"), price=Decimal(0), kind=FillKind.ASSIGNMENT)
    shares = Trade(leg=leg("+100S", root="SPY"), price=Decimal(5900), kind=FillKind.ASSIGNMENT)

    book.trade(position.user_id, position.pk, [end, shares], Act(at=LATER, now=LATER))

    assert broken() == []


@pytest.mark.parametrize(
    ("value", "rules"),
    [
        ("601", []),
        ("600", [Rule.MAX_LOSS_DAY_NEAR]),
        ("500", [Rule.MAX_LOSS_DAY_NEAR]),
        ("499.99", [Rule.MAX_LOSS_DAY]),
    ],
)
def test_a_cycle_tells_of_the_days_loss(planned: Planned, opens: Opener, value: str, rules: list[Rule]) -> None:
    position = opens(("+1C5900", "10"))
    planned(max_loss_day=Decimal(500))

    assert plan_checks.watch([worth(position, value)], now=TEN) == len(rules)

    assert [rule for rule, _ in broken()] == rules
    assert [event.payload["severity"] for event in told()] == [
        "warning" if rule is Rule.MAX_LOSS_DAY_NEAR else "breach" for rule in rules
    ]
    assert all(event.payload["positionId"] is event.payload["symbol"] is None for event in told())


def test_what_was_closed_today_counts_and_what_was_lost_before_does_not(
    planned: Planned, opens: Opener, now: Standing
) -> None:
    yesterday = TEN - timedelta(days=3)  # Friday
    held = opens(("+1C5900", "50"), at=yesterday)
    MarkMinute.objects.create(contract=held.legs.get().contract, at=yesterday + timedelta(hours=5), mark=Decimal(10))
    done = opens(("+1P5900", "10"))
    book.close(done.user_id, done.pk, Decimal(6), Act(at=TEN, now=TEN), fees=Decimal(1))
    planned(max_loss_day=Decimal(500))

    # It cost 5,000 and was worth 1,000 on Friday: today it has lost 99.
    assert plan_checks.watch([worth(held, "901")], now=TEN) == 1

    day = plan_days.of_traders([held.user_id], [worth(held, "901")], now=TEN)[held.user_id]
    assert (day.day.realised, day.day.open, day.trades, day.unknown) == (-401, -99, 1, ())
    assert broken() == [(Rule.MAX_LOSS_DAY_NEAR, "500.000000")]


def test_without_a_price_only_what_was_realised_counts_and_it_is_named(planned: Planned, opens: Opener) -> None:
    held, fresh = opens(("+1C5900", "50"), at=TEN - timedelta(days=3)), opens(("+1P5900", "10"))
    planned(max_loss_day=Decimal(500))

    day = plan_days.of_traders([held.user_id], [worth(held, "1"), worth(fresh, None)], now=TEN)[held.user_id]

    assert (day.day.result, set(day.unknown)) == (0, {held.pk, fresh.pk})


def test_telling_twice_tells_once_and_another_limit_is_another_breach(
    planned: Planned, opens: Opener, trader: User
) -> None:
    position = opens(("+1C5900", "10"))
    planned(max_loss_day=Decimal(500))
    facts = [worth(position, "100")]

    assert [plan_checks.watch(facts, now=TEN + timedelta(seconds=15 * cycle)) for cycle in range(4)] == [1, 0, 0, 0]
    plan.replace(trader.pk, Plan(max_loss_day=Decimal(800)), now=TEN)
    assert [plan_checks.watch(facts, now=TEN), plan_checks.watch(facts, now=TEN)] == [1, 0]
    tomorrow = TEN + timedelta(days=1)
    contract = position.legs.get().contract
    MarkMinute.objects.create(contract=contract, at=TEN + timedelta(hours=5), mark=Decimal(10))
    assert plan_checks.watch(facts, now=tomorrow) == 1

    assert len(broken()) == len(told()) == 3


def test_a_position_that_loses_more_than_a_trade_may_is_told_of_once(planned: Planned, opens: Opener) -> None:
    position = opens(("+1C5900", "10"))
    planned(max_loss_trade=Decimal(500))

    assert plan_checks.watch([worth(position, "499", stale=True)], now=TEN) == 0
    assert plan_checks.watch([worth(position, "500")], now=TEN) == 0
    assert plan_checks.watch([worth(position, "499")], now=TEN) == 1
    assert plan_checks.watch([worth(position, "400")], now=TEN) == 0


def test_nothing_is_opened_once_the_day_has_lost_its_most(planned: Planned, opens: Opener) -> None:
    planned(max_loss_day=Decimal(500))
    lost = opens(("+1C5900", "10"))
    book.close(lost.user_id, lost.pk, Decimal(5), Act(at=TEN, now=TEN))

    after = opens(("+1C5900", "1"))

    assert broken() == [(Rule.OPENED_AFTER_MAX_LOSS, str(after.pk))]


def test_one_traders_loss_is_no_other_traders(planned: Planned, opens: Opener) -> None:
    other = UserFactory.create()
    plan.replace(other.pk, Plan(max_loss_day=Decimal(1)), now=TEN)
    mine = opens(("+1C5900", "10"))
    planned(max_loss_day=Decimal(10_000))

    assert plan_checks.watch([worth(mine, "0")], now=TEN) == 0


def test_a_breach_stays_when_its_position_is_removed(planned: Planned, opens: Opener) -> None:
    planned(max_loss_trade=Decimal(1))
    position = opens(("+1C5900", "10"))

    book.remove(position.user_id, position.pk, now=TEN)

    assert broken() == [(Rule.MAX_LOSS_TRADE, str(position.pk))]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_once(planned: Planned, opens: Opener) -> None:
    position = opens(("+1C5900", "10"))
    planned(max_loss_day=Decimal(500), max_loss_trade=Decimal(500))
    facts = [worth(position, "100")]

    def worker(_: int) -> int:
        try:
            return plan_checks.watch(facts, now=TEN)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(worker, range(4)))

    assert sum(counts) == len(told()) == len(broken()) == 2


def test_the_queries_do_not_grow_with_what_is_held(
    planned: Planned, opens: Opener, django_assert_num_queries: Callable[..., object]
) -> None:
    positions = [opens(("+1C5900", "10")) for _ in range(2)]
    planned(max_loss_day=Decimal(10**6))
    facts = [worth(each, "900") for each in positions]
    with django_assert_num_queries(3):
        plan_checks.watch(facts, now=TEN)
    facts += [worth(opens(("+1P5900", "10")), "900") for _ in range(3)]

    with django_assert_num_queries(3):
        plan_checks.watch(facts, now=TEN)
