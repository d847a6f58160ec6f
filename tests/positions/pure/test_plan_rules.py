from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.pure.sessions import NEW_YORK
from positions.pure.plan_rules import (
    NO_RISK,
    Opening,
    Plan,
    Risk,
    Rule,
    Window,
    loosened,
    of_day,
    of_opening,
    of_position,
)

MONDAY = datetime(2026, 2, 9, 10, tzinfo=NEW_YORK)
UNLIMITED, UNKNOWN = Risk(None), Risk(None, known=False)


def opened(at: datetime = MONDAY, **more: object) -> Opening:
    usual = {"before": NO_RISK, "after": NO_RISK, "zero_dte": False, "trades_today": 1, "day_loss": Decimal(0)}
    return Opening(at=at, **{**usual, **more})


def risk(amount: str) -> Risk:
    return Risk(Decimal(amount))


def rules(plan: Plan, opening: Opening) -> list[Rule]:
    return [each.rule for each in of_opening(plan, opening)]


@pytest.mark.parametrize(
    ("before", "after", "broken"),
    [
        (NO_RISK, risk("499.99"), False),
        (NO_RISK, risk("500"), False),
        (NO_RISK, risk("500.01"), True),
        (NO_RISK, UNLIMITED, True),
        (NO_RISK, UNKNOWN, False),
        (risk("900"), risk("800"), False),  # it was worse before
        (risk("900"), risk("900"), False),
        (risk("900"), risk("900.01"), True),
        (UNLIMITED, risk("800"), False),
        (UNLIMITED, UNLIMITED, False),
        (UNKNOWN, risk("800"), True),
        (UNKNOWN, UNLIMITED, True),
    ],
)
def test_the_most_that_a_trade_may_lose(before: Risk, after: Risk, broken: bool) -> None:
    plan = Plan(max_loss_trade=Decimal(500))

    assert rules(plan, opened(before=before, after=after)) == [Rule.MAX_LOSS_TRADE] * broken


def test_a_breach_says_limit_and_value() -> None:
    (breach,) = of_opening(Plan(max_loss_trade=Decimal(500)), opened(after=risk("1250.50")))

    assert (breach.limit, breach.value) == (500, Decimal("1250.50"))
    assert breach.text == "It can lose 1,250.50 USD; the plan's most for a trade is 500.00 USD."


@pytest.mark.parametrize(("count", "broken"), [(2, False), (3, False), (4, True), (None, False)])
def test_the_trades_of_a_day(count: int | None, broken: bool) -> None:
    assert rules(Plan(max_trades_day=3), opened(trades_today=count)) == [Rule.MAX_TRADES_DAY] * broken


@pytest.mark.parametrize(
    ("clock", "broken"),
    [("09:29:59", False), ("09:30:00", True), ("09:44:59", True), ("09:45:00", False)],
)
def test_windows_hold_from_their_start_until_before_their_end(clock: str, broken: bool) -> None:
    plan = Plan(windows=(Window(time(9, 30), time(9, 45)),))
    at = datetime.combine(MONDAY.date(), time.fromisoformat(clock), NEW_YORK)

    assert rules(plan, opened(at)) == [Rule.NO_TRADE_WINDOW] * broken


@pytest.mark.parametrize(("weekdays", "broken"), [({0}, True), ({1, 2, 3, 4}, False), ({0, 6}, True)])
def test_windows_hold_on_their_weekdays(weekdays: set[int], broken: bool) -> None:
    plan = Plan(windows=(Window(time(9, 30), time(16), frozenset(weekdays)),))

    assert rules(plan, opened()) == [Rule.NO_TRADE_WINDOW] * broken


@pytest.mark.parametrize("day", [datetime(2026, 1, 12, 14, 35, tzinfo=UTC), datetime(2026, 7, 13, 13, 35, tzinfo=UTC)])
def test_windows_are_of_new_york_in_winter_and_summer(day: datetime) -> None:
    plan = Plan(windows=(Window(time(9, 30), time(9, 45)),))

    assert rules(plan, opened(day)) == [Rule.NO_TRADE_WINDOW]


@pytest.mark.parametrize(
    ("clock", "zero_dte", "broken"),
    [("13:59:59", True, False), ("14:00:00", True, True), ("14:00:01", True, True), ("15:00:00", False, False)],
)
def test_nothing_that_expires_today_late(clock: str, zero_dte: bool, broken: bool) -> None:
    at = datetime.combine(MONDAY.date(), time.fromisoformat(clock), NEW_YORK)

    found = rules(Plan(no_zero_dte_after=time(14)), opened(at, zero_dte=zero_dte))

    assert found == [Rule.NO_ZERO_DTE] * broken


@pytest.mark.parametrize(("lost", "broken"), [("499.99", False), ("500", True), ("500.01", True), (None, False)])
def test_nothing_is_opened_once_the_day_has_lost_its_most(lost: str | None, broken: bool) -> None:
    told = None if lost is None else Decimal(lost)

    assert rules(Plan(max_loss_day=Decimal(500)), opened(day_loss=told)) == [Rule.OPENED_AFTER_MAX_LOSS] * broken


@pytest.mark.parametrize(
    ("lost", "rule"),
    [
        ("-100", None),
        ("0", None),
        ("399.99", None),
        ("400", Rule.MAX_LOSS_DAY_NEAR),
        ("500", Rule.MAX_LOSS_DAY_NEAR),
        ("500.01", Rule.MAX_LOSS_DAY),
    ],
)
def test_the_most_that_a_day_may_lose(lost: str, rule: Rule | None) -> None:
    found = of_day(Plan(max_loss_day=Decimal(500)), Decimal(lost))

    assert (found and found.rule) == rule


@pytest.mark.parametrize(("made", "broken"), [("500", False), ("-500", False), ("-500.01", True)])
def test_what_a_position_has_lost(made: str, broken: bool) -> None:
    found = of_position(Plan(max_loss_trade=Decimal(500)), Decimal(made))

    assert (found is not None) == broken


def test_a_plan_without_limits_is_never_broken() -> None:
    worst = opened(after=UNLIMITED, zero_dte=True, trades_today=999, day_loss=Decimal(10**6))

    assert of_opening(Plan(), worst) == []
    assert of_day(Plan(), Decimal(10**6)) is None
    assert of_position(Plan(), Decimal(-(10**6))) is None


@pytest.mark.parametrize("bad", [{"max_loss_day": Decimal(0)}, {"max_loss_trade": Decimal(-1)}, {"max_trades_day": 0}])
def test_limits_are_above_nothing(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="expected a number above 0"):
        Plan(**bad)


@pytest.mark.parametrize(
    ("start", "end", "days"), [("10:00", "10:00", {0}), ("11:00", "10:00", {0}), ("9:00", "10:00", set())]
)
def test_windows_make_sense(start: str, end: str, days: set[int]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Window(time.fromisoformat(start.zfill(5)), time.fromisoformat(end), frozenset(days))


MORNING = Window(time(9, 30), time(10))


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        (Plan(max_loss_day=Decimal(500)), Plan(max_loss_day=Decimal("500.01")), ("max_loss_day",)),
        (Plan(max_loss_day=Decimal(500)), Plan(max_loss_day=Decimal("499.99")), ()),
        (Plan(max_loss_day=Decimal(500)), Plan(), ("max_loss_day",)),
        (Plan(), Plan(max_loss_day=Decimal(500)), ()),
        (Plan(max_trades_day=3), Plan(max_trades_day=4, max_loss_trade=Decimal(1)), ("max_trades_day",)),
        (Plan(no_zero_dte_after=time(14)), Plan(no_zero_dte_after=time(14, 1)), ("no_zero_dte_after",)),
        (Plan(no_zero_dte_after=time(14)), Plan(no_zero_dte_after=time(13, 59)), ()),
        (Plan(windows=(MORNING,)), Plan(windows=(Window(time(9, 30), time(9, 59)),)), ("windows",)),
        (Plan(windows=(MORNING,)), Plan(windows=(Window(time(9), time(9, 45)), Window(time(9, 45), time(11)))), ()),
        (Plan(windows=(MORNING,)), Plan(windows=(Window(time(9, 30), time(10), frozenset({0})),)), ("windows",)),
    ],
)
def test_what_a_change_loosens(before: Plan, after: Plan, names: tuple[str, ...]) -> None:
    assert loosened(before, after) == names


amounts = st.none() | st.decimals(1, 10**6, places=2)
plans = st.builds(
    Plan,
    max_loss_trade=amounts,
    max_loss_day=amounts,
    max_trades_day=st.none() | st.integers(1, 20),
    no_zero_dte_after=st.none() | st.times().map(lambda at: at.replace(second=0, microsecond=0)),
)


@given(plans, plans, st.builds(opened, after=st.builds(Risk, amounts), trades_today=st.integers(1, 30),
                               day_loss=st.decimals(0, 10**6, places=2), zero_dte=st.booleans()))  # fmt: skip
def test_a_change_that_loosens_nothing_forgives_nothing(before: Plan, after: Plan, opening: Opening) -> None:
    if not loosened(before, after):
        assert set(rules(before, opening)) <= set(rules(after, opening))
