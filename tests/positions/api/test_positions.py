from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from market import vendors
from positions.models import Fill, Position
from tests.contract.our_schema import assert_promised
from tests.detectors.conftest import client_of
from tests.factories.accounts import UserFactory
from tests.factories.positions import held_call
from tests.market.fakes import FakeVendor
from tests.positions.conftest import TEN

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ALL, ONE, CLOSE, TRADES = (f"/api/positions{rest}" for rest in ("", "/{id}", "/{id}/close", "/{id}/trades"))
CALL = {"kind": "call", "quantity": 2, "strike": 5900, "expiry": "2026-02-20", "price": 30}
LEGS = {"symbol": " spx ", "legs": [CALL]}
SPREAD = {
    "symbol": "SPX", "type": "call_spread", "quantity": 5, "entryPrice": 30, "strike": 5900, "strike2": 6000,
    "expiry": "2026-02-20",
}  # fmt: skip


@pytest.fixture
def api(trader: User) -> APIClient:
    """Return the trader's client."""
    return client_of(trader)


def sent(
    api: APIClient, method: str, path: str, body: Any = None, *, pk: Any = "", status: int = 200, **more: Any
) -> Any:
    """Call a route, hold the answer against our own schema, and return its body."""
    answer = getattr(api, method)(path.format(id=pk), body, format="json", **more)
    assert answer.status_code == status, answer.content
    assert_promised(answer, path, method)
    return answer.json()


def opened(api: APIClient, body: dict[str, Any], **more: Any) -> dict[str, Any]:
    return sent(api, "post", ALL, body, status=201, **more)["position"]


def refused(api: APIClient, body: dict[str, Any], path: str = ALL, pk: Any = "") -> str:
    before = list(Fill.objects.order_by("id").values())
    answer = sent(api, "post", path, body, pk=pk, status=400)
    assert list(Fill.objects.order_by("id").values()) == before
    return " | ".join([answer["message"], *answer.get("issues", [])])


def test_a_position_is_opened_by_its_legs(api: APIClient) -> None:
    made = opened(api, {**LEGS, "notes": "breakout", "tags": ["orb"], "stopPrice": 20, "targetPrice": 60})

    assert (made["symbol"], made["type"], made["direction"], made["quantity"]) == ("SPX", "call", "long", 2)
    assert (made["entryPrice"], made["cost"], made["status"], made["version"]) == (30, 6000, "open", 2)
    assert (made["notes"], made["tags"], made["stopPrice"], made["targetPrice"]) == ("breakout", ["orb"], 20, 60)
    (leg,) = made["legs"]
    assert (leg["contract"], leg["settlement"], leg["multiplier"]) == ("SPXW260220C05900000", "PM", 100)
    assert leg["fills"] == [{"kind": "trade", "quantity": 2, "price": 30, "fees": 0, "at": "2026-02-09T15:00:00Z"}]


def test_the_wires_form_opens_the_same(api: APIClient) -> None:
    made = opened(api, SPREAD)

    assert (made["type"], made["quantity"], made["entryPrice"], made["cost"]) == ("call_spread", 5, 30, 15_000)
    assert [(leg["strike"], leg["quantity"]) for leg in made["legs"]] == [(5900, 5), (6000, -5)]
    assert made["netPriced"] is True


@pytest.mark.parametrize(
    ("change", "direction", "quantity", "entry", "cost"),
    [
        ({"type": "put", "quantity": -1, "strike2": None, "entryPrice": 40}, "short", -1, -40, -4000),
        ({"quantity": -2, "entryPrice": 12.5}, "short", -2, -12.5, -2500),
        (
            {"type": "iron_condor", "quantity": 1, "strikes": [5700, 5800, 6000, 6100], "entryPrice": 4},
            *("short", -1, -4, -400),
        ),
        ({"type": "stock", "quantity": 10, "entryPrice": 123.4567, "symbol": "AAPL"}, "long", 10, 123.4567, 1234.57),
        ({"type": "stock", "quantity": -10, "entryPrice": 100, "symbol": "AAPL"}, "short", -10, -100, -1000),
    ],
)
def test_what_is_sold_is_held_short(
    api: APIClient, change: dict[str, Any], direction: str, quantity: int, entry: float, cost: float
) -> None:
    made = opened(api, {**SPREAD, **change})

    assert (made["direction"], made["quantity"], made["entryPrice"], made["cost"]) == (direction, quantity, entry, cost)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "symbol"),
        ({"symbol": "SPX"}, "type: Required unless legs are told"),
        ({**SPREAD, "legs": [CALL]}, "Tell the legs or the form, not both"),
        ({**SPREAD, "quantity": 0}, "quantity: Must not be 0"),
        ({**SPREAD, "quantity": 1.5}, "quantity: A valid integer is required"),
        ({**SPREAD, "quantity": "2"}, "quantity: A valid integer is required"),
        ({**SPREAD, "entryPrice": "30"}, "entryPrice: Expected a number"),
        ({**SPREAD, "entryPrice": -30}, "entryPrice: Must be 0 or more"),
        ({**SPREAD, "entryPrice": 30.00001}, "entryPrice: Expected at most four decimals"),
        ({**SPREAD, "entryPrice": 1e12}, "entryPrice: Must be at most 1000000"),
        ({**SPREAD, "strike2": None}, "call_spread: expected 2 strikes, got 1"),
        ({**SPREAD, "strike2": 5900}, "must have different strikes"),
        ({**SPREAD, "expiry": None}, "expiry: an option needs it"),
        ({**SPREAD, "expiry": "2026-02-06"}, "expiry: 2026-02-06 is over; expected a date from 2026-02-09 on"),
        ({**SPREAD, "expiry": "soon"}, "expiry: Date has wrong format"),
        ({**SPREAD, "root": "XSP"}, "root: expected SPX or SPXW for SPX"),
        ({**SPREAD, "type": "other"}, 'type: "other" is not a valid choice'),
        ({**SPREAD, "symbol": "not a ticker"}, "symbol: "),
        ({**SPREAD, "openedAt": "2026-02-09T15:01:00Z"}, "openedAt: lies in the future"),
        ({**SPREAD, "entryDate": "2026-02-08"}, "entryDate: the market was closed on 2026-02-08"),
        ({**SPREAD, "entryDate": "2026-02-06", "openedAt": "2026-02-06T16:00:00Z"}, "openedAt or entryDate, not both"),
        ({**SPREAD, "notes": "x" * 2001}, "notes: Ensure this field has no more than 2000 characters"),
        ({**SPREAD, "tags": [f"{number}" for number in range(21)]}, "tags: Ensure this field has no more than 20"),
        ({**LEGS, "legs": []}, "legs: Ensure this field has at least 1"),
        ({**LEGS, "legs": [CALL] * 9}, "legs: Ensure this field has no more than 8"),
        ({**LEGS, "legs": [{**CALL, "strike": None}]}, "strike: An option needs it"),
        ({**LEGS, "legs": [{**CALL, "kind": "stock", "expiry": None}]}, "strike: Stock has none"),
        ({**LEGS, "legs": [CALL, {**CALL, "quantity": -2}]}, "nothing stays open"),
    ],
)
def test_what_cannot_be_opened_says_why(api: APIClient, body: dict[str, Any], says: str) -> None:
    assert says in refused(api, body)
    assert not Position.objects.exists()


def test_a_third_friday_has_two_roots(api: APIClient) -> None:
    morning = opened(api, {**LEGS, "legs": [{**CALL, "root": "SPX"}]})["legs"][0]

    assert (morning["contract"], morning["settlement"]) == ("SPX260220C05900000", "AM")


def test_an_entry_date_is_the_open_of_its_session(api: APIClient) -> None:
    assert opened(api, {**SPREAD, "entryDate": "2026-02-06"})["openedAt"] == "2026-02-06T14:30:00Z"
    assert opened(api, {**SPREAD, "entryDate": "2026-02-09"})["openedAt"] == "2026-02-09T14:30:00Z"


def test_the_same_request_opens_one_position(api: APIClient) -> None:
    first = opened(api, LEGS, HTTP_IDEMPOTENCY_KEY="once")
    again = opened(api, LEGS, HTTP_IDEMPOTENCY_KEY="once")
    other = opened(api, LEGS, HTTP_IDEMPOTENCY_KEY="twice")

    assert first["id"] == again["id"] != other["id"]
    long = sent(api, "post", ALL, LEGS, status=400, HTTP_IDEMPOTENCY_KEY="x" * 201)
    assert "Idempotency-Key: expected 1 to 200 characters" in long["message"]


def test_part_of_it_is_closed_and_then_the_rest(api: APIClient) -> None:
    made = opened(api, SPREAD)

    part = sent(api, "post", CLOSE, {"price": 40, "quantity": 2, "fees": 2.6}, pk=made["id"])["position"]
    assert (part["quantity"], part["status"], part["realized"], part["realizedNet"]) == (3, "open", 2000, 1997.4)
    body = {"price": 10, "reason": "stop", "version": part["version"]}
    whole = sent(api, "post", CLOSE, body, pk=made["id"])["position"]

    assert (whole["quantity"], whole["status"], whole["realized"], whole["closeReason"]) == (0, "closed", -4000, "stop")
    assert whole["closedAt"] == "2026-02-09T15:00:00Z"
    over = sent(api, "post", CLOSE, {"price": 10}, pk=made["id"], status=409)
    assert over["message"] == "This position is closed; only an open one can be closed"


def test_a_leg_is_added_and_another_bought_back(api: APIClient) -> None:
    made = opened(api, LEGS)
    against = {**CALL, "quantity": -2, "strike": 6000, "price": 12}

    spread = sent(api, "post", TRADES, {"legs": [against], "reason": "convert"}, pk=made["id"])["position"]
    assert (spread["type"], spread["entryPrice"]) == ("call_spread", 18)
    back = sent(api, "post", TRADES, {"legs": [{**against, "quantity": 2, "price": 6}]}, pk=made["id"])["position"]

    assert (back["type"], back["entryPrice"], back["realized"]) == ("call", 30, 1200)
    said = refused(api, {"legs": [{**CALL, "quantity": -3}]}, TRADES, made["id"])
    assert "SPXW260220C05900000: 2 are open; more cannot be closed" in said


def test_what_is_said_about_it_changes_with_its_version(api: APIClient) -> None:
    made = opened(api, LEGS)

    changed = sent(api, "patch", ONE, {"version": made["version"], "stopPrice": 21.5, "tags": []}, pk=made["id"])
    assert changed["position"]["stopPrice"] == 21.5
    stale = sent(api, "patch", ONE, {"version": made["version"], "notes": "x"}, pk=made["id"], status=409)
    assert stale["message"].startswith("This position has changed meanwhile: you saw version 2, it is now version 3")
    assert "version" in sent(api, "patch", ONE, {"notes": "x"}, pk=made["id"], status=400)["message"]
    nothing = sent(api, "patch", ONE, {"version": 3}, pk=made["id"], status=400)
    assert "Expected at least one member beside version" in nothing["message"]


def test_a_list_is_of_the_caller_alone_newest_first(api: APIClient, trader: User) -> None:
    opened(api, {**LEGS, "openedAt": "2026-02-06T15:00:00Z"})
    opened(api, {**LEGS, "symbol": "SPY"})
    held_call(UserFactory(), symbol="TSLA", at=TEN)

    assert [row["symbol"] for row in sent(api, "get", ALL)["positions"]] == ["SPY", "SPX"]
    assert sent(api, "get", f"{ALL}")["total"] == 2
    page = api.get(ALL, {"limit": 1, "offset": 1, "status": "open"}).json()
    assert ([row["symbol"] for row in page["positions"]], page["total"]) == (["SPX"], 2)
    assert api.get(ALL, {"symbol": "spy"}).json()["total"] == 1
    assert api.get(ALL, {"status": "lost"}).status_code == 400
    assert api.get(ALL, {"limit": 0}).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", ONE, None),
        ("patch", ONE, {"version": 1, "notes": "x"}),
        ("delete", ONE, None),
        ("post", CLOSE, {"price": 1}),
        ("post", TRADES, {"legs": [CALL]}),
    ],
)
def test_an_id_that_is_not_his_is_not_found(api: APIClient, method: str, path: str, body: Any) -> None:
    theirs = held_call(UserFactory(), at=TEN)

    for pk in (theirs.id, uuid4()):
        assert sent(api, method, path, body, pk=pk, status=404)["message"] == "There is no such position"
    assert sent(api, method, path, body, pk="seven", status=400)["message"].endswith("id: expected a UUID")
    theirs.refresh_from_db()
    assert theirs.status == "open"


def test_a_removed_position_is_gone(api: APIClient) -> None:
    made = opened(api, LEGS)

    assert sent(api, "delete", ONE, pk=made["id"]) == {"success": True}
    sent(api, "get", ONE, pk=made["id"], status=404)


def test_nothing_is_told_without_a_token() -> None:
    stranger = APIClient()

    assert {getattr(stranger, method)(ALL).status_code for method in ("get", "post")} == {401}


def test_no_vendor_is_asked(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    class Away(FakeVendor):
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(f"the vendor was asked for {name}")

    monkeypatch.setattr(vendors, "vendor", Away)

    assert opened(api, LEGS)["status"] == "open"
