"""The analyzer's page, read as a browser without scripts reads it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from market import feed, vendors
from market.errors import ProviderUnavailable
from positions import book
from positions.models import Position
from tests.coach.conftest import HTMX, NOW
from tests.coach.reading import Node, read
from tests.positions.market import QuotedMarket

PANEL, TRACK = "/coach/positions/analyze/", "/coach/positions/analyze/track"
CALL = {
    "symbol": "spx", "type": "long_call", "strike": "5900", "expiry": "2026-02-20", "quantity": "2", "price": "30",
    "date": "2026-02-06",
}  # fmt: skip
CONDOR = CALL | {
    "type": "iron_condor", "strike": "5700", "strike2": "5800", "strike3": "6000", "strike4": "6100", "price": "20",
    "quantity": "1",
}  # fmt: skip


@pytest.fixture(autouse=True)
def market(user: User, monkeypatch: pytest.MonkeyPatch) -> Iterator[QuotedMarket]:
    made = QuotedMarket()
    made.share("SPX", 5930.0, NOW)
    made.quote("+1C5900", 49.8, 50.2, at=NOW)
    monkeypatch.setattr(feed, "quotes", lambda symbols: {s: made.quotes[s] for s in symbols if s in made.quotes})
    with vendors.using(made):
        yield made


def page(browser: Client, query: dict[str, str] | None = None, *, status: int = 200) -> Node:
    answer = browser.get(PANEL, query or {})
    assert answer.status_code == status
    return read(answer.content)


def analysed(browser: Client, query: dict[str, str], *, status: int = 200) -> Node:
    return page(browser, query | {"analyze": "1"}, status=status)


def hidden_of(form: Node) -> dict[str, str]:
    boxes = [node.attributes for node in form.everything() if node.tag == "input"]
    return {each["name"]: each.get("value", "") for each in boxes}


def test_the_form_is_filled_in_from_the_address_and_nothing_is_asked_yet(browser: Client, market: QuotedMarket) -> None:
    shown = page(browser, CALL)

    assert shown.one("a-symbol").attributes["value"] == "SPX"
    assert [shown.one(f"a-{name}").attributes["value"] for name in ("strike", "expiry", "quantity", "price")] == [
        "5900", "2026-02-20", "2", "30",
    ]  # fmt: skip
    assert shown.all("result") == []
    assert market.asked == []


def test_an_empty_form_says_where_to_come_from(browser: Client) -> None:
    shown = page(browser)

    assert shown.one("a-date").attributes["value"] == "2026-02-09"
    assert "option chain" in shown.one("empty").text()


def test_the_result_says_what_it_is_worth_wins_and_loses(browser: Client) -> None:
    shown = analysed(browser, CALL)

    assert shown.one("result-title").text() == "SPX Long Call 2 bought"
    assert shown.one("result-pnl").text() == "+$4,000.00 +66.67%"
    facts = {name: shown.one(f"fact-{name}").text() for name in ("value", "cost", "gain", "loss", "breakevens", "dte")}
    assert facts == {
        "value": "$10,000.00", "cost": "$6,000.00", "gain": "unlimited", "loss": "$6,000.00",
        "breakevens": "$5,930.00", "dte": "11",
    }  # fmt: skip
    assert "middle of live quotes" in shown.one("price-source").text()
    assert "5,930.00 breakeven, now $0.00" in shown.one("payoff-table").text()
    assert shown.one("payoff-plot").attributes["aria-label"].endswith("the table below has the numbers")


def test_a_condor_has_four_strikes_and_is_sold(browser: Client, market: QuotedMarket) -> None:
    for text, price in (("+1P5700", 4.0), ("+1P5800", 10.0), ("+1C6000", 11.0), ("+1C6100", 3.0)):
        market.quote(text, price - 0.1, price + 0.1, at=NOW)

    shown = analysed(browser, CONDOR)

    assert shown.one("result-title").text() == "SPX Iron Condor 1 sold"
    assert (shown.one("fact-gain").text(), shown.one("fact-loss").text()) == ("$2,000.00", "$8,000.00")
    assert shown.one("fact-breakevens").text() == "$5,780.00, $6,020.00"
    assert shown.one("result-pnl").text() == "+$600.00 +30.00%"


def test_a_short_type_is_sold_whatever_sign_its_quantity_has(browser: Client) -> None:
    for quantity in ("2", "-2"):
        shown = analysed(browser, CALL | {"type": "short_call", "quantity": quantity})
        assert shown.one("result-title").text() == "SPX Short Call 2 sold"
        assert shown.one("fact-loss").text() == "unlimited"
        assert "The loss has no limit." in shown.one("warnings").text()


def test_legs_may_be_told_one_by_one(browser: Client, market: QuotedMarket) -> None:
    market.quote("+1P5900", 19.9, 20.1, at=NOW)
    legs = "+1 C5900 2026-02-20 @30\n+1 p5900 2026-02-20 @25.5"

    shown = analysed(browser, {"symbol": "SPX", "type": "legs", "legs": legs, "date": "2026-02-09"})

    assert shown.one("fact-cost").text() == "$5,550.00"
    assert shown.one("fact-breakevens").text() == "$5,844.50, $5,955.50"


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"symbol": ""}, "symbol", "Give a symbol."),
        ({"symbol": "S$"}, "symbol", ""),
        ({"strike": ""}, "strike", "Needed."),
        ({"strike": "x"}, "strike", "A price above 0."),
        ({"expiry": ""}, "expiry", "An option needs it."),
        ({"expiry": "2026-02-05"}, "expiry", "Must not lie before the entry, 2026-02-06."),
        ({"quantity": "0"}, "quantity", "Must not be 0: above 0 is bought, below 0 sold."),
        ({"quantity": "1.5"}, "quantity", "A valid integer is required."),
        ({"quantity": "-1"}, "quantity", "Above 0 for what is bought; choose the short type for what is sold."),
        ({"price": "0"}, "price", "Must be greater than 0."),
        ({"price": "dear"}, "price", "Expected a number."),
        ({"date": "2026-02-10"}, "date", "Must not lie in the future."),
        ({"type": "call_spread"}, "strike2", "Needed."),
        ({"type": "legs", "legs": "one call"}, "legs", ""),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(
    browser: Client, change: dict[str, str], field: str, said: str
) -> None:
    shown = analysed(browser, CALL | change, status=422)

    assert shown.one(f"problem-{field}").text().startswith(said)
    assert shown.one(f"a-{field}").attributes["aria-invalid"] == "true"
    assert f"p-{field}" in shown.one(f"a-{field}").attributes["aria-describedby"]
    assert shown.one("a-date").attributes["value"] == (CALL | change)["date"]
    assert shown.all("result") == []


def test_what_no_field_is_about_stands_above_the_form(browser: Client) -> None:
    shown = analysed(browser, CALL | {"type": "call_spread", "strike2": "5900"}, status=422)

    assert "different strikes" in shown.one("problem-strike").text()


def test_a_vendor_that_is_away_leaves_the_limits_and_says_so(browser: Client, market: QuotedMarket) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ProviderUnavailable(provider="fake", reason="x")

    market.contract_marks = fails  # type: ignore[method-assign,assignment]

    shown = analysed(browser, CALL)

    assert "The market could not be asked." in shown.one("warnings").text()
    assert shown.one("retry").attributes["href"].startswith(PANEL)
    assert shown.one("result-pnl").text().startswith("—")
    assert shown.one("fact-loss").text() == "$6,000.00"
    assert shown.one("greek-delta").text().startswith("—")


def test_a_told_price_is_called_one(browser: Client, market: QuotedMarket) -> None:
    market.told.clear()

    shown = analysed(browser, CALL | {"now": "45"})

    assert shown.one("result-pnl").text() == "+$3,000.00 +50.00%"
    assert "the price that you told" in shown.one("price-source").text()


def test_what_is_tracked_is_stored_once_however_often_it_is_sent(browser: Client, user: User) -> None:
    form = hidden_of(analysed(browser, CALL).one("track-form")) | {"stop": "20", "target": "60"}

    first, second = browser.post(TRACK, form), browser.post(TRACK, form)

    stored = Position.objects.get(user=user)
    assert (stored.symbol, stored.strategy, stored.quantity, stored.entry_price) == ("SPX", "call", 2, Decimal(30))
    assert (stored.stop_price, stored.target_price, stored.source) == (Decimal(20), Decimal(60), "manual")
    assert stored.opened_at.date().isoformat() == "2026-02-06"
    assert first["Location"] == second["Location"]
    assert parse_qs(urlsplit(first["Location"]).query)["tracked"] == [str(stored.pk)]
    shown = read(browser.get(first["Location"]).content)
    assert "Open positions" in shown.one("tracked").text()
    assert shown.all("track-form") == []


def test_a_condor_is_tracked_with_all_of_its_legs(browser: Client, user: User, market: QuotedMarket) -> None:
    browser.post(TRACK, hidden_of(analysed(browser, CONDOR).one("track-form")))

    stored = Position.objects.get(user=user)
    assert (stored.strategy, stored.signed_quantity, stored.net_priced) == ("iron_condor", -1, True)
    assert [(leg.contract[-9:], leg.open_quantity) for leg in stored.legs.order_by("strike")] == [
        ("P05700000", 1), ("P05800000", -1), ("C06000000", -1), ("C06100000", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"date": "2026-02-07"}, "date", "the market was closed on 2026-02-07"),
        ({"stop": "-1"}, "limits", "Stop and target are prices above 0, or empty."),
        ({"expiry": "2026-02-06"}, "expiry", "2026-02-06 is over"),
    ],
)
def test_what_cannot_be_tracked_says_why(browser: Client, change: dict[str, str], field: str, said: str) -> None:
    answer = browser.post(TRACK, CALL | {"key": str(uuid4())} | change)

    assert answer.status_code == 422
    assert said in read(answer.content).one(f"problem-{field}").text()
    assert not Position.objects.exists()


def test_at_the_limit_of_positions_it_says_so(browser: Client, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "MOST_OPEN", 0)

    answer = browser.post(TRACK, CALL)

    assert answer.status_code == 422
    assert "You already have 0 open positions" in read(answer.content).one("problem-form").text()


def test_what_has_expired_is_not_offered_for_tracking(browser: Client) -> None:
    shown = analysed(browser, CALL | {"date": "2026-01-05", "expiry": "2026-01-16"})

    assert shown.all("track-form") == []
    assert "only its settlement says" in shown.one("warnings").text()


def test_strangers_sign_in_first_and_nobody_tracks_by_a_link(browser: Client) -> None:
    assert Client().get(PANEL)["Location"].startswith("/accounts/sign-in")
    assert Client().post(TRACK, CALL)["Location"].startswith("/accounts/sign-in")
    assert browser.get(TRACK).status_code == 405


def test_a_swap_gets_the_panel_alone(browser: Client) -> None:
    answer = browser.get(PANEL, CALL | {"analyze": "1"}, headers=HTMX)

    assert b"<!DOCTYPE" not in answer.content
    assert read(answer.content).one("result")
