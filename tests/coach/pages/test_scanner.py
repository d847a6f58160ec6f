"""Scanner: lists and the feed with its reasons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Preferences, User
from detectors.models import Origin
from detectors.pure.identity import tracked_id
from market import watchlists
from tests.coach.conftest import NOW
from tests.coach.reading import Node, read
from tests.factories.detectors import AT_TEN, DetectedSetupFactory, TrackedSetupFactory
from tests.factories.market import WatchlistFactory

SCANNER = "/coach/scanner/"


def test_the_default_list_is_in_the_editor(browser: Client) -> None:
    page = read(browser.get(SCANNER).content)

    chips = [
        node.attributes["data-symbol"] for node in page.one("chips").everything() if "data-symbol" in node.attributes
    ]
    assert chips == ["SPX", "NDX", "SPY", "QQQ"]
    assert "4 of 50 symbols" in page.one("list-editor").text()


def test_another_list_can_be_opened(browser: Client, user: User) -> None:
    other = WatchlistFactory.create(user=user, name="Scalps", symbols=["TSLA"])

    page = read(browser.get(SCANNER, {"list": str(other.pk)}).content)

    assert page.one("list-name").attributes["value"] == "Scalps"
    assert page.one("make-default").text() == "Make default"


@pytest.mark.parametrize("asked", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_list_that_is_not_there_means_the_default(browser: Client, asked: str) -> None:
    page = read(browser.get(SCANNER, {"list": asked}).content)

    assert page.one("list-name").attributes["value"] == watchlists.DEFAULT_NAME


def test_a_detection_shows_its_plan_and_what_it_is_tracked_as(browser: Client, user: User) -> None:
    found = DetectedSetupFactory.create()
    setup = tracked_id(found.id, user.pk)
    TrackedSetupFactory.create(id=setup, user=user, detected_setup=found, origin=Origin.AUTO)

    row = read(browser.get(SCANNER).content).one("detection")

    assert "10:00 ET SPY ▲ Bullish ORB breakout Tracked 81% confidence" in row.text()
    assert "Entry $101.20 Stop $98.10 Target $104.80 Reward/risk 1.16" in row.text()
    assert row.one("detection-tracked").attributes["href"] == f"/coach/tracked/?status=all#setup-{setup}"
    assert row.all("held-back") == []


@pytest.mark.parametrize(
    ("outcome", "shown"), [("win", "✓ Target first"), ("loss", "✕ Stop first"), ("expired", "○ Neither in time")]
)
def test_what_became_of_a_plan_is_said_in_words(browser: Client, outcome: str, shown: str) -> None:
    DetectedSetupFactory.create(outcome=outcome, resolved_at=NOW)

    row = read(browser.get(SCANNER).content).one("detection")

    assert f"Reward/risk 1.16 Outcome {shown}" in row.text()


@pytest.mark.parametrize(
    ("members", "preferences", "reason"),
    [
        ({"suppressed_reason": "late"}, {}, "found more than five minutes after its bar had closed"),
        ({"suppressed_reason": "plan_rejected"}, {}, "its plan does not pay at least what it risks"),
        ({"variant": 5}, {}, "you chose another opening range"),
        ({}, {"muted_types": ["orb_breakout"]}, "you muted this kind of setup"),
        ({}, {"min_confidence": 90}, "its confidence is below your minimum"),
        ({"symbol": "TSLA"}, {}, "the symbol is not on your default watchlist"),
    ],
)
def test_what_was_held_back_says_why(
    browser: Client, user: User, members: dict[str, Any], preferences: dict[str, Any], reason: str
) -> None:
    WatchlistFactory.create(user=user, symbols=["TSLA"])
    watchlists.change(user, watchlists.default_list(user).pk, name="Mine")  # brings the followed symbols up to date
    Preferences.objects.create(user=user, **preferences)
    DetectedSetupFactory.create(**members)

    row = read(browser.get(SCANNER).content).one("detection")

    assert row.one("held-back").text() == f"Not tracked: {reason}."


def test_the_feed_filters_by_symbol_and_type(browser: Client) -> None:
    kept = DetectedSetupFactory.create(symbol="QQQ")
    DetectedSetupFactory.create(symbol="SPY")
    DetectedSetupFactory.create(symbol="QQQ", setup_type="level_test", variant=None)

    page = read(browser.get(SCANNER, {"symbol": "QQQ", "type": "orb_breakout"}).content)

    assert [row.attributes["data-detection"] for row in page.all("detection")] == [str(kept.id)]


def options(page: Node) -> dict[str, str]:
    return {
        node.attributes["value"]: node.text() for node in page.one("feed-fate").everything() if node.tag == "option"
    }


@pytest.fixture
def three_fates(user: User) -> dict[str, str]:
    """A detection that was tracked, one that came late, and two of a muted type."""
    Preferences.objects.create(user=user, muted_types=["gap_fill"])
    tracked, late = DetectedSetupFactory.create(), DetectedSetupFactory.create(suppressed_reason="late")
    DetectedSetupFactory.create_batch(2, setup_type="gap_fill", variant=None)
    setup = tracked_id(tracked.id, user.pk)
    TrackedSetupFactory.create(id=setup, user=user, detected_setup=tracked, origin=Origin.AUTO)
    return {"tracked": str(tracked.id), "late": str(late.id)}


@pytest.mark.usefixtures("three_fates")
def test_the_third_filter_offers_what_became_of_them_and_the_reasons_that_occur(browser: Client) -> None:
    page = read(browser.get(SCANNER).content)

    assert options(page) == {
        "": "All",
        "tracked": "Tracked (1)",
        "held_back": "Held back (3)",
        "muted": "Muted by you (2)",
        "late": "Found late (1)",
    }


@pytest.mark.parametrize(
    ("fate", "shown"), [("", 4), ("tracked", 1), ("held_back", 3), ("muted", 2), ("late", 1), ("budget", 0)]
)
def test_the_feed_filters_by_what_became_of_them(
    browser: Client, three_fates: dict[str, str], fate: str, shown: int
) -> None:
    page = read(browser.get(SCANNER, {"fate": fate}).content)
    partial = read(browser.get("/coach/detections", {"fate": fate}).content)

    rows = [row.attributes["data-detection"] for row in page.all("detection")]
    assert rows == [row.attributes["data-detection"] for row in partial.all("detection")]
    assert len(rows) == shown
    assert fate not in three_fates or rows == [three_fates[fate]]


@pytest.mark.usefixtures("three_fates")
def test_a_reason_that_was_asked_for_stays_chosen_though_nothing_has_it(browser: Client) -> None:
    page = read(browser.get(SCANNER, {"fate": "budget"}).content)

    chosen = [node.text() for node in page.one("feed-fate").everything() if "selected" in node.attributes]
    assert chosen == ["Day's number used up (0)"]
    assert "Nothing matches these filters." in page.one("feed").text()


def test_the_other_filters_count_in_the_third(browser: Client) -> None:
    DetectedSetupFactory.create(symbol="QQQ", suppressed_reason="late")
    DetectedSetupFactory.create(symbol="SPY", suppressed_reason="late")

    page = read(browser.get(SCANNER, {"symbol": "QQQ"}).content)

    assert options(page)["late"] == "Found late (1)"


def test_the_fates_of_many_cost_no_more_statements(
    browser: Client, django_assert_num_queries: Callable[..., Any]
) -> None:
    DetectedSetupFactory.create()
    with CaptureQueriesContext(connection) as one:
        browser.get(SCANNER, {"fate": "held_back"})
    DetectedSetupFactory.create_batch(5)

    with django_assert_num_queries(len(one)):
        browser.get(SCANNER, {"fate": "held_back"})


def test_other_sessions_are_not_in_the_feed(browser: Client) -> None:
    DetectedSetupFactory.create(session_date=AT_TEN.date() - timedelta(days=3))

    assert read(browser.get(SCANNER).content).all("detection") == []


def test_a_partial_holds_what_came_after_the_newest_shown(browser: Client) -> None:
    DetectedSetupFactory.create(detected_at=AT_TEN)
    newer = DetectedSetupFactory.create(detected_at=NOW)

    rows = read(browser.get("/coach/detections", {"after": AT_TEN.isoformat()}).content).all("detection")

    assert [row.attributes["data-detection"] for row in rows] == [str(newer.id)]


@pytest.mark.parametrize("after", ["yesterday", "2026-02-09T15:00", "2026-99-99T00:00:00Z"])
def test_a_partial_after_nonsense_holds_everything(browser: Client, after: str) -> None:
    DetectedSetupFactory.create()

    assert len(read(browser.get("/coach/detections", {"after": after}).content).all("detection")) == 1


def test_descriptions_are_data_not_markup(browser: Client) -> None:
    DetectedSetupFactory.create(description="<img src=x onerror=alert(1)>")

    assert b"<img src=x" not in browser.get(SCANNER).content
