"""The end of an option as its trader tells it over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from market.clock import Standing
from positions.models import Fill
from tests.detectors.conftest import client_of
from tests.factories.accounts import UserFactory
from tests.positions.api.test_positions import sent
from tests.positions.conftest import Opener

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ASSIGN = "/api/positions/{id}/assign"
PUT, INDEX = "SPY260220P00590000", "SPXW260220C05900000"
AFTER = datetime(2026, 2, 20, 23, tzinfo=UTC)


@pytest.fixture
def api(trader: User) -> APIClient:
    return client_of(trader)


def test_an_early_assignment_brings_the_shares(api: APIClient, opens: Opener) -> None:
    position = opens(("-3P590", "8"), symbol="SPY")
    body = {"contract": PUT, "quantity": 2, "fees": 5, "version": position.version}

    told = sent(api, "post", ASSIGN, body, pk=position.pk)["position"]

    assert (told["status"], told["type"], told["realized"], told["fees"]) == ("open", "other", 1600, 5)
    assert [(leg["contract"], leg["quantity"], leg["awaits"]) for leg in told["legs"]] == [
        (PUT, -1, None),
        ("SPY", 200, None),
    ]
    assert [fill["kind"] for fill in told["legs"][1]["fills"]] == ["assignment"]
    sent(api, "post", ASSIGN, body, pk=position.pk, status=409)  # the version is an old one


def test_a_settlement_value_pays_an_index_option_out(api: APIClient, opens: Opener, now: Standing) -> None:
    position = opens(("+2C5900", "30"))
    now.move_to(AFTER)
    body = {"contract": INDEX, "outcome": "cash_settlement", "settlementValue": 5931.17}

    told = sent(api, "post", ASSIGN, body, pk=position.pk)["position"]

    assert (told["status"], told["realized"], told["closedAt"]) == ("expired", 234, "2026-02-20T21:00:00Z")
    sent(api, "post", ASSIGN, body, pk=position.pk, status=409)  # it has ended


@pytest.mark.parametrize(
    "change",
    [
        {"contract": 7},
        {"contract": "SPY260220P00595000"},
        {"contract": None},
        {"quantity": 0},
        {"quantity": 4},
        {"quantity": "all"},
        {"outcome": "vanished"},
        {"outcome": "expiry"},
        {"outcome": "cash_settlement"},
        {"outcome": "cash_settlement", "settlementValue": 590},
        {"settlementValue": 590},
        {"fees": -1},
        {"at": "2026-02-10T15:00:00Z"},
        {"at": "2026-02-06T15:00:00Z"},
        {"at": "soon"},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_changes_nothing(api: APIClient, opens: Opener, change: dict[str, Any]) -> None:
    position = opens(("-3P590", "8"), symbol="SPY")
    before = list(Fill.objects.values())

    sent(api, "post", ASSIGN, {"contract": PUT, **change}, pk=position.pk, status=400)

    assert list(Fill.objects.values()) == before


def test_a_strangers_position_is_a_missing_one(opens: Opener) -> None:
    position = opens(("-3P590", "8"), symbol="SPY")

    sent(client_of(UserFactory()), "post", ASSIGN, {"contract": PUT}, pk=position.pk, status=404)
