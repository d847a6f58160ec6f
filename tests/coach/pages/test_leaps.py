"""The LEAPS panel and its forms, read as a browser without scripts reads them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from market import vendors
from market.errors import ProviderUnavailable
from positions.models import Leaps
from tests.coach.reading import read
from tests.factories.positions import LeapsFactory
from tests.market.fakes import FakeVendor
from tests.positions import long_dated

PANEL = "/coach/leaps/"
AWAY = ProviderUnavailable(provider="fake", reason="no answer")
FORM = {
    "symbol": "spy",
    "option_type": "CALL",
    "strike": "600",
    "entry_price": "45.50",
    "entry_date": "2026-01-12",
    "expiry_date": "2026-12-18",
    "quantity": "2",
    "notes": "Earnings grow.\r\nRates fall.",
}


@pytest.fixture(autouse=True)
def vendor(user: User) -> Iterator[FakeVendor]:
    fake = long_dated.vendor()
    with vendors.using(fake):
        yield fake


def held(user: User, **about: object) -> Leaps:
    return LeapsFactory.create(user=user, strike=600, entry_price=Decimal(45), **about)


def test_a_card_shows_what_it_is_worth_and_how_it_stands(browser: Client, user: User) -> None:
    held(user, notes="Hold through the cut.")

    page = read(browser.get(PANEL).content)

    assert page.one("leaps-count").text() == "1 of 10"
    card = page.one("leaps-card").text()
    assert "SPY $600 Call Dec 18, 2026 · 2 contracts" in card
    assert page.one("leaps-pnl").text() == "+11.11% +$1,000.00"
    assert page.one("leaps-value").text() == "Value $50.00"
    assert page.one("leaps-dte").text() == "312"
    assert page.one("leaps-dte").attributes["class"] == "num pos"
    assert "Days held 29" in card
    assert "Hold through the cut." in card
    assert "Time risk Low" in card
    assert "SPY261218C00600000" in page.one("leaps-age").text()


@pytest.mark.parametrize(
    ("expiry", "token"), [(date(2026, 8, 9), "pos"), (date(2026, 8, 8), "warn"), (date(2026, 5, 10), "neg")]
)
def test_the_days_that_are_left_have_a_colour(browser: Client, user: User, expiry: date, token: str) -> None:
    held(user, expiry_date=expiry)

    assert read(browser.get(PANEL).content).one("leaps-dte").attributes["class"] == f"num {token}"


def test_what_nobody_knows_is_a_dash_and_never_0(browser: Client, user: User, vendor: FakeVendor) -> None:
    vendor.chains.clear()
    vendor.minutes.clear()
    unknown = dict.fromkeys(("value", "underlying", "iv", "delta", "gamma", "vega", "theta"))
    held(user, value_at=None, **{f"current_{name}": None for name in unknown})

    page = read(browser.get(PANEL).content)

    assert page.one("leaps-pnl").text().startswith("—")
    assert page.one("leaps-value").text().startswith("Value —")
    assert page.one("leaps-age").text() == "No quote has been seen yet"
    assert "0.00" not in page.one("leaps-greeks").text()


def test_an_empty_list_says_what_a_leaps_is(browser: Client) -> None:
    assert "SPY $550 Call" in read(browser.get(PANEL).content).one("empty").text()


def test_greeks_of_now_stand_beside_those_of_the_entry(browser: Client, user: User) -> None:
    held(user, entry_delta=Decimal("0.412345"), entry_theta=Decimal(0))

    greeks = read(browser.get(PANEL).content).one("leaps-greeks").text()

    assert "At entry 0.412" in greeks
    assert "—" in greeks.split("At entry")[1]
    assert "0.00" in greeks.split("At entry")[1]  # a theta of zero that was said


def test_a_projection_has_a_table_a_drawing_and_scenarios(browser: Client, user: User) -> None:
    row = held(user)

    page = read(browser.get(f"{PANEL}{row.pk}/projection").content)

    table = [node.text() for node in page.one("projection-table").everything() if node.tag == "tr"]
    assert len(table) == 10
    assert table[1].startswith("Current Feb 9, 2026 312")
    assert table[-1].startswith("Expiry Dec 18, 2026 0")
    assert page.one("projection-plot").attributes["role"] == "img"
    assert "IV +5" in page.one("projection-scenarios").text()


def test_a_projection_that_cannot_be_made_says_why_in_the_card(browser: Client, user: User, vendor: FakeVendor) -> None:
    vendor.chains.clear()
    row = held(user, current_iv=None)

    page = read(browser.get(f"{PANEL}{row.pk}/projection").content)

    assert "Not known yet: the implied volatility of the option" in page.one("projection-trouble").text()


def test_a_roll_shows_both_legs_and_what_it_costs(browser: Client, user: User) -> None:
    row = held(user)

    page = read(browser.get(f"{PANEL}{row.pk}/roll?strike=620&expiry=2027-01-15").content)

    assert page.one("roll-net").text() == "+$1,120.00"
    assert page.one("roll-recommendation").text().startswith("Good roll")
    assert "Price $49.80 bid $44.20 ask" in page.one("roll-legs").text()
    assert page.one("roll-breakeven").text() == "$659.40"


def test_the_calculator_offers_listed_dates_and_without_them_any(
    browser: Client, user: User, vendor: FakeVendor
) -> None:
    row = held(user)
    assert read(browser.get(f"{PANEL}{row.pk}/roll").content).one("roll-expiry").tag == "select"

    vendor.failing["option_expiries SPY"] = AWAY
    symbol = held(user, symbol="ZZTOP")
    assert read(browser.get(f"{PANEL}{symbol.pk}/roll").content).one("roll-expiry").tag == "input"


@pytest.mark.parametrize("query", ["strike=0", "strike=many", "strike=600&expiry=2026-02-08", "strike=600&expiry=x"])
def test_a_roll_to_nowhere_is_refused_in_words(browser: Client, user: User, query: str) -> None:
    row = held(user)

    page = read(browser.get(f"{PANEL}{row.pk}/roll?{query}").content)

    assert page.one("roll-trouble").text() == "Give a strike above 0 and an expiry from today on."


class TestForms:
    def test_one_is_added(self, browser: Client, user: User) -> None:
        answer = browser.post(f"{PANEL}add", FORM, follow=True)

        row = Leaps.objects.get(user=user)
        assert (row.symbol, row.quantity, row.entry_price, row.current_value) == (
            "SPY",
            2,
            Decimal("45.5"),
            Decimal(50),
        )
        assert row.notes == "Earnings grow.\nRates fall."
        assert read(answer.content).one("notice").text() == "SPY Dec 18, 2026 added."

    def test_a_short_one_is_added_with_a_warning(self, browser: Client) -> None:
        answer = browser.post(f"{PANEL}add", FORM | {"expiry_date": "2026-11-06"}, follow=True)

        assert "It expires within 270 days" in answer.content.decode()

    def test_what_is_wrong_is_named_and_what_was_typed_stays(self, browser: Client) -> None:
        answer = browser.post(f"{PANEL}add", FORM | {"strike": "a lot", "expiry_date": "2026-01-12"})

        page = read(answer.content)
        assert answer.status_code == 422
        assert "Strike: Expected a number." in page.one("leaps-issues").text()
        assert page.one("leaps-strike").attributes["value"] == "a lot"
        assert page.one("leaps-entry").attributes["value"] == "45.50"
        assert not Leaps.objects.exists()

    def test_an_eleventh_is_refused(self, browser: Client, user: User) -> None:
        LeapsFactory.create_batch(10, user=user)

        answer = browser.post(f"{PANEL}add", FORM, follow=True)

        assert "Maximum 10 LEAPS positions allowed" in read(answer.content).one("notice").text()
        assert read(answer.content).one("leaps-full")
        assert Leaps.objects.count() == 10

    def test_one_is_edited(self, browser: Client, user: User) -> None:
        row = held(user)
        form = read(browser.get(f"{PANEL}{row.pk}/edit").content)
        assert form.one("edit-entry").attributes["value"] == "45"

        browser.post(f"{PANEL}{row.pk}/edit", {"entry_price": "44.25", "quantity": "3", "notes": ""})

        row.refresh_from_db()
        assert (row.entry_price, row.quantity, row.notes) == (Decimal("44.25"), 3, None)

    def test_an_edit_that_cannot_be_is_refused(self, browser: Client, user: User) -> None:
        row = held(user)

        answer = browser.post(f"{PANEL}{row.pk}/edit", {"entry_price": "0", "quantity": "3", "notes": "x"})

        assert answer.status_code == 422
        assert "Entry price: Must be greater than 0." in read(answer.content).one("leaps-issues").text()

    def test_one_is_deleted_after_a_question(self, browser: Client, user: User) -> None:
        row = held(user)
        assert "Delete SPY $600 Call?" in browser.get(f"{PANEL}{row.pk}/delete").content.decode()
        assert Leaps.objects.exists()

        browser.post(f"{PANEL}{row.pk}/delete")

        assert not Leaps.objects.exists()


@pytest.mark.parametrize("what", ["projection", "roll", "edit", "delete"])
def test_one_that_is_nobody_s_or_another_s_is_not_found(browser: Client, what: str) -> None:
    others = LeapsFactory.create()

    assert browser.get(f"{PANEL}{uuid4()}/{what}").status_code == 404
    assert browser.get(f"{PANEL}{others.pk}/{what}").status_code == 404
