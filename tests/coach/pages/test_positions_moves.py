"""Rolling a position and converting it, by the forms of the positions panel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import User
from market import feed, vendors
from market.clock import Standing
from market.errors import ProviderUnavailable
from options_engine import readings
from positions import book, listed_contracts
from positions.models import Leg, Position
from tests.coach.reading import Node, read
from tests.factories.accounts import UserFactory
from tests.market.fakes import FakeVendor
from tests.positions.conftest import TEN, traded
from tests.positions.pure.made_up import NOW
from tests.positions.test_listed_contracts import spx

PANEL = "/coach/positions/"
NEXT = date(2026, 3, 13)


@pytest.fixture(autouse=True)
def vendor(user: User, now: Standing, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeVendor]:
    """SPX at 5950 and its chain at 15 %, at noon on Monday."""
    readings._read.clear()
    listed_contracts._kept.clear()
    now.move_to(NOW)
    fake = FakeVendor()
    fake.chains["SPX"] = spx()
    monkeypatch.setattr(feed, "quotes", lambda _symbols: {})
    with vendors.using(fake):
        yield fake


@pytest.fixture
def call(user: User) -> Position:
    made = book.open_position(user.pk, "SPX", [traded("+2C5900", "80")], at=TEN, now=TEN)
    return Position.objects.get(pk=made)


def shown(browser: Client, row: Position, act: str, query: str = "") -> Node:
    return read(browser.get(f"{PANEL}{row.pk}/{act}?part=1&{query}").content)


def test_rolls_are_offered_with_what_each_brings(browser: Client, call: Position) -> None:
    form = shown(browser, call, "roll")

    choices = form.one("choices").all("choose")
    assert 1 <= len(choices) <= 8
    assert "strike=" in choices[0].attributes["href"]
    assert re.search(r"expiry=2026-03-(0[6-9]|1[0-9]|2[0-6])", choices[0].attributes["href"])
    assert "same strike" in form.one("choices").text()
    assert "Nothing is sent to a broker" in form.one("no-broker").text()


def test_one_that_is_chosen_asks_for_the_prices_that_were_got(browser: Client, call: Position) -> None:
    form = shown(browser, call, "roll", f"strike=5950&expiry={NEXT}")

    assert form.one("roll-net").text().startswith(("+$", "-$"))
    assert [len(field.attributes["value"]) > 0 for field in form.all("leg-price")] == [True, True]
    assert "SPXW260220C05900000 -2" in form.one("roll-legs").text()
    assert "SPXW260313C05950000 +2" in form.one("roll-legs").text()


def test_a_roll_closes_one_position_and_opens_another(browser: Client, call: Position) -> None:
    form = {
        "close-SPXW260220C05900000": "92.5", "open-SPXW260313C05950000": "110", "fees": "2.60", "key": "a-key",
        "strike": "5950", "expiry": str(NEXT), "version": str(call.version),
    }  # fmt: skip

    for _ in range(2):  # the second time it is the same roll
        answer = browser.post(f"{PANEL}{call.pk}/roll?part=1", form)

    call.refresh_from_db()
    new = Position.objects.get(rolled_from=call)
    assert (call.status, call.realised, call.fees) == ("closed", Decimal(2500), Decimal("2.6"))
    assert (new.quantity, new.entry_price, new.status) == (2, Decimal(110), "open")
    assert Leg.objects.get(position=new).contract == "SPXW260313C05950000"
    assert answer.status_code == 409  # and what was held is closed by then


def test_the_answer_to_a_roll_names_the_new_position(browser: Client, call: Position) -> None:
    form = {"close-SPXW260220C05900000": "92.5", "open-SPXW260313C05950000": "110", "version": str(call.version)}

    answer = browser.post(f"{PANEL}{call.pk}/roll?part=1", form | {"strike": "5950", "expiry": str(NEXT)})

    new = Position.objects.get(rolled_from=call)
    assert answer.status_code == 200
    assert f'data-opened="{new.pk}"' in answer.content.decode()
    assert "rolled to $5,950, Mar 13, 2026" in answer.content.decode()


def test_a_price_that_is_none_stands_beside_its_leg(browser: Client, call: Position) -> None:
    form = {"close-SPXW260220C05900000": "a lot", "open-SPXW260313C05950000": "110", "version": str(call.version)}

    answer = browser.post(f"{PANEL}{call.pk}/roll?part=1", form | {"strike": "5950", "expiry": str(NEXT)})

    told = read(answer.content)
    assert answer.status_code == 422
    assert told.one("wrong-leg").text() == "Expected a number."
    assert [field.attributes["value"] for field in told.all("leg-price")] == ["a lot", "110"]
    call.refresh_from_db()
    assert call.status == "open"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (f"strike=5951.5&expiry={NEXT}", "is not listed"),
        ("expiry=2026-03-14", "Nothing of SPXW expires on 2026-03-14; the nearest dates"),
        ("expiry=2026-02-20&strike=5900", "only another one is a roll"),
    ],
)
def test_what_is_not_listed_is_refused_with_what_is(browser: Client, call: Position, query: str, words: str) -> None:
    assert words in shown(browser, call, "roll", query).one("act-trouble").text()


def test_without_a_market_nothing_is_offered_and_it_says_why(
    browser: Client, call: Position, vendor: FakeVendor
) -> None:
    vendor.chains.clear()
    away = ProviderUnavailable(provider="fake", reason="no answer")
    vendor.failing.update({"option_expiries SPX": away, "option_chain SPX": away})

    form = shown(browser, call, "convert")

    assert form.one("act-trouble").text() != ""
    assert form.all("choices") == []


def test_options_to_sell_are_offered_with_what_is_left_to_win_and_lose(browser: Client, call: Position) -> None:
    form = shown(browser, call, "convert")

    assert form.one("choices").all("choose")
    assert "Most to lose" in form.one("choices").text()


def test_the_sold_leg_is_written_down(browser: Client, call: Position) -> None:
    form = shown(browser, call, "convert", "strike=6050")
    assert form.one("convert-credit").text().startswith("+$")
    assert form.one("act-price").attributes["value"]

    answer = browser.post(
        f"{PANEL}{call.pk}/convert", {"strike": "6050", "price": "22.5", "fees": "1.30", "version": str(call.version)}
    )

    call.refresh_from_db()
    assert answer.status_code == 302
    assert (call.strategy, call.cost, call.fees) == ("call_spread", Decimal(11500), Decimal("1.3"))
    sold = Leg.objects.get(position=call, open_quantity__lt=0)
    assert (sold.contract, sold.open_quantity) == ("SPXW260220C06050000", -2)


def test_a_sale_without_a_price_is_refused_beside_its_field(browser: Client, call: Position) -> None:
    answer = browser.post(f"{PANEL}{call.pk}/convert?part=1", {"strike": "6050", "price": "", "version": "2"})

    assert answer.status_code == 422
    assert read(answer.content).one("wrong-price").text() == "Expected a number."


def test_one_that_changed_meanwhile_is_not_traded(browser: Client, call: Position) -> None:
    book.amend(call.user_id, call.pk, {"notes": "x"}, now=NOW)

    answer = browser.post(f"{PANEL}{call.pk}/convert?part=1", {"strike": "6050", "price": "22", "version": "2"})

    assert answer.status_code == 409
    assert "has changed meanwhile" in read(answer.content).one("act-trouble").text()


@pytest.mark.parametrize("act", ["roll", "convert"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_strangers_position_is_not_there(browser: Client, act: str, method: str) -> None:
    made = book.open_position(UserFactory.create().pk, "SPX", [traded("+2C5900", "80")], at=TEN, now=TEN)

    assert getattr(browser, method)(f"{PANEL}{made}/{act}").status_code == 404
