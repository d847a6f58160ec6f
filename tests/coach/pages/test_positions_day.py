"""What a position made today and why, the trader's own limits, and what has ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from market import feed, vendors
from market.clock import Standing
from positions import book, plan, tracker
from positions.book import Act
from positions.models import Hindsight, Position, TradingPlan
from positions.pure.hindsight import Policy
from positions.pure.plan_rules import Plan, Window
from tests.coach.conftest import NOW
from tests.coach.reading import Node, read
from tests.factories.accounts import UserFactory
from tests.positions.conftest import TEN, traded
from tests.positions.market import QuotedMarket

PANEL = "/coach/positions/"


@pytest.fixture(autouse=True)
def market(user: User, monkeypatch: pytest.MonkeyPatch) -> Iterator[QuotedMarket]:
    """A market in which SPX costs 5950 and one call 112.20."""
    made = QuotedMarket()
    made.share("SPX", 5950.0, NOW)
    made.quote("+1C5900", 112.0, 112.4, at=NOW)
    monkeypatch.setattr(feed, "quotes", lambda symbols: {s: made.quotes[s] for s in symbols if s in made.quotes})
    with vendors.using(made):
        yield made


@pytest.fixture
def call(user: User) -> Position:
    made = book.open_position(user.pk, "SPX", [traded("+1C5900", "80", fees="1")], at=TEN, now=TEN)
    return Position.objects.get(pk=made)


def page(browser: Client, path: str = "") -> Node:
    return read(browser.get(PANEL + path).content)


class TestDay:
    def test_the_causes_add_up_to_the_profit(self, browser: Client, call: Position) -> None:
        tracker.run(NOW)

        part = page(browser, f"{call.pk}/day")

        rows = [node for node in part.one("day-causes").everything() if node.tag == "tr"]
        amounts = [Decimal(row.everything()[-1].text().replace("$", "").replace(",", "")) for row in rows[1:]]
        assert part.one("day-total").text() == "+$3,219.00"
        assert sum(amounts[:-1]) == amounts[-1] == Decimal(3219)

    def test_before_the_first_look_it_says_that_nothing_is_kept(self, browser: Client, call: Position) -> None:
        assert "Nothing has been kept" in page(browser, f"{call.pk}/day").one("day-trouble").text()

    def test_a_strangers_day_is_not_there(self, browser: Client) -> None:
        made = book.open_position(UserFactory.create().pk, "SPX", [traded("+1C5900", "80")], at=TEN, now=TEN)

        assert browser.get(f"{PANEL}{made}/day").status_code == 404


class TestPlan:
    def test_the_strip_says_what_is_used(self, browser: Client, user: User, call: Position) -> None:
        plan.replace(user.pk, Plan(max_loss_day=Decimal(500), max_trades_day=3), now=TEN)
        book.close(user.pk, call.pk, Decimal("76.5"), Act(at=NOW, now=NOW), fees=Decimal(1))

        strip = page(browser).one("plan")

        assert strip.one("plan-result").text() == "-$352.00"
        assert strip.one("plan-used").text() == "$352.00 of $500.00"
        assert strip.one("plan-trades").text() == "1 of 3"
        assert strip.one("plan-edit").text() == "Change limits"

    @pytest.mark.parametrize(("price", "token"), [("79", "pos"), ("75.98", "warn"), ("74", "neg")])
    def test_near_its_end_the_limit_has_another_colour(
        self, browser: Client, user: User, call: Position, price: str, token: str
    ) -> None:
        plan.replace(user.pk, Plan(max_loss_day=Decimal(500)), now=TEN)
        book.close(user.pk, call.pk, Decimal(price), Act(at=NOW, now=NOW))

        assert page(browser).one("plan-used").attributes["class"] == f"num {token}"

    @pytest.mark.parametrize(("most", "text"), [(2, "2 of 2"), (1, "2 of 1 ◆ too many")])
    def test_beyond_the_number_of_trades_it_says_so(
        self, browser: Client, user: User, call: Position, most: int, text: str
    ) -> None:
        book.open_position(user.pk, "SPX", [traded("+1C6000", "30")], at=NOW, now=NOW)
        plan.replace(user.pk, Plan(max_trades_day=most), now=NOW)

        assert page(browser).one("plan-trades").text() == text

    def test_without_limits_there_is_a_way_to_them(self, browser: Client) -> None:
        strip = page(browser).one("plan")

        assert strip.one("no-plan").text() == "You have set yourself no limits."
        assert strip.one("plan-edit").attributes["href"] == f"{PANEL}plan"

    def test_what_was_broken_today_stands_there(self, browser: Client, user: User, call: Position) -> None:
        plan.replace(user.pk, Plan(windows=(Window(time(9, 30), time(10, 30)),)), now=TEN)
        book.open_position(user.pk, "SPX", [traded("+1C6000", "30")], at=NOW, now=NOW)

        strip = page(browser).one("plan")

        assert "Opened at 10:15:00 New York time" in strip.one("plan-breach").text()
        assert "now" in strip.text()

    def test_the_form_is_filled_in_with_what_holds_and_changes_it(self, browser: Client, user: User) -> None:
        held = Plan(
            max_loss_day=Decimal(500), no_zero_dte_after=time(15),
            windows=(Window(time(9, 30), time(9, 45)), Window(time(15, 30), time(16), frozenset({0, 4}))),
        )  # fmt: skip
        plan.replace(user.pk, held, now=TEN)
        form = page(browser, "plan")
        assert form.one("act-max_loss_day").attributes["value"] == "500"
        assert form.one("act-windows").text() == "09:30-09:45 mon fri 15:30-16:00"

        answer = browser.post(
            f"{PANEL}plan",
            {
                "max_loss_day": "750.50", "max_loss_trade": "200", "max_trades_day": "4", "no_zero_dte_after": "14:30",
                "windows": "09:30-09:45\r\nmon fri 15:30-16:00", "version": "1",
            },
        )  # fmt: skip

        assert answer.status_code == 302
        assert TradingPlan.objects.get(user=user).plan == Plan(
            max_loss_day=Decimal("750.5"), max_loss_trade=Decimal(200), max_trades_day=4,
            no_zero_dte_after=time(14, 30), windows=held.windows,
        )  # fmt: skip

    def test_an_amount_comes_back_to_the_cent(self, browser: Client, user: User) -> None:
        plan.replace(user.pk, Plan(max_loss_day=Decimal("43217.19"), max_trades_day=1000), now=TEN)

        form = page(browser, "plan")

        assert form.one("act-max_loss_day").attributes["value"] == "43217.19"
        assert form.one("act-max_trades_day").attributes["value"] == "1000"

    @pytest.mark.parametrize(
        ("field", "wrong", "words"),
        [
            ("max_loss_day", "0", "Must be greater than 0."),
            ("max_loss_trade", "some", "Expected a number."),
            ("max_trades_day", "2.5", "A valid integer is required."),
            ("no_zero_dte_after", "25:00", "Time has wrong format."),
            ("windows", "lunch", "cannot be read"),
            ("windows", "xyz 09:30-10:00", "cannot be read"),
            ("windows", "10:00-09:30", "Must be later than from."),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(
        self, browser: Client, user: User, field: str, wrong: str, words: str
    ) -> None:
        answer = browser.post(f"{PANEL}plan?part=1", {field: wrong, "version": "0"})

        told = read(answer.content)
        assert answer.status_code == 422
        assert words in told.one(f"wrong-{field}").text()
        assert not TradingPlan.objects.filter(user=user).exists()

    def test_a_plan_that_changed_meanwhile_is_not_overwritten(self, browser: Client, user: User) -> None:
        plan.replace(user.pk, Plan(max_loss_day=Decimal(500)), now=TEN)

        answer = browser.post(f"{PANEL}plan?part=1", {"max_loss_day": "1", "version": "0"})

        assert answer.status_code == 409
        assert "has changed meanwhile" in read(answer.content).one("act-trouble").text()


class TestClosed:
    def test_what_has_ended_says_what_it_made(self, browser: Client, user: User, call: Position, now: Standing) -> None:
        book.close(user.pk, call.pk, Decimal(90), Act(at=NOW, now=NOW, reason="Enough"), fees=Decimal(1))

        closed = page(browser, "closed/")

        card = closed.one("closed-card")
        assert closed.one("closed-net").text() == closed.one("closed-pnl").text() == "+$998.00"
        assert "SPX $5,900 call" in card.text()
        assert "Closed" in card.text()
        assert "Enough" in card.text()
        assert card.one("no-hindsight").text().startswith("Held against other ways out")

    def test_hindsight_stands_beside_what_was_done(self, browser: Client, user: User, call: Position) -> None:
        book.close(user.pk, call.pk, Decimal(90), Act(at=NOW, now=NOW), fees=Decimal(1))
        known: dict[str, Any] = {"net": "998.00", "exitAt": NOW.isoformat(), "why": None}
        outcomes = {each.value: known for each in Policy}
        outcomes[Policy.ADVICE.value] = {"net": None, "exitAt": None, "why": "no_advice"}
        outcomes[Policy.EXPIRY.value] = {"net": None, "exitAt": None, "why": "not_expired"}
        outcomes[Policy.ENTRY_CLOSE.value] = {"net": "1500.00", "exitAt": NOW.isoformat(), "why": None}
        Hindsight.objects.create(position=call, outcomes=outcomes, complete=False, computed_at=NOW)

        told = page(browser, "closed/").one("hindsight").text()

        assert "What you did +$998.00" in told
        assert "Out at the first close +$1,500.00 +$502.00" in told
        assert "no advice said to get out while it was open" in told
        assert "it has not expired yet" in told
        assert "(its expiry is still to come)" in told

    def test_another_traders_are_not_among_them(self, browser: Client) -> None:
        hers = UserFactory.create()
        made = book.open_position(hers.pk, "SPX", [traded("+1C5900", "80")], at=TEN, now=TEN)
        book.close(hers.pk, made, Decimal(90), Act(at=NOW, now=NOW))

        closed = page(browser, "closed/")

        assert closed.all("closed-card") == []
        assert "No position has ended yet" in closed.one("empty").text()
