"""What every panel has in common: sign-in, page and fragment, strict policy, the frame around it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote as quoted

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from coach.pages import context
from coach.pages.rail import RAIL
from market import clock
from market.clock import Standing
from tests.coach.conftest import HTMX, NOW
from tests.coach.reading import Node, read
from tests.factories.accounts import UserFactory
from tests.factories.detectors import TrackedSetupFactory

PANELS = {"home": "/coach/", "scanner": "/coach/scanner/", "tracked": "/coach/tracked/", "settings": "/coach/settings/"}
PARTS = ["/coach/today", "/coach/detections", "/coach/tracked/rows", "/coach/prices", "/coach/tracked/export.csv"]

each_panel = pytest.mark.parametrize("panel", PANELS)


@pytest.mark.django_db
@pytest.mark.parametrize("address", [*PANELS.values(), *PARTS, "/coach/chart/?symbol=SPX&tf=5m"])
def test_signed_out_leads_to_sign_in_and_back(client: Client, address: str) -> None:
    response = client.get(address)

    assert response.status_code == 302
    assert response["Location"] == f"/accounts/sign-in?next={quoted(address, safe='/')}"


@pytest.mark.django_db
def test_a_swap_of_somebody_signed_out_loads_the_sign_in_page(client: Client) -> None:
    response = client.get("/coach/tracked/?status=all", headers=HTMX)

    assert response["HX-Redirect"] == "/accounts/sign-in?next=%2Fcoach%2Ftracked%2F%3Fstatus%3Dall"


@each_panel
def test_a_page_has_one_heading_and_its_tab_selected(browser: Client, panel: str) -> None:
    page = read(browser.get(PANELS[panel]).content)

    headings = [node for node in page.everything() if node.tag == "h1"]
    selected = [node for node in page.everything() if node.attributes.get("aria-selected") == "true"]
    assert len(headings) == 1
    assert [node.attributes["data-testid"] for node in selected] == [f"tab-{panel}"]


@each_panel
def test_a_swap_gets_the_panel_and_its_title_alone(browser: Client, panel: str) -> None:
    fragment = read(browser.get(PANELS[panel], headers=HTMX).content)
    page = read(browser.get(PANELS[panel]).content)

    assert [node.tag for node in fragment.children if isinstance(node, Node)] == ["title", "section"]
    titles = [node.text() for node in page.everything() if node.tag == "title"]
    assert titles[0] == fragment.children[0].text()


@each_panel
def test_going_back_gets_the_whole_page(browser: Client, panel: str) -> None:
    response = browser.get(PANELS[panel], headers={**HTMX, "HX-History-Restore-Request": "true"})

    assert b"<!DOCTYPE html>" in response.content


@each_panel
def test_no_cache_takes_a_fragment_for_a_page(browser: Client, panel: str) -> None:
    response = browser.get(PANELS[panel])

    assert {"HX-Request", "Cookie"} <= {name.strip() for name in response["Vary"].split(",")}
    assert response["Cache-Control"] == "private, no-cache"


@each_panel
def test_pages_keep_the_strict_policy(browser: Client, panel: str) -> None:
    response = browser.get(PANELS[panel])

    assert "'unsafe-inline'" not in response["Content-Security-Policy"]
    for node in read(response.content).everything():
        assert node.tag != "style"
        assert "style" not in node.attributes
        assert not [name for name in node.attributes if name.startswith(("on", "hx-on"))]
        assert node.tag != "script" or node.attributes.get("src") or node.attributes.get("type") == "application/json"


@each_panel
def test_every_link_of_a_page_leads_somewhere(browser: Client, panel: str) -> None:
    page = read(browser.get(PANELS[panel]).content)

    links = {node.attributes["href"].split("#")[0] for node in page.everything() if node.tag == "a"}
    for address in sorted(link for link in links if link.startswith("/coach/") and "chart" not in link):
        assert browser.get(address).status_code == 200, address


@each_panel
def test_ids_are_unique_and_labels_point_at_something(browser: Client, panel: str) -> None:
    nodes = read(browser.get(PANELS[panel]).content).everything()

    ids = [node.attributes["id"] for node in nodes if "id" in node.attributes]
    pointed_at = {
        name
        for node in nodes
        for attribute in ("for", "aria-controls", "aria-labelledby", "aria-describedby", "form")
        for name in node.attributes.get(attribute, "").split()
    }
    assert len(ids) == len(set(ids))
    assert pointed_at <= set(ids)


@each_panel
def test_simulated_prices_are_named_as_such_on_every_page(browser: Client, panel: str) -> None:
    tag = read(browser.get(PANELS[panel]).content).one("simulated")

    assert tag.text().startswith("Simulated")
    assert "hidden" not in tag.attributes


@pytest.mark.django_db
@pytest.mark.parametrize(("paused", "text"), [(False, "Simulated 30x"), (True, "Simulated, paused")])
def test_the_speed_of_a_simulated_market_stands_beside_its_name(client: Client, paused: bool, text: str) -> None:
    clock.set_state(mode="simulated", market_at=NOW, speed=30, paused=paused)
    client.force_login(UserFactory.create(), backend="django.contrib.auth.backends.ModelBackend")

    assert read(client.get("/coach/").content).one("simulated").text() == text


def test_the_rail_shows_panels_that_exist_and_no_letter_twice(browser: Client) -> None:
    tabs = [tab for group in RAIL for tab in group.tabs]

    page = read(browser.get("/coach/").content)

    shown = [node.attributes["data-testid"] for node in page.everything() if node.attributes.get("role") == "tab"]
    assert shown == [f"tab-{tab.key}" for tab in tabs]
    assert len({tab.letter for tab in tabs}) == len(tabs)


@pytest.mark.parametrize(
    ("at", "pill", "phase"),
    [
        (datetime(2026, 2, 9, 12, 30, tzinfo=UTC), "Pre-Market opens in 2h 0m", "Pre-Market Prep"),
        (datetime(2026, 2, 9, 15, 15, tzinfo=UTC), "Open until 16:00 ET", "Live Session"),
        (datetime(2026, 2, 9, 22, 0, tzinfo=UTC), "After Hours opens Tuesday 09:30 ET", "After-Hours Review"),
        (datetime(2026, 2, 8, 16, 0, tzinfo=UTC), "Closed opens Monday 09:30 ET", "Market Closed"),
        (datetime(2025, 11, 28, 15, 15, tzinfo=UTC), "Open early close 13:00 ET", "Live Session"),
        (datetime(2025, 12, 25, 15, 15, tzinfo=UTC), "Closed Christmas", "Market Closed"),
    ],
)
def test_the_pill_follows_the_market_calendar(
    browser: Client, now: Standing, at: datetime, pill: str, phase: str
) -> None:
    now.move_to(at)

    page = read(browser.get("/coach/").content)

    assert page.one("market-pill").text().split("Market: ")[1].startswith(pill)
    assert page.one("phase").text() == phase


def test_times_are_shown_in_the_chosen_zone(browser: Client, user: User, quote: Callable[..., None]) -> None:
    quote(SPX=(6010.0, 6000.0))
    browser.post("/coach/settings/", {"timezone": "Europe/Zurich"})

    assert "As of 16:15 CET" in read(browser.get("/coach/").content).one("spx-card").text()


def test_the_page_says_from_where_in_the_event_log_it_goes_on(browser: Client) -> None:
    page = read(browser.get("/coach/").content)

    root = next(node for node in page.everything() if node.tag == "html")
    assert root.attributes["data-since"].isdigit()


def test_a_page_costs_the_same_statements_however_much_it_shows(
    browser: Client, django_assert_max_num_queries: Callable[..., object]
) -> None:
    with django_assert_max_num_queries(16):
        browser.get("/coach/")


def test_a_missing_page_looks_like_ours(browser: Client) -> None:
    response = browser.get("/coach/nowhere")

    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()


def test_templates_and_styles_name_no_raw_colour_outside_the_tokens() -> None:
    root = Path(settings.BASE_DIR)
    sheets = [path for path in (root / "static" / "css").glob("*.css") if path.name != "tokens.css"]

    for path in [*sheets, *(root / "templates").rglob("*.html"), *(root / "static" / "js").rglob("*.js")]:
        colours = [
            word for word in path.read_text().split() if word.startswith("#") and _is_colour(word.strip("#;,)\"'"))
        ]
        assert colours == [], path


def test_every_stylesheet_that_a_page_asks_for_exists() -> None:
    sheets = Path(settings.BASE_DIR) / "static"

    assert [name for name in context.STYLESHEETS if not (sheets / name).exists()] == []


def test_every_script_module_says_what_it_is_for_and_is_short() -> None:
    for path in (Path(settings.BASE_DIR) / "static" / "js").rglob("*.js"):
        lines = path.read_text().splitlines()
        assert lines[0].startswith("// "), path
        assert len(lines) <= 400, path


def _is_colour(text: str) -> bool:
    return len(text) in (3, 4, 6, 8) and all(letter in "0123456789abcdefABCDEF" for letter in text)


@pytest.mark.parametrize("delayed", [True, False])
def test_the_header_of_every_page_says_whether_the_data_are_late(
    browser: Client, quote: Callable[..., None], delayed: bool
) -> None:
    quote(SPY=(600.0, 601.5), delayed=delayed)

    for address in (*PANELS.values(), "/coach/chart/?symbol=SPY&tf=5m"):
        page = read(browser.get(address).content)
        for name in ("delayed-plan", "delayed-banner"):
            assert ("hidden" not in page.one(name).attributes) is delayed


def test_a_late_price_says_so_on_its_chart_and_in_its_tracked_row(
    browser: Client, user: User, quote: Callable[..., None]
) -> None:
    TrackedSetupFactory.create(user=user, symbol="SPY")
    quote(SPY=(600.0, 601.5), delayed=True, stale=True)

    chart = read(browser.get("/coach/chart/?symbol=SPY&tf=5m").content).one("panel-chart")
    row = read(browser.get("/coach/tracked/").content).one("tracked-row")

    assert [part.one("delayed").text() for part in (chart, row)] == ["Delayed", "Delayed"]
    assert chart.one("chart-price").attributes["data-as-of"] == "as of 10:15 ET"
    assert row.one("row-price").attributes["data-as-of"] == "as of 10:15 ET"
