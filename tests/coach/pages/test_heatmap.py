from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from django.test import Client

from accounts.models import Preferences, User
from coach.pure.formats import strike
from market import vendors
from market.clock import Standing
from market.errors import ProviderUnavailable
from options_engine import matrix
from tests.coach.conftest import NOW
from tests.coach.reading import Node, read
from tests.market.fakes import FakeVendor
from tests.options_engine import made_up

PANEL, DATA, CELL = "/coach/heatmap/", "/coach/heatmap/data", "/coach/heatmap/cell"
ASKED = "option_chain SPX"


@pytest.fixture
def vendor(user: User) -> Iterator[FakeVendor]:
    fake = FakeVendor()
    fake.chains["SPX"] = made_up.chain("SPX", NOW)
    with vendors.using(fake):
        yield fake


def carried(page: Node) -> dict:
    found = next(node for node in page.everything() if node.attributes.get("id") == "heatmap-data")
    return json.loads(found.text())


def chosen(page: Node, what: str) -> list[str]:
    return [
        node.attributes["data-value"]
        for node in page.everything()
        if node.attributes.get("data-choose") == what and "aria-current" in node.attributes
    ]


def selected(page: Node, box: str) -> list[str]:
    return [node.attributes["value"] for node in page.one(box).everything() if "selected" in node.attributes]


@pytest.mark.usefixtures("vendor")
def test_the_page_carries_the_numbers_of_the_api(browser: Client) -> None:
    page = read(browser.get(PANEL, {"symbol": "SPX"}).content)
    told, whole = carried(page), matrix.matrix("SPX")

    columns = len(told["expiries"])
    drawn = {
        (told["expiries"][at % columns]["date"], told["strikes"][at // columns]): index
        for index, at in enumerate(told["at"])
    }
    assert len(drawn) == len(whole["cells"]) == 505
    for cell in whole["cells"]:
        index = drawn[cell["expiry"], cell["strike"]]
        assert told["values"]["volume"][index] == cell["metrics"]["volume"]
        assert told["values"]["oi"][index] == cell["metrics"]["openInterest"]
        assert told["values"]["iv"][index] == cell["metrics"]["impliedVolatility"]
        assert told["values"]["gex"][index] == cell["metrics"]["gex"]
        assert told["values"]["vanna"][index] == cell["metrics"]["vanna"]
        assert told["values"]["charm"][index] == cell["metrics"]["charm"]
    assert "5 expirations, 101 strikes" in page.one("heatmap-count").text()
    heads = [node.text() for node in page.one("heat-table").everything() if node.attributes.get("scope") == "row"]
    assert heads == [strike(value) for value in reversed(whole["strikes"])]


@pytest.mark.usefixtures("vendor")
def test_the_address_restores_the_view(browser: Client) -> None:
    query = {"symbol": "SPX", "mode": "gex", "scale": "rank", "expirations": "3", "strikes": "30"}
    page = read(browser.get(PANEL, query).content)

    assert (chosen(page, "mode"), chosen(page, "scale")) == (["gex"], ["rank"])
    assert (selected(page, "expirations"), selected(page, "strikes")) == (["3"], ["30"])
    assert len(carried(page)["at"]) == 3 * 61


@pytest.mark.usefixtures("vendor")
def test_what_the_trader_chose_last_is_kept_and_nonsense_is_not(browser: Client, user: User) -> None:
    row = Preferences.of(user)
    row.ui = {"heatmap": {"mode": "iv", "scale": "sideways", "expirations": 7, "strikes": 9}}
    row.save()

    page = read(browser.get(PANEL, {"symbol": "SPX"}).content)

    assert (chosen(page, "mode"), chosen(page, "scale")) == (["iv"], ["linear"])
    assert (selected(page, "expirations"), selected(page, "strikes")) == (["7"], ["50"])


@pytest.mark.usefixtures("vendor")
def test_without_scripts_the_table_shows_the_mode_of_the_address(browser: Client) -> None:
    cells = [
        node.text()
        for node in read(browser.get(PANEL, {"symbol": "SPX", "mode": "gex"}).content).one("heat-table").everything()
        if node.tag == "td"
    ]

    assert len(cells) == 505
    assert {text[:2] for text in cells} <= {"+$", "-$", "$0"}


def test_what_nobody_knows_is_null_and_a_dash(browser: Client, vendor: FakeVendor) -> None:
    told = vendor.chains["SPX"]
    blank = np.full(len(told), np.nan)
    names = ("bid", "ask", "last", "iv", "volume", "open_interest")
    vendor.chains["SPX"] = replace(told, **dict.fromkeys(names, blank))

    page = read(browser.get(PANEL, {"symbol": "SPX"}).content)

    assert {value for values in carried(page)["values"].values() for value in values} == {None}
    cells = [node.text() for node in page.one("heat-table").everything() if node.tag == "td"]
    assert all(text.startswith("—") for text in cells)


@pytest.mark.usefixtures("vendor")
def test_the_pane_says_what_the_api_says_of_the_cell(browser: Client) -> None:
    whole = matrix.matrix("SPX")
    found = whole["cells"][len(whole["cells"]) // 2]
    query = {"symbol": "SPX", "expiry": found["expiry"], "strike": f"{found['strike']:g}"}

    pane = read(browser.get(CELL, query).content)

    for side in ("call", "put"):
        assert pane.one(f"cell-{side}-bid").text() == f"{found[side]['bid']:,.2f}"
        assert pane.one(f"cell-{side}-ask").text() == f"{found[side]['ask']:,.2f}"
        assert float(pane.one(f"cell-{side}-delta").text()) == pytest.approx(found[side]["delta"], abs=0.0051)
        assert float(pane.one(f"cell-{side}-gamma").text()) == pytest.approx(found[side]["gamma"], abs=0.000051)
    volatility = float(pane.one("cell-iv").text().rstrip("%"))
    assert volatility == pytest.approx(100 * found["metrics"]["impliedVolatility"], abs=0.051)
    assert pane.one("cell-gex").text()[0] == ("+" if found["metrics"]["gex"] > 0 else "-")
    assert f"strike={found['strike']:g}" in pane.one("cell-chain").attributes["href"]
    assert f"expiry={found['expiry']}" in pane.one("cell-chain").attributes["href"]
    level = f"level=strike%3A{found['strike']:g}"
    assert pane.one("cell-chart").attributes["href"] == f"/coach/chart/?symbol=SPX&{level}"


def test_a_side_that_is_not_listed_is_a_dash(browser: Client, vendor: FakeVendor) -> None:
    told = vendor.chains["SPX"]
    vendor.chains["SPX"] = told.take(told.is_call)
    found = matrix.matrix("SPX")["cells"][0]

    pane = read(browser.get(CELL, {"symbol": "SPX", "expiry": found["expiry"], "strike": found["strike"]}).content)

    assert pane.one("cell-put-bid").text() == "—"
    assert pane.one("cell-call-bid").text() != "—"


@pytest.mark.usefixtures("vendor")
@pytest.mark.parametrize("query", [{"expiry": "2026-02-14", "strike": "6900"}, {"expiry": "", "strike": "much"}])
def test_a_cell_that_is_not_there_is_not_found(browser: Client, query: dict[str, str]) -> None:
    answer = browser.get(CELL, {"symbol": "SPX", **query})

    assert answer.status_code == 404
    assert "not listed any more" in answer.content.decode()


def test_refresh_wants_numbers_not_older_than_a_minute(browser: Client, vendor: FakeVendor, now: Standing) -> None:
    browser.get(PANEL, {"symbol": "SPX"})
    now.forward(minutes=2)
    vendor.chains["SPX"] = replace(vendor.chains["SPX"], as_of=vendor.chains["SPX"].as_of.replace(minute=17))

    by_itself = carried(read(browser.get(DATA, {"symbol": "SPX"}).content))
    told = carried(read(browser.get(DATA, {"symbol": "SPX", "fresh": "1"}).content))

    assert by_itself["generatedAt"] == "2026-02-09T15:15:00Z"
    assert told["generatedAt"] == "2026-02-09T15:17:00Z"
    assert vendor.calls[ASKED] == 2


@pytest.mark.usefixtures("vendor")
def test_no_options_are_said_to_be_none(browser: Client) -> None:
    page = read(browser.get(PANEL, {"symbol": "NVDA"}).content)

    assert "No options" in page.one("heatmap-failed").text()
    assert "heat-plot" not in [node.attributes.get("data-testid") for node in page.everything()]


def test_an_outage_offers_a_retry(browser: Client, vendor: FakeVendor) -> None:
    vendor.failing[ASKED] = ProviderUnavailable(provider="fake")

    page = read(browser.get(PANEL, {"symbol": "SPX"}).content)

    assert "Heatmap unavailable" in page.one("heatmap-failed").text()
    assert page.one("heatmap-retry").attributes["href"].startswith(PANEL)
    assert browser.get(DATA, {"symbol": "SPX"}).status_code == 503
    assert browser.get(CELL, {"symbol": "SPX", "expiry": "2026-02-09", "strike": "6900"}).status_code == 503


def test_the_last_map_stays_with_its_age_while_the_vendor_is_away(
    browser: Client, vendor: FakeVendor, now: Standing
) -> None:
    browser.get(PANEL, {"symbol": "SPX"})
    vendor.failing[ASKED] = ProviderUnavailable(provider="fake")
    now.forward(minutes=5)

    age = read(browser.get(PANEL, {"symbol": "SPX"}).content).one("heatmap-age").text()

    assert "The vendor is away." in age
    assert "10:15:00 ET" in age


@pytest.mark.usefixtures("vendor")
def test_each_metric_says_how_it_is_made(browser: Client) -> None:
    facts = read(browser.get(PANEL, {"symbol": "SPX"}).content).one("heatmap-facts").text()

    assert "dealers taken to be long calls and short puts" in facts
    assert "out of the money on the forward" in facts


def test_a_stranger_is_sent_to_sign_in() -> None:
    assert Client().get(PANEL).status_code == 302


def test_without_a_price_of_the_feed_the_chains_stands_with_its_time(browser: Client, vendor: FakeVendor) -> None:
    price = read(browser.get(PANEL, {"symbol": "SPX"}).content).one("heatmap-price").text()

    assert price.startswith(f"${vendor.chains['SPX'].spot:,.2f}")
    assert "with the chain, Feb 9, " in price
