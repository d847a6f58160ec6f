"""A recorded day through the whole of the running coach: feed, detector, tracking, event log, socket and page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import DESKTOP
from tests.live.stack import Stack, eventually

BARS = Path(__file__).resolve().parents[3] / "shared" / "data" / "bars_1min_2025_26"

pytestmark = [
    pytest.mark.live,
    pytest.mark.browser,
    pytest.mark.skipif(not BARS.is_dir(), reason="the recorded bars are not here"),
]


@pytest.fixture
def replay() -> Iterator[Stack]:
    """Return a coach that replays 4 February 2026, a minute a second."""
    running = Stack(
        "live-replay",
        MARKET_PROVIDER="replay",
        REPLAY_PATH=str(BARS),
        REPLAY_DATE="2026-02-04",
        REPLAY_SPEED="60",
    )
    running.start()
    yield running
    assert running.stop() == 0


def test_a_recorded_day_appears_on_the_page_as_it_happens(browser: Browser, replay: Stack):
    context = browser.new_context(base_url=replay.url, viewport=DESKTOP)
    page = context.new_page()
    page.goto("/accounts/sign-in?next=/coach/tracked/%3Fstatus%3Dall")
    page.get_by_label("Username").fill("demo")
    page.get_by_label("Password").fill(replay.store.secrets()["demo_password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_test_id("panel-tracked")).to_be_visible()
    rows = page.get_by_test_id("tracked-row")
    at_first = rows.count()

    eventually(lambda: rows.count() > at_first, seconds=90, why="a setup of the recorded day appears")
    ended = re.compile("Target hit|Stopped")
    eventually(
        lambda: page.get_by_test_id("row-status").filter(has_text=ended).count(),
        seconds=240,
        why="a setup reaches its target or its stop on the open page",
    )

    with replay.database() as database:
        kinds = {kind for (kind,) in database.execute("SELECT DISTINCT type FROM realtime_event").fetchall()}
    assert kinds >= {"setup_detected", "setup_update"}
    expect(page.get_by_test_id("simulated")).to_contain_text("Replay")
    context.close()
