"""LEAPS in a real browser on the running coach: add one, look ahead, roll it, delete it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE

pytestmark = [pytest.mark.live, pytest.mark.browser]
Open = Callable[..., Page]
PANEL = "/coach/leaps/"


def far_strikes(page: Page) -> tuple[str, list[float]]:
    """Return the furthest date that the market lists for SPX, and its strikes from the money up."""
    days = page.evaluate("fetch('/api/options/SPX/expirations').then((answer) => answer.json())")["expirations"]
    chain = page.evaluate(
        "(day) => fetch(`/api/options/SPX/chain?expiry=${day}`).then((answer) => answer.json())", days[-1]
    )
    strikes = sorted(row["strike"] for row in chain["options"]["calls"])
    return days[-1], [strike for strike in strikes if strike >= chain["currentPrice"]]


def add(page: Page, *, strike: float, expiry: str) -> None:
    """Fill in the form and send it."""
    page.get_by_test_id("leaps-add").locator("summary").click()
    page.get_by_test_id("leaps-symbol").fill("SPX")
    page.get_by_test_id("leaps-strike").fill(f"{strike:g}")
    page.get_by_test_id("leaps-expiry").fill(expiry)
    page.get_by_test_id("leaps-entry").fill("400")
    page.get_by_test_id("leaps-save").click()
    expect(page.get_by_test_id("notice")).to_contain_text("added")


def test_one_is_added_projected_rolled_and_deleted(open_page: Open):
    page = open_page(PANEL)
    before = page.get_by_test_id("leaps-card").count()
    expiry, strikes = far_strikes(page)
    add(page, strike=strikes[0], expiry=expiry)

    card = page.get_by_test_id("leaps-card").first
    expect(page.get_by_test_id("leaps-card")).to_have_count(before + 1)
    expect(card.get_by_test_id("leaps-pnl")).to_contain_text(re.compile(r"[+-]\d+\.\d\d%"))
    expect(card.get_by_test_id("leaps-dte")).to_have_class(re.compile("pos"))

    card.get_by_test_id("leaps-more").locator("summary").first.click()
    expect(card.get_by_test_id("projection-table").get_by_role("row").nth(1)).to_contain_text("Current")
    expect(card.get_by_test_id("projection-plot").locator("canvas")).to_be_visible()

    card.get_by_test_id("leaps-roll-open").click()
    page.get_by_test_id("roll-strike").fill(f"{strikes[-1]:g}")
    page.get_by_test_id("roll-calculate").click()
    expect(page.get_by_test_id("roll-net")).to_contain_text(re.compile(r"^\+\$\d"))
    expect(page.get_by_test_id("roll-recommendation")).to_contain_text("Good roll")
    page.get_by_test_id("leaps-roll").get_by_role("button", name="Close").click()
    expect(page.get_by_test_id("leaps-roll")).to_be_hidden()

    card.get_by_test_id("leaps-delete").click()
    page.get_by_test_id("confirm-no").click()
    expect(page.get_by_test_id("leaps-card")).to_have_count(before + 1)
    card.get_by_test_id("leaps-delete").click()
    page.get_by_test_id("confirm-yes").click()
    expect(page.get_by_test_id("leaps-card")).to_have_count(before)


def test_a_projection_that_fails_says_so_in_its_card_and_can_be_asked_for_again(open_page: Open):
    page = open_page(PANEL)
    expiry, strikes = far_strikes(page)
    add(page, strike=strikes[1], expiry=expiry)
    card = page.get_by_test_id("leaps-card").first
    page.route("**/projection", lambda route: route.fulfill(status=400, json={"message": "Not now."}), times=1)

    card.get_by_test_id("leaps-more").locator("summary").first.click()
    expect(card.get_by_test_id("projection-trouble")).to_contain_text("Not now.")
    open_page.troubles.clear()  # the browser reports the answer that was put in
    card.get_by_test_id("projection-trouble").get_by_role("button").click()
    expect(card.get_by_test_id("projection-table")).to_be_visible()

    card.get_by_test_id("leaps-delete").click()
    page.get_by_test_id("confirm-yes").click()
    expect(page.get_by_test_id("leaps-count")).to_be_visible()


def test_on_a_phone_nothing_is_wider_than_the_page(open_page: Open):
    page = open_page(PANEL, viewport=PHONE)
    expiry, strikes = far_strikes(page)
    add(page, strike=strikes[2], expiry=expiry)
    card = page.get_by_test_id("leaps-card").first
    card.get_by_test_id("leaps-more").locator("summary").first.click()
    expect(card.get_by_test_id("projection-table")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375

    card.get_by_test_id("leaps-roll-open").click()
    page.get_by_test_id("roll-calculate").click()
    expect(page.get_by_test_id("roll-result")).to_be_visible()
    assert page.evaluate("document.querySelector('dialog[open]').scrollWidth") <= 375
    page.get_by_test_id("leaps-roll").get_by_role("button", name="Close").click()
    card.get_by_test_id("leaps-delete").click()
    page.get_by_test_id("confirm-yes").click()
    expect(page.get_by_test_id("leaps-count")).to_be_visible()
