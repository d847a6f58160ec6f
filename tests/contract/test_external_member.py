"""A member of an external issuer has what is his own, and nothing of anybody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from accounts import external_keys, tokens
from accounts.models import User
from detectors.models import Alert, TrackedSetup
from market.models import Watchlist
from tests.accounts.issuer import AUDIENCE, NAME, SECRET, shared
from tests.contract.schemas import assert_response
from tests.factories.accounts import UserFactory
from tests.factories.detectors import AlertFactory, TrackedSetupFactory
from tests.factories.market import WatchlistFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vendor")]

EXTERNALS = "3f2b8c64-1f6e-4a0b-9a55-7d0c1e2f3a44"
Call = Callable[..., HttpResponse]


@pytest.fixture(autouse=True)
def _issuer(settings: Settings) -> Iterator[None]:
    settings.EXTERNAL_JWT_ISSUER, settings.EXTERNAL_JWT_AUDIENCE = NAME, AUDIENCE
    settings.EXTERNAL_JWT_SECRET = SECRET
    yield
    external_keys.at.cache_clear()


def calling(token: str) -> Call:
    def call(method: str, path: str, body: Any = None) -> HttpResponse:
        sent = b"" if body is None else orjson.dumps(body)
        return Client().generic(method, path, sent, "application/json", headers={"Authorization": f"Bearer {token}"})

    return call


@pytest.fixture
def his() -> Call:
    return calling(shared(sub=EXTERNALS))


@pytest.fixture
def local() -> User:
    return UserFactory.create()


@pytest.fixture
def hers(local: User) -> Call:
    return calling(tokens.issue(local))


def test_he_has_a_list_alerts_and_setups_like_anybody(his: Call) -> None:
    made = assert_response(his("POST", "/api/watchlist", {"symbols": ["SPX"]}), "/api/watchlist", "post")
    alert = {"symbol": "SPY", "alert_type": "price_above", "target_value": 6_000}
    told = assert_response(his("POST", "/api/alerts", alert), "/api/alerts", "post")

    assert made["watchlist"]["user_id"] == told["user_id"] == EXTERNALS
    assert [alert["id"] for alert in his("GET", "/api/alerts").json()["alerts"]] == [told["id"]]
    assert his("GET", "/api/tracked-setups").json()["trackedSetups"] == []


def test_neither_sees_the_others(his: Call, hers: Call, local: User) -> None:
    his("POST", "/api/watchlist", {"symbols": ["ZZHIS"]})
    WatchlistFactory.create(user=local, symbols=["ZZHERS"])
    AlertFactory.create(user=local, notes="hersnotes")
    TrackedSetupFactory.create(user=local, notes="hersnotes")

    for path in ("/api/watchlist", "/api/alerts", "/api/tracked-setups", "/api/preferences"):
        found, other = his("GET", path).content.decode(), hers("GET", path).content.decode()
        assert [name for name in ("ZZHERS", "hersnotes", str(local.pk)) if name in found] == []
        assert [name for name in ("ZZHIS", EXTERNALS) if name in other] == []


def test_he_changes_nothing_of_hers(his: Call, local: User) -> None:
    listed = WatchlistFactory.create(user=local)
    alert, setup = AlertFactory.create(user=local), TrackedSetupFactory.create(user=local)

    answers = [
        his("PUT", f"/api/watchlist/{listed.pk}", {"name": "his"}),
        his("DELETE", f"/api/watchlist/{listed.pk}"),
        his("PUT", f"/api/alerts/{alert.pk}", {"target_value": 1}),
        his("POST", f"/api/alerts/{alert.pk}/cancel"),
        his("DELETE", f"/api/alerts/{alert.pk}"),
        his("PATCH", f"/api/tracked-setups/{setup.pk}", {"notes": "his"}),
        his("DELETE", f"/api/tracked-setups/{setup.pk}"),
    ]

    # Deleting an alert that is not there is a 200 by contract.
    assert [answer.status_code for answer in answers] == [404, 404, 404, 404, 200, 404, 404]
    kept = Watchlist.objects.get(pk=listed.pk), Alert.objects.get(pk=alert.pk), TrackedSetup.objects.get(pk=setup.pk)
    assert (kept[0].name, kept[1].status, kept[2].notes) == (listed.name, alert.status, setup.notes)
