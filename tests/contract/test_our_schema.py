"""/api/schema/: made without a warning, valid, complete, and nowhere less than the contract."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from openapi_spec_validator import OpenAPIV31SpecValidator
from rest_framework.views import APIView

from accounts import tokens
from config.http.schema_contract import _joined
from tests.contract.comparer import Comparison, forms, resolved
from tests.contract.our_schema import METHODS, assert_promised, operations, ours
from tests.contract.schemas import contract
from tests.factories.accounts import UserFactory

PAGES = {("/api/docs/", "get")}  # for people; everything else under /api/ is described
NOBODYS = "7b0f1c9e-3f5d-4a53-9a0e-4a2a4f0f9b11"
OURS = Comparison(ours(), contract())
SHARED = [which for which in operations() if which[1] in contract()["paths"].get(which[0], {})]


def served() -> set[tuple[str, str]]:
    """Return the routes of all API views, as Django resolves them."""
    found = set()

    def walk(patterns: list[Any], prefix: str) -> None:
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            view = getattr(pattern.callback, "cls", None) if isinstance(pattern, URLPattern) else None
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, route)
            elif view and issubclass(view, APIView):
                answered = getattr(pattern.callback, "actions", None) or [
                    name for name in METHODS if hasattr(view, name)
                ]
                path = "/" + route.replace("<str:pk>", "{id}").replace("<str:", "{").replace(">", "}")
                found.update((path, method) for method in answered if method in METHODS)

    walk(get_resolver().url_patterns, "")
    return found


def test_it_is_made_without_a_warning_or_an_error() -> None:
    SchemaGenerator().get_schema(request=None, public=True)

    assert (dict(GENERATOR_STATS._warn_cache), dict(GENERATOR_STATS._error_cache)) == ({}, {})


def test_the_command_makes_it_too(tmp_path: Any) -> None:
    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--format=openapi-json", f"--file={tmp_path / 'x.json'}"
    )

    made = json.loads((tmp_path / "x.json").read_text())
    assert made["paths"] == ours()["paths"]
    assert made["components"] == ours()["components"]


def test_it_is_a_valid_document() -> None:
    assert [str(problem) for problem in OpenAPIV31SpecValidator(ours()).iter_errors()] == []


def test_it_describes_what_is_served_and_nothing_else() -> None:
    assert set(operations()) == served() - PAGES


def test_every_part_of_it_is_used() -> None:
    text = json.dumps(ours())
    parts = ours()["components"]

    unused = [f"#/components/{kind}/{name}" for kind in ("schemas", "responses", "headers") for name in parts[kind]]
    assert [part for part in unused if f'"{part}"' not in text] == []


def test_no_answer_is_just_an_object() -> None:
    def shapes(which: tuple[str, str]) -> Any:
        for status, answer in operations()[which]["responses"].items():
            for content in answer.get("content", {}).values():
                yield status, content["schema"]

    bare = [
        (which, status)
        for which in operations()
        for status, schema in shapes(which)
        if not schema.keys() & {"$ref", "anyOf", "oneOf"} and not schema.get("properties")
    ]
    assert bare == [(("/api/schema/", "get"), "200")], "an OpenAPI document is described by OpenAPI"


def test_names_of_operations_are_their_own() -> None:
    names = [one["operationId"] for one in operations().values()]

    assert sorted(names) == sorted(set(names))


def test_every_error_answer_has_error_and_message() -> None:
    for which, one in operations().items():
        for status, answer in one["responses"].items():
            if status >= "400" and not which[0].startswith("/health"):
                sent = resolved(answer, ours())["content"]["application/json"]["schema"]
                for schema in forms(sent, ours()):
                    assert {"error", "message"} <= set(schema["required"]), (which, status)


@pytest.mark.parametrize("which", SHARED, ids=lambda which: f"{which[1]} {which[0]}")
def test_a_route_of_the_contract_is_nowhere_less_than_the_contract(which: tuple[str, str]) -> None:
    assert OURS.operation(*which) == []


def test_the_comparison_meets_every_served_route_of_the_contract() -> None:
    own = {"/api/preferences", "/api/auth/token", "/api/setups/detected", "/api/tracked-setups/bulk", "/api/schema/"}
    own |= {"/api/options/{symbol}/iv-crush", "/api/options/{symbol}/surface"}
    own |= {"/api/earnings/{symbol}/history", "/api/earnings/{symbol}/iv-crush"}
    own |= {"/api/positions", "/api/positions/{id}", "/api/positions/{id}/close", "/api/positions/{id}/trades"}
    own |= {"/api/positions/portfolio", "/api/positions/advice/{id}/ack"}
    own |= {"/api/positions/{id}/assign", "/api/positions/{id}/explain"}
    own |= {f"/api/positions/{{id}}/{act}" for act in ("stop", "close-preview", "roll-preview", "roll")}
    own |= {"/api/positions/{id}/convert-preview", "/api/positions/{id}/convert"}
    own |= {"/api/positions/{id}/hindsight", "/api/plan", "/api/plan/today"}
    own |= {"/api/options/analyze"}

    assert {path for path, _ in set(operations()) - set(SHARED)} == own


class TestMembersOfOurOwn:
    ALERT = {
        "id": "7b0f1c9e-3f5d-4a53-9a0e-4a2a4f0f9b11",
        "user_id": "7b0f1c9e-3f5d-4a53-9a0e-4a2a4f0f9b12",
        "symbol": "SPY", "alert_type": "price_above", "target_value": 1.0, "condition_met": False,
        "triggered_at": None, "notification_sent": False, "notification_channels": [], "status": "active",
        "notes": None, "created_at": "2026-02-10T17:00:05Z", "expires_at": None, "tolerance_pct": None,
        "trigger_reason": None, "trigger_price": None, "armed_price": 2.0, "rearmed_at": None, "expired_at": None,
    }  # fmt: skip

    def answer(self, body: Any, status: int = 201) -> Any:
        return SimpleNamespace(status_code=status, json=lambda: body)

    def test_an_answer_that_is_described_passes(self) -> None:
        assert_promised(self.answer(self.ALERT), "/api/alerts", "post")

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"more": 1}, "'more' was unexpected"),
            ({"trigger_reason": "whim"}, "'whim' is not valid under any"),
            ({"trigger_price": "1.0"}, "'1.0' is not of type"),
            ({"rearmed_at": "yesterday"}, "'yesterday' is not a 'date-time'"),
        ],
    )
    def test_one_that_is_not_is_refused(self, change: dict[str, Any], said: str) -> None:
        with pytest.raises(AssertionError, match=said):
            assert_promised(self.answer(self.ALERT | change), "/api/alerts", "post")

    def test_one_that_is_missing_is_refused(self) -> None:
        body = {name: value for name, value in self.ALERT.items() if name != "expired_at"}

        with pytest.raises(AssertionError, match="'expired_at' is a required property"):
            assert_promised(self.answer(body), "/api/alerts", "post")

    def test_a_status_that_is_not_described_is_refused(self) -> None:
        with pytest.raises(AssertionError, match="POST /api/alerts -> 418 is not described"):
            assert_promised(self.answer({}, 418), "/api/alerts", "post")

    def test_one_that_contradicts_the_contract_cannot_be_declared(self) -> None:
        theirs = {"type": "object", "properties": {"price": {"type": "number"}}}
        mine = {"type": "object", "properties": {"price": {"type": "string"}}}

        with pytest.raises(ImproperlyConfigured, match=r"Level\.price contradicts the contract"):
            _joined(theirs, mine, {}, "Level")


@pytest.mark.django_db
class TestOwnRoutes:
    """What the tests of contract routes do for those: real answers, held against our schema."""

    @pytest.fixture
    def send(self) -> Any:
        user = UserFactory.create(username="ann")
        user.set_password("correct horse")
        user.save()
        bearer = f"Bearer {tokens.issue(user)}"

        def send(path: str, method: str, body: Any = None, authorization: str = bearer) -> int:
            headers = {"Authorization": authorization} if authorization else {}
            response = Client().generic(
                method.upper(), path, b"" if body is None else json.dumps(body), "application/json", headers=headers
            )
            assert_promised(response, path, method)
            return response.status_code

        return send

    @pytest.mark.parametrize(
        ("path", "method", "body", "status"),
        [
            ("/api/preferences", "get", None, 200),
            ("/api/preferences", "put", {"orb_period": 5, "ui": {"any": [1]}}, 200),
            ("/api/preferences", "patch", {"dashboard_layout": None, "chart_indicators": {"rsi": True}}, 200),
            ("/api/preferences", "patch", {"orb_period": 7}, 400),
            ("/api/preferences", "delete", None, 200),
            ("/api/setups/detected", "get", None, 200),
            ("/api/tracked-setups/bulk", "post", {"action": "delete", "ids": [NOBODYS]}, 200),
            ("/api/tracked-setups/bulk", "post", {}, 400),
            ("/api/auth/token", "post", {"username": "ann", "password": "correct horse"}, 200),
            ("/api/auth/token", "post", {"username": "ann", "password": "battery"}, 401),
            ("/api/auth/token", "post", {}, 400),
        ],
    )  # fmt: skip
    def test_answers_as_it_says(self, send: Any, path: str, method: str, body: Any, status: int) -> None:
        assert send(path, method, body) == status

    @pytest.mark.parametrize("path", ["/api/preferences", "/api/setups/detected"])
    def test_refuses_strangers_as_it_says(self, send: Any, path: str) -> None:
        assert send(path, "get", authorization="") == 401

    @pytest.mark.usefixtures("vendor")
    @pytest.mark.parametrize(
        ("part", "query", "symbol", "status"),
        [
            ("iv-crush", "eventDate=2026-02-11", "SPX", 200),
            ("iv-crush", "eventDate=2026-02-09", "SPX", 400),
            ("iv-crush", "eventDate=2026-02-11", "NVDA", 404),
            ("surface", "maxExpirations=2", "SPX", 200),
            ("surface", "maxExpirations=13", "SPX", 400),
            ("surface", "", "NVDA", 404),
        ],
    )
    def test_options_answer_as_they_say(self, part: str, query: str, symbol: str, status: int) -> None:
        bearer = f"Bearer {tokens.issue(UserFactory.create())}"

        response = Client().get(f"/api/options/{symbol}/{part}?{query}", headers={"Authorization": bearer})

        assert_promised(response, f"/api/options/{{symbol}}/{part}", "get")
        assert response.status_code == status

    def test_counts_requests_as_it_says(self, send: Any, settings: Any) -> None:
        settings.RATE_LIMITS = settings.RATE_LIMITS | {"general": 0}

        assert [send("/api/preferences", "get"), send("/api/schema/", "get", authorization="")] == [429, 429]


class TestTheAddresses:
    def test_anybody_may_read_the_schema(self) -> None:
        response = Client().get("/api/schema/", headers={"Authorization": "Bearer bad"})

        assert (response.status_code, response["Content-Type"]) == (200, "application/json")
        assert response.json() == ours()
        assert response["RateLimit-Limit"] == "100"

    def test_whoever_has_it_is_not_sent_it_again(self) -> None:
        tag = Client().get("/api/schema/")["ETag"]

        again = Client().get("/api/schema/", headers={"If-None-Match": tag})

        assert (again.status_code, again.content) == (304, b"")

    def test_the_page_loads_nothing_from_elsewhere_and_holds_no_script(self) -> None:
        response = Client().get("/api/docs/")

        page = response.content.decode()
        assert response.status_code == 200
        assert "'unsafe-inline'" not in response["Content-Security-Policy"]
        assert "http://" not in page
        assert "https://" not in page
        assert "<style" not in page
        assert page.count("<script") == page.count("<script src=")

    @pytest.mark.parametrize("path", ["/api/schema", "/api/docs"])
    def test_without_its_slash_it_is_another_address(self, path: str) -> None:
        response = Client().get(path)

        assert (response.status_code, response.json()["error"]) == (404, "Not found")

    @pytest.mark.parametrize("path", ["/api/schema/", "/api/docs/"])
    def test_it_is_only_read(self, path: str) -> None:
        response = Client().post(path, {}, "application/json")

        assert (response.status_code, response.json()["error"]) == (404, "Not found")
