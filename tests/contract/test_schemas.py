"""The tool that holds answers against the contract must itself refuse what the contract refuses."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.contract.schemas import assert_matches, assert_response, contract, response_schema

LEVEL = {
    "type": "PDH", "name": "PDH", "price": 1.0, "distance": 1.0, "distancePct": 1.0, "distanceATR": 1.0,
    "strength": "weak", "description": "Previous day high",
}  # fmt: skip


def test_what_matches_passes_and_may_have_more_members() -> None:
    assert_matches("LevelItem", LEVEL | {"unavailable": ["strength"], "lastTest": "2026-02-10T14:30:00Z"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"price": "1.0"},
        {"price": None},
        {"strength": "huge"},
        {"lastTest": "yesterday"},
        {"lastTest": "2026-02-10T14:30:00"},
    ],
)
def test_a_wrong_member_is_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match=rf"LevelItem breaks the contract:\n  \$\.{next(iter(wrong))}: "):
        assert_matches("LevelItem", LEVEL | wrong)


def test_references_are_followed() -> None:
    with pytest.raises(AssertionError, match="'price' is a required property"):
        assert_matches(
            "ToolLevelSet", {"resistance": [{"name": "PDH", "type": "PDH"}], "support": [], "indicators": {}}
        )


def test_an_unknown_schema_or_route_is_an_error_and_not_a_pass() -> None:
    with pytest.raises(KeyError):
        assert_matches("NoSuchThing", {})
    with pytest.raises(KeyError):
        response_schema("/api/watchlist", "get", 418)


def test_an_answer_is_held_against_its_own_status() -> None:
    missing = SimpleNamespace(status_code=404, json=lambda: {"error": "Not found", "message": "There is none"})

    assert assert_response(missing, "/api/watchlist/{id}", "put") == {"error": "Not found", "message": "There is none"}
    with pytest.raises(AssertionError, match="GET /api/watchlist -> 200 breaks the contract"):
        assert_response(SimpleNamespace(status_code=200, json=lambda: {"watchlists": []}), "/api/watchlist")


def test_every_json_answer_of_the_contract_has_a_schema_we_can_find() -> None:
    for path, item in contract()["paths"].items():
        for method in item.keys() & {"get", "post", "put", "patch", "delete"}:
            for status, answer in item[method]["responses"].items():
                if "$ref" in answer or "application/json" in answer.get("content", {}):
                    assert response_schema(path, method, int(status))["$ref"]
