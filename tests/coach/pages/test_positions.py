"""The positions panel and its forms, read as a browser without scripts reads them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from config.http.errors import NotFound
from market import feed, vendors
from market.clock import Standing
from positions import advisor, book, tracker
from positions.ledger import Trade
from positions.models import Advice, Position
from positions.pure.advice_state import Answer
from tests.coach.conftest import NOW
from tests.coach.reading import Node, read
from tests.factories.accounts import UserFactory
from tests.positions.conftest import TEN, traded
from tests.positions.market import QuotedMarket
from tests.positions.test_advisor import Cycles

PANEL = "/coach/positions/"
Open = Callable[..., Position]


@pytest.fixture(autouse=True)
def market(user: User, monkeypatch: pytest.MonkeyPatch) -> Iterator[QuotedMarket]:
    """A market in which SPX costs 5950; nothing else is quoted until a test says so."""
    made = QuotedMarket()
    made.share("SPX", 5950.0, NOW)
    monkeypatch.setattr(feed, "quotes", lambda symbols: {s: made.quotes[s] for s in symbols if s in made.quotes})
    with vendors.using(made):
        yield made


@pytest.fixture
def opens(user: User) -> Open:
    def open_(*trades: tuple[str, str], symbol: str = "SPX", of: User | None = None, **about: Any) -> Position:
        root = "SPXW" if symbol == "SPX" else symbol
        legs: list[Trade] = [traded(*each, root=root) for each in trades]
        made = book.open_position((of or user).pk, symbol, legs, at=TEN, now=TEN, **about)
        return Position.objects.get(pk=made)

    return open_


@pytest.fixture
def spread(opens: Open, market: QuotedMarket) -> Position:
    """The specification's example: 5900/6000 for 50, worth 51.56."""
    row = opens(("+1C5900", "80"), ("-1C6000", "30"))
    market.quote("+1C5900", 112.0, 112.4, at=NOW)
    market.quote("+1C6000", 60.5, 60.78, at=NOW)
    return row


def page(browser: Client, query: str = "") -> Node:
    return read(browser.get(PANEL + query).content)


def figure(node: Node, name: str) -> str:
    return node.one(f"figure-{name}").text()


def test_a_card_says_what_is_held_and_what_it_is_worth(browser: Client, spread: Position) -> None:
    card = page(browser).one("position-card")

    assert "SPX $5,900 / $6,000 call spread" in card.text()
    assert card.one("side").text() == "● Bought 1"
    assert [figure(card, name) for name in ("pnl", "pnlPct", "entry", "current", "value")] == [
        *("+$156.00", "+3.12%", "$50.00", "$51.56", "$5,156.00"),
    ]
    assert [figure(card, name) for name in ("maxGain", "maxLoss", "breakeven", "underlying", "dte")] == [
        *("$5,000.00", "$5,000.00", "$5,950.00", "$5,950.00", "11 days"),
    ]
    assert card.one("figure-pnl").attributes["class"] == "num live pos"
    assert card.one("age").text() == "Quote of 10:15 ET"
    assert figure(card, "delta").startswith("+")


def test_what_was_sold_says_so_and_wins_when_it_gets_cheaper(
    browser: Client, opens: Open, market: QuotedMarket
) -> None:
    opens(("-2P5900", "40"))
    market.quote("-2P5900", 19.9, 20.1, at=NOW)

    card = page(browser).one("position-card")

    assert card.one("side").text() == "◆ Sold short 2"
    assert figure(card, "pnl") == "+$4,000.00"
    assert figure(card, "theta").startswith("+$")
    assert "Received $8,000.00" in card.text()


def test_what_has_no_quote_is_a_dash_and_never_the_entry_price(browser: Client, opens: Open) -> None:
    opens(("+1C5900", "80"))

    card = page(browser).one("position-card")

    for name in ("pnl", "current", "value", "netPnl"):
        assert figure(card, name) == "— not available: no quote since it was opened on Feb 9"
    assert card.one("age").text() == "No quote since it was opened on Feb 9"
    assert figure(page(browser).one("sums"), "pnl").startswith("—")


def test_old_numbers_stay_and_are_called_old(
    browser: Client, spread: Position, market: QuotedMarket, now: Standing
) -> None:
    tracker.run(NOW)
    market.away = {"SPXW"}
    now.forward(seconds=45)

    card = page(browser).one("position-card")

    assert figure(card, "pnl") == "+$156.00"
    assert card.one("age").text() == "Old: Quote of 10:15 ET"
    assert "old" in card.attributes["class"].split()


def test_the_sums_are_those_of_the_cards(browser: Client, spread: Position, opens: Open, market: QuotedMarket) -> None:
    opens(("-2P5900", "40.33"))
    market.quote("-2P5900", 19.97, 20.11, at=NOW)
    opens(("+1C6100", "5"))  # without a quote

    whole = page(browser)

    cards = whole.all("position-card")
    cents = [json.loads(card.attributes["data-kept"])["pnl"] for card in cards]
    total = sum(Decimal(str(each)) for each in cents if each is not None)
    assert figure(whole.one("sums"), "pnl") == f"+${total:,.2f}"
    assert figure(whole.one("sums"), "count") == "3"
    assert figure(whole.one("sums"), "unpriced") == "1"
    assert "SPX 3" in whole.one("by-underlying").text()
    assert cents[-1] is None  # what has no price stands last


@pytest.mark.parametrize(("sort", "first"), [("size", "put"), ("pnl", "spread"), ("loss", "put"), ("nonsense", "put")])
def test_cards_stand_in_the_order_that_is_asked_for(
    browser: Client, spread: Position, opens: Open, market: QuotedMarket, sort: str, first: str
) -> None:
    opens(("+1P5900", "40"))
    market.quote("+1P5900", 19.9, 20.1, at=NOW)

    names = [card.attributes["data-name"] for card in page(browser, f"?sort={sort}").all("position-card")]

    assert names[0].endswith(first)
    assert len(names) == 2


def test_without_any_there_is_a_way_to_the_first(browser: Client) -> None:
    empty = page(browser).one("empty")

    assert "hidden" not in empty.attributes
    assert empty.one("empty-add").attributes["href"] == "/coach/positions/analyze/"
    assert empty.one("empty-setups").attributes["href"] == "/coach/scanner/"


def test_the_chart_is_opened_with_what_the_position_hangs_on(browser: Client, spread: Position) -> None:
    book.amend(
        spread.user_id, spread.pk, {"stop_price": Decimal(5800), "stop_on_underlying": True}, now=NOW
    )  # fmt: skip

    address = page(browser).one("show-chart").attributes["href"]

    assert address.startswith("/coach/chart/?symbol=SPX")
    assert "breakeven%3A5950%2Cstop%3A5800%2Cstrike%3A5900%2Cstrike%3A6000" in address


def test_the_home_page_counts_what_is_open(browser: Client, spread: Position) -> None:
    tracker.run(NOW)

    told = read(browser.get("/coach/").content).one("today-positions")

    assert told.text() == "1 open positions, +$156.00"
    assert told.attributes["href"] == PANEL


class TestRows:
    def test_cards_that_are_asked_for_come_with_what_all_are_together(
        self, browser: Client, spread: Position, opens: Open
    ) -> None:
        opens(("+1C6100", "5"))

        part = read(browser.get(f"{PANEL}rows?ids={spread.pk},{uuid4()},nonsense").content)

        assert [card.attributes["data-position"] for card in part.all("position-card")] == [str(spread.pk)]
        assert figure(part.one("sums"), "count") == "2"

    def test_a_strangers_card_never_comes(self, browser: Client, opens: Open) -> None:
        hers = opens(("+1C5900", "80"), of=UserFactory.create())

        assert read(browser.get(f"{PANEL}rows?ids={hers.pk}").content).all("position-card") == []


class TestClose:
    def test_the_form_proposes_the_middle_of_the_quotes(self, browser: Client, spread: Position) -> None:
        form = read(browser.get(f"{PANEL}{spread.pk}/close").content)

        assert form.one("act-price").attributes["value"] == "51.56"
        assert form.one("act-quantity").attributes["value"] == "1"
        assert form.one("act-result").text() == "+$156.00"
        assert form.one("no-broker").text() == "This writes down what you did. Nothing is sent to a broker."

    def test_it_is_written_down(self, browser: Client, spread: Position) -> None:
        form = {"price": "51.5", "quantity": "1", "fees": "2.60", "reason": "Enough", "version": spread.version}

        answer = browser.post(f"{PANEL}{spread.pk}/close", form, follow=True)

        spread.refresh_from_db()
        assert (spread.status, spread.realised, spread.fees) == ("closed", Decimal(150), Decimal("2.6"))
        assert spread.close_reason == "Enough"
        assert read(answer.content).one("notice").text() == "SPX $5,900 / $6,000 call spread closed at $51.50."

    def test_of_several_units_some_may_be_closed(self, browser: Client, opens: Open, market: QuotedMarket) -> None:
        row = opens(("+4C5900", "80"))
        market.quote("+4C5900", 112.0, 112.4, at=NOW)
        form = read(browser.get(f"{PANEL}{row.pk}/close?quantity=2&part=1").content)
        assert form.one("act-quantity").attributes["value"] == "2"

        answer = browser.post(f"{PANEL}{row.pk}/close?part=1", {"price": "112.2", "quantity": "2", "version": "2"})

        row.refresh_from_db()
        assert (answer.status_code, row.status, row.quantity, row.realised) == (200, "open", 2, Decimal(6440))
        assert "2 still open" in answer.content.decode()
        assert b"data-ended" not in answer.content

    @pytest.mark.parametrize(
        ("wrong", "field", "words"),
        [
            ({"price": "much"}, "price", "Expected a number."),
            ({"price": "-1"}, "price", "Must be 0 or more."),
            ({"price": ""}, "price", "This field is required."),
            ({"quantity": "2"}, "quantity", "expected 1 to 1"),
            ({"quantity": "0"}, "quantity", "Ensure this value is greater than or equal to 1."),
            ({"fees": "-3"}, "fees", "Must be 0 or more."),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(
        self, browser: Client, spread: Position, wrong: dict[str, str], field: str, words: str
    ) -> None:
        form = {"price": "51.5", "quantity": "1", "version": str(spread.version)} | wrong

        answer = browser.post(f"{PANEL}{spread.pk}/close?part=1", form)

        told = read(answer.content)
        assert answer.status_code == 422
        assert told.one(f"wrong-{field}").text() == words
        assert told.one(f"act-{field}").attributes["aria-invalid"] == "true"
        spread.refresh_from_db()
        assert spread.status == "open"

    def test_one_that_changed_meanwhile_is_shown_as_it_is_now(self, browser: Client, spread: Position) -> None:
        seen = spread.version
        book.amend(spread.user_id, spread.pk, {"notes": "x"}, now=NOW)

        answer = browser.post(f"{PANEL}{spread.pk}/close", {"price": "51.5", "version": str(seen)})

        assert answer.status_code == 409
        assert "has changed meanwhile" in read(answer.content).one("act-trouble").text()
        assert f'name="version" value="{seen + 1}"' in answer.content.decode()

    def test_one_that_has_ended_says_so(self, browser: Client, spread: Position) -> None:
        browser.post(f"{PANEL}{spread.pk}/close", {"price": "51.5", "quantity": "1", "version": str(spread.version)})

        answer = browser.get(f"{PANEL}{spread.pk}/close?part=1")

        assert answer.status_code == 409
        assert "closed already" in read(answer.content).one("act-gone").text()


class TestLimits:
    def test_they_are_set_and_shown_with_their_distance(self, browser: Client, spread: Position) -> None:
        form = {"stop": "25", "stop_in": "price", "target": "6000", "target_in": "underlying", "version": "2"}

        browser.post(f"{PANEL}{spread.pk}/limits", form)

        spread.refresh_from_db()
        assert (spread.stop_price, spread.stop_on_underlying) == (Decimal(25), False)
        assert (spread.target_price, spread.target_on_underlying) == (Decimal(6000), True)
        card = page(browser).one("position-card")
        assert (card.one("stop-at").text(), card.one("target-at").text()) == ("$25.00", "SPX $6,000.00")
        assert figure(card, "stop") == "-26.56 (-51.51%)"
        assert figure(card, "target") == "+50.00 (+0.84%)"

    @pytest.mark.parametrize(
        ("legs", "stop", "target"),
        [((("+1C5900", "80"),), Decimal(40), Decimal(160)), ((("-1C5900", "80"),), Decimal(120), Decimal(40))],
    )
    def test_a_percentage_of_the_premium_becomes_a_price(
        self, browser: Client, opens: Open, legs: tuple[tuple[str, str]], stop: Decimal, target: Decimal
    ) -> None:
        row = opens(*legs)
        won = "100" if stop < 80 else "50"

        browser.post(
            f"{PANEL}{row.pk}/limits",
            {"stop": "50", "stop_in": "percent", "target": won, "target_in": "percent", "version": "2"},
        )

        row.refresh_from_db()
        assert (row.stop_price, row.target_price) == (stop, target)

    def test_empty_fields_take_them_away(self, browser: Client, spread: Position) -> None:
        book.amend(spread.user_id, spread.pk, {"stop_price": Decimal(25)}, now=NOW)
        form = read(browser.get(f"{PANEL}{spread.pk}/limits").content)
        assert form.one("act-stop").attributes["value"] == "25.00"

        browser.post(
            f"{PANEL}{spread.pk}/limits", {"stop": "", "stop_in": "price", "target_in": "price", "version": "3"}
        )

        spread.refresh_from_db()
        assert spread.stop_price is None

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"stop": "far"}, "Expected a number."),
            ({"stop": "0"}, "Must be greater than 0."),
            ({"stop": "100", "stop_in": "percent"}, "comes to 0.0000; expected a price above 0"),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(
        self, browser: Client, spread: Position, wrong: dict[str, str], words: str
    ) -> None:
        form = {"stop_in": "price", "target": "", "target_in": "price", "version": "2"} | wrong

        answer = browser.post(f"{PANEL}{spread.pk}/limits?part=1", form)

        assert answer.status_code == 422
        assert read(answer.content).one("wrong-stop").text() == words


class TestAdvice:
    @pytest.fixture
    def advice(self, opens: Open) -> Advice:
        """A call that is 60 % up, told."""
        Cycles(opens(("+2C5900", "30")))(60, 60)
        return Advice.objects.get(rule="profit")

    def test_a_banner_says_what_is_so_and_leads_to_the_form(self, browser: Client, advice: Advice) -> None:
        banner = page(browser).one("advice")

        assert "Take profit" in banner.text()
        assert "Medium" in banner.text()
        assert advice.message in banner.text()
        do = banner.one("advice-do").attributes["href"]
        assert do == f"{PANEL}{advice.position_id}/close?quantity=1&advice={advice.pk}"

    @pytest.mark.parametrize(
        ("answer", "state", "dismissed"), [("snooze", "snoozed", False), ("dismiss", "acknowledged", True)]
    )
    def test_an_answer_is_stored_and_the_banner_goes(
        self, browser: Client, advice: Advice, answer: str, state: str, dismissed: bool
    ) -> None:
        browser.post(f"{PANEL}advice/{advice.pk}", {"answer": answer})

        advice.refresh_from_db()
        assert (advice.state, advice.dismissed, advice.answer) == (state, dismissed, answer)
        assert page(browser).all("advice") == []

    def test_doing_it_notes_the_advice(self, browser: Client, advice: Advice) -> None:
        form = {"price": "48", "quantity": "1", "version": "2", "advice": str(advice.pk)}

        browser.post(f"{PANEL}{advice.position_id}/close", form)

        advice.refresh_from_db()
        assert (advice.state, advice.answer) == ("acknowledged", "ack")

    def test_a_nonsense_answer_changes_nothing(self, browser: Client, advice: Advice) -> None:
        answer = browser.post(f"{PANEL}advice/{advice.pk}", {"answer": "maybe"}, follow=True)

        advice.refresh_from_db()
        assert advice.state == "active"
        assert "no answer" in read(answer.content).one("notice").text()

    def test_one_that_is_over_says_so(self, browser: Client, advice: Advice) -> None:
        Advice.objects.filter(pk=advice.pk).update(state="resolved", ended_at=NOW)

        answer = browser.post(f"{PANEL}advice/{advice.pk}?part=1", {"answer": "snooze"})

        assert "This advice is resolved" in answer.content.decode()

    def test_of_one_type_the_newest_stands_and_three_at_most(self, browser: Client, advice: Advice) -> None:
        for number, (rule, kind) in enumerate(
            [("target", "take_profit"), ("loss", "stop_loss"), ("decay", "time_decay"), ("roll", "roll")], start=1
        ):
            Advice.objects.create(
                user_id=advice.user_id, position_id=advice.position_id, rule=rule, type=kind, state="active",
                urgency=3, message=f"{rule} said so", action={"action": "x"}, evidence=advice.evidence, confidence=1.0,
                facts={}, value=1.0, last_value=1.0, looked_at=NOW, expires_at=NOW + timedelta(days=1),
                first_told_at=NOW, notified_at=NOW + timedelta(hours=number), created_at=NOW,
            )  # fmt: skip

        told = [each.text() for each in page(browser).all("advice")]

        assert [
            next(rule for rule in ("roll", "decay", "loss", "target") if f"{rule} said so" in text) for text in told
        ] == [
            "roll",
            "decay",
            "loss",
        ]

    def test_what_is_low_hides_nothing_that_is_high(self, browser: Client, advice: Advice) -> None:
        Advice.objects.filter(pk=advice.pk).update(urgency=3)
        Advice.objects.create(
            user_id=advice.user_id, position_id=advice.position_id, rule="level", type="take_profit", state="active",
            urgency=1, message="a level is near", action={"action": "tighten_stop"}, evidence=advice.evidence,
            confidence=1.0, facts={}, value=1.0, last_value=1.0, looked_at=NOW, expires_at=NOW + timedelta(days=1),
            first_told_at=NOW, notified_at=NOW + timedelta(hours=9), created_at=NOW,
        )  # fmt: skip

        assert [each.attributes["data-advice-id"] for each in page(browser).all("advice")] == [str(advice.pk)]

    def test_a_stranger_cannot_answer(self, browser: Client, advice: Advice) -> None:
        stranger = Client()
        stranger.force_login(UserFactory.create(), backend="django.contrib.auth.backends.ModelBackend")

        assert stranger.post(f"{PANEL}advice/{advice.pk}", {"answer": "dismiss"}).status_code == 404
        advice.refresh_from_db()
        assert advice.state == "active"
        with pytest.raises(NotFound):
            advisor.acknowledge(uuid4(), advice.pk, Answer.ACK, now=NOW)


@pytest.mark.parametrize("act", ["close", "limits"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_strangers_position_is_not_there(browser: Client, opens: Open, act: str, method: str) -> None:
    hers = opens(("+1C5900", "80"), of=UserFactory.create())

    assert getattr(browser, method)(f"{PANEL}{hers.pk}/{act}").status_code == 404
    hers.refresh_from_db()
    assert (hers.status, hers.version) == ("open", 2)
