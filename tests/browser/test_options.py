"""What a trader does with options, in a real browser on the running coach (journey J25, the chain and its drawer)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.live.stack import Stack

pytestmark = [pytest.mark.live, pytest.mark.browser]
Open = Callable[..., Page]
LOADS_MS = 40_000


@pytest.fixture
def noon(stack: Stack) -> Iterator[None]:
    """Stand the market clock at a quarter past ten; afterwards it runs again from the first session."""
    began = stack.clock().split(" ")[0]
    stack.clock("--at", "2026-02-09T10:15:00", "--pause")
    yield
    stack.clock("--at", began, "--speed", "30", "--go")


@pytest.mark.usefixtures("noon")
def test_j25_gamma_levels_are_shown_on_the_chart(open_page: Open):
    page = open_page("/coach/options/?symbol=SPX")
    card = page.get_by_test_id("card-gex")

    expect(card.get_by_test_id("gex-regime")).to_have_text(re.compile("gamma$"), timeout=LOADS_MS)
    expect(card.locator("canvas").first).to_be_visible()
    levels = card.get_by_test_id("gex-levels").inner_text()
    card.get_by_test_id("gex-chart").click()

    chart = page.get_by_test_id("panel-chart")
    expect(chart).to_have_attribute("data-gex-lines", re.compile(r"^[1-9]\d*$"), timeout=LOADS_MS)
    expect(page).to_have_url(re.compile("symbol=SPX&show=gex"))
    told = page.evaluate("async () => (await fetch(document.querySelector('[data-gex]').dataset.gex)).json()")
    prices = {level["kind"]: level["price"] for level in told["levels"]}
    assert f"{prices['flip']:,.2f}" in levels
    assert f"{prices['max']:,.0f}" in levels


@pytest.mark.usefixtures("noon")
def test_a_contract_opens_in_the_drawer_and_the_keyboard_closes_it(open_page: Open):
    page = open_page("/coach/options/?symbol=SPX&expiry=2026-02-13")
    link = page.get_by_test_id("chain-table").locator("tr.atm a[data-contract]").first

    link.focus()
    page.keyboard.press("Enter")

    drawer = page.get_by_test_id("contract")
    expect(drawer).to_be_visible()
    expect(drawer).to_contain_text("Breakeven")
    drawer.get_by_text("Where these numbers come from").click()
    expect(drawer).to_contain_text("Black-Scholes-Merton on the forward")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(link).to_be_focused()


@pytest.mark.usefixtures("noon")
def test_a_contract_shows_its_strike_and_breakeven_on_the_chart_and_keeps_them(open_page: Open):
    page = open_page("/coach/options/?symbol=SPX&expiry=2026-02-13")
    page.get_by_test_id("chain-table").locator("tr.atm a[data-contract]").first.click()

    page.get_by_test_id("contract-chart").click()

    marks = page.get_by_test_id("marks")
    expect(marks).to_have_text(re.compile(r"Strike \$[\d,.]+\s*Breakeven \$[\d,.]+"))
    told = marks.inner_text()
    page.get_by_test_id("frame-15m").click()
    expect(page.get_by_test_id("frame-15m")).to_have_attribute("aria-current", "page")
    assert marks.inner_text() == told


@pytest.mark.usefixtures("noon")
def test_what_expires_today_and_a_columns_choice_stay_after_a_reload(open_page: Open):
    page = open_page("/coach/options/?symbol=SPX")

    page.get_by_test_id("only-today").click()
    expect(page.get_by_test_id("chain-table")).to_contain_text("Gamma risk")
    page.reload()
    expect(page.get_by_test_id("chain-table")).to_contain_text("Gamma risk")
    page.get_by_test_id("all-dates").click()
    # The panel is another one now; a menu of the last one would go with it.
    expect(page.get_by_test_id("only-today")).to_be_visible()
    page.get_by_text("Columns").click()
    page.get_by_test_id("columns").get_by_label("Gamma").check()
    expect(page.locator("[data-cell-key=gamma]").first).to_be_visible()
    page.reload()
    expect(page.locator("[data-cell-key=gamma]").first).to_be_visible()


@pytest.mark.usefixtures("noon")
def test_a_card_that_is_switched_off_stays_off_after_a_reload_and_comes_back(open_page: Open):
    page = open_page("/coach/options/?symbol=SPX")
    card, switch = page.get_by_test_id("card-gex"), page.get_by_test_id("switch-gex")
    facts = page.get_by_test_id("header-facts")
    expect(facts).to_contain_text("gamma", timeout=LOADS_MS)

    with page.expect_response("**/api/preferences") as kept:
        switch.focus()
        page.keyboard.press("Enter")
    assert kept.value.ok
    expect(card).to_be_hidden()
    expect(facts).not_to_contain_text("gamma")
    page.reload()
    expect(switch).to_have_text("GEX Off")
    expect(switch).to_have_attribute("aria-pressed", "false")
    expect(card).to_be_hidden()
    expect(page.get_by_test_id("card-zero")).to_be_visible()

    with page.expect_response("**/api/preferences"):
        switch.click()
    expect(card.get_by_test_id("gex-regime")).to_be_visible(timeout=LOADS_MS)
    expect(switch).to_be_focused()
    page.reload()
    expect(switch).to_have_text("GEX On")


@pytest.mark.usefixtures("noon")
def test_a_card_that_fails_keeps_what_it_showed_and_recovers(open_page: Open):
    page = open_page("/coach/options/?symbol=SPX")
    card = page.get_by_test_id("card-gex")
    expect(card.get_by_test_id("gex-regime")).to_be_visible(timeout=LOADS_MS)
    failed = '<div class="card-body failed" data-testid="card-failed"><button data-card-retry>Retry</button></div>'
    page.route("**/coach/options/gex?*", lambda route: route.fulfill(content_type="text/html", body=failed))

    card.get_by_test_id("gex-refresh").click()

    expect(card.get_by_test_id("card-failed")).to_be_visible()
    expect(card.get_by_test_id("gex-regime")).to_be_visible()
    page.unroute("**/coach/options/gex?*")
    card.get_by_role("button", name="Retry").click()
    expect(card.get_by_test_id("card-failed")).to_have_count(0)
    expect(card.locator("canvas").first).to_be_visible()


@pytest.mark.usefixtures("noon")
def test_on_a_phone_nothing_is_wider_than_the_screen(open_page: Open):
    page = open_page("/coach/options/?symbol=SPX&strikes=5", viewport=PHONE)

    expect(page.get_by_test_id("card-gex").get_by_test_id("gex-regime")).to_be_visible(timeout=LOADS_MS)
    expect(page.get_by_test_id("card-zero").get_by_test_id("zero-state")).to_be_visible(timeout=LOADS_MS)
    expect(page.get_by_test_id("card-iv").get_by_test_id("iv-shape")).to_be_visible(timeout=LOADS_MS)

    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


@pytest.mark.usefixtures("noon")
def test_the_symbol_box_stays_in_the_panel_it_is_used_in(open_page: Open):
    page = open_page("/coach/options/?symbol=SPX")

    page.keyboard.press("/")
    page.get_by_test_id("find-input").fill("AAPL")
    page.keyboard.press("Enter")

    expect(page.get_by_test_id("options-title")).to_contain_text("AAPL")
    expect(page).to_have_url(re.compile(r"/coach/options/\?symbol=AAPL"))
