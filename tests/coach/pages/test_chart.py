"""The chart: what it draws, and what it says when it cannot."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import Preferences, User
from detectors.models import Status
from market import vendors
from market.clock import Standing
from market.errors import ProviderUnavailable
from tests.coach.reading import Node, read
from tests.factories.detectors import TrackedSetupFactory
from tests.market.fakes import FakeVendor
from tests.market.past import Row, days, eastern, minutes

CHART = "/coach/chart/"
MONDAY, TUESDAY = date(2026, 2, 9), date(2026, 2, 10)
NAN = float("nan")


def session(day: str, base: float, volume: float = 100.0) -> Any:
    rows: list[Row] = [(base + i / 100 + 0.5, base + i / 100 - 0.5, base + i / 100) for i in range(390)]
    return minutes(f"{day}T09:30", rows, volume=volume)


@pytest.fixture(autouse=True)
def vendor(now: Standing) -> Iterator[FakeVendor]:
    """SPY with volume, SPX without, one completed session and one that runs."""
    now.move_to(eastern("2026-02-10T10:02:05"))
    fake = FakeVendor(
        minutes={
            "SPY": session("2026-02-09", 100).extended(session("2026-02-10", 110)),
            "SPX": session("2026-02-09", 1000, NAN).extended(session("2026-02-10", 1100, NAN)),
        },
        daily={symbol: days(TUESDAY, [(105.0, 99.0, 104.0)], count=600) for symbol in ("SPY", "SPX")},
    )
    fake.days = [MONDAY, TUESDAY]
    with vendors.using(fake):
        yield fake


def drawn(page: Node) -> dict[str, Any]:
    (data,) = [node for node in page.everything() if node.attributes.get("id") == "chart-data"]
    return dict(json.loads(data.text()))


def chart(browser: Client, **query: str) -> tuple[Node, dict[str, Any]]:
    page = read(browser.get(CHART, query).content)
    return page, drawn(page)


def test_a_chart_has_its_symbol_and_timeframe_in_title_and_address(browser: Client) -> None:
    page, data = chart(browser, symbol="spy", tf="5m")

    assert "<title>SPY 5m · Coach</title>" in browser.get(CHART, {"symbol": "SPY", "tf": "5m"}).content.decode()
    assert page.one("chart-title").text() == "SPY SPDR S&P 500 ETF Trust"
    assert "aria-current" in page.one("frame-5m").attributes
    assert (data["symbol"], data["frame"], data["state"]) == ("SPY", "5m", "ready")


def test_without_a_choice_it_is_spx_and_the_preferred_timeframe(browser: Client, user: User) -> None:
    Preferences.objects.create(user=user, default_chart_timeframe="15m")

    _, data = chart(browser)

    assert (data["symbol"], data["frame"]) == ("SPX", "15m")


def test_the_last_symbol_is_kept(browser: Client) -> None:
    chart(browser, symbol="SPY")

    assert chart(browser)[1]["symbol"] == "SPY"


@pytest.mark.parametrize("frame", ["1m", "5m", "15m", "1h", "4h", "1D"])
def test_every_timeframe_has_bars_in_order(browser: Client, frame: str) -> None:
    _, data = chart(browser, symbol="SPY", tf=frame)

    times = [bar["time"] for bar in data["bars"]]
    assert times == sorted(set(times))
    assert times


def test_an_index_says_that_it_has_no_volume(browser: Client) -> None:
    page, data = chart(browser, symbol="SPX", tf="5m")

    assert data["hasVolume"] is False
    assert page.one("volume-note").text() == "No volume for index SPX. VWAP weighs with the volume of SPY."
    assert "$0" not in page.one("chart-table").text()


def test_the_opening_range_is_the_one_the_trader_chose(browser: Client, user: User) -> None:
    _, data = chart(browser, symbol="SPY", tf="5m")
    Preferences.objects.create(user=user, orb_period=30)
    _, longer = chart(browser, symbol="SPY", tf="5m")

    assert (data["openingRange"]["minutes"], data["openingRange"]["complete"]) == (15, True)
    assert data["openingRange"]["from"] == data["session"]["open"]
    assert longer["openingRange"]["minutes"] == 30


@pytest.mark.parametrize(("frame", "drawn"), [("1m", True), ("15m", True), ("1h", False), ("1D", False)])
def test_the_opening_range_is_hidden_where_a_bar_is_longer_than_it(browser: Client, frame: str, drawn: bool) -> None:
    _, data = chart(browser, symbol="SPY", tf=frame)

    assert (data["openingRange"] is not None) is drawn


def test_levels_come_sorted_with_the_pivot_and_without_vwap(browser: Client) -> None:
    page, data = chart(browser, symbol="SPY", tf="5m")

    names = [level["name"] for level in data["levels"]]
    prices = [level["price"] for level in data["levels"]]
    assert {"PDH", "PDL", "PDC", "PP", "R1", "S1"} <= set(names)
    assert "VWAP" not in names
    assert prices == sorted(prices, reverse=True)
    assert page.one("levels-menu").text().startswith(f"{len(names)} levels")


def test_active_plans_of_the_symbol_are_drawn_and_the_chosen_one_whatever_its_state(
    browser: Client, user: User
) -> None:
    active = TrackedSetupFactory.create(user=user)
    hit = TrackedSetupFactory.create(user=user, status=Status.TRIGGERED)
    TrackedSetupFactory.create(user=user, status=Status.ARCHIVED)
    TrackedSetupFactory.create(user=user, symbol="QQQ")
    TrackedSetupFactory.create()

    _, data = chart(browser, symbol="SPY", tf="15m", setup=str(hit.id))

    assert {plan["id"]: plan["chosen"] for plan in data["setups"]} == {str(active.id): False, str(hit.id): True}
    assert (data["setups"][0]["entry"], data["setups"][0]["stop"], data["setups"][0]["target"]) == (101.2, 98.1, 104.8)


def test_overlays_start_as_the_account_keeps_them(browser: Client, user: User) -> None:
    Preferences.objects.create(
        user=user, chart_indicators={"vwap": False, "rsi": True}, ui={"chart": {"levels": True, "volume": False}}
    )

    page, _ = chart(browser, symbol="SPY")

    on = {
        node.attributes["data-overlay"]: "checked" in node.attributes
        for node in page.everything()
        if "data-overlay" in node.attributes
    }
    assert on == {
        "vwap": False,
        "ema8": True,
        "ema21": True,
        "openingRange": True,
        "volume": False,
        "levels": True,
        "gex": False,
        "setups": False,
        "rsi": True,
        "macd": False,
    }


@pytest.mark.parametrize("ui", [{"chart": None}, {"chart": [1]}, {"chart": {"levels": "yes"}}, {}])
def test_malformed_display_settings_mean_the_defaults(browser: Client, user: User, ui: dict[str, Any]) -> None:
    Preferences.objects.create(user=user, ui=ui)

    page, _ = chart(browser, symbol="SPY")

    assert "checked" not in page.one("overlay-levels").attributes


def test_an_unknown_symbol_says_so_and_draws_nothing(browser: Client) -> None:
    page, data = chart(browser, symbol="NOPE")

    assert (data["state"], data["bars"]) == ("unknown", [])
    assert "NOPE is not a symbol" in page.one("chart-state").text()


def test_the_last_symbol_that_exists_is_opened_again(browser: Client) -> None:
    for symbol in ("SPY", "NOPE"):
        chart(browser, symbol=symbol)

    page, data = chart(browser)

    assert data["symbol"] == "SPY"
    assert page.all("refused") == []


def test_letters_that_cannot_be_a_symbol_are_refused_in_words(browser: Client) -> None:
    chart(browser, symbol="SPY")

    page, data = chart(browser, symbol="<b>@</b>")

    assert data["symbol"] == "SPY"
    assert page.one("refused").text() == "<b>@</b> is not a symbol. This is SPY."


def test_a_vendor_that_is_away_is_an_error_to_try_again(browser: Client, vendor: FakeVendor) -> None:
    outage = ProviderUnavailable(provider="fake")
    vendor.failing = dict.fromkeys(("daily_bars SPY", "minute_bars SPY", "snapshot"), outage)

    page, data = chart(browser, symbol="SPY", tf="1D")

    assert data["state"] == "error"
    assert "hidden" not in page.one("chart-state").attributes
    assert page.one("chart-retry").text() == "Try again"


def test_the_data_can_be_had_alone_and_is_the_same(browser: Client) -> None:
    _, data = chart(browser, symbol="SPY", tf="5m")

    alone = browser.get("/coach/chart/data", {"symbol": "SPY", "tf": "5m"}).json()

    assert alone == data


def test_the_table_mirrors_the_last_bars_newest_first(browser: Client) -> None:
    page, data = chart(browser, symbol="SPY", tf="5m")

    rows = [node for node in page.one("chart-table").everything() if node.tag == "tr"][1:]
    assert len(rows) == 20
    assert rows[0].text().startswith("Feb 10, 10:00")
    assert f"${data['bars'][-1]['close']:.2f}" in rows[0].text()


def test_malformed_queries_do_not_break_the_chart(browser: Client, quote: Callable[..., None]) -> None:
    quote(SPX=(1100.0, 1000.0))

    page, data = chart(browser, symbol="<script>", tf="7m", setup="nonsense")

    assert data["symbol"] == "SPX"
    assert page.one("chart-price").text() == "$1,100.00"
