"""The heatmap in a real browser on the running coach (journey J26)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from coach.pure import formats
from tests.live.stack import Stack, eventually

pytestmark = [pytest.mark.live, pytest.mark.browser]
Open = Callable[..., Page]
# Lower than the panel is high, so that the page can scroll.
LOW = {"width": 1440, "height": 600}
NARROW = {"width": 360, "height": 740}
HEATMAP = "/coach/heatmap/?symbol=SPX&mode=volume&scale=linear&expirations=5&strikes=50"


@pytest.fixture
def noon(stack: Stack) -> Iterator[None]:
    """Stand the market clock at a Tuesday's noon; afterwards it runs again from the first session."""
    began = stack.clock().split(" ")[0]
    stack.clock("--at", "2026-02-10T12:00:00", "--pause")
    yield
    stack.clock("--at", began, "--speed", "30", "--go")


def told(page: Page) -> dict[str, Any]:
    """Return the API's matrix, asked with the trader's cookie."""
    answer: dict[str, Any] = page.evaluate("fetch('/api/options/SPX/matrix').then(answer => answer.json())")
    return answer


def pointed_at(page: Page, matrix: dict[str, Any]) -> dict[str, Any]:
    """Return the API's cell that the line above the map names."""
    strike, month, day = re.match(r"([\d,.]+), (\d\d)/(\d\d) ", page.get_by_test_id("readout").inner_text()).groups()
    found = [
        cell
        for cell in matrix["cells"]
        if cell["strike"] == float(strike.replace(",", "")) and cell["expiry"].endswith(f"-{month}-{day}")
    ]
    assert len(found) == 1
    return found[0]


def expect_pane(page: Page, cell: dict[str, Any]) -> None:
    """The pane says what the API says of a cell."""
    day = date.fromisoformat(cell["expiry"])
    expect(page.get_by_test_id("cell-title")).to_have_text(f"SPX {formats.strike(cell['strike'])}")
    expect(page.get_by_test_id("heat-pane")).to_contain_text(f"{day:%a, %b} {day.day}")
    for side in ("call", "put"):
        contract = cell[side]
        expect(page.get_by_test_id(f"cell-{side}-bid")).to_have_text(f"{contract['bid']:,.2f}")
        expect(page.get_by_test_id(f"cell-{side}-ask")).to_have_text(f"{contract['ask']:,.2f}")
        for greek, digits in (("delta", 2), ("gamma", 4), ("theta", 2), ("vega", 2)):
            shown = float(page.get_by_test_id(f"cell-{side}-{greek}").inner_text().replace(",", ""))
            assert shown == pytest.approx(contract[greek], abs=0.51 * 10**-digits), greek
        expect(page.get_by_test_id(f"cell-{side}-volume")).to_have_text(formats.compact(contract["volume"]) or "")
    metrics = cell["metrics"]
    expect(page.get_by_test_id("cell-volume")).to_have_text(formats.compact(metrics["volume"]) or "")
    expect(page.get_by_test_id("cell-oi")).to_have_text(formats.compact(metrics["openInterest"]) or "")
    sign = "+" if metrics["gex"] > 0 else "-"
    expect(page.get_by_test_id("cell-gex")).to_have_text(f"{sign}${formats.compact(abs(metrics['gex']))}")


def picture(page: Page) -> str:
    """Return what is drawn, when it has been."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    drawn: str = page.get_by_test_id("heat-plot").locator("canvas").evaluate("canvas => canvas.toDataURL()")
    return drawn


def lines(page: Page) -> int:
    """Return how many strikes are in sight."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return int(page.get_by_test_id("heat-plot").get_attribute("data-lines") or 0)


@pytest.mark.usefixtures("noon")
def test_j26_four_modes_and_more_without_a_reload(open_page: Open):
    page = open_page(HEATMAP)
    canvas = page.get_by_test_id("heat-plot").locator("canvas")
    expect(canvas).to_have_attribute("data-cells", "505")
    page.evaluate("window.stayed = true")

    drawn = {}
    for mode, words in (
        ("volume", "Volume, contracts"),
        ("oi", "Open interest, contracts"),
        ("iv", "IV, implied volatility"),
        ("gex", "GEX, $ of delta per 1% move"),
        ("vanna", "per volatility point"),
        ("charm", "per day"),
    ):
        page.get_by_test_id(f"mode-{mode}").click()
        expect(page.get_by_test_id("unit")).to_contain_text(words)
        expect(page.get_by_test_id(f"mode-{mode}")).to_have_attribute("aria-current", "true")
        drawn[mode] = picture(page)
    linear = drawn["charm"]
    with page.expect_response(re.compile("/api/preferences")) as saved:
        page.get_by_test_id("scale-rank").click()

    assert len(set(drawn.values())) == len(drawn)
    assert picture(page) != linear
    assert saved.value.ok
    assert page.evaluate("window.stayed")
    page.goto("/coach/heatmap/?symbol=SPX")
    expect(page.get_by_test_id("mode-charm")).to_have_attribute("aria-current", "true")
    expect(page.get_by_test_id("scale-rank")).to_have_attribute("aria-current", "true")


@pytest.mark.usefixtures("noon")
def test_j26_the_wheel_is_the_pages_until_the_map_has_focus(open_page: Open):
    page = open_page(HEATMAP, viewport=LOW)
    plot = page.get_by_test_id("heat-plot")
    expect(plot).to_have_attribute("data-lines", "101")
    box = plot.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 150)

    page.mouse.wheel(0, 120)
    eventually(lambda: page.evaluate("scrollY") == 120, why="the page has scrolled")
    assert lines(page) == 101

    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    expect(plot).not_to_have_attribute("data-lines", "101")
    with_control = lines(page)
    assert 12 <= with_control < 101

    plot.focus()
    page.mouse.wheel(0, -400)
    expect(plot).not_to_have_attribute("data-lines", str(with_control))
    assert lines(page) < with_control
    assert page.evaluate("scrollY") == 120
    page.get_by_test_id("zoom-reset").click()
    expect(plot).to_have_attribute("data-lines", "101")


@pytest.mark.usefixtures("noon")
def test_j26_a_click_and_the_keyboard_show_the_cell_that_the_api_tells(open_page: Open):
    page = open_page(HEATMAP)
    plot = page.get_by_test_id("heat-plot")
    expect(plot.locator("canvas")).to_have_attribute("data-cells", "505")
    matrix = told(page)
    box = plot.bounding_box()
    assert box

    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.45 * box["height"])
    clicked = pointed_at(page, matrix)
    page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + 0.45 * box["height"])
    expect_pane(page, clicked)

    for key in ("ArrowLeft", "ArrowUp", "ArrowUp"):
        plot.press(key)
    moved = pointed_at(page, matrix)
    strikes = matrix["strikes"]
    assert strikes.index(moved["strike"]) == strikes.index(clicked["strike"]) + 2
    days = matrix["expirations"]
    assert days.index(moved["expiry"]) == days.index(clicked["expiry"]) - 1
    expect(page.locator("#announcer")).to_contain_text("call and put")
    plot.press("Enter")
    expect_pane(page, moved)
    assert page.evaluate("scrollY") == 0


@pytest.mark.usefixtures("noon")
def test_j26_selection_and_zoom_survive_modes_and_refresh(open_page: Open):
    page = open_page(HEATMAP)
    plot = page.get_by_test_id("heat-plot")
    expect(plot.locator("canvas")).to_have_attribute("data-cells", "505")
    matrix = told(page)
    plot.focus()
    for key in ("ArrowRight", "ArrowDown", "Enter", "+", "+"):
        plot.press(key)
    chosen, zoomed = pointed_at(page, matrix), lines(page)
    expect_pane(page, chosen)
    assert zoomed < 101

    page.get_by_test_id("mode-gex").click()
    expect(page.get_by_test_id("readout")).to_contain_text("GEX")
    with page.expect_response(re.compile("/coach/heatmap/data")) as refreshed:
        page.get_by_test_id("refresh-heatmap").click()

    assert refreshed.value.ok
    expect(page.get_by_test_id("heatmap-loading")).to_be_hidden()
    assert (pointed_at(page, matrix), lines(page)) == (chosen, zoomed)
    expect_pane(page, chosen)
    plot.press("0")
    assert lines(page) == 101
    plot.press("Escape")
    expect(page.get_by_test_id("heat-pane")).to_contain_text("Click a cell")


@pytest.mark.usefixtures("noon")
def test_other_dates_and_strikes_and_the_table(open_page: Open):
    page = open_page(HEATMAP)
    expect(page.get_by_test_id("heatmap-count")).to_have_text("5 expirations, 101 strikes")
    # Drawn: the scripts are there, and hear what is chosen.
    expect(page.get_by_test_id("heat-plot")).to_have_attribute("data-lines", "101")

    page.get_by_test_id("expirations").select_option("3")
    expect(page.get_by_test_id("heatmap-count")).to_contain_text("3 expirations")
    page.get_by_test_id("strikes").select_option("30")
    expect(page.get_by_test_id("heatmap-count")).to_contain_text("61 strikes")
    expect(page.get_by_test_id("heat-plot").locator("canvas")).to_have_attribute("data-cells", "183")
    expect(page).to_have_url(re.compile("expirations=3&strikes=30"))
    page.get_by_test_id("table-toggle").click()

    table = page.get_by_test_id("heat-table")
    expect(table.locator("tbody tr")).to_have_count(61)
    highest = told(page)["expirations"][0]
    expect(table.locator("thead th").nth(1)).to_contain_text(f"{highest[5:7]}/{highest[8:]}")
    page.get_by_test_id("mode-gex").click()
    expect(table.locator("tbody td").first).to_contain_text("$")


@pytest.mark.usefixtures("noon")
def test_ten_dates_fit_a_phone(open_page: Open):
    page = open_page(HEATMAP.replace("expirations=5", "expirations=10"), viewport=NARROW)

    expect(page.get_by_test_id("heat-plot").locator("canvas")).to_have_attribute("data-cells", "1010")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


@pytest.mark.usefixtures("noon")
def test_a_failed_refresh_keeps_the_map_and_says_so(open_page: Open):
    page = open_page(HEATMAP)
    expect(page.get_by_test_id("heat-plot").locator("canvas")).to_have_attribute("data-cells", "505")
    page.route("**/coach/heatmap/data*", lambda route: route.fulfill(status=404, json={"message": "It is away."}))

    page.get_by_test_id("refresh-heatmap").click()

    expect(page.get_by_test_id("toast")).to_contain_text("could not be refreshed")
    expect(page.get_by_test_id("heat-plot").locator("canvas")).to_have_attribute("data-cells", "505")
    page.unroute("**/coach/heatmap/data*")
    open_page.troubles.clear()  # the browser reports the answer that was put in
