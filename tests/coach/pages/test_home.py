"""Command Center."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.models import User
from detectors.models import Status
from market.clock import Standing
from tests.coach.conftest import NOW
from tests.coach.reading import read
from tests.factories.detectors import DetectedSetupFactory, TrackedSetupFactory


def test_the_title_is_command_center(browser: Client) -> None:
    assert "<title>Command Center · Coach</title>" in browser.get("/coach/").content.decode()


@pytest.mark.parametrize(("hour_utc", "greeting"), [(13, "Good morning"), (18, "Good afternoon"), (23, "Good evening")])
def test_the_greeting_follows_new_york(browser: Client, now: Standing, hour_utc: int, greeting: str) -> None:
    now.move_to(datetime(2026, 2, 9, hour_utc, tzinfo=UTC))

    assert read(browser.get("/coach/").content).one("greeting").text() == f"{greeting}, Ana"


def test_spx_moves_against_the_prior_regular_close(browser: Client, quote: Callable[..., None]) -> None:
    quote(SPX=(6012.37, 6020.78))

    card = read(browser.get("/coach/").content).one("spx-card").text()

    assert "$6,012.37" in card
    assert "down -8.41 (-0.14%)" in card
    assert "As of 10:15 ET" in card
    assert "$6,020.78" in card


def test_without_a_price_there_is_a_dash_with_its_reason_and_no_0(browser: Client) -> None:
    card = read(browser.get("/coach/").content).one("spx-card")

    assert "— not available: no SPX price has arrived yet" in card.text()
    assert "$0" not in card.text()
    assert "hidden" not in card.one("spx-note").attributes
    assert "hidden" in card.one("spx-live").attributes


def test_a_stale_price_stays_with_a_note(browser: Client, quote: Callable[..., None]) -> None:
    quote(SPX=(6010.0, 6000.0), stale=True)

    card = read(browser.get("/coach/").content).one("spx-card")

    assert "$6,010.00" in card.text()
    assert card.one("spx-price").attributes["data-as-of"] == "as of 10:15 ET"
    assert "hidden" not in card.one("spx-note").attributes
    assert "hidden" in card.one("spx-live").attributes


def test_a_stale_price_on_the_watchlist_says_when_it_was_made(browser: Client, quote: Callable[..., None]) -> None:
    quote(SPY=(600.0, 601.5), stale=True)

    row = read(browser.get("/coach/").content).one("watch-SPY")

    assert [node.attributes["data-as-of"] for node in row.everything() if "data-as-of" in node.attributes] == [
        "as of 10:15 ET"
    ]


def test_a_price_in_time_carries_no_mark(browser: Client, quote: Callable[..., None]) -> None:
    quote(SPX=(6010.0, 6000.0), SPY=(600.0, 601.5))

    page = read(browser.get("/coach/").content)

    assert "Delayed" not in page.text()
    assert "hidden" not in page.one("spx-live").attributes
    assert not [node for node in page.everything() if "data-as-of" in node.attributes]


def test_a_delayed_price_says_so(browser: Client, quote: Callable[..., None]) -> None:
    quote(SPX=(6010.0, 6000.0), SPY=(600.0, 601.5), delayed=True)

    page = read(browser.get("/coach/").content)

    assert "Delayed" in page.one("spx-card").text()
    assert "hidden" in page.one("spx-live").attributes
    assert "Delayed" in page.one("watch-SPY").text()
    assert "Delayed" not in page.one("watch-QQQ").text()


def test_the_watchlist_shows_each_symbol_of_the_default_list(browser: Client, quote: Callable[..., None]) -> None:
    quote(SPX=(6010.0, 6000.0), SPY=(600.0, 601.5))

    page = read(browser.get("/coach/").content)

    assert page.one("watch-SPY").text() == "SPY SPDR S&P 500 ETF Trust $600.00 ▼ down -1.50 (-0.25%)"
    assert "not available: no price has arrived yet" in page.one("watch-QQQ").text()


def test_today_counts_what_happened_since_midnight_in_new_york(browser: Client, user: User) -> None:
    yesterday = NOW - timedelta(days=1)
    TrackedSetupFactory.create(user=user)
    TrackedSetupFactory.create(user=user, status=Status.TRIGGERED, triggered_at=NOW)
    TrackedSetupFactory.create(user=user, status=Status.TRIGGERED, triggered_at=yesterday)
    TrackedSetupFactory.create(user=user, status=Status.INVALIDATED, invalidated_at=NOW)
    TrackedSetupFactory.create()  # somebody else's
    DetectedSetupFactory.create()

    page = read(browser.get("/coach/").content)

    assert [page.one(f"today-{key}").text() for key in ("active", "hit", "stopped", "detections")] == [
        "1 active setups",
        "1 targets hit today",
        "1 stopped today",
        "1 detections today",
    ]


def test_the_strip_can_be_had_alone(browser: Client, user: User) -> None:
    TrackedSetupFactory.create(user=user)

    strip = read(browser.get("/coach/today").content)

    assert strip.one("today-active").text() == "1 active setups"


def test_the_latest_detections_are_of_followed_symbols_and_the_chosen_opening_range(browser: Client) -> None:
    wanted = DetectedSetupFactory.create(symbol="SPY", variant=15)
    DetectedSetupFactory.create(symbol="SPY", variant=5)
    DetectedSetupFactory.create(symbol="AAPL", variant=15)

    page = read(browser.get("/coach/").content)

    assert [row.attributes["data-detection"] for row in page.all("detection")] == [str(wanted.id)]


def test_a_quiet_day_says_what_will_be_here(browser: Client) -> None:
    latest = read(browser.get("/coach/").content).one("latest")

    assert "Setups appear here the minute they form." in latest.text()
