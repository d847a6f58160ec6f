"""Every operation of our schema with data that it allows and data that it does not: no server error, no surprise.

The same cases in every run: a fixed seed, no database of examples, a market and a clock that stand still.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote
from zlib import crc32

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.urls import Resolver404, resolve
from rest_framework.response import Response
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts import tokens
from accounts.api import preferences
from accounts.models import User
from tests.contract.our_schema import ours
from tests.factories.accounts import UserFactory
from tests.factories.detectors import AlertFactory, TrackedSetupFactory
from tests.factories.market import WatchlistFactory
from tests.factories.positions import AdviceFactory, LeapsFactory, closed_call, held_call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vendor", "doors")]

SEED = 20260210
EXAMPLES = 10  # random ones; each bound and each type of each member has cases of its own beside them
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
OWN: dict[str, Callable[..., Any]] = {
    "/api/alerts/": AlertFactory.create,
    "/api/leaps/": LeapsFactory.create,
    "/api/positions/advice/": AdviceFactory.create,
    "/api/positions/": held_call,
    "/api/tracked-setups/": TrackedSetupFactory.create,
    "/api/watchlist/": WatchlistFactory.create,
}
PASSWORD = "correct horse"
HELD = {"kind": "call", "strike": 600, "expiry": "2026-02-20", "quantity": 1, "price": 5}
# What a body must say for the act to be possible on the row that it is aimed at; the rest stays as it was made up.
POSSIBLE: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/alerts"): {
        "symbol": "SPY", "alert_type": "price_above", "target_value": 900, "expires_at": None,
        "notification_channels": ["in-app"],
    },
    ("POST", "/api/leaps"): {
        "symbol": "SPY", "option_type": "call", "strike": 550, "entry_price": 52,
        "entry_date": "2026-01-12", "expiry_date": "2026-12-18",
    },
    ("POST", "/api/positions"): {"symbol": "SPY", "legs": [HELD]},
    ("PATCH", "/api/positions/{id}"): {"version": 2, "notes": "mine"},
    ("POST", "/api/positions/{id}/close"): {"price": 6},
    ("POST", "/api/positions/{id}/trades"): {"legs": [HELD]},
    ("POST", "/api/positions/{id}/convert"): {"strike": 700, "price": 1},
    ("POST", "/api/positions/{id}/roll"): {
        "closing": [{"contract": "SPY260220C00600000", "price": 76}],
        "opening": [{"contract": "SPY260306C00675000", "quantity": 1, "price": 10}],
    },
    ("POST", "/api/positions/{id}/assign"): {"contract": "SPY260220C00600000", "outcome": "delivery"},
}  # fmt: skip
# Members of positions that say the same in another way, or have to fit what is there.
UNFIT = {"at", "entryDate", "entryPrice", "openedAt", "quantity", "settlementValue", "type"}


def _schema() -> Any:
    generation = {"mode": "all", "max-examples": EXAMPLES, "deterministic": True, "database": "none", "no-shrink": True}
    # One method that nobody serves is as good as eight.
    coverage = {"unexpected-methods": ["query"]}
    # PUT and PATCH of preferences check their body by one serializer of twenty fields.
    again = {"include-name": "PATCH /api/preferences", "phases": {"coverage": {"enabled": False}}}
    config = SchemathesisConfig.from_dict(
        {"seed": SEED, "generation": generation, "phases": {"coverage": coverage}, "operations": [again]}
    )
    loaded = schemathesis.openapi.from_dict(ours(), config=config)
    loaded.app = get_wsgi_application()
    return loaded


schema = _schema()
_statuses: list[int] = []


@pytest.fixture
def doors(settings: Any) -> Iterator[None]:
    """Count no requests, open the routes that are there for tests, and keep one connection for all cases."""
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 1_000_000)
    settings.E2E_BYPASS_AUTH, settings.E2E_BYPASS_SHARED_SECRET = True, "s" * 32
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)  # as Django's own test client does
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def _something_was_answered() -> Iterator[None]:
    """Fail when every case of an operation was refused: then nothing behind the checks was tried."""
    _statuses.clear()
    yield
    assert [status for status in _statuses if status < 300 or status == 503]


@pytest.mark.usefixtures("_something_was_answered")
@schema.parametrize()
def test_an_operation_answers_as_it_says(case: Any) -> None:
    user = UserFactory.create(password=PASSWORD)
    if crc32(repr((case.path_parameters, case.query, case.body)).encode()) % 2:
        aim(case, user)

    response = case.call(headers={"Authorization": f"Bearer {tokens.issue(user)}"})

    _statuses.append(response.status_code)
    if is_elsewhere(case):
        assert (response.status_code, response.json()["error"]) == (404, "Not found")
    else:
        case.validate_response(response, checks=checks_of(case, response))


def aim(case: Any, user: User) -> None:
    """Have a case hit something: an own row, a symbol there is, a password that is right."""
    if "id" in case.path_parameters:
        create = next(create for prefix, create in OWN.items() if case.path.startswith(prefix))
        if case.path.endswith("/explain"):
            create, case.query = closed_call, {}
        case.path_parameters = {"id": str(create(user=user).pk)}
    elif "symbol" in case.path_parameters:
        case.path_parameters = {"symbol": "SPX"}
        if case.path.startswith("/api/options") and case.path.endswith("/iv-crush"):
            case.query = {"eventDate": "2026-02-11"}
    elif case.path == "/api/auth/token":
        case.body = {"username": user.username, "password": PASSWORD}
    elif case.path.endswith("/analyze") and isinstance(case.body, dict):
        told = case.body.get("position")
        good = {"symbol": "SPX", "type": "call", "strike": 5900, "expiry": "2026-02-13", "entryDate": "2026-02-09"}
        rest = {name: value for name, value in told.items() if name != "legs"} if isinstance(told, dict) else {}
        case.body = {"position": {"quantity": 1, "entryPrice": 30, **rest, **good}}
    possible = POSSIBLE.get((case.method.upper(), case.path))
    if possible and isinstance(case.body, dict):
        unfit = UNFIT | {"version"} if case.path.startswith("/api/positions") else set()
        case.body = {name: value for name, value in case.body.items() if name not in unfit} | possible


def is_elsewhere(case: Any) -> bool:
    """Say whether the address, once written out, is none of ours: an id with a slash, an empty symbol."""
    try:
        resolve(unquote(case.formatted_path))
    except Resolver404:
        return True
    return False


def checks_of(case: Any, response: Any) -> list[Any]:
    """Return what has to hold; a 503 is what a check of health is for, and the answer for a symbol without options."""
    away = response.status_code == 503
    ill = case.path.startswith("/health") or (away and response.json()["error"] == "Data unavailable")
    return CHECKS[1:] if away and ill else CHECKS


class TestThatItWouldBeNoticed:
    def answer(self, monkeypatch: pytest.MonkeyPatch, answer: Callable[[Any], Any]) -> None:
        monkeypatch.setattr(preferences, "_answer", answer)
        case = schema["/api/preferences"]["GET"].Case()
        response = case.call(headers={"Authorization": f"Bearer {tokens.issue(UserFactory.create())}"})
        case.validate_response(response, checks=checks_of(case, response))

    def test_a_server_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(FailureGroup, match="Server error"):
            self.answer(monkeypatch, lambda _row: 1 / 0)

    def test_an_answer_of_another_shape(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(FailureGroup, match="Response violates schema"):
            self.answer(monkeypatch, lambda _row: Response({"orb_period": 15}))

    def test_a_status_that_is_not_described(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(FailureGroup, match="Undocumented"):
            self.answer(monkeypatch, lambda _row: Response({}, status=409))
