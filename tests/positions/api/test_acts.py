"""Acts over HTTP: stops in percent, previews that are held against our schema, and acts that happen once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from market import clock, feed, vendors
from market.errors import ProviderUnavailable
from options_engine import readings
from positions.models import Fill, Position
from realtime.models import Event
from tests.detectors.conftest import client_of
from tests.factories.accounts import UserFactory
from tests.market.fakes import FakeVendor
from tests.positions.api.test_positions import sent
from tests.positions.conftest import Opener
from tests.positions.pure.made_up import NOW
from tests.positions.test_listed_contracts import spx
from tests.positions.test_previews import HELD, NEXT, requoted

pytestmark = pytest.mark.django_db
ACTS = ("stop", "close-preview", "roll-preview", "roll", "convert-preview", "convert")
STOP, CLOSE, ROLLS, ROLL, CONVERSIONS, CONVERT = (f"/api/positions/{{id}}/{act}" for act in ACTS)
CALL, LATER = "SPXW260220C05900000", "SPXW260313C05900000"
A_ROLL = {
    "closing": [{"contract": CALL, "price": 93.4, "fees": 1.3}],
    "opening": [{"contract": LATER, "quantity": 2, "price": 141.4, "fees": 1.3}],
}
BODIES: dict[str, Any] = {
    STOP: {"stop": {"price": 15}}, CLOSE: {}, ROLLS: {}, ROLL: A_ROLL, CONVERSIONS: {},
    CONVERT: {"strike": 6000, "price": 42.7},
}  # fmt: skip
each_act = pytest.mark.parametrize("path", BODIES)


@pytest.fixture(autouse=True)
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeVendor]:
    """SPX at 5950, its options at 15 % and two of them at quotes to reckon with by hand."""
    readings._read.clear()
    fake = FakeVendor()
    fake.chains["SPX"] = spx()
    requoted(fake, HELD, 5900, 93.4, 94.0)
    requoted(fake, NEXT, 5900, 141.0, 141.4)
    monkeypatch.setattr(feed, "quotes", lambda _symbols: {})
    with vendors.using(fake), clock.standing(NOW):
        yield fake


@pytest.fixture
def api(trader: User) -> APIClient:
    """Return the trader's client."""
    return client_of(trader)


@pytest.fixture
def held(opens: Opener) -> Position:
    """Return two calls that cost 30."""
    return opens(("+2C5900", "30"))


def post(api: APIClient, path: str, body: Any, pk: Any, status: int = 200, **more: Any) -> Any:
    return sent(api, "post", path, body, pk=pk, status=status, **more)


def kept() -> list[Any]:
    """Return all that acts could change."""
    return [list(model.objects.order_by("pk").values()) for model in (Position, Fill, Event)]


def test_a_stop_in_percent_is_told_as_a_price_and_both_come_back(api: APIClient, held: Position) -> None:
    told = post(api, STOP, {"stop": {"pct": -50}, "target": {"price": 6000, "on": "underlying"}}, held.id)

    assert told["mark"] == 93.7
    assert told["stop"] == {
        "price": 15, "on": "option", "pct": -50, "distance": -78.7, "distancePct": -83.99, "reached": False,
    }  # fmt: skip
    assert (told["target"]["price"], told["target"]["on"], told["target"]["pct"]) == (6000, "underlying", 0.84)
    assert (told["target"]["distance"], told["target"]["reached"]) == (50, False)
    row = told["position"]
    assert (row["stopPrice"], row["stopOnUnderlying"], row["targetPrice"], row["targetOnUnderlying"]) == (
        *(15, False, 6000),
        True,
    )

    cleared = post(api, STOP, {"stop": None, "version": row["version"]}, held.id)
    assert (cleared["stop"], cleared["target"]["price"], cleared["position"]["stopPrice"]) == (None, 6000, None)


def test_a_stop_two_percent_below_the_underlying(api: APIClient, held: Position) -> None:
    told = post(api, STOP, {"stop": {"pct": -2, "on": "underlying"}}, held.id)

    assert (told["stop"]["price"], told["stop"]["pct"], told["position"]["stopOnUnderlying"]) == (5831, -2, True)


def test_a_stop_needs_no_vendor_but_a_percent_of_the_underlying_does(
    api: APIClient, held: Position, vendor: FakeVendor
) -> None:
    vendor.failing["contract_marks"] = ProviderUnavailable(provider="fake")

    told = post(api, STOP, {"stop": {"pct": -50}}, held.id)
    assert (told["stop"]["price"], told["stop"]["distance"], told["stale"]) == (15, None, True)
    refused = post(api, STOP, {"stop": {"pct": -2, "on": "underlying"}}, held.id, 503)
    assert (refused["error"], refused["retryAfter"]) == ("Quotes are old", 30)
    held.refresh_from_db()
    assert (held.stop_price, held.stop_on_underlying) == (15, False)


def test_closing_is_previewed(api: APIClient, held: Position) -> None:
    told = post(api, CLOSE, {}, held.id)

    assert (told["price"], told["priceAtOnce"], told["realized"], told["quantity"]) == (93.7, 93.4, 12_740, 2)
    assert (told["stale"], told["asOf"], told["version"]) == (False, "2026-02-09T17:00:00Z", held.version)
    assert told["legs"] == [
        {
            "contract": CALL, "type": "call", "quantity": -2, "bid": 93.4, "ask": 94, "mid": 93.7,
            "limitPrice": 93.7, "markSource": "quote",
        }
    ]  # fmt: skip
    assert post(api, CLOSE, {"quantity": 1}, held.id)["realized"] == 6_370


def test_previews_of_old_quotes_say_so_and_price_nothing(api: APIClient, held: Position, vendor: FakeVendor) -> None:
    vendor.failing["contract_marks"] = ProviderUnavailable(provider="fake")

    closing = post(api, CLOSE, {}, held.id)
    assert (closing["stale"], closing["price"], closing["realized"]) == (True, None, None)
    for path in (ROLLS, CONVERSIONS):
        told = post(api, path, {}, held.id)
        assert (told["stale"], told["candidates"]) == (True, [])


def test_a_roll_is_previewed_and_told_as_it_was(api: APIClient, held: Position) -> None:
    (best,) = post(api, ROLLS, {"strike": 5900, "expiry": "2026-03-13"}, held.id)["candidates"]

    assert (best["netCreditDebit"], best["netAtLimits"], best["cumulativeBasis"]) == (-9_600, -9_500, 78)
    assert (best["newStrike"], best["newExpiry"], best["daysToExpiry"]) == (5900, "2026-03-13", 32)
    assert best["closing"] == [{"contract": CALL, "quantity": -2, "limitPrice": 93.7, "bid": 93.4, "ask": 94}]
    assert best["opening"] == [{"contract": LATER, "quantity": 2, "limitPrice": 141.2, "bid": 141, "ask": 141.4}]

    told = post(api, ROLL, A_ROLL, held.id)
    old, new = told["position"], told["rolledInto"]
    assert (old["id"], old["status"], old["realizedNet"], old["rolledInto"]) == (
        *(str(held.id), "closed", 12_678.7),
        new["id"],
    )
    assert (new["status"], new["source"], new["rolledFrom"], new["cost"]) == ("open", "roll", old["id"], 28_280)


def test_what_the_preview_names_can_be_rolled_at_its_quotes(api: APIClient, opens: Opener) -> None:
    spread = opens(("+2C5900", "80"), ("-2C6000", "30"))
    best = post(api, ROLLS, {}, spread.id)["candidates"][0]

    told = post(
        api,
        ROLL,
        {
            "closing": [traded_at_once(each) for each in best["closing"]],
            "opening": [traded_at_once(each) for each in best["opening"]],
        },
        spread.id,
    )

    old, new = told["position"], told["rolledInto"]
    assert (old["status"], new["type"], new["quantity"]) == ("closed", "call_spread", 2)
    assert new["legs"][0]["expiry"] == best["newExpiry"]
    # What it brought with the old one's cost of 10 000 and what the new one cost is the net of the preview.
    assert old["realized"] + 10_000 - new["cost"] == pytest.approx(best["netCreditDebit"])


def traded_at_once(order: dict[str, Any]) -> dict[str, Any]:
    price = order["ask"] if order["quantity"] > 0 else order["bid"]
    return {"contract": order["contract"], "quantity": order["quantity"], "price": price}


def test_the_same_key_rolls_once(api: APIClient, held: Position) -> None:
    first = post(api, ROLL, A_ROLL, held.id, headers={"Idempotency-Key": "once"})
    before = kept()

    again = post(api, ROLL, A_ROLL, held.id, headers={"Idempotency-Key": "once"})

    assert again == first
    assert kept() == before
    assert post(api, ROLL, A_ROLL, held.id, 409)["message"] == "This position is closed; only an open one can be rolled"


def test_a_conversion_is_previewed_and_told_as_it_was(api: APIClient, held: Position, vendor: FakeVendor) -> None:
    requoted(vendor, HELD, 6000, 42.7, 42.9)

    (sale,) = post(api, CONVERSIONS, {"strike": 6000}, held.id)["candidates"]
    assert (sale["credit"], sale["newMaxLoss"], sale["newMaxGain"], sale["lockedIn"]) == (8_540, 0, 22_540, 2_540)
    assert sale["order"]["quantity"] == -2

    spread = post(api, CONVERT, {"strike": 6000, "price": 42.7, "fees": 1.3}, held.id)["position"]
    # More was received than paid: as every structure that brought money, it counts as sold.
    assert (spread["type"], spread["quantity"], spread["cost"], spread["fees"]) == ("call_spread", -2, -2_540, 1.3)
    assert post(api, CONVERT, {"strike": 6000, "price": 42.7}, held.id, 409)["error"] == "Not possible"


def test_conversions_are_those_nearest_to_the_wanted_delta(api: APIClient, held: Position) -> None:
    found = post(api, CONVERSIONS, {}, held.id)["candidates"]

    away = [abs(each["delta"] - 0.30) for each in found]
    assert away == sorted(away)
    assert all(each["shortStrike"] > 5950 for each in found)


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        (STOP, {}, "Expected a stop, a target, or both"),
        (STOP, {"stop": {}}, "Tell a price or a percent, one of the two"),
        (STOP, {"stop": {"price": 15, "pct": -50}}, "Tell a price or a percent, one of the two"),
        (STOP, {"stop": {"price": 0}}, "Must be greater than 0"),
        (STOP, {"stop": {"pct": "-50"}}, "Expected a number"),
        (STOP, {"stop": {"pct": -100}}, "stop: comes to 0.0000; expected a price above 0"),
        (STOP, {"stop": {"price": 15, "on": "moon"}}, "is not a valid choice"),
        (CLOSE, {"quantity": 3}, "quantity: expected 1 to 2"),
        (ROLLS, {"strike": 5903}, "strike: 5903 is not listed for .*nearest that are: 5875, 5900, 5925, 5950"),
        (ROLLS, {"expiry": "2026-03-14"}, "expiry: nothing of SPXW expires on 2026-03-14; the nearest dates"),
        (ROLLS, {"expiry": "2026-02-13"}, "expiry: expected none before 2026-02-20"),
        (ROLLS, {"firstDays": 40, "lastDays": 20}, "Must not be less than firstDays"),
        (ROLLS, {"expiry": "2026-03-13", "firstDays": 40}, "Tell a date or a window of days, not both"),
        (ROLL, {**A_ROLL, "closing": []}, "closing"),
        (ROLL, {**A_ROLL, "closing": [{"contract": CALL}]}, "price: This field is required"),
        (ROLL, {**A_ROLL, "closing": [{"contract": LATER, "price": 1}]}, f"closing: {LATER} is not open in this"),
        (
            ROLL,
            {**A_ROLL, "closing": [{"contract": CALL, "quantity": -1, "price": 1}]},
            "closes all options .*: expected -2",
        ),
        (ROLL, {**A_ROLL, "opening": [{"contract": "x", "quantity": 1, "price": 1}]}, "expected the name of an option"),
        (
            *(ROLL, {**A_ROLL, "opening": [{"contract": "SPXW260313C05903000", "quantity": 2, "price": 1}]}),
            "strike: 5903 is not listed for 2026-03-13; the nearest that are: 5875, 5900, 5925, 5950",
        ),
        (
            *(ROLL, {**A_ROLL, "opening": [{"contract": "SPXW260314C05900000", "quantity": 2, "price": 1}]}),
            "expiry: nothing of SPXW expires on 2026-03-14; the nearest dates",
        ),
        (
            *(ROLL, {**A_ROLL, "opening": [{"contract": "SPY260313C00600000", "quantity": 2, "price": 1}]}),
            "root: expected SPX or SPXW for SPX",
        ),
        (CONVERSIONS, {"strike": 5925}, "strike: expected one above 5950, beyond both the strike held and the spot"),
        (CONVERT, {"strike": 6001, "price": 1}, "strike: 6001 is not listed for 2026-02-20"),
        (CONVERT, {"strike": 5900, "price": 1}, "strike: 5900 is the one that is held"),
        (CONVERT, {"strike": 6000}, "price: This field is required"),
    ],
)
def test_what_cannot_be_is_refused_in_clear_words(
    api: APIClient, held: Position, path: str, body: dict[str, Any], says: str
) -> None:
    before = kept()

    answer = api.post(path.format(id=held.id), body, format="json")

    assert answer.status_code == 400, answer.content
    told = answer.json()

    assert re.search(says, " | ".join([told["message"], *told["details"]["issues"]])), told
    assert kept() == before


@each_act
def test_someone_elses_looks_missing_and_what_has_ended_is_a_conflict(
    api: APIClient, opens: Opener, held: Position, path: str
) -> None:
    hers = opens(("+2C5900", "30"), of=UserFactory().pk)
    sent(api, "post", "/api/positions/{id}/close", {"price": 50}, pk=held.id)
    before = kept()

    for missing in (hers.id, uuid4()):
        assert post(api, path, BODIES[path], missing, 404)["message"] == "There is no such position"
    assert "This position is closed; only an open one can be" in post(api, path, BODIES[path], held.id, 409)["message"]
    assert post(api, path, BODIES[path], "x", 400)["details"]["issues"] == ["id: expected a UUID"]
    assert kept() == before


@pytest.mark.parametrize("path", [STOP, ROLL, CONVERT])
def test_another_version_than_was_seen_is_a_conflict(api: APIClient, held: Position, path: str) -> None:
    before = kept()

    told = post(api, path, {**BODIES[path], "version": held.version + 1}, held.id, 409)

    assert (
        told["message"]
        == f"This position has changed meanwhile: you saw version {held.version + 1}, it is now version {held.version}"
    )
    assert kept() == before


def test_while_the_vendor_is_away_previews_say_when_to_ask_again_and_acts_are_written(
    api: APIClient, held: Position, vendor: FakeVendor
) -> None:
    away = ProviderUnavailable(provider="fake")
    vendor.failing = dict.fromkeys(("option_expiries SPX", "option_chain SPX", "contract_marks"), away)

    for path in (ROLLS, CONVERSIONS):
        told = post(api, path, {}, held.id, 503)
        assert (told["error"], told["retryAfter"]) == ("Data provider error", 30)
    assert post(api, ROLL, A_ROLL, held.id)["rolledInto"]["status"] == "open"


def test_a_strike_that_nobody_quotes_is_told_so(api: APIClient, held: Position, vendor: FakeVendor) -> None:
    requoted(vendor, NEXT, 6000, float("nan"), float("nan"))

    told = post(api, ROLLS, {"strike": 6000, "expiry": "2026-03-13"}, held.id, 503)

    assert (told["error"], told["retryAfter"]) == ("Not quoted", 30)


def test_of_a_symbol_without_options_at_the_vendor_an_act_is_written_as_told(api: APIClient, opens: Opener) -> None:
    position = opens(("+2C510", "4"), symbol="SPY")

    told = post(api, CONVERT, {"strike": 520, "price": 1}, position.id)["position"]

    assert (told["type"], told["cost"]) == ("call_spread", 600)
