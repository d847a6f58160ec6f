from __future__ import annotations

import json

import pytest
from django.test import Client

from coach.pages import marks
from market import vendors
from tests.coach.conftest import NOW
from tests.coach.reading import read
from tests.market.fakes import FakeVendor
from tests.options_engine import made_up


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("strike:6760,breakeven:6822.05", [("Strike", 6760.0), ("Breakeven", 6822.05)]),
        ("6750.5", [("Level", 6750.5)]),
        ("", []),
        ("strike:,breakeven:nan,strike:-1,strike:0,<b>:5,strike:1e999", []),
        (",".join(f"{price}" for price in range(1, 10)), [("Level", float(price)) for price in range(1, 7)]),
    ],
)
def test_only_prices_with_a_name_that_is_known_are_drawn(text: str, found: list[tuple[str, float]]) -> None:
    assert marks.of(text) == [{"label": label, "price": price} for label, price in found]


def test_what_is_written_is_read_again_and_an_unknown_price_is_left_out() -> None:
    text = marks.written([("strike", 4300.0), ("breakeven", None), ("breakeven", 24974.86)])

    assert text == "strike:4300,breakeven:24974.86"
    assert [each["price"] for each in marks.of(text)] == [4300.0, 24974.86]


def test_the_drawer_leads_to_a_chart_with_its_strike_and_breakeven(browser: Client) -> None:
    fake = FakeVendor()
    fake.chains["SPX"] = made_up.chain("SPX", NOW)
    with vendors.using(fake):
        page = read(browser.get("/coach/options/", {"symbol": "SPX"}).content)
        link = next(node for node in page.everything() if "data-contract" in node.attributes)
        drawer = read(browser.get(link.attributes["href"]).content)
        address = drawer.one("contract-chart").attributes["href"]
        chart = read(browser.get(address).content)

    (data,) = [node for node in chart.everything() if node.attributes.get("id") == "chart-data"]
    drawn = json.loads(data.text())["marks"]
    assert [each["label"] for each in drawn] == ["Strike", "Breakeven"]
    assert f"Strike ${drawn[0]['price']:,.2f}" in chart.one("marks").text()
    assert f"Breakeven ${drawn[1]['price']:,.2f}" in chart.one("marks").text()
    level = address.split("level=")[1]
    assert level in chart.one("frame-5m").attributes["href"]
    assert level in chart.one("panel-chart").attributes["data-source"]


def test_a_chart_without_marks_says_nothing_of_them(browser: Client) -> None:
    with vendors.using(FakeVendor()):
        page = read(browser.get("/coach/chart/", {"symbol": "SPX", "level": "nonsense"}).content)

    assert "marks" not in [node.attributes.get("data-testid") for node in page.everything()]
    assert "level=" not in page.one("panel-chart").attributes["data-source"]
