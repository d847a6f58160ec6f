"""What a trader does and sees, in a real browser on the running coach (journeys J1, J2, J11, J30 and J37)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.live.stack import Stack, eventually

pytestmark = [pytest.mark.live, pytest.mark.browser]
Open = Callable[..., Page]


@pytest.fixture
def at(stack: Stack) -> Iterator[Callable[..., str]]:
    """Return a function that stands the market clock somewhere; afterwards it runs again from the first session."""
    began = stack.clock().split(" ")[0]
    yield lambda instant: stack.clock("--at", instant, "--pause")
    stack.clock("--at", began, "--speed", "30", "--go")


def own_setup(page: Page, symbol: str = "AAPL") -> str:
    """Track a setup as the signed-in trader, through the API with his cookie, and return its id."""
    made: str = page.evaluate(
        """async symbol => {
            const token = document.querySelector('meta[name=csrf-token]').content;
            const answer = await fetch('/api/tracked-setups', {method: 'POST',
                headers: {'X-CSRFToken': token, 'Content-Type': 'application/json'},
                body: JSON.stringify({symbol, setup_type: 'orb_breakout', direction: 'bullish', opportunity_data:
                    {score: 77, currentPrice: 100, suggestedTrade:
                        {strategy: 'orb', entry: 100, stopLoss: 1, target: 100000}}})});
            return (await answer.json()).trackedSetup.id;
        }""",
        symbol,
    )
    return made


def test_j1_the_home_page_in_market_hours(open_page: Open, at):
    at("2026-02-09T10:15:00")

    page = open_page("/coach/")

    expect(page).to_have_title(re.compile("Command Center"))
    expect(page.get_by_test_id("greeting")).to_have_text(re.compile(r"^Good morning"))
    expect(page.get_by_test_id("market-pill")).to_contain_text("Open")
    expect(page.get_by_test_id("simulated").first).to_be_visible()
    expect(page.get_by_test_id("spx-price")).to_have_text(re.compile(r"^\$\d,\d{3}\.\d\d$"))
    expect(page.get_by_test_id("connection")).to_contain_text("Live")


def test_j2_signed_out_every_panel_leads_to_sign_in_and_back(open_page: Open, stack: Stack):
    page = open_page("/coach/chart/?symbol=NVDA", signed_in=False)

    expect(page).to_have_url(re.compile(r"/accounts/sign-in\?next="))
    page.get_by_label("Username").fill("demo")
    page.get_by_label("Password").fill(stack.store.secrets()["demo_password"])
    page.get_by_role("button", name="Sign in").click()

    expect(page).to_have_url(re.compile(r"/coach/chart/\?symbol=NVDA"))
    expect(page.get_by_test_id("chart-title")).to_contain_text("NVDA")


def test_j11_the_life_of_a_tracked_setup(open_page: Open):
    page = open_page("/coach/tracked/")
    setup = own_setup(page)
    row = page.locator(f"#setup-{setup}")

    expect(row).to_be_visible()
    row.get_by_test_id("mark-triggered").click()
    expect(row.get_by_test_id("row-status")).to_contain_text("Target hit")
    page.goto("/coach/tracked/?status=triggered")
    row.get_by_test_id("mark-invalidated").click()
    expect(row.get_by_test_id("row-status")).to_contain_text("Stopped")
    page.goto("/coach/tracked/?status=invalidated")
    row.get_by_test_id("archive").click()
    expect(row.get_by_test_id("row-status")).to_contain_text("Archived")
    page.goto("/coach/tracked/?status=archived")
    row.get_by_test_id("reopen").click()
    expect(row.get_by_test_id("row-status")).to_contain_text("Active")

    page.goto("/coach/tracked/?status=active")
    row.get_by_test_id("edit-notes").click()
    page.get_by_test_id("notes-input").fill("Wait for the retest <b>")
    page.get_by_test_id("notes-save").click()
    expect(row.get_by_test_id("notes")).to_have_text("Wait for the retest <b>")
    page.reload()
    expect(row.get_by_test_id("notes")).to_have_text("Wait for the retest <b>")

    row.get_by_test_id("delete").click()
    page.get_by_test_id("confirm-yes").click()
    expect(row).to_have_count(0)
    page.reload()
    expect(row).to_have_count(0)


def test_a_setup_appears_without_a_reload_and_reaches_its_row(open_page: Open, stack: Stack):
    page = open_page("/coach/tracked/?status=all")
    before = {row.get_attribute("data-row") for row in page.get_by_test_id("tracked-row").all()}
    began = stack.clock().split(" ")[0]

    stack.clock("--at", "2026-02-10T09:30:00", "--speed", "60", "--go")

    eventually(
        lambda: {row.get_attribute("data-row") for row in page.get_by_test_id("tracked-row").all()} - before,
        seconds=90,
        why="a setup appears on the open page",
    )
    stack.clock("--at", began, "--speed", "30", "--go")


def test_j30_three_detections_during_a_cut_arrive_once_each(open_page: Open, stack: Stack):
    page = open_page("/coach/tracked/", cuttable=True)
    expect(page.get_by_test_id("connection")).to_contain_text("Live")

    page.line.cut()
    expect(page.get_by_test_id("offline-banner")).to_be_visible(timeout=20_000)  # it waits four seconds itself
    made = _detect_for_demo(stack, ("NVDA", "TSLA", "IWM"))
    page.line.mend()

    for setup in made:
        expect(page.locator(f"#setup-{setup}")).to_have_count(1, timeout=40_000)
    expect(page.get_by_test_id("connection")).to_contain_text("Live")


def _detect_for_demo(stack: Stack, symbols: tuple[str, ...]) -> list[str]:
    return [_pretend(stack, symbol=symbol)["trackedSetup"]["id"] for symbol in symbols]


def _pretend(stack: Stack, **detection: object) -> dict[str, dict[str, str]]:
    """Have a detection pretended for the demo trader, and return what the service says of it."""
    with stack.http() as client:
        who = {"username": "demo", "password": stack.store.secrets()["demo_password"]}
        token = client.post("/api/auth/token", json=who).json()["token"]
        answer = client.post(
            "/api/tracked-setups/e2e/simulate-detected",
            json=detection,
            headers={"Authorization": f"Bearer {token}"},
        )
    told: dict[str, dict[str, str]] = answer.json()
    return told


def test_a_detection_has_a_page_with_its_chart_that_follows_the_market(open_page: Open, stack: Stack, at):
    at("2026-02-09T11:00:30")
    trade = {"strategy": "level test", "entry": 600, "stopLoss": 1, "target": 100_000}
    made = _pretend(stack, symbol="SPY", setup_type="level_test", trade_suggestion=trade)
    page = open_page("/coach/tracked/")

    page.locator(f"#setup-{made['trackedSetup']['id']}").get_by_test_id("row-detection").click()

    expect(page).to_have_url(re.compile(f"/coach/detections/{made['detectedSetup']['id']}$"))
    expect(page.get_by_test_id("detection-title")).to_contain_text("SPY level test")
    expect(page.get_by_test_id("tab-scanner")).to_have_attribute("aria-selected", "true")
    expect(page.locator("[data-plot] canvas").first).to_be_visible()
    expect(page.get_by_test_id("plot")).to_have_attribute("data-markers", "1")
    expect(page.get_by_test_id("legend")).to_contain_text(re.compile(r"O \$[\d,]+\.\d\d"))
    expect(page.get_by_test_id("own")).to_contain_text("Tracked by you")
    expect(page.get_by_test_id("still-open")).not_to_contain_text("bar")
    page.get_by_test_id("fit").click()
    page.get_by_test_id("go-now").click()
    stack.clock("--go", "--speed", "30")
    expect(page.get_by_test_id("still-open")).to_contain_text(re.compile(r"\d+ bars?"), timeout=60_000)


def test_the_page_of_a_detection_fits_a_phone(open_page: Open, stack: Stack, at):
    at("2026-02-09T11:00:30")
    made = _pretend(stack, symbol="SPY")

    page = open_page(f"/coach/detections/{made['detectedSetup']['id']}", viewport=PHONE)

    expect(page.get_by_test_id("detection-title")).to_contain_text("SPY gamma squeeze")
    expect(page.locator("[data-plot] canvas").first).to_be_visible()
    expect(page.get_by_test_id("outcome")).to_contain_text("No plan")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_test_id("table-toggle").click()
    expect(page.get_by_test_id("chart-table")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_scanner_explains_what_was_held_back(open_page: Open):
    page = open_page("/coach/scanner/")

    page.get_by_test_id("feed-fate").select_option("held_back")

    expect(page).to_have_url(re.compile("fate=held_back"))
    expect(page.get_by_test_id("feed-fate")).to_have_value("held_back")


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        ("2026-11-27T12:30:00", "Open"),
        ("2026-11-27T13:30:00", "After Hours"),
        ("2026-07-03T11:00:00", "Closed"),
        ("2026-03-09T09:31:00", "Open"),
        ("2026-03-09T08:00:00", "Pre-Market"),
    ],
    ids=["half day", "after an early close", "holiday", "the day after the clocks change", "before the bell"],
)
def test_j37_the_pill_knows_half_days_holidays_and_clock_changes(open_page: Open, at, instant, words):
    stands_at = at(instant)
    if "07-03" in instant:
        assert "07-03" not in stands_at, "the simulated clock jumps over holidays"
        return

    page = open_page("/coach/")

    expect(page.get_by_test_id("market-pill")).to_contain_text(words)


PANELS = ["/coach/", "/coach/chart/?symbol=SPY", "/coach/tracked/", "/coach/scanner/", "/coach/settings/"]


@pytest.mark.parametrize("path", PANELS)
def test_every_panel_fits_a_phone(open_page: Open, path):
    page = open_page(path, viewport=PHONE)

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    page.get_by_test_id("tools-button").click()
    expect(page.get_by_test_id("tools-sheet")).to_be_visible()


def test_the_chart_draws_candles_levels_and_the_opening_range(open_page: Open, stack: Stack, at):
    at("2026-02-09T11:00:00")
    stack.clock("--go", "--speed", "1")

    page = open_page("/coach/chart/?symbol=SPY&tf=1m")

    expect(page.locator("[data-plot] canvas").first).to_be_visible()
    expect(page.get_by_test_id("legend")).to_contain_text(re.compile(r"O \$[\d,]+\.\d\d"))
    page.get_by_test_id("frame-5m").click()
    expect(page).to_have_url(re.compile("tf=5m"))
    page.get_by_test_id("indicators").click()
    with page.expect_response(re.compile("/api/preferences")) as saved:
        page.get_by_test_id("overlay-ema21").uncheck()
    assert saved.value.ok
    page.reload()
    page.get_by_test_id("indicators").click()
    expect(page.get_by_test_id("overlay-ema21")).not_to_be_checked()
    page.get_by_test_id("overlay-ema21").check()


def test_a_watchlist_is_edited_with_the_symbol_box(open_page: Open):
    page = open_page("/coach/scanner/")
    box = page.get_by_test_id("watchlists")

    box.get_by_role("combobox").fill("goog")
    page.get_by_role("option", name=re.compile("GOOGL")).first.click()
    expect(box.get_by_test_id("chip-GOOGL")).to_be_visible()
    with page.expect_response(re.compile("/api/watchlist/")) as saved:
        box.get_by_test_id("save-list").click()
    assert saved.value.ok
    page.reload()

    expect(box.get_by_test_id("chip-GOOGL")).to_be_visible()
    box.get_by_test_id("chip-GOOGL").get_by_role("button", name=re.compile("Remove")).click()
    with page.expect_response(re.compile("/api/watchlist/")) as saved:
        box.get_by_test_id("save-list").click()
    assert saved.value.ok
    page.reload()
    expect(box.get_by_test_id("chip-GOOGL")).to_have_count(0)
