"""The page of one detection."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Preferences, User
from detectors.models import DetectedSetup, Origin, Source, Status
from detectors.pure.identity import tracked_id
from detectors.pure.outcomes import Outcome
from market import vendors
from market.clock import Standing
from market.errors import ProviderUnavailable
from tests.coach.conftest import HTMX, NOW
from tests.coach.reading import Node, read
from tests.factories.accounts import UserFactory
from tests.factories.detectors import AT_TEN, DetectedSetupFactory, TrackedSetupFactory
from tests.market.fakes import FakeVendor
from tests.market.past import Row, days, minutes, ts

DAY = date(2026, 2, 9)
NAN = float("nan")
QUIET: Row = (101.7, 100.7, 101.2)
AT_NINE = "2026-02-09T09:00"
OPEN = ts("2026-02-09T09:30")
# 09:00 to 10:15: half an hour of pre-market, and 45 minutes of trading between 100.70 and 101.70.
ROWS = [QUIET] * 75


def index(rows: list[Row]) -> Any:
    return minutes(AT_NINE, [(10 * high, 10 * low, 10 * close) for high, low, close in rows], volume=NAN)


@pytest.fixture(autouse=True)
def vendor(now: Standing) -> Iterator[FakeVendor]:
    now.move_to(NOW + timedelta(seconds=5))  # by when the minute from 10:14 is there
    symbols = ("SPY", "SPX", "QQQ")
    fake = FakeVendor(
        minutes={"SPY": minutes(AT_NINE, ROWS), "SPX": index(ROWS)},
        daily={symbol: days(DAY, [(105.0, 99.0, 104.0)], count=600) for symbol in symbols},
    )
    with vendors.using(fake):
        yield fake


def address(found: DetectedSetup) -> str:
    return f"/coach/detections/{found.pk}"


def page_of(browser: Client, found: DetectedSetup) -> Node:
    return read(browser.get(address(found)).content)


def data_of(browser: Client, found: DetectedSetup) -> dict[str, Any]:
    answer: dict[str, Any] = browser.get(f"{address(found)}/data").json()
    return answer


# Who sees it


def test_it_is_a_panel_of_the_scanner_with_a_title_of_its_own(browser: Client) -> None:
    found = DetectedSetupFactory.create()

    page = page_of(browser, found)

    headings = [node for node in page.everything() if node.tag == "h1"]
    selected = [node for node in page.everything() if node.attributes.get("aria-selected") == "true"]
    assert [node.text() for node in headings] == ["SPY ORB breakout ▲ Bullish"]
    assert [node.attributes["data-testid"] for node in selected] == ["tab-scanner"]
    assert "<title>SPY ORB breakout 10:00 ET · Coach</title>" in browser.get(address(found)).content.decode()


def test_a_swap_gets_the_panel_alone(browser: Client) -> None:
    fragment = read(browser.get(address(DetectedSetupFactory.create()), headers=HTMX).content)

    assert [node.tag for node in fragment.children if isinstance(node, Node)] == ["title", "section"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["", "/data"])
def test_signed_out_leads_to_sign_in(client: Client, path: str) -> None:
    response = client.get(f"{address(DetectedSetupFactory.create())}{path}")

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/sign-in?next=/coach/detections/")


@pytest.mark.parametrize("members", [{"symbol": "ZZTOP"}, {"source": Source.E2E}, {"source": Source.BACKTEST}])
@pytest.mark.parametrize("path", ["", "/data", "?part=followed"])
def test_what_is_on_no_list_of_his_is_not_there(browser: Client, members: dict[str, Any], path: str) -> None:
    found = DetectedSetupFactory.create(**members)
    TrackedSetupFactory.create(detected_setup=found, symbol=found.symbol)  # somebody else's

    assert browser.get(f"{address(found)}{path}").status_code == 404


def test_an_id_that_nothing_has_is_not_there(browser: Client) -> None:
    assert browser.get(f"/coach/detections/{uuid4()}").status_code == 404
    assert browser.get("/coach/detections/nonsense").status_code == 404


@pytest.mark.parametrize("members", [{"symbol": "ZZTOP"}, {"source": Source.E2E, "plan": None, "valid_until": None}])
def test_what_he_tracks_is_there_whatever_his_lists(browser: Client, user: User, members: dict[str, Any]) -> None:
    found = DetectedSetupFactory.create(**members)
    TrackedSetupFactory.create(user=user, detected_setup=found, symbol=found.symbol)

    assert browser.get(address(found)).status_code == 200


# What it says


def test_what_happened_and_when_in_new_york(browser: Client, user: User) -> None:
    Preferences.objects.create(user=user, timezone="Europe/Zurich")
    page = page_of(browser, DetectedSetupFactory.create())

    assert "Scanner , found Feb 9, 2026, 10:00 ET" in page.one("panel-detection").text()
    assert page.one("description").text() == "SPY closed above the high of its opening range"


def test_the_confidence_is_a_score_and_says_so(browser: Client) -> None:
    page = page_of(browser, DetectedSetupFactory.create())

    assert page.one("confidence").text() == "81 of 100 The rule's score, not a probability"


def test_a_calibrated_probability_is_one(browser: Client) -> None:
    page = page_of(browser, DetectedSetupFactory.create(calibrated_probability=0.364))

    assert page.one("confidence").text() == (
        "36% to the target As often as such setups reached it before the stop. The rule's score is 81 of 100."
    )


def test_without_a_score_there_is_a_dash(browser: Client) -> None:
    page = page_of(browser, DetectedSetupFactory.create(confidence=None))

    assert "not available: this detector gave none" in page.one("confidence").text()


def test_the_plan_has_trigger_risk_targets_and_sizes(browser: Client, user: User) -> None:
    Preferences.objects.create(user=user, default_risk_per_trade=1000)
    found = DetectedSetupFactory.create()
    found.plan["targets"].insert(0, {"price": 104.3, "rewardPoints": 3.1, "riskRewardRatio": 1.0})
    found.plan["positionSize"] = {f"contractsFor{risk}Risk": risk // 310 for risk in (100, 250, 500)}
    found.plan["timeHorizon"] = "end of day"
    found.save()

    plan = page_of(browser, found).one("plan").text()

    assert plan == (
        "Plan until 16:00 ET Entry $101.20 on a close above the opening range Stop $98.10 3.10 pts at risk "
        "Target 1 $104.30 3.10 pts or 1.00 R Target 2 $104.80 3.60 pts or 1.16 R Lasts end of day "
        "Lots of 100 shares that a risk pays for, $310.00 each $100 $250 $500 $1,000 yours 0 0 1 3"
    )


def test_a_poor_plan_says_why(browser: Client) -> None:
    page = page_of(browser, DetectedSetupFactory.create(plan_rejected="reward_below_risk"))

    assert page.one("rejected").text() == "Not worth following: it risks more than it can earn."
    assert "Entry $101.20" in page.one("plan").text()


def test_what_is_for_information_only_has_no_plan(browser: Client) -> None:
    found = DetectedSetupFactory.create(
        plan=None, trade_suggestion=None, entry=None, stop=None, target=None, suppressed_reason="no_plan"
    )

    page = page_of(browser, found)

    assert page.one("plan").text() == "Plan until 16:00 ET For information only: this setup has no plan."
    assert page.one("outcome").text() == "○ No plan"
    assert data_of(browser, found)["setups"] == []


def test_a_pretended_detection_shows_the_prices_it_has(browser: Client, user: User) -> None:
    found = DetectedSetupFactory.create(source=Source.E2E, plan=None, valid_until=None, signal_data={})
    TrackedSetupFactory.create(user=user, detected_setup=found)

    page = page_of(browser, found)

    assert page.one("plan").text() == "Plan Entry $101.20 Stop $98.10 Target $104.80"
    assert page.all("figures") == []


@pytest.mark.parametrize(
    ("signal", "said"),
    [
        ({}, None),
        ({"confluence": [], "opposed": []}, None),
        ({"confluence": ["vwap_cross", "level_test"]}, "Together with VWAP cross and level test"),
        ({"confluence": ["vwap_cross"], "opposed": ["gap_fill"]}, "Together with VWAP cross, against gap fill"),
    ],
)
@pytest.mark.parametrize("where", ["", "/coach/scanner/", "/coach/"])
def test_setups_beside_it_are_named_where_there_are_any(
    browser: Client, signal: dict[str, Any], said: str | None, where: str
) -> None:
    found = DetectedSetupFactory.create(signal_data=signal)

    page = read(browser.get(where or address(found)).content)

    assert [node.text() for node in page.all("company")] == ([said] if said else [])


def test_the_numbers_of_the_detector_have_names_and_units(browser: Client) -> None:
    figures = page_of(browser, DetectedSetupFactory.create()).one("figures").text()

    assert figures == (
        "What the detector saw Opening range 15 min "
        "Range width, to ATR — not available: there are too few days for an ATR Volume, to recent 3.56x"
    )


@pytest.mark.parametrize(("source", "said"), [("SPY", []), (None, []), ("IWM", ["(volume of IWM)"])])
def test_volume_that_is_lent_says_whose_it_is(browser: Client, source: str | None, said: list[str]) -> None:
    page = page_of(browser, DetectedSetupFactory.create(volume_source=source))

    assert [node.text() for node in page.all("lent-volume")] == said


# What followed


def test_while_it_is_open_its_distances_follow_from_the_last_bar(browser: Client) -> None:
    followed = page_of(browser, DetectedSetupFactory.create()).one("followed")

    assert followed.one("outcome").text() == "● Still open"
    assert followed.one("still-open").text().startswith("$101.20 at 10:15 ET")
    assert "Stop $98.10 -3.10 pts (-3.06%) Target $104.80 +3.60 pts (+3.56%)" in followed.text()
    assert "Now 0.00 R Best +0.16 R Worst -0.16 R 15 bars" in followed.text()
    assert followed.attributes["data-live"] == "SPY"
    assert int(followed.attributes["data-resync"]) > 0


def test_a_target_that_was_touched_ends_it_before_anybody_wrote_it_down(browser: Client, vendor: FakeVendor) -> None:
    rows = [*ROWS[:65], (105.0, 101.0, 104.0), *ROWS[66:]]  # at 10:05
    vendor.minutes["SPY"] = minutes(AT_NINE, rows)
    found = DetectedSetupFactory.create()

    followed = page_of(browser, found).one("followed")
    markers = data_of(browser, found)["markers"]

    assert followed.one("outcome").text() == "✓ Target first"
    assert followed.one("ending").text() == (
        "Exit $104.80 10:05 ET Result +1.16 R Best on the way +1.16 R Worst on the way -0.16 R Took 6 bars"
    )
    assert "1 R is the plan's risk, 3.10 pts." in followed.text()
    assert followed.attributes["data-resync"] == "0"
    assert [(marker["kind"], marker["label"], marker["time"]) for marker in markers] == [
        ("trigger", "Trigger", int(found.bar_at.timestamp())),
        ("exit", "Target +1.16 R", ts("2026-02-09T10:05")),
    ]


@pytest.mark.parametrize(
    ("outcome", "word"), [("win", "✓ Target first"), ("loss", "✕ Stop first"), ("expired", "○ Neither in time")]
)
def test_what_is_written_down_is_told(browser: Client, outcome: Any, word: str) -> None:
    stored = Outcome(outcome, "time", 99.5, ts("2026-02-09T10:07"), -0.55, 0.2, -0.8, 8)
    found = DetectedSetupFactory.create(outcome=outcome, outcome_data=stored.as_wire(), resolved_at=NOW)

    followed = page_of(browser, found).one("followed")

    assert followed.one("outcome").text() == word
    assert followed.one("ending").text() == (
        "Exit $99.50 10:07 ET Result -0.55 R Best on the way +0.20 R Worst on the way -0.80 R Took 8 bars"
    )


def test_an_end_without_a_bar_is_dashes_with_a_reason(browser: Client) -> None:
    stored = Outcome("expired", "no_bars")
    found = DetectedSetupFactory.create(outcome="expired", outcome_data=stored.as_wire(), resolved_at=NOW)

    ending = page_of(browser, found).one("ending").text()

    assert "Exit — not available: no minute was traded in time" in ending
    assert "$0" not in ending


def test_of_a_session_that_nobody_kept_nothing_is_claimed(browser: Client, now: Standing) -> None:
    found = DetectedSetupFactory.create(symbol="QQQ")
    now.move_to(NOW + timedelta(days=30))

    page = page_of(browser, found)

    assert page.one("outcome").text() == "○ Unknown"
    assert "The minutes after it are not kept" in page.one("followed").text()
    assert page.one("chart-state").attributes["data-state"] == "empty"


def test_what_may_change_can_be_had_alone(browser: Client) -> None:
    found = DetectedSetupFactory.create()

    part = read(browser.get(f"{address(found)}?part=followed").content)

    assert [node.tag for node in part.children if isinstance(node, Node)] == ["section"]
    assert part.one("followed").text() == page_of(browser, found).one("followed").text()


# Whose it is


def test_his_own_setup_is_linked_with_its_state_and_notes(browser: Client, user: User) -> None:
    found = DetectedSetupFactory.create()
    setup = tracked_id(found.pk, user.pk)
    TrackedSetupFactory.create(
        id=setup, user=user, detected_setup=found, origin=Origin.AUTO, status=Status.TRIGGERED, notes="my <b>plan</b>"
    )

    own = page_of(browser, found).one("own")

    assert own.text() == "Tracked by you ✓ Target hit my <b>plan</b>"
    assert own.one("detection-tracked").attributes["href"] == f"/coach/tracked/?status=all#setup-{setup}"


def test_one_that_he_tracks_by_hand_counts_as_tracked(browser: Client, user: User) -> None:
    found = DetectedSetupFactory.create(suppressed_reason="late")
    TrackedSetupFactory.create(user=user, detected_setup=found)

    assert page_of(browser, found).one("own").text() == "Tracked by you ● Active"


def test_somebody_elses_setup_is_not_his(browser: Client) -> None:
    found = DetectedSetupFactory.create(suppressed_reason="late")
    other = UserFactory.create()
    TrackedSetupFactory.create(user=other, detected_setup=found, notes="not for him", origin=Origin.AUTO)

    html = browser.get(address(found)).content.decode()

    assert "not for him" not in html
    assert read(html).one("own").text() == ("Not tracked: found more than five minutes after its bar had closed.")
    assert data_of(browser, found)["setups"][0]["id"] == str(found.pk)


def test_the_row_of_a_tracked_setup_leads_to_its_detection(browser: Client, user: User) -> None:
    found = DetectedSetupFactory.create()
    TrackedSetupFactory.create(user=user, detected_setup=found)
    TrackedSetupFactory.create(user=user)

    links = read(browser.get("/coach/tracked/").content).all("row-detection")

    assert [link.attributes["href"] for link in links] == [address(found)]


@pytest.mark.parametrize("where", ["/coach/", "/coach/scanner/"])
def test_each_line_of_the_feed_leads_to_its_detection_and_to_the_chart(browser: Client, where: str) -> None:
    found = DetectedSetupFactory.create()

    row = read(browser.get(where).content).one("detection")

    hrefs = [node.attributes["href"] for node in row.everything() if node.tag == "a"]
    assert hrefs == ["/coach/chart/?symbol=SPY&tf=5m", address(found)]


# The chart


def test_the_chart_is_in_the_page_and_can_be_had_alone(browser: Client) -> None:
    found = DetectedSetupFactory.create()
    page = page_of(browser, found)

    (embedded,) = [node for node in page.everything() if node.attributes.get("id") == "chart-data"]

    assert json.loads(embedded.text()) == data_of(browser, found)
    assert page.one("detection-chart").attributes["data-source"] == f"{address(found)}/data"


def test_the_chart_draws_the_regular_minutes_with_vwap_plan_and_range(browser: Client) -> None:
    found = DetectedSetupFactory.create()

    data = data_of(browser, found)

    assert [bar["time"] for bar in data["bars"]] == [OPEN + 60 * n for n in range(45)]
    assert len(data["vwap"]) == 45
    assert data["session"] == {"open": OPEN, "close": OPEN + 390 * 60, "day": 0}
    assert data["resyncMs"] > 0
    assert data["openingRange"] | {"minutes": 15, "high": 101.7, "low": 100.7} == data["openingRange"]
    (plan,) = data["setups"]
    assert (plan["entry"], plan["stop"], plan["target"]) == (101.2, 98.1, 104.8)
    assert (plan["at"], plan["until"]) == (int(AT_TEN.timestamp()), int(found.valid_until.timestamp()))


@pytest.mark.parametrize("signal", [{}, {"orbPeriodMinutes": 7}, {"orbPeriodMinutes": None}])
def test_a_setup_that_is_not_about_a_range_draws_none(browser: Client, signal: dict[str, Any]) -> None:
    assert data_of(browser, DetectedSetupFactory.create(signal_data=signal))["openingRange"] is None


def test_the_level_it_is_about_is_marked(browser: Client) -> None:
    found = DetectedSetupFactory.create(setup_type="level_test", signal_data={"level": "PDH", "levelPrice": 105.0})

    own = [level for level in data_of(browser, found)["levels"] if level.get("own")]

    assert own == [{"name": "PDH", "price": 105.0, "own": True}]


def test_a_session_that_is_over_is_drawn_whole_with_the_levels_of_its_day(
    browser: Client, now: Standing, vendor: FakeVendor
) -> None:
    vendor.minutes["SPY"] = minutes(AT_NINE, [QUIET] * 450)
    vendor.daily["SPY"] = days(date(2026, 2, 11), [(105.0, 99.0, 104.0), QUIET, (130.0, 120.0, 125.0)], count=600)
    found = DetectedSetupFactory.create()
    now.move_to(datetime(2026, 2, 11, 16, tzinfo=UTC))

    data = data_of(browser, found)

    levels = {level["name"]: level["price"] for level in data["levels"]}
    assert (len(data["bars"]), data["session"], data["resyncMs"]) == (390, None, 0)
    assert (levels["PDH"], levels["PDL"], levels["PMH"], levels["PML"]) == (105.0, 99.0, 101.7, 100.7)
    assert data["markers"][-1]["label"] == "Time is up 0.00 R"


def test_an_index_is_drawn_with_the_vwap_of_its_proxy(browser: Client) -> None:
    found = DetectedSetupFactory.create(symbol="SPX", volume_source="SPY")

    data = data_of(browser, found)

    assert (data["hasVolume"], len(data["vwap"])) == (False, 45)
    assert data["volumeNote"] == "No volume for index SPX. VWAP weighs with the volume of SPY."


def test_without_scripts_the_bars_around_the_trigger_are_a_table(browser: Client) -> None:
    table = page_of(browser, DetectedSetupFactory.create()).one("chart-table")

    rows = [node.text().split(" $")[0] for node in table.everything() if node.tag == "tr"][1:]
    assert (len(rows), rows[0], rows[-1]) == (20, "Feb 9, 10:13", "Feb 9, 09:54")


def test_a_vendor_that_is_away_takes_nothing_else_with_it(browser: Client, vendor: FakeVendor) -> None:
    outage = ProviderUnavailable(provider="fake")
    vendor.failing = dict.fromkeys(("daily_bars SPY", "minute_bars SPY", "snapshot"), outage)
    found = DetectedSetupFactory.create()

    page = page_of(browser, found)

    assert data_of(browser, found)["state"] == "error"
    assert "hidden" not in page.one("chart-state").attributes
    assert "Entry $101.20" in page.one("plan").text()
    assert page.one("outcome").text() == "● Still open"


def test_levels_that_cannot_be_had_leave_the_chart(browser: Client, now: Standing, vendor: FakeVendor) -> None:
    vendor.failing = {"daily_bars SPY": ProviderUnavailable(provider="fake")}
    found = DetectedSetupFactory.create()

    running = data_of(browser, found)
    now.move_to(NOW + timedelta(days=1))
    over = data_of(browser, found)

    assert (running["state"], running["levels"]) == ("ready", [])
    assert (over["state"], {level["name"] for level in over["levels"]}) == ("ready", {"PMH", "PML"})


def test_a_day_without_a_session_has_no_chart(browser: Client, user: User) -> None:
    found = DetectedSetupFactory.create(session_date=date(2026, 2, 8), source=Source.E2E, valid_until=None)
    TrackedSetupFactory.create(user=user, detected_setup=found)

    assert data_of(browser, found)["state"] == "empty"


def test_descriptions_and_numbers_are_data_not_markup(browser: Client) -> None:
    evil = "<img src=x onerror=alert(1)>"
    found = DetectedSetupFactory.create(description=evil, signal_data={"odd": evil, "level": evil, "levelPrice": 1.0})

    assert b"<img src=x" not in browser.get(address(found)).content


def test_a_price_that_has_arrived_is_shown(browser: Client, quote: Callable[..., None]) -> None:
    quote(SPY=(101.5, 104.0))

    assert "$101.50" in page_of(browser, DetectedSetupFactory.create()).one("detection-chart").text()
