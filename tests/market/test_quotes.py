"""The store of newest quotes, and what it says of the vendor's plan."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from config.redis import client
from market import feed, quotes
from market.vendors.protocol import Quote

AT = datetime(2026, 3, 9, 15, 0, tzinfo=UTC)


def store(**delayed: bool) -> None:
    pipe = client().pipeline()
    quotes.replace_all(
        pipe, {symbol: Quote(symbol, 100.0, 99.0, 1e6, AT, delayed=late) for symbol, late in delayed.items()}
    )
    pipe.execute()


@pytest.mark.parametrize(
    ("delayed", "plan"),
    [
        ({"SPY": False, "SPX": False}, False),
        ({"SPY": True, "SPX": True}, True),
        ({"SPY": False, "SPX": True}, True),  # stocks and indexes may be on different plans
    ],
)
def test_one_late_quote_is_enough_for_a_late_plan(delayed: dict[str, bool], plan: bool) -> None:
    store(**delayed)

    assert feed.plan_is_delayed() is plan


def test_before_the_first_round_nobody_says_that_prices_are_late() -> None:
    assert feed.plan_is_delayed() is False


def test_a_round_without_quotes_leaves_what_was_known() -> None:
    store(SPY=True)
    store()

    assert feed.plan_is_delayed() is True


def test_a_plan_may_become_real_time() -> None:
    store(SPY=True)
    store(SPY=False)

    assert feed.plan_is_delayed() is False
