from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from django.test import Client

from accounts.models import Preferences, User
from market import vendors
from market.clock import Standing
from market.errors import ProviderUnavailable
from tests.coach.conftest import NOW
from tests.coach.reading import read
from tests.market.fakes import FakeVendor
from tests.options_engine import made_up

PANEL = "/coach/options/"


@pytest.fixture
def vendor(user: User) -> Iterator[FakeVendor]:
    fake = FakeVendor()
    fake.chains["SPX"] = made_up.chain("SPX", NOW)
    with vendors.using(fake):
        yield fake


@pytest.mark.usefixtures("vendor")
def test_calls_and_puts_stand_on_both_sides_of_their_strike(browser: Client) -> None:
    page = read(browser.get(PANEL, {"symbol": "SPX"}).content)

    lines = [node for node in page.everything() if "data-strike" in node.attributes]
    assert len(lines) == 21
    assert "ATM" in lines[10].text()
    assert "2026" not in lines[10].text()
    assert page.one("chain-facts").text().count("ATM IV") == 1


@pytest.mark.usefixtures("vendor")
def test_the_address_restores_expiry_strikes_and_order(browser: Client) -> None:
    page = read(browser.get(PANEL, {"symbol": "SPX", "expiry": "2026-02-13", "strikes": "5", "sort": "oi"}).content)

    rows = [node for node in page.everything() if "data-row" in node.attributes]
    chosen = [node.attributes["value"] for node in page.one("expiry").everything() if "selected" in node.attributes]
    assert chosen == ["2026-02-13"]
    assert len(rows) == 22
    assert {row.text().split()[0] for row in rows} == {"Call", "Put"}


def test_a_contract_nobody_can_value_shows_dashes_and_no_0(browser: Client, vendor: FakeVendor) -> None:
    told = vendor.chains["SPX"]
    blank = np.full(len(told), np.nan)
    names = ("bid", "ask", "last", "iv", "volume", "open_interest")
    vendor.chains["SPX"] = replace(told, **dict.fromkeys(names, blank))

    cells = [
        node.text()
        for node in read(browser.get(PANEL, {"symbol": "SPX"}).content).everything()
        if "data-cell-key" in node.attributes
    ]

    assert len(cells) == 21 * 2 * 7
    assert all(cell.startswith("—") for cell in cells)


def test_the_traders_columns_are_kept(browser: Client, user: User, vendor: FakeVendor) -> None:
    row = Preferences.of(user)
    row.ui = {"options": {"columns": ["gamma", "delta", "nonsense"]}}
    row.save()

    page = read(browser.get(PANEL, {"symbol": "SPX"}).content)

    keys = {node.attributes["data-cell-key"] for node in page.everything() if "data-cell-key" in node.attributes}
    assert keys == {"delta", "gamma"}


@pytest.mark.usefixtures("vendor")
def test_the_drawer_says_where_the_numbers_come_from(browser: Client) -> None:
    page = read(browser.get(PANEL, {"symbol": "SPX"}).content)
    link = next(node for node in page.everything() if "data-contract" in node.attributes)

    drawer = read(browser.get(link.attributes["href"]).content).text()

    for words in ("Breakeven", "Implied volatility", "Black-Scholes-Merton on the forward", "flat rate of 4.5%"):
        assert words in drawer


@pytest.mark.usefixtures("vendor")
def test_the_drawer_hands_its_contract_to_the_analyzer_and_to_the_book(browser: Client) -> None:
    page = read(browser.get(PANEL, {"symbol": "SPX"}).content)
    link = next(node for node in page.everything() if "data-contract" in node.attributes)
    drawer = read(browser.get(link.attributes["href"]).content)

    form = read(browser.get(drawer.one("contract-analyze").attributes["href"]).content)
    add = drawer.one("contract-add")
    told = json.loads(next(node for node in add.everything() if node.tag == "script").children[0])

    filled = {name: form.one(f"a-{name}").attributes["value"] for name in ("symbol", "strike", "expiry", "price")}
    (leg,) = told["body"]["legs"]
    assert (filled["symbol"], float(filled["strike"]), filled["expiry"], float(filled["price"])) == (
        "SPX", leg["strike"], leg["expiry"], leg["price"],
    )  # fmt: skip
    assert (told["body"]["source"], leg["quantity"], leg["root"]) == ("chain", 1, "SPXW")
    assert "nothing is sent to a broker" in add.attributes["data-asks"]
    assert told["key"].startswith("chain ")


def test_without_a_price_there_is_nothing_to_add(browser: Client, vendor: FakeVendor) -> None:
    told = vendor.chains["SPX"]
    blank = np.full(len(told), np.nan)
    vendor.chains["SPX"] = replace(told, **dict.fromkeys(("bid", "ask", "last"), blank))
    page = read(browser.get(PANEL, {"symbol": "SPX"}).content)
    link = next(node for node in page.everything() if "data-contract" in node.attributes)

    drawer = read(browser.get(link.attributes["href"]).content)

    assert drawer.all("contract-add") == []
    assert drawer.one("contract-analyze")


@pytest.mark.parametrize(
    ("query", "way"),
    [
        ({"symbol": "NVDA"}, ("Show SPX", "/coach/options/?symbol=SPX")),
        ({"symbol": "SPX", "expiry": "2026-02-14"}, ("Show the nearest expiry", "/coach/options/?symbol=SPX")),
    ],
)
def test_no_options_are_said_to_be_none_and_lead_to_some(
    browser: Client, vendor: FakeVendor, query: dict, way: tuple[str, str]
) -> None:
    page = read(browser.get(PANEL, query).content)

    failed = page.one("options-failed").text()
    assert failed.startswith("No options")
    assert "Retry" not in failed
    assert (page.one("way-out").text(), page.one("way-out").attributes["href"]) == way
    assert "chain-table" not in [node.attributes.get("data-testid") for node in page.everything()]


def test_an_outage_offers_a_retry(browser: Client, vendor: FakeVendor) -> None:
    vendor.failing["option_chain SPX"] = ProviderUnavailable(provider="fake")

    page = read(browser.get(PANEL, {"symbol": "SPX"}).content)

    assert "Temporarily unavailable" in page.one("options-failed").text()
    assert page.one("options-retry").attributes["href"].startswith(PANEL)


def test_the_last_chain_stays_with_its_age_while_the_vendor_is_away(
    browser: Client, vendor: FakeVendor, now: Standing
) -> None:
    browser.get(PANEL, {"symbol": "SPX"})
    vendor.failing["option_chain SPX"] = ProviderUnavailable(provider="fake")
    now.forward(minutes=2)

    age = read(browser.get(PANEL, {"symbol": "SPX"}).content).one("chain-age").text()

    assert "The vendor is away." in age
    assert "10:15:00 ET" in age


def test_cards_that_are_switched_off_are_not_read(browser: Client, user: User, vendor: FakeVendor) -> None:
    row = Preferences.of(user)
    row.ui = {"options": {"gex": False, "iv": "nonsense"}}
    row.save()

    page = read(browser.get(PANEL, {"symbol": "SPX"}).content)

    hidden = {key: "hidden" in page.one(f"card-{key}").attributes for key in ("gex", "zero", "iv")}
    said = {key: page.one(f"switch-{key}").text() for key in hidden}
    assert hidden == {"gex": True, "zero": False, "iv": False}
    assert said == {"gex": "GEX Off", "zero": "0DTE card On", "iv": "IV On"}
    assert page.one("switch-gex").attributes["aria-pressed"] == "false"


@pytest.mark.usefixtures("vendor")
def test_a_chosen_expiry_narrows_gamma_exposure_and_says_so(browser: Client) -> None:
    whole = read(browser.get(PANEL, {"symbol": "SPX"}).content).one("card-gex").attributes["data-source"]
    narrow = read(browser.get(PANEL, {"symbol": "SPX", "expiry": "2026-02-13"}).content)
    source = narrow.one("card-gex").attributes["data-source"]

    card = read(browser.get(source).content)

    assert ("expiry" in whole, "expiry=2026-02-13" in source) == (False, True)
    assert card.one("gex-expiry").text() == "Of Fri, Feb 13 alone. All near expiries"
    assert card.one("gex-whole").attributes["href"] == "/coach/options/?symbol=SPX"
    assert "All near expiries on the chart" in card.one("gex-chart").text()


def test_without_a_price_of_the_feed_the_chains_stands_with_its_time(browser: Client, vendor: FakeVendor) -> None:
    page = read(browser.get(PANEL, {"symbol": "SPX"}).content)

    price = page.one("options-price").text()
    assert price.startswith(f"${vendor.chains['SPX'].spot:,.2f}")
    assert "with the chain, Feb 9, " in price


@pytest.mark.usefixtures("vendor")
def test_todays_options_have_no_columns_to_choose_and_are_counted_in_contracts(browser: Client) -> None:
    page = read(browser.get(PANEL, {"symbol": "SPX", "today": "1"}).content)

    tests = [node.attributes.get("data-testid") for node in page.everything()]
    assert "columns" not in tests
    assert "40 contracts" in page.one("strikes").text()


@pytest.mark.usefixtures("vendor")
def test_the_bars_of_skew_say_which_side_is_dearer(browser: Client) -> None:
    card = read(browser.get("/coach/options/iv", {"symbol": "SPX"}).content)

    assert "25-delta skew" in card.one("iv-skews").text()
    assert "puts dearer" in card.one("iv-skews").text()


def test_a_stranger_is_sent_to_sign_in() -> None:
    assert Client().get(PANEL).status_code == 302


@pytest.mark.usefixtures("vendor")
def test_the_card_of_today_says_how_the_move_is_known(browser: Client) -> None:
    card = read(browser.get("/coach/options/zero", {"symbol": "SPX"}).content)

    assert card.one("zero-state").text() == "Active"
    assert "inferred from now" in card.one("expected-move").text()
    assert "not available: no opening price yet" in card.one("expected-move").text()
    assert "16:00 ET" in card.one("theta-clock").text()


def test_without_an_expiry_today_the_card_leads_to_the_next(browser: Client, vendor: FakeVendor) -> None:
    whole = vendor.chains["SPX"]
    vendor.chains["SPX"] = whole.take(whole.expiry > np.datetime64("2026-02-09"))

    card = read(browser.get("/coach/options/zero", {"symbol": "SPX"}).content)

    assert card.one("zero-state").text() == "Inactive"
    assert "expiry=2026-02-10" in card.one("zero-next").attributes["href"]


def test_a_card_that_cannot_be_read_says_so_in_its_own_place(browser: Client, vendor: FakeVendor) -> None:
    vendor.failing["option_chain SPX"] = ProviderUnavailable(provider="fake")

    answer = browser.get("/coach/options/zero", {"symbol": "SPX"})

    assert answer.status_code == 200
    assert "Temporarily unavailable" in read(answer.content).one("card-failed").text()


@pytest.mark.usefixtures("vendor")
def test_the_gamma_card_has_levels_numbers_and_what_they_assume(browser: Client) -> None:
    card = read(browser.get("/coach/options/gex", {"symbol": "SPX"}).content)

    assert card.one("gex-regime").text() in ("Positive gamma", "Negative gamma")
    assert "$" in card.one("gex-levels").text()
    assert len([node for node in card.one("gex-table").everything() if node.tag == "tr"]) == 1 + 19
    assert len([node for node in card.one("gex-models").everything() if node.tag == "tr"]) > 2
    assert "show=gex" in card.one("gex-chart").attributes["href"]


def test_without_open_interest_there_is_no_profile_and_no_0(browser: Client, vendor: FakeVendor) -> None:
    told = vendor.chains["SPX"]
    vendor.chains["SPX"] = replace(told, open_interest=np.full(len(told), np.nan))

    text = read(browser.get("/coach/options/gex", {"symbol": "SPX"}).content).one("card-failed").text()

    assert "no contract is known to be open" in text


@pytest.mark.usefixtures("vendor")
def test_the_chart_gets_the_levels_and_a_link_switches_them_on(browser: Client) -> None:
    told = browser.get("/coach/chart/gex", {"symbol": "SPX"}).json()

    kinds = [level["kind"] for level in told["levels"]]
    assert "max" in kinds
    assert set(kinds) <= {"flip", "max", "magnet", "support", "resistance"}
    plain = read(browser.get("/coach/chart/", {"symbol": "SPX"}).content).one("overlay-gex")
    wanted = read(browser.get("/coach/chart/", {"symbol": "SPX", "show": "gex"}).content).one("overlay-gex")
    assert ("checked" in plain.attributes, "checked" in wanted.attributes) == (False, True)


def test_no_chain_leaves_the_chart_without_levels_and_says_why(browser: Client, vendor: FakeVendor) -> None:
    answer = browser.get("/coach/chart/gex", {"symbol": "NVDA"})

    assert (answer.status_code, "no option chain of NVDA" in answer.json()["message"]) == (404, True)


@pytest.mark.usefixtures("vendor")
def test_what_expires_today_is_listed_by_volume_with_its_own_columns(browser: Client) -> None:
    page = read(browser.get(PANEL, {"symbol": "SPX", "today": "1", "strikes": "5"}).content)

    rows = [node for node in page.everything() if "data-row" in node.attributes]
    assert len(rows) == 20
    assert "Gamma risk" in page.one("chain-table").text()
    assert page.one("all-dates").attributes["href"] == "/coach/options/?symbol=SPX&strikes=5"


def test_where_nothing_expires_today_the_next_date_is_offered(browser: Client, vendor: FakeVendor) -> None:
    whole = vendor.chains["SPX"]
    vendor.chains["SPX"] = whole.take(whole.expiry > np.datetime64("2026-02-09"))

    page = read(browser.get(PANEL, {"symbol": "SPX", "today": "1"}).content)

    assert "No options of SPX expire today. The next expiry is 2026-02-10." in page.one("options-failed").text()
    assert "expiry=2026-02-10" in page.one("next-expiry").attributes["href"]


@pytest.mark.usefixtures("vendor")
def test_the_volatility_card_says_what_its_rank_is_made_of(browser: Client) -> None:
    card = read(browser.get("/coach/options/iv", {"symbol": "SPX"}).content)

    assert "%" in card.one("iv-now").text()
    assert "not available: too little history" in card.one("iv-now").text()
    assert card.one("iv-history").text() == "No history yet."
    assert card.one("iv-shape").text() in ("Contango", "Backwardation", "Flat")
