"""LEAPS over HTTP: what answers say of what is known, and of what is not."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import User
from market import clock, vendors
from positions.models import Leaps
from tests.contract.schemas import assert_response
from tests.factories.accounts import UserFactory
from tests.factories.positions import LeapsFactory
from tests.market.fakes import FakeVendor
from tests.positions import long_dated
from tests.positions.long_dated import TEN

BODY = {
    "symbol": " spy ",
    "option_type": "Call",
    "strike": 600,
    "entry_price": 45.5,
    "entry_date": "2026-01-12",
    "expiry_date": "2026-12-18",
    "quantity": 2,
}
UNKNOWN = {f"current_{name}": None for name in ("value", "underlying", "iv", "delta", "gamma", "vega", "theta")} | {
    "value_at": None,
    "value_source": None,
    "underlying_at": None,
}


@pytest.fixture
def vendor() -> Iterator[FakeVendor]:
    fake = long_dated.vendor()
    with vendors.using(fake), clock.standing(TEN):
        yield fake


@pytest.fixture
def trader(db: None) -> User:
    return UserFactory.create()


@pytest.fixture
def api(trader: User, vendor: FakeVendor) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(trader)}")
    return client


def test_a_new_one_is_answered_with_what_the_market_says(api: APIClient) -> None:
    answer = api.post("/api/leaps", BODY | {"entry_gamma": 0, "entry_delta": None}, format="json")

    told = assert_response(answer, "/api/leaps", "post")
    row = told["position"]
    assert (answer.status_code, told["warnings"]) == (201, [])
    assert (row["symbol"], row["option_type"], row["strike"], row["entry_price"]) == ("SPY", "CALL", 600, 45.5)
    assert (row["current_value"], row["current_underlying"], row["value_source"]) == (50, 600, "quote")
    assert (row["entry_gamma"], row["entry_delta"]) == (0, None)
    assert (row["contract"], row["value_at"]) == ("SPY261218C00600000", "2026-02-09T15:00:00Z")


@pytest.mark.parametrize(("expiry", "warnings"), [("2026-11-07", []), ("2026-11-06", ["expires_within_270_days"])])
def test_a_short_one_is_added_with_a_warning(api: APIClient, expiry: str, warnings: list[str]) -> None:
    answer = api.post("/api/leaps", BODY | {"expiry_date": expiry}, format="json")

    assert (answer.status_code, answer.json()["warnings"]) == (201, warnings)


def test_the_list_is_refreshed_and_the_newest_comes_first(api: APIClient, trader: User) -> None:
    old = LeapsFactory.create(user=trader, strike=600)
    new = LeapsFactory.create(user=trader, strike=620, created_at=TEN)

    told = assert_response(api.get("/api/leaps"), "/api/leaps", "get")

    assert [row["id"] for row in told["positions"]] == [str(new.pk), str(old.pk)]
    assert [row["current_value"] for row in told["positions"]] == [40, 50]
    assert told["count"] == 2


def test_one_has_its_days_its_projection_and_its_outlook(api: APIClient, trader: User) -> None:
    row = LeapsFactory.create(user=trader, strike=600, entry_delta=Decimal("0.9"))

    told = assert_response(api.get(f"/api/leaps/{row.pk}"), "/api/leaps/{id}", "get")

    assert (told["daysToExpiry"], told["daysHeld"], told["timeRisk"], told["trend"]) == (312, 29, "low", "stable")
    assert [point["notes"] for point in told["greeksProjection"]][::8] == ["Current", "Expiry"]
    assert told["projectionTrouble"] is None


def test_what_nobody_knows_is_null_and_its_projection_empty(api: APIClient, trader: User) -> None:
    row = LeapsFactory.create(user=trader, symbol="ZZTOP", **UNKNOWN)

    told = assert_response(api.get(f"/api/leaps/{row.pk}"), "/api/leaps/{id}", "get")

    assert {name: told["position"][name] for name in UNKNOWN} == dict.fromkeys(UNKNOWN)
    assert (told["greeksProjection"], told["trend"]) == ([], None)
    assert told["projectionTrouble"].startswith("Not known yet: the price of ZZTOP and the implied volatility")


def test_a_projection_needs_no_body_and_says_what_it_was_made_of(api: APIClient, trader: User) -> None:
    row = LeapsFactory.create(user=trader, strike=600)

    answer = api.post(f"/api/leaps/{row.pk}/greeks-projection", b"", content_type="application/json")

    told = assert_response(answer, "/api/leaps/{id}/greeks-projection", "post")
    assert (told["optionType"], told["currentPrice"], told["currentDte"]) == ("call", 600, 312)
    assert (told["exercise"], told["rateSource"], told["valueAsOf"]) == ("american", "fallback", "2026-02-09T15:00:00Z")
    first = told["projections"][0]
    assert first["scenarios"]["spotUp10"] > first["projectedValue"] > first["scenarios"]["spotDown10"]
    assert first["scenarios"]["ivUp5"] > first["projectedValue"] > first["scenarios"]["ivDown5"]
    assert first["forwardValue"] == pytest.approx(first["projectedValue"], rel=0.05)


def test_a_roll_is_priced_at_live_quotes_with_the_model_beside_it(api: APIClient, trader: User) -> None:
    row = LeapsFactory.create(user=trader, strike=600, entry_price=45)

    answer = api.post(
        f"/api/leaps/{row.pk}/roll-calculation", {"newStrike": 620, "newExpiry": "2027-01-15"}, format="json"
    )

    told = assert_response(answer, "/api/leaps/{id}/roll-calculation", "post")
    current, new, made = told["current"], told["new"], told["rollAnalysis"]
    assert (current["value"], current["bid"], current["priceSource"]) == (49.8, 49.8, "quote")
    assert (new["value"], new["ask"], new["daysToExpiry"], new["expiry"]) == (44.2, 44.2, 340, "2027-01-15")
    assert new["modelValue"] == pytest.approx(44, abs=1)
    assert (made["netCreditDebit"], made["capitalFreed"]) == (1_120, 1_120)
    assert (made["newBreakEven"], made["cumulativeBasis"], made["trueBreakEven"]) == (664.2, 39.4, 659.4)


def test_a_correction_changes_what_was_bought_and_nothing_else(api: APIClient, trader: User) -> None:
    row = LeapsFactory.create(user=trader)

    answer = api.put(f"/api/leaps/{row.pk}", {"entry_price": 51.25, "quantity": 3}, format="json")

    told = assert_response(answer, "/api/leaps/{id}", "put")["position"]
    assert (told["entry_price"], told["quantity"], told["value_source"]) == (51.25, 3, "quote")
    assert Leaps.objects.get(pk=row.pk).strike == row.strike


@pytest.mark.parametrize("quantity", [0, -1, 1.5, "2", True, 2**31, [1], None])
def test_what_is_no_number_of_contracts_is_refused(api: APIClient, quantity: object) -> None:
    answer = api.post("/api/leaps", BODY | {"quantity": quantity}, format="json")

    assert (answer.status_code, answer.json()["error"]) == (400, "VALIDATION_ERROR")
    assert not Leaps.objects.exists()
