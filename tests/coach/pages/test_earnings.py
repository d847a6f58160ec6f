from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import User
from coach.pure import words
from market import clock, vendors, watchlists
from market.clock import Standing
from market.errors import ProviderUnavailable
from options_engine.api.earnings_shapes import UNEXPECTED
from tests.coach.reading import read
from tests.factories.accounts import UserFactory
from tests.options_engine import earnings_market
from tests.options_engine.earnings_market import REPORT, SHARE, TONIGHT, EarningsVendor, reports_on

PANEL = "/coach/earnings/"
AWAY = ProviderUnavailable(provider="fake", reason="no answer")


@pytest.fixture
def now() -> Iterator[Standing]:
    with clock.standing(TONIGHT) as hand:
        yield hand


@pytest.fixture
def vendor(user: User) -> Iterator[EarningsVendor]:
    made = earnings_market.vendor()
    with vendors.using(made):
        watchlists.change(user, watchlists.default_list(user).pk, symbols=["SPY", SHARE])
        yield made


@pytest.mark.usefixtures("vendor")
def test_the_first_report_of_the_own_list_is_analysed(browser: Client) -> None:
    page = read(browser.get(PANEL).content)

    assert page.one("earnings-symbols").attributes["value"] == SHARE
    assert "today" in page.one(f"report-{SHARE}").text()
    assert "AMC" in page.one(f"report-{SHARE}").text()
    assert "Date not yet confirmed" in page.one(f"report-{SHARE}").text()
    assert page.one("analysis-title").text().startswith("ACME reports Thu, Feb 12 AMC")
    assert "±5.79%" in page.one("expected-move").text()
    assert "±4.9" in page.one("event-move").text()
    assert "4.85%" in page.one("average-move").text()
    assert "FAIR" in page.one("pricing").text()
    assert "Bull Call Spread" in page.one("strategy").text()


@pytest.mark.usefixtures("vendor")
def test_risk_and_reward_are_those_of_the_amounts_beside_them(browser: Client) -> None:
    said = read(browser.get(PANEL).content).one("strategy").text()

    lost, won = (float(amount.replace(",", "")) for amount in re.findall(r"\$([\d,.]+) a spread", said))
    assert f"1 : {won / lost:.2f}" in said


@pytest.mark.usefixtures("vendor")
def test_what_nobody_knows_is_a_dash_and_never_0(browser: Client) -> None:
    page = read(browser.get(PANEL).content)

    assert page.one("iv-rank").text().startswith("IV rank —")
    rows = [node.text() for node in page.one("moves-table").everything() if node.tag == "tr"][1:]
    assert len(rows) == 8
    assert all("—" in row and "0.00%" not in row.split("—")[0] for row in rows)
    assert "No expected moves were kept yet" in page.one("history").text()


def test_no_history_is_said_and_dear_or_cheap_is_not(browser: Client, vendor: EarningsVendor) -> None:
    vendor.results.clear()

    page = read(browser.get(PANEL).content)

    assert "No past report of ACME is known" in page.one("no-history").text()
    assert page.one("average-move").text().startswith("Average past move —")
    assert "FAIR" not in page.one("pricing").text()


def test_an_outage_leaves_the_calendar_and_the_stored_history_and_offers_a_retry(
    browser: Client, vendor: EarningsVendor, now: Standing
) -> None:
    browser.get(PANEL)
    vendor.failing[f"option_chain {SHARE}"] = AWAY
    now.forward(minutes=20)

    answer = browser.get(PANEL)
    page = read(answer.content)

    assert answer.status_code == 200
    assert "temporarily unavailable" in page.one("earnings-failed").text()
    assert page.one("earnings-retry").attributes["href"] == PANEL
    assert "Feb 12" in page.one(f"report-{SHARE}").text()
    assert "Measured Feb 12" in page.one("stored-history").text()


def test_a_calendar_that_cannot_be_asked_for_says_so(browser: Client, vendor: EarningsVendor, now: Standing) -> None:
    browser.get(PANEL)
    vendor.failing["earnings_calendar"] = AWAY
    now.forward(minutes=24 * 60)

    page = read(browser.get(PANEL).content)

    assert "Not every source of dates has answered today" in page.one("calendar-degraded").text()
    assert "away, read Feb 12" in page.one("calendar-sources").text()


@pytest.mark.usefixtures("vendor")
def test_no_options_are_said_to_be_none(browser: Client, vendor: EarningsVendor) -> None:
    vendor.chains.clear()

    page = read(browser.get(PANEL).content)

    assert "No options of ACME" in page.one("earnings-failed").text()
    assert "earnings-retry" not in [node.attributes.get("data-testid") for node in page.everything()]


def test_the_address_restores_list_window_view_and_symbol(browser: Client, vendor: EarningsVendor) -> None:
    vendor.coming.append(reports_on("NVDA", REPORT + timedelta(days=25)))

    page = read(browser.get(PANEL, {"symbols": "acme nvda", "days": "30", "view": "month", "symbol": "ACME"}).content)

    assert page.one("earnings-symbols").attributes["value"] == "ACME, NVDA"
    chosen = [
        node.attributes["value"] for node in page.one("earnings-days").everything() if "selected" in node.attributes
    ]
    assert chosen == ["30"]
    assert page.one("month").text().count("NVDA") == 1
    assert "view=month" in page.one("analyze-NVDA").attributes["href"]


@pytest.mark.usefixtures("vendor")
def test_a_text_that_is_no_symbol_is_named_and_the_rest_is_shown(browser: Client) -> None:
    page = read(browser.get(PANEL, {"symbols": "ACME, A$B"}).content)

    assert "A$B" in page.one("refused").text()
    assert page.one("earnings-symbols").attributes["value"] == SHARE


@pytest.mark.usefixtures("vendor")
def test_nobody_sees_a_strangers_list(browser: Client) -> None:
    stranger = UserFactory.create()
    watchlists.change(stranger, watchlists.default_list(stranger).pk, symbols=["NVDA"])

    page = read(browser.get(PANEL, {"user": str(stranger.pk)}).content)

    assert page.one("earnings-symbols").attributes["value"] == SHARE


@pytest.mark.usefixtures("vendor")
def test_the_simulator_has_every_outcome_that_its_sliders_reach(browser: Client) -> None:
    page = read(browser.get(PANEL).content)

    slider = page.one("crush-slider").attributes
    assert (slider["min"], slider["max"], slider["value"]) == ("10", "60", "49")
    assert "Projected 48." in page.one("crush").text()
    assert "from two expiries" in page.one("crush").text()


def test_a_stranger_is_sent_to_sign_in() -> None:
    assert Client().get(PANEL).status_code == 302


@pytest.mark.usefixtures("vendor")
def test_a_report_whose_expected_move_nobody_knows_says_why(browser: Client) -> None:
    assert set(words.UNEXPECTED) == set(UNEXPECTED)

    page = browser.get(PANEL).content.decode()

    assert words.UNEXPECTED["not_kept"] in page
