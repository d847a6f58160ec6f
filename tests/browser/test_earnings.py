"""Earnings in a real browser on the running coach (journey J21)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE

pytestmark = [pytest.mark.live, pytest.mark.browser]
Open = Callable[..., Page]


def test_j21_calendar_analysis_and_a_simulator_that_prices_anew(open_page: Open):
    page = open_page("/coach/earnings/?symbols=AAPL,NVDA,TSLA,MSFT,META&days=60")

    expect(page.get_by_test_id("agenda").get_by_role("listitem").first).to_be_visible()
    expect(page.get_by_test_id("expected-move")).to_contain_text(re.compile(r"±\d+\.\d\d%"))
    expect(page.get_by_test_id("moves-plot").locator("canvas")).to_be_visible()
    page.get_by_test_id("moves-details").get_by_text("Table").click()
    expect(page.get_by_test_id("moves-table").get_by_role("row")).to_have_count(9)

    slider, after = page.get_by_test_id("crush-slider"), page.get_by_test_id("crush-after")
    slider.fill("20")
    less = amount(after.text_content())
    slider.press("PageUp")
    expect(slider).to_have_value("25")
    slider.press("ArrowRight")
    expect(slider).to_have_value("26")
    assert amount(after.text_content()) < less
    page.get_by_test_id("move-slider").fill("15")
    assert amount(after.text_content()) > less

    page.get_by_test_id("analyze-NVDA").click()
    expect(page.get_by_test_id("analysis-title")).to_contain_text("NVDA")
    expect(page).to_have_url(re.compile("symbol=NVDA"))


def test_j21_what_cannot_be_analysed_leaves_the_calendar(open_page: Open):
    page = open_page("/coach/earnings/?symbols=AAPL,NVDA&symbol=ZZZZ&days=60")

    expect(page.get_by_test_id("earnings-failed")).to_contain_text("No options of ZZZZ")
    expect(page.get_by_test_id("agenda")).to_be_visible()
    page.get_by_test_id("analyze-AAPL").click()
    expect(page.get_by_test_id("analysis")).to_be_visible()


def test_j21_on_a_phone_nothing_is_wider_than_the_page(open_page: Open):
    page = open_page("/coach/earnings/?symbols=AAPL&view=month&days=60", viewport=PHONE | {"width": 360})

    expect(page.get_by_test_id("month")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def amount(text: str | None) -> float:
    """Return the dollars that a cell says."""
    return float((text or "").replace("$", "").replace(",", ""))
