"""The options panel on a chain of SPX as it was recorded at 13:40 on Friday 2023-06-09."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from market import clock, vendors
from market.pure.sessions import NEW_YORK
from market.vendors.replay import ReplayVendor
from tests.coach.reading import read
from tests.options_engine.real_chains import DATA

CHAINS = DATA / "cboe_quotedata"
pytestmark = pytest.mark.skipif(not CHAINS.is_dir(), reason="the recorded chains are not here")


@pytest.fixture(autouse=True)
def friday(user: User, settings: Settings) -> Iterator[clock.Standing]:
    settings.MARKET_PROVIDER, settings.REPLAY_PATH, settings.REPLAY_CHAINS = "replay", "", str(CHAINS)
    at = datetime(2023, 6, 9, 13, 40, tzinfo=NEW_YORK)
    with vendors.using(ReplayVendor()), clock.standing(at) as hand:
        yield hand


def test_the_page_shows_the_recorded_chain_with_its_volatilities(browser: Client) -> None:
    page = read(browser.get("/coach/options/", {"symbol": "SPX"}).content)

    lines = [node for node in page.everything() if "data-strike" in node.attributes]
    facts = page.one("chain-facts").text()
    assert len(lines) == 21
    assert "$4,300" in lines[10].text()
    assert "ATM" in lines[10].text()
    assert lines[10].text().count("19.2%") == 2
    for words in ("expires today", "SPXW", "ATM IV 19.19%", "372 of 390 quotes used"):
        assert words in facts
    assert "13:40:00 ET" in page.one("chain-age").text()


def test_the_gamma_card_has_its_flip(browser: Client) -> None:
    card = read(browser.get("/coach/options/gex", {"symbol": "SPX"}).content)

    assert card.one("gex-regime").text() == "Positive gamma"
    assert "$4,256.19" in card.one("gex-levels").text()


def test_a_chain_that_grows_old_is_called_recorded_and_nobody_is_said_to_be_away(
    browser: Client, friday: clock.Standing
) -> None:
    friday.forward(minutes=5)

    page = read(browser.get("/coach/options/", {"symbol": "SPX"}).content)

    assert page.one("chain-age").text() == "Nothing newer was recorded. Read at 13:40:00 ET"
    assert page.one("options-price").text() == "$4,300.01 with the chain, Jun 9, 13:40 ET"


def test_twenty_minutes_later_there_is_no_chain(browser: Client, friday: clock.Standing) -> None:
    friday.forward(minutes=20)

    page = read(browser.get("/coach/options/", {"symbol": "SPX"}).content)

    assert "no option chain of SPX" in page.one("options-failed").text()


def test_earnings_without_a_source_of_dates_say_that_none_is_configured(browser: Client) -> None:
    page = read(browser.get("/coach/earnings/", {"symbols": "AMD"}).content)

    said = page.one("calendar-degraded").text()
    assert said == "No source of report dates is configured. Reports may be missing."
    assert page.one("calendar-sources").text() == ""
