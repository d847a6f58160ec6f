"""The page of the API in a real browser, under the policy as it stands."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.live, pytest.mark.browser]
Open = Callable[..., Page]
NOBODYS = "7b0f1c9e-3f5d-4a53-9a0e-4a2a4f0f9b11"


def test_a_stranger_sees_every_group_of_operations(open_page: Open):
    page = open_page("/api/docs/", signed_in=False)

    expect(page.get_by_role("heading", name="Coach API")).to_be_visible()
    expect(page.locator("#operations-alerts-createAlert")).to_contain_text("Create an alert")
    expect(page.locator("#operations-preferences-getPreferences")).to_be_visible()


def test_somebody_signed_in_can_try_a_write(open_page: Open):
    page = open_page("/api/docs/")
    operation = page.locator("#operations-alerts-deleteAlert")

    operation.get_by_role("button", name="Delete an alert").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_placeholder("id").fill(NOBODYS)
    operation.get_by_role("button", name="Execute").click()

    answer = operation.locator(".live-responses-table")
    expect(answer.locator(".response-col_status").last).to_contain_text("200")
    expect(answer).to_contain_text('"success": true')
