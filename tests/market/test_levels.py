from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from config.http.renderers import dumps
from config.redis import client
from market import clock, levels, quotes, vendors
from market.errors import ProviderUnavailable, RateLimited, UnknownSymbol
from market.pure.levels import DESCRIPTIONS
from market.vendors.protocol import Quote
from tests.contract.schemas import assert_matches
from tests.market.fakes import FakeVendor
from tests.market.past import Row, days, eastern, minutes

pytestmark = pytest.mark.django_db
TUESDAY = date(2026, 2, 10)
NAN = float("nan")
OUTAGE = ProviderUnavailable(provider="fake")

# The golden previous session of the first table of pivots, after quiet ones with a range of 40 around 5900.
YESTERDAY: Row = (5920.0, 5880.0, 5900.0)
QUIET: Row = (5920.0, 5880.0, 5900.0)
PREMARKET: list[Row] = [(5908.0, 5903.0, 5906.0), (5907.0, 5901.0, 5904.0)]
MORNING: list[Row] = [(5905.0, 5903.0, 5904.0), (5912.0, 5904.0, 5911.0), (5914.0, 5910.0, 5912.0)]


@pytest.fixture(autouse=True)
def vendor() -> Iterator[FakeVendor]:
    fake = FakeVendor(
        minutes={
            "SPY": minutes("2026-02-10T08:00", PREMARKET).extended(minutes("2026-02-10T09:30", MORNING)),
            "SPX": minutes("2026-02-10T09:30", MORNING, volume=NAN),
            "VIX": minutes("2026-02-10T09:30", MORNING, volume=NAN),
        },
        daily={symbol: days(TUESDAY, [YESTERDAY], quiet=QUIET) for symbol in ("SPY", "SPX", "VIX")},
    )
    with vendors.using(fake):
        yield fake


def answer(symbol: str = "SPY", view: str = "intraday", at: str = "2026-02-10T09:33:05") -> dict[str, Any]:
    """Return the answer as it leaves on the wire, held against the contract."""
    with clock.standing(eastern(at)):
        body: dict[str, Any] = json.loads(dumps(levels.answer(symbol, view)))
    assert_matches("Levels", body)
    return body


def by_name(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for side in ("resistance", "support") for item in body["levels"][side]}


def test_the_pivots_are_those_of_the_golden_table() -> None:
    pivots = answer()["levels"]["pivots"]

    assert pivots == {
        "standard": {"pp": 5900, "r1": 5920, "r2": 5940, "r3": 5960, "s1": 5880, "s2": 5860, "s3": 5840},
        "camarilla": {"h4": 5922, "h3": 5911, "l3": 5889, "l4": 5878},
        "fibonacci": {"r1": 5915.28, "r2": 5924.72, "r3": 5940, "s1": 5884.72, "s2": 5875.28, "s3": 5860},
    }


def test_every_candidate_stands_on_its_side_of_the_price_nearest_first() -> None:
    body = answer()

    assert body["currentPrice"] == 5912.0
    # At one distance by name; the VWAP of three bars of 100 shares is (5904 + 5909 + 5912) / 3.
    assert [item["name"] for item in body["levels"]["resistance"]] == ["PDH", "PWH", "R1", "R2", "R3"]
    assert [item["name"] for item in body["levels"]["support"]] == [
        "VWAP", "PMH", "PML", "PDC", "PDL", "PWL", "S1", "S2", "S3",
    ]  # fmt: skip
    assert set(by_name(body)) == set(DESCRIPTIONS) - {"D20H", "D20L"}


def test_an_item_says_how_far_it_is_and_how_often_it_was_tested() -> None:
    assert by_name(answer())["PMH"] == {
        "type": "PMH",
        "name": "PMH",
        "price": 5908.0,
        "distance": -4.0,
        "distancePct": -0.07,
        "distanceATR": -0.1,
        "strength": "critical",
        "description": "Pre-market high",
        "testsToday": 1,
        "lastTest": "2026-02-10T14:30:00Z",
    }


def test_a_broken_level_changes_sides(vendor: FakeVendor) -> None:
    vendor.minutes["SPY"] = minutes("2026-02-10T09:30", [(5926.0, 5918.0, 5925.0)])

    body = answer()

    assert "PDH" in [item["name"] for item in body["levels"]["support"]]


def test_the_indicators_say_what_they_are_made_of() -> None:
    assert answer()["levels"]["indicators"] == {
        "vwap": 5908.33,
        "vwapBands": {"upper2": 5914.93, "upper1": 5911.63, "lower1": 5905.03, "lower2": 5901.73},
        "volumeSource": "SPY",
        "atr14": 40.0,
        "atr7": 40.0,
        "atrRegime": "normal",
    }


def test_an_index_weighs_its_vwap_with_its_proxys_volume() -> None:
    body = answer("SPX")

    assert body["levels"]["indicators"]["vwap"] == 5908.33
    assert body["levels"]["indicators"]["volumeSource"] == "SPY"


def test_an_index_without_proxy_has_no_vwap_and_no_level_of_that_name() -> None:
    body = answer("VIX")

    assert body["levels"]["indicators"]["vwap"] is None
    assert body["levels"]["indicators"]["volumeSource"] is None
    assert "VWAP" not in by_name(body)


def test_an_index_has_no_pre_market_levels() -> None:
    assert not {"PMH", "PML"} & set(by_name(answer("SPX")))


def test_the_forming_minute_is_not_read() -> None:
    # At 09:32:30 the second minute has settled and the third is forming.
    body = answer(at="2026-02-10T09:32:30")

    assert body["levels"]["indicators"]["vwap"] == 5906.5


def test_before_the_open_there_is_no_vwap_and_nothing_was_tested() -> None:
    body = answer(at="2026-02-10T08:10")

    assert body["levels"]["indicators"]["vwap"] is None
    assert {item["testsToday"] for item in by_name(body).values()} == {0}
    assert {item["lastTest"] for item in by_name(body).values()} == {None}
    assert body["marketContext"] == {"marketStatus": "pre-market", "sessionType": "extended"}


def test_reference_levels_are_the_same_all_day() -> None:
    fixed = {"PDH", "PDL", "PDC", "PWH", "PWL", "R1", "R2", "R3", "S1", "S2", "S3"}
    seen = []
    for at in ("04:00", "09:30:30", "09:33:05", "12:00", "16:30", "19:59"):
        body = answer(at=f"2026-02-10T{at}")
        seen.append(
            (
                {name: item["price"] for name, item in by_name(body).items() if name in fixed},
                body["levels"]["pivots"],
                body["levels"]["indicators"]["atr14"],
                body["levelsDate"],
                body["referenceDate"],
            )
        )

    assert all(one == seen[0] for one in seen)
    assert seen[0][3:] == ("2026-02-10", "2026-02-09")


def test_in_the_evening_todays_session_becomes_the_previous_day(vendor: FakeVendor) -> None:
    vendor.daily["SPY"] = days(date(2026, 2, 11), [YESTERDAY, (5914.0, 5903.0, 5912.0)], quiet=QUIET)

    body = answer(at="2026-02-11T00:30")

    assert (body["levelsDate"], body["referenceDate"], body["degraded"]) == ("2026-02-11", "2026-02-10", [])
    assert by_name(body)["PDH"]["price"] == 5914.0
    assert not {"PMH", "PML", "VWAP"} & set(by_name(body))


def test_a_vendor_whose_daily_bar_is_late_is_said_to_be_late() -> None:
    body = answer(at="2026-02-10T20:30")

    assert (body["levelsDate"], body["referenceDate"], body["degraded"]) == ("2026-02-11", "2026-02-09", ["daily"])


def test_the_daily_view_adds_the_twenty_day_extremes() -> None:
    body = answer(view="daily")

    assert {"D20H", "D20L"} <= set(by_name(body))


def test_the_weekly_view_takes_its_pivots_from_the_week() -> None:
    body = answer(view="weekly")

    assert body["timeframe"] == "weekly"
    assert body["levels"]["pivots"]["standard"]["pp"] == 5900.0
    assert body["levels"]["indicators"]["atr14"] == 40.0


def test_without_an_atr_distances_in_atr_are_named_as_unavailable(vendor: FakeVendor) -> None:
    vendor.daily["SPY"] = days(TUESDAY, [YESTERDAY], quiet=QUIET, count=5)

    body = answer()

    assert body["degraded"] == ["atr14"]
    assert body["levels"]["indicators"]["atr14"] is None
    item = by_name(body)["PDH"]
    assert (item["distanceATR"], item["unavailable"]) == (0, ["distanceATR", "strength"])
    assert "testsToday" not in item
    assert by_name(body)["VWAP"]["unavailable"] == ["distanceATR"]


@pytest.mark.parametrize("trouble", [OUTAGE, RateLimited(provider="fake", retry_after=3.0)])
def test_when_minutes_cannot_be_had_the_rest_is_answered(vendor: FakeVendor, trouble: Exception) -> None:
    vendor.failing["minute_bars SPY"] = trouble

    body = answer()

    assert body["degraded"] == ["intraday"]
    assert body["levels"]["indicators"]["vwap"] is None
    assert not {"PMH", "PML", "VWAP"} & set(by_name(body))
    assert "testsToday" not in by_name(body)["PDH"]


def test_without_a_quote_the_last_close_stands_in_and_says_so(vendor: FakeVendor) -> None:
    vendor.failing["snapshot"] = OUTAGE

    body = answer()

    assert (body["currentPrice"], body["priceSource"]) == (5900.0, "daily")
    assert body["priceAsOf"] == "2026-02-09T21:00:00Z"


def test_without_daily_bars_there_is_no_answer(vendor: FakeVendor) -> None:
    vendor.failing["daily_bars SPY"] = OUTAGE

    with pytest.raises(ProviderUnavailable):
        answer()


def test_a_symbol_nobody_knows_is_said_to_be_unknown() -> None:
    with pytest.raises(UnknownSymbol):
        answer("NOPE")


def test_an_answer_is_shared_until_the_next_minute_settles(vendor: FakeVendor) -> None:
    with clock.standing(eastern("2026-02-10T09:33:05")) as hand:
        first = levels.answer("SPY")
        calls = vendor.calls.total()
        hand.forward(seconds=30)
        second = levels.answer("SPY")
        calls_for_the_second = vendor.calls.total() - calls
        hand.move_to(eastern("2026-02-10T09:34:02"))
        third = levels.answer("SPY")

    assert calls_for_the_second == 0
    assert (first["cached"], first["cacheExpiresAt"]) == (False, None)
    assert (second["cached"], second["cacheExpiresAt"]) == (True, "2026-02-10T14:34:02Z")
    assert second | {"cached": False, "cacheExpiresAt": None} == first
    assert third["cached"] is False


def test_views_are_kept_apart() -> None:
    answer(view="intraday")

    assert answer(view="daily")["cached"] is False


def test_levels_of_a_delayed_plan_say_so() -> None:
    pipe = client().pipeline()
    quotes.replace_all(pipe, {"SPY": Quote("SPY", 5912.0, 5900.0, 1e6, eastern("2026-02-10T09:18:05"), delayed=True)})
    pipe.execute()

    assert answer()["delayed"] is True
