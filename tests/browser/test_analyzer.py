"""From a contract of the chain to a tracked position, in a real browser on the running coach (journey J24's middle)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from psycopg.rows import dict_row

from tests.browser.conftest import PHONE
from tests.live.stack import Stack

pytestmark = [pytest.mark.live, pytest.mark.browser]
Open = Callable[..., Page]
PANEL = "/coach/positions/analyze/"
EXPIRY = "2026-02-13"
LOADS_MS = 40_000


@pytest.fixture(autouse=True)
def noon(stack: Stack) -> Iterator[None]:
    """Stand the market clock at a quarter past ten; afterwards it runs again from the first session."""
    began = stack.clock().split(" ")[0]
    stack.clock("--at", "2026-02-09T10:15:00", "--pause")
    yield
    stack.clock("--at", began, "--speed", "30", "--go")


def stored(stack: Stack) -> list[dict[str, Any]]:
    """Return every position as the database has it, with its legs' contracts, the latest first."""
    with stack.database() as database:
        database.row_factory = dict_row  # type: ignore[assignment]
        return database.execute(
            "SELECT p.id, p.strategy, p.quantity, p.direction, p.entry_price, p.source, p.stop_price,"
            " array_agg(l.contract ORDER BY l.number) AS contracts"
            " FROM positions_position p JOIN positions_leg l ON l.position_id = p.id"
            " WHERE p.status = 'open' GROUP BY p.id ORDER BY p.created_at DESC, p.id"
        ).fetchall()


def new(stack: Stack, before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known = {row["id"] for row in before}
    return [row for row in stored(stack) if row["id"] not in known]


def drawer_of(page: Page) -> Any:
    page.get_by_test_id("chain-table").locator("tr.atm a[data-contract]").first.click()
    drawer = page.get_by_test_id("contract")
    expect(drawer).to_be_visible(timeout=LOADS_MS)
    return drawer


def strikes_of(page: Page) -> list[float]:
    """Return the strikes that the market lists around the money."""
    chain = page.evaluate(
        "(day) => fetch(`/api/options/SPX/chain?expiry=${day}`).then((answer) => answer.json())", EXPIRY
    )
    return sorted(row["strike"] for row in chain["options"]["calls"])


def test_a_contract_goes_from_the_chain_through_the_analyzer_into_the_book(open_page: Open, stack: Stack):
    before = stored(stack)
    page = open_page(f"/coach/options/?symbol=SPX&expiry={EXPIRY}")
    drawer = drawer_of(page)
    contract = re.search(r"SPXW\d{6}C\d{8}", drawer.inner_text())
    assert contract

    page.get_by_test_id("contract-analyze").click()
    expect(page.get_by_test_id("a-symbol")).to_have_value("SPX", timeout=LOADS_MS)
    price = page.get_by_test_id("a-price").input_value()
    assert (page.get_by_test_id("a-expiry").input_value(), float(price) > 0) == (EXPIRY, True)
    page.get_by_test_id("analyze").click()

    expect(page.get_by_test_id("result-title")).to_have_text("SPX Long Call 1 bought", timeout=LOADS_MS)
    expect(page.get_by_test_id("payoff-plot").locator("canvas")).to_be_visible(timeout=LOADS_MS)
    expect(page.get_by_test_id("price-source")).to_contain_text("middle of live quotes")
    page.reload()
    expect(page.get_by_test_id("result-title")).to_have_text("SPX Long Call 1 bought", timeout=LOADS_MS)
    page.get_by_test_id("a-stop").fill("1")
    page.get_by_test_id("track").dblclick()
    expect(page.get_by_test_id("tracked")).to_contain_text("Tracked.", timeout=LOADS_MS)

    (row,) = new(stack, before)
    assert (row["strategy"], row["quantity"], row["direction"], row["source"]) == ("call", 1, "long", "chain")
    assert (row["contracts"], row["stop_price"]) == ([contract.group()], Decimal(1))
    assert row["entry_price"] == Decimal(price)
    expect(page.get_by_test_id("tracked").get_by_role("link")).to_have_attribute("href", "/coach/positions/")


def test_what_is_changed_makes_the_result_one_of_before_and_changed_back_it_counts_again(open_page: Open):
    page = open_page(f"{PANEL}?symbol=SPX&type=stock&quantity=10&price=6000&analyze=1")
    outdated, track = page.get_by_test_id("outdated"), page.get_by_test_id("track")
    expect(outdated).to_be_hidden()

    page.get_by_test_id("a-price").fill("6100")
    expect(outdated).to_be_visible()
    expect(track).to_be_disabled()
    page.get_by_test_id("a-price").fill("6000")
    expect(outdated).to_be_hidden()
    expect(track).to_be_enabled()


def test_a_condor_is_analysed_and_tracked_by_keyboard_alone(open_page: Open, stack: Stack):
    before = stored(stack)
    page = open_page(PANEL)
    strikes = strikes_of(page)
    middle = len(strikes) // 2
    chosen = [strikes[middle - 6], strikes[middle - 3], strikes[middle + 3], strikes[middle + 6]]

    page.get_by_test_id("a-symbol").focus()
    page.keyboard.type("SPX")
    page.keyboard.press("Tab")
    page.keyboard.type("Iron")
    expect(page.get_by_test_id("a-strike4")).to_be_visible()
    for strike in chosen:
        page.keyboard.press("Tab")
        page.keyboard.type(f"{strike:g}")
    page.keyboard.press("Tab")
    expect(page.get_by_test_id("a-expiry")).to_be_focused()
    page.get_by_test_id("a-expiry").fill(EXPIRY)
    page.get_by_test_id("a-price").focus()
    page.keyboard.press("Enter")

    # The price is missing: the form comes back with the words beside it, and the keys are there.
    expect(page.get_by_test_id("problem-price")).to_have_text("Needed.", timeout=LOADS_MS)
    expect(page.get_by_test_id("a-price")).to_be_focused()
    open_page.troubles.clear()  # type: ignore[attr-defined]  # the browser reports the 422
    page.keyboard.type("12.5")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("result-title")).to_have_text("SPX Iron Condor 1 sold", timeout=LOADS_MS)
    expect(page.get_by_test_id("fact-gain")).to_have_text("$1,250.00")
    page.get_by_test_id("track").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("tracked")).to_contain_text("Tracked.", timeout=LOADS_MS)

    (row,) = new(stack, before)
    assert (row["strategy"], row["direction"], len(row["contracts"])) == ("iron_condor", "short", 4)


def test_a_contract_is_added_with_one_question_and_only_when_it_is_agreed_to(open_page: Open, stack: Stack):
    before = stored(stack)
    page = open_page(f"/coach/options/?symbol=SPX&expiry={EXPIRY}")
    drawer_of(page)

    page.get_by_test_id("contract-add").click()
    expect(page.get_by_test_id("confirm")).to_contain_text("nothing is sent to a broker")
    page.get_by_test_id("confirm-no").click()
    assert new(stack, before) == []
    page.get_by_test_id("contract-add").click()
    page.get_by_test_id("confirm-yes").click()

    added = page.get_by_test_id("contract-added")
    expect(added).to_contain_text("Added and watched from now on.", timeout=LOADS_MS)
    expect(added.get_by_role("link")).to_be_focused()
    expect(page.get_by_test_id("contract-add")).to_have_count(0)
    (row,) = new(stack, before)
    assert (row["strategy"], row["quantity"], row["source"]) == ("call", 1, "chain")


def test_a_refused_addition_says_so_and_may_be_tried_again(open_page: Open, stack: Stack):
    before = stored(stack)
    page = open_page(f"/coach/options/?symbol=SPX&expiry={EXPIRY}")
    drawer_of(page)
    page.route("**/api/positions", lambda route: route.fulfill(status=400, json={"message": "Not today."}), times=1)

    page.get_by_test_id("contract-add").click()
    page.get_by_test_id("confirm-yes").click()
    expect(page.get_by_test_id("contract-added")).to_have_text("Not added: Not today.", timeout=LOADS_MS)
    open_page.troubles.clear()  # type: ignore[attr-defined]  # the browser reports the answer that was put in
    page.get_by_test_id("contract-add").click()
    page.get_by_test_id("confirm-yes").click()

    expect(page.get_by_test_id("contract-added")).to_contain_text("Added", timeout=LOADS_MS)
    assert len(new(stack, before)) == 1


def test_on_a_phone_nothing_is_wider_than_the_page(open_page: Open):
    page = open_page(f"{PANEL}?symbol=SPX&type=stock&quantity=10&price=6000&analyze=1", viewport=PHONE)

    expect(page.get_by_test_id("payoff-plot").locator("canvas")).to_be_visible(timeout=LOADS_MS)
    page.get_by_test_id("payoff-details").locator("summary").click()
    expect(page.get_by_test_id("payoff-table")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.get_by_test_id("a-type").select_option("iron_condor")
    expect(page.get_by_test_id("a-strike4")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
