"""Positions in a real browser on the running coach (journey J27): what is held, advised and done, and nothing moves."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE
from tests.live.stack import Stack

pytestmark = [pytest.mark.live, pytest.mark.browser]
Open = Callable[..., Page]
PANEL = "/coach/positions/"
CYCLES_MS = 120_000  # two looks at a position, and what they are told by, on a machine that is busy
AMOUNT = re.compile(r"[+-]?\$[\d,]+\.\d\d")
SHIFTS = """() => {
    window.shifted = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({ type: 'layout-shift', buffered: false });
}"""
POST = """async ([address, body]) => {
    const token = document.querySelector('meta[name=csrf-token]').content;
    const answer = await fetch(address, {method: 'POST', body: JSON.stringify(body),
        headers: {'X-CSRFToken': token, 'Content-Type': 'application/json'}});
    return answer.json();
}"""


@pytest.fixture
def session(stack: Stack) -> Iterator[None]:
    """Let the market clock go on from a quarter past ten as the world's; afterwards from the first session."""
    began = stack.clock().split(" ")[0]
    stack.clock("--at", "2026-02-09T10:15:00", "--speed", "1", "--go")
    yield
    with stack.database() as connection:
        connection.execute("TRUNCATE positions_position CASCADE")
    stack.clock("--at", began, "--speed", "30", "--go")


@pytest.fixture
def stored(stack: Stack) -> Callable[..., tuple[Any, ...]]:
    """Return a function that reads one row of the database."""

    def read(query: str, *values: object) -> tuple[Any, ...]:
        with stack.database() as connection:
            row = connection.execute(query, values).fetchone()
        assert row is not None, query
        return row

    return read


def chain(page: Page, days: int) -> tuple[str, list[float]]:
    """Return the first date listed for SPX from so many days on, and its strikes from the money up."""
    listed = page.evaluate("fetch('/api/options/SPX/expirations').then((answer) => answer.json())")["expirations"]
    expiry = next(day for day in listed if day >= f"2026-02-{9 + days:02d}")
    told = page.evaluate(
        "(day) => fetch(`/api/options/SPX/chain?expiry=${day}`).then((answer) => answer.json())", expiry
    )
    return expiry, sorted(row["strike"] for row in told["options"]["calls"] if row["strike"] >= told["currentPrice"])


def buy(page: Page, *, strike: float, expiry: str, price: float, quantity: int = 2) -> Locator:
    """Open a position of calls as the signed-in trader, and return its card, which comes by the socket."""
    leg = {"kind": "call", "quantity": quantity, "strike": strike, "expiry": expiry, "price": price}
    made = page.evaluate(POST, ["/api/positions", {"symbol": "SPX", "legs": [leg]}])
    card = page.locator(f"#position-{made['position']['id']}")
    expect(card).to_be_visible()
    return card


def of(card: Locator) -> str:
    return card.get_attribute("data-position") or ""


def cents(text: str) -> int:
    """Return an amount in cents; what is not known counts in no sum."""
    return int(Decimal(re.sub(r"[^\d.-]", "", text)) * 100) if AMOUNT.fullmatch(text) else 0


def boxes(page: Page) -> Any:
    """Return where every card, figure and button of the panel stands."""
    return page.evaluate(
        """() => [...document.querySelectorAll('[data-position], [data-figure], [data-position] .button')]
            .map((node) => node.getBoundingClientRect()).map(({x, y}) => [Math.round(x), Math.round(y)])"""
    )


def sums_fit(page: Page) -> None:
    """Assert that the sums are those of the cards, to the cent; both are read in one moment."""
    whole, parts = page.evaluate(
        """() => [document.querySelector('[data-sums] [data-figure=pnl]').textContent,
            [...document.querySelectorAll('[data-position] [data-figure=pnl]')].map((cell) => cell.textContent)]"""
    )
    assert cents(whole) == sum(map(cents, parts))


@pytest.mark.usefixtures("session")
def test_j27_a_push_changes_figures_in_place_and_advice_is_answered(
    open_page: Open, stored: Callable[..., tuple[Any, ...]]
) -> None:
    page = open_page(PANEL)
    expect(page.get_by_test_id("connection")).to_contain_text("Live")
    expiry, strikes = chain(page, 9)
    # Bought for a dollar: far in profit, so that three rules have something to say.
    card = buy(page, strike=strikes[0], expiry=expiry, price=1.0)
    other = buy(page, strike=strikes[2], expiry=expiry, price=55.0)
    for each in (card, other):
        expect(each.get_by_test_id("figure-pnl")).to_have_text(AMOUNT, timeout=CYCLES_MS)
    page.mouse.move(5, 5)
    page.evaluate(SHIFTS)
    before, placed = card.get_by_test_id("figure-pnl").inner_text(), boxes(page)

    expect(card.get_by_test_id("figure-pnl")).not_to_have_text(before, timeout=CYCLES_MS)
    sums_fit(page)
    expect(card.get_by_test_id("advice").first).to_be_visible(timeout=CYCLES_MS)
    expect(card.get_by_test_id("advice").filter(has_text="Convert to spread")).to_be_visible(timeout=CYCLES_MS)

    assert [place for place in boxes(page) if place in placed] == placed
    assert page.evaluate("window.shifted") < 0.001
    sums_fit(page)

    profit = card.get_by_test_id("advice").filter(has_text="Take profit")
    profit.get_by_test_id("advice-snooze").click()
    expect(profit).to_contain_text("in an hour")
    state = "SELECT state, snoozed_until IS NOT NULL FROM positions_advice WHERE position_id = %s AND rule = 'profit'"
    assert stored(state, of(card)) == ("snoozed", True)

    spread = card.get_by_test_id("advice").filter(has_text="Convert to spread")
    spread.get_by_test_id("advice-do").click()
    dialog = page.get_by_test_id("act-dialog")
    expect(dialog.get_by_test_id("no-broker")).to_contain_text("Nothing is sent to a broker")
    expect(dialog.get_by_test_id("convert-loss")).to_have_text(AMOUNT)
    dialog.get_by_test_id("act-save").click()
    expect(dialog).to_be_hidden()
    expect(card).to_contain_text("call spread")
    assert stored("SELECT strategy FROM positions_position WHERE id = %s", of(card)) == ("call_spread",)
    done = "SELECT answer FROM positions_advice WHERE position_id = %s AND rule = 'conversion'"
    assert stored(done, of(card)) == ("ack",)

    third = card.get_by_test_id("advice").first
    rule = third.get_attribute("data-advice-id")
    third.get_by_test_id("advice-dismiss").click()
    expect(card.locator(f"[data-advice-id='{rule}']")).to_contain_text("Dismissed")
    assert stored("SELECT dismissed, answer FROM positions_advice WHERE id = %s", rule) == (True, "dismiss")


@pytest.mark.usefixtures("session")
def test_each_button_ends_in_a_stored_change(open_page: Open, stored: Callable[..., tuple[Any, ...]]) -> None:
    page = open_page(PANEL)
    expiry, strikes = chain(page, 9)
    card, dialog = buy(page, strike=strikes[0], expiry=expiry, price=60.0), page.get_by_test_id("act-dialog")
    position = of(card)

    card.get_by_test_id("act-limits").click()
    dialog.get_by_test_id("act-stop").fill("50")
    dialog.get_by_test_id("act-stop_in").select_option("percent")
    dialog.get_by_test_id("act-target").fill("nowhere")
    dialog.get_by_test_id("act-save").click()
    expect(dialog.get_by_test_id("wrong-target")).to_have_text("Expected a number.")
    expect(dialog.get_by_test_id("act-target")).to_be_focused()
    dialog.get_by_test_id("act-target").fill("90")
    open_page.troubles.clear()  # type: ignore[attr-defined]  # the browser reports the refusal
    dialog.get_by_test_id("act-save").click()
    expect(card.get_by_test_id("stop-at")).to_have_text("$30.00")
    assert stored("SELECT stop_price, target_price FROM positions_position WHERE id = %s", position) == (30, 90)

    card.get_by_test_id("act-close").click()
    dialog.get_by_test_id("act-price").fill("61.5")
    dialog.get_by_test_id("act-quantity").fill("1")
    expect(dialog.get_by_test_id("act-result")).to_have_text("+$150.00")
    dialog.get_by_test_id("act-save").click()
    expect(card.get_by_test_id("side")).to_contain_text("Bought 1")
    assert stored("SELECT quantity, realised, status FROM positions_position WHERE id = %s", position) == (
        *(1, 150),
        "open",
    )

    card.get_by_test_id("act-roll").click()
    dialog.get_by_test_id("choose").first.click()
    expect(dialog.get_by_test_id("roll-breakeven")).to_have_text(AMOUNT)
    dialog.get_by_test_id("act-save").click()
    expect(card).to_have_count(0)
    new, source = stored("SELECT id, source FROM positions_position WHERE rolled_from_id = %s", position)
    assert (source, stored("SELECT status FROM positions_position WHERE id = %s", position)) == ("roll", ("closed",))
    rolled = page.locator(f"#position-{new}")
    expect(rolled).to_contain_text("Rolled")

    rolled.get_by_test_id("act-convert").click()
    dialog.get_by_test_id("choose").first.click()
    dialog.get_by_test_id("act-save").click()
    expect(rolled).to_contain_text("call spread")
    legs = "SELECT array_agg(open_quantity ORDER BY open_quantity) FROM positions_leg WHERE position_id = %s"
    assert stored(legs, new) == ([-1, 1],)

    page.get_by_test_id("closed-link").click()
    expect(page.locator(f"[data-closed='{position}']")).to_be_visible()
    page.reload()
    expect(page.locator(f"[data-closed='{position}']")).to_be_visible()


@pytest.mark.usefixtures("session")
def test_a_position_is_closed_with_the_keyboard_alone_and_the_focus_is_never_lost(
    open_page: Open, stored: Callable[..., tuple[Any, ...]]
) -> None:
    page = open_page(PANEL)
    expiry, strikes = chain(page, 9)
    card, dialog = buy(page, strike=strikes[1], expiry=expiry, price=50.0), page.get_by_test_id("act-dialog")
    position = of(card)
    page.get_by_test_id("positions-add").focus()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.testid") == "act-close":
            break
    expect(card.get_by_test_id("act-close")).to_be_focused()

    page.keyboard.press("Enter")
    expect(dialog.get_by_test_id("act-price")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(card.get_by_test_id("act-close")).to_be_focused()

    page.keyboard.press("Enter")
    expect(dialog.get_by_test_id("act-price")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("52.5")
    page.keyboard.press("Enter")
    expect(card).to_have_count(0)
    assert page.evaluate("document.activeElement !== document.body")
    assert stored("SELECT status, realised FROM positions_position WHERE id = %s", position) == ("closed", 500)


@pytest.mark.usefixtures("session")
def test_while_the_line_is_cut_figures_are_asked_for_when_it_is_back(open_page: Open, stack: Stack) -> None:
    page = open_page(PANEL, cuttable=True)
    expiry, strikes = chain(page, 9)
    card = buy(page, strike=strikes[0], expiry=expiry, price=60.0)
    expect(card.get_by_test_id("figure-pnl")).to_have_text(AMOUNT, timeout=CYCLES_MS)
    page.line.cut()  # type: ignore[attr-defined]
    expect(page.get_by_test_id("offline-banner")).to_be_visible(timeout=30_000)
    before = card.get_by_test_id("figure-pnl").inner_text()
    stack.clock("--at", "2026-02-09T11:30:00", "--speed", "1", "--go")

    page.line.mend()  # type: ignore[attr-defined]

    expect(page.get_by_test_id("connection")).to_contain_text("Live", timeout=60_000)
    expect(card.get_by_test_id("figure-pnl")).not_to_have_text(before, timeout=CYCLES_MS)
    sums_fit(page)


@pytest.mark.usefixtures("session")
def test_a_strangers_position_is_not_there(open_page: Open, stack: Stack) -> None:
    page = open_page(PANEL)
    expiry, strikes = chain(page, 9)
    leg = {"kind": "call", "quantity": 1, "strike": strikes[0], "expiry": expiry, "price": 50}
    with stack.http(7) as client:
        made = client.post("/api/positions", json={"symbol": "SPX", "legs": [leg]}).json()["position"]["id"]

    for act in ("close", "limits", "roll", "convert", "day"):
        assert page.request.get(f"{PANEL}{made}/{act}").status == 404, act
    assert made not in page.request.get(f"{PANEL}rows?ids={made}").text()
    page.reload()
    assert made not in page.content()


@pytest.mark.usefixtures("session")
def test_on_a_phone_nothing_is_wider_than_the_page_and_advice_moves_nothing(open_page: Open) -> None:
    page = open_page(PANEL, viewport=PHONE)
    expiry, strikes = chain(page, 9)
    card = buy(page, strike=strikes[0], expiry=expiry, price=1.0)
    page.reload()
    height = card.evaluate("(node) => node.getBoundingClientRect().height")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    expect(card.get_by_test_id("advice").first).to_be_visible(timeout=CYCLES_MS)

    assert card.evaluate("(node) => node.getBoundingClientRect().height") == height
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    card.get_by_test_id("act-roll").click()
    expect(page.get_by_test_id("choices")).to_be_visible()
    assert page.evaluate("document.querySelector('dialog[open]').scrollWidth") <= PHONE["width"]
    assert json.loads(card.get_attribute("data-kept") or "{}")["symbol"] == "SPX"
