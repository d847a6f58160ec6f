"""Tracked setups: the list, its filters, single rows, the file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from detectors.models import Origin, Resolution, Status, TrackedSetup
from tests.coach.conftest import NOW
from tests.coach.reading import Node, read
from tests.factories.detectors import AT_TEN, DetectedSetupFactory, TrackedSetupFactory

TRACKED = "/coach/tracked/"


def shown(browser: Client, **query: str) -> list[Node]:
    return read(browser.get(TRACKED, query).content).all("tracked-row")


def symbols(rows: list[Node]) -> list[str]:
    return [row.attributes["data-live"] for row in rows]


def test_a_row_reads_like_a_plan(browser: Client, user: User, quote: Callable[..., None]) -> None:
    TrackedSetupFactory.create(user=user, notes="watch <b>101</b>")
    quote(SPY=(102.0, 101.0))

    (row,) = shown(browser)

    assert "SPY ▲ Bullish ● Active ORB breakout Tracked Feb 9, 10:00 ET , by you" in row.text()
    assert row.one("row-price").text() == "$102.00"
    assert "Entry $101.20 -0.80 pts (-0.78%)" in row.text()
    assert "Stop $98.10 -3.90 pts (-3.82%)" in row.text()
    assert "Target $104.80 +2.80 pts (+2.75%)" in row.text()
    assert "reward/risk 1.16" in row.text()
    assert row.one("notes").text() == "watch <b>101</b>"


def test_the_track_stands_where_the_price_stands(browser: Client, user: User, quote: Callable[..., None]) -> None:
    TrackedSetupFactory.create(user=user)
    quote(SPY=(101.45, 101.0))

    (row,) = shown(browser)

    (mark,) = [node for node in row.one("track").everything() if "data-track-now" in node.attributes]
    assert mark.attributes["cx"] == "50.00%"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"currentPrice": 101.0}, "Price at detection $101.00"),
        ({}, "— not available: the plan has no entry"),
        ({"suggestedTrade": {"entry": 101.0}}, "Stop — not available: the plan has no stop"),
    ],
)
def test_nothing_is_substituted_for_a_missing_price(
    browser: Client, user: User, data: dict[str, Any], text: str
) -> None:
    TrackedSetupFactory.create(user=user, opportunity_data=data, entry=None, stop=None, target=None)

    (row,) = shown(browser)

    assert text in row.text()
    assert row.all("track") == []


def test_the_plan_of_an_automatic_row_comes_from_its_detection(browser: Client, user: User) -> None:
    found = DetectedSetupFactory.create()
    TrackedSetupFactory.create(user=user, detected_setup=found, opportunity_data=None, origin=Origin.AUTO)

    (row,) = shown(browser)

    assert "Target $104.80" in row.text()
    assert "Score 81" in row.text()
    assert ", detected" in row.text()


@pytest.mark.parametrize(("resolution", "said"), [(Resolution.EXPIRED, 1), (Resolution.MANUAL, 0)])
def test_an_archived_row_says_when_the_close_ended_it(browser: Client, user: User, resolution: str, said: int) -> None:
    TrackedSetupFactory.create(user=user, status=Status.ARCHIVED, resolution=resolution)

    (row,) = shown(browser, status="archived")

    assert len(row.all("row-expired")) == said


def test_active_setups_are_shown_first_and_each_filter_counts(browser: Client, user: User) -> None:
    for status in (Status.ACTIVE, Status.ACTIVE, Status.TRIGGERED, Status.INVALIDATED, Status.ARCHIVED):
        TrackedSetupFactory.create(user=user, status=status)
    TrackedSetupFactory.create()

    page = read(browser.get(TRACKED).content)

    assert len(page.all("tracked-row")) == 2
    labels = [page.one(f"filter-{value}").text() for value in (*Status.values, "all")]
    assert labels == ["Active 2", "Target hit 1", "Stopped 1", "Archived 1", "All 5"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["TSLA", "QQQ", "SPY"]),
        ({"symbol": "qqq"}, ["QQQ"]),
        ({"direction": "bearish"}, ["TSLA"]),
        ({"source": "detected"}, ["QQQ"]),
        ({"source": "manual"}, ["TSLA", "SPY"]),
        ({"sort": "oldest"}, ["SPY", "QQQ", "TSLA"]),
        ({"sort": "symbol"}, ["QQQ", "SPY", "TSLA"]),
        ({"status": "archived"}, []),
        ({"status": "nonsense", "sort": "price", "direction": "up", "page": "x"}, ["TSLA", "QQQ", "SPY"]),
    ],
)
def test_the_address_says_which_rows_in_which_order(
    browser: Client, user: User, query: dict[str, str], expected: list[str]
) -> None:
    TrackedSetupFactory.create(user=user, symbol="SPY", tracked_at=AT_TEN)
    TrackedSetupFactory.create(user=user, symbol="QQQ", tracked_at=AT_TEN + timedelta(minutes=1), origin=Origin.AUTO)
    TrackedSetupFactory.create(user=user, symbol="TSLA", tracked_at=NOW, direction="bearish")

    assert symbols(shown(browser, **query)) == expected


def test_counts_follow_the_other_filters(browser: Client, user: User) -> None:
    TrackedSetupFactory.create(user=user, symbol="SPY")
    TrackedSetupFactory.create(user=user, symbol="QQQ", status=Status.TRIGGERED)

    page = read(browser.get(TRACKED, {"symbol": "QQQ"}).content)

    assert page.one("filter-all").text() == "All 1"


def test_a_row_offers_every_status_but_its_own(browser: Client, user: User) -> None:
    TrackedSetupFactory.create(user=user, status=Status.TRIGGERED)

    (row,) = shown(browser, status="triggered")

    assert row.all("mark-triggered") == []
    assert [row.one(name).text() for name in ("mark-invalidated", "reopen", "archive")] == [
        "Mark stopped",
        "Reopen",
        "Archive",
    ]


def test_long_lists_have_pages(browser: Client, user: User) -> None:
    TrackedSetupFactory.create_batch(101, user=user)

    first = read(browser.get(TRACKED).content)
    second = read(browser.get(TRACKED, {"page": "2"}).content)

    assert len(first.all("tracked-row")) == 100
    assert first.one("older").attributes["href"] == "/coach/tracked/?page=2"
    assert len(second.all("tracked-row")) == 1


def test_three_rows_cost_as_many_statements_as_one(
    browser: Client, user: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    TrackedSetupFactory.create(user=user)
    browser.get(TRACKED)  # the first page of a process reads a few things that it keeps
    with CaptureQueriesContext(connection) as one:
        browser.get(TRACKED)
    TrackedSetupFactory.create_batch(2, user=user)

    with django_assert_num_queries(len(one)):
        browser.get(TRACKED)


@pytest.mark.parametrize("status", [*Status.values, "all"])
def test_an_empty_list_says_what_would_be_here(browser: Client, status: str) -> None:
    page = read(browser.get(TRACKED, {"status": status}).content)

    assert len(page.one("empty").text()) > 20


def test_single_rows_come_with_the_counts(browser: Client, user: User) -> None:
    wanted = TrackedSetupFactory.create(user=user, status=Status.TRIGGERED)
    others = TrackedSetupFactory.create()

    part = read(browser.get("/coach/tracked/rows", {"ids": f"{wanted.id},{others.id},nonsense"}).content)

    (counts,) = [node for node in part.everything() if "data-counts" in node.attributes]
    assert [row.attributes["data-row"] for row in part.all("tracked-row")] == [str(wanted.id)]
    assert json.loads(counts.attributes["data-counts"])["triggered"] == 1


def test_the_file_has_the_rows_of_the_filters(browser: Client, user: User) -> None:
    setup = TrackedSetupFactory.create(user=user, symbol="SPY", notes="=1+1")
    TrackedSetupFactory.create(user=user, symbol="QQQ")
    TrackedSetupFactory.create()

    response = browser.get("/coach/tracked/export.csv", {"symbol": "SPY"})

    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert response["Content-Disposition"] == 'attachment; filename="tracked-2026-02-09.csv"'
    assert rows == [
        {
            "id": str(setup.id),
            "symbol": "SPY",
            "setup_type": "orb_breakout",
            "direction": "bullish",
            "status": "active",
            "origin": "manual",
            "score": "",
            "entry": "101.2",
            "stop": "98.1",
            "target": "104.8",
            "tracked_at": AT_TEN.isoformat(),
            "triggered_at": "",
            "invalidated_at": "",
            "notes": "'=1+1",
        }
    ]


def test_the_button_exports_what_the_list_shows(browser: Client, user: User) -> None:
    TrackedSetupFactory.create(user=user)

    page = read(browser.get(TRACKED, {"status": "all", "symbol": "SPY"}).content)

    assert page.one("export").attributes["href"] == "/coach/tracked/export.csv?status=all&symbol=SPY"


def test_somebody_elses_setups_are_nowhere(browser: Client) -> None:
    foreign = TrackedSetupFactory.create()

    assert shown(browser, status="all") == []
    assert browser.get(f"/coach/tracked/{foreign.id}/notes").status_code == 404
    assert browser.post(f"/coach/tracked/{foreign.id}/delete").status_code == 404
    assert TrackedSetup.objects.filter(pk=foreign.id).exists()
