from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from accounts.models import User
from market.clock import Standing
from positions import plan
from positions.errors import PlanConflict
from positions.models import PlanChange, TradingPlan
from positions.pure.plan_rules import Plan, Window
from tests.positions.conftest import TEN

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

STRICT = Plan(
    max_loss_trade=Decimal("250.50"),
    max_loss_day=Decimal(500),
    max_trades_day=3,
    windows=(Window(time(9, 30), time(9, 45)), Window(time(12), time(13), frozenset({4}))),
    no_zero_dte_after=time(14),
)


def test_a_plan_comes_back_as_it_was_told(trader: User) -> None:
    plan.replace(trader.pk, STRICT, now=TEN)

    row = plan.of_trader(trader.pk)
    assert row is not None
    assert (row.plan, row.version, row.updated_at) == (STRICT, 1, TEN)


def test_the_same_plan_again_is_no_change(trader: User) -> None:
    plan.replace(trader.pk, STRICT, now=TEN)
    again = plan.replace(trader.pk, STRICT, now=TEN + timedelta(hours=1))

    assert (again.version, again.updated_at) == (1, TEN)
    assert PlanChange.objects.count() == 1


@pytest.mark.parametrize(
    ("at", "in_session"),
    [
        (TEN, True),
        (datetime(2026, 2, 9, 8, 59, tzinfo=UTC), False),  # 03:59 in New York
        (datetime(2026, 2, 9, 9, 0, tzinfo=UTC), True),
        (datetime(2026, 2, 10, 0, 59, tzinfo=UTC), True),  # 19:59
        (datetime(2026, 2, 10, 1, 0, tzinfo=UTC), False),
        (datetime(2026, 2, 8, 15, tzinfo=UTC), False),  # a Sunday
    ],
)
def test_what_is_loosened_is_written_down_and_whether_the_market_was_on(
    trader: User, at: datetime, in_session: bool
) -> None:
    plan.replace(trader.pk, STRICT, now=at - timedelta(days=5))
    plan.replace(trader.pk, Plan(max_loss_day=Decimal(501), max_loss_trade=Decimal(200)), now=at)

    change = PlanChange.objects.get(version=2)
    assert sorted(change.loosened) == ["max_loss_day", "max_trades_day", "no_zero_dte_after", "windows"]
    assert change.in_session is in_session
    assert (change.before["max_loss_day"], change.after["max_loss_day"]) == ("500.000000", "501")


def test_a_change_takes_effect_from_now(trader: User, now: Standing) -> None:
    plan.replace(trader.pk, STRICT, now=TEN)
    noon = TEN + timedelta(hours=2)
    row = plan.replace(trader.pk, Plan(max_trades_day=9), now=noon)

    assert plan.as_it_was(row, noon) == (2, Plan(max_trades_day=9))
    assert plan.as_it_was(row, noon - timedelta(seconds=1)) == (1, STRICT)
    assert plan.as_it_was(row, TEN) == (1, STRICT)
    assert plan.as_it_was(row, TEN - timedelta(seconds=1)) == (0, Plan())


def test_who_has_not_seen_the_newest_version_overwrites_nothing(trader: User) -> None:
    plan.replace(trader.pk, STRICT, now=TEN, version=0)
    with pytest.raises(PlanConflict, match="you saw version 0, it is now version 1"):
        plan.replace(trader.pk, Plan(), now=TEN, version=0)

    assert TradingPlan.objects.get().plan == STRICT
