"""The comparer has to find each kind of difference, and nothing where there is only more."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.contract.comparer import Comparison

TEXT = {"type": "string"}
NAMED = {"type": "object", "required": ["name"], "properties": {"name": TEXT, "note": TEXT}}
PARTS = {"components": {"schemas": {"Side": {"type": "string", "enum": ["a", "b"]}, "Row": NAMED}}}
SIDE, ROW = ({"$ref": f"#/components/schemas/{name}"} for name in ("Side", "Row"))
HERE = Comparison(PARTS, PARTS)


def thing(**members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members}


ASKED = {
    "another type": (TEXT, {"type": "number"}, "$: takes string, not number"),
    "an integer for a number": ({"type": "integer"}, {"type": "number"}, "$: takes integer, not number"),
    "no null": (TEXT, {"type": ["string", "null"]}, "$: takes string, not null"),
    "no null by anyOf": (ROW, {"anyOf": [ROW, {"type": "null"}]}, "$: takes object, not null"),
    "fewer values": ({"type": "string", "enum": ["a"]}, SIDE, "$: takes only ['a']"),
    "values for free text": (SIDE, TEXT, "$: takes only ['a', 'b']"),
    "a constant for free text": ({"type": "string", "const": "a"}, TEXT, "$: takes only ['a']"),
    "a pattern": (TEXT | {"pattern": "^a"}, TEXT, "$: has to have the pattern ^a"),
    "another pattern": (TEXT | {"pattern": "^a"}, TEXT | {"pattern": "^b"}, "$: has to have the pattern ^a"),
    "a format": (TEXT | {"format": "uuid"}, TEXT, "$: has to have the format uuid"),
    "longer at least": (TEXT | {"minLength": 1}, TEXT, "$: minLength is 1, not 0"),
    "shorter at most": (TEXT | {"maxLength": 9}, TEXT | {"maxLength": 10}, "$: maxLength is 9, not 10"),
    "a limit": (TEXT | {"maxLength": 9}, TEXT, "$: maxLength is 9, not None"),
    "a least number": ({"type": "integer", "minimum": 1}, {"type": "integer"}, "$: minimum is 1, not None"),
    "a larger least number": (
        {"type": "integer", "minimum": 1},
        {"type": "integer", "minimum": 0},
        "$: minimum is 1, not 0",
    ),
    "another default": (
        TEXT | {"default": "a"},
        TEXT | {"default": "b"},
        "$: stands for 'a' when left out, not for 'b'",
    ),
    "no default": (TEXT, TEXT | {"default": "b"}, "$: stands for None when left out, not for 'b'"),
    "one more that is required": (
        thing(a=TEXT) | {"required": ["a"]},
        thing(a=TEXT),
        "$.a: may not be left out",
    ),
    "a member that is ignored": (thing(), thing(a=TEXT), "$.a: is not known"),
    "inside a member": (thing(a=TEXT), thing(a={"type": "boolean"}), "$.a: takes string, not boolean"),
    "inside a list": (
        {"type": "array", "items": SIDE},
        {"type": "array", "items": TEXT},
        "$[]: takes only ['a', 'b']",
    ),
    "behind a reference": (
        {"allOf": [ROW], "required": ["name", "note"]},
        ROW,
        "$.note: may not be left out",
    ),
}
ANSWERED = {
    "another type": (TEXT, {"type": "number"}, "$: is string, not number"),
    "a null": ({"type": ["string", "null"]}, TEXT, "$: is null, not string"),
    "anything": ({}, TEXT, "$: is anything, not string"),
    "one more value": (
        {"type": "string", "enum": ["a", "b", "c"]},
        SIDE,
        "$: is one of ['a', 'b', 'c'], not of ['a', 'b']",
    ),
    "one value fewer": ({"type": "string", "enum": ["a"]}, SIDE, "$: is one of ['a'], not of ['a', 'b']"),
    "free text": (TEXT, SIDE, "$: is one of all, not of ['a', 'b']"),
    "another constant": (
        {"type": "string", "const": "x"},
        {"type": "string", "const": "y"},
        "$: is one of ['x'], not of ['y']",
    ),
    "no format": (TEXT, TEXT | {"format": "date-time"}, "$: format is None, not 'date-time'"),
    "another format": (
        TEXT | {"format": "date"},
        TEXT | {"format": "date-time"},
        "$: format is 'date', not 'date-time'",
    ),
    "a member that may be missing": (thing(name=TEXT, note=TEXT), NAMED, "$.name: is not always there"),
    "a member that is gone": (thing(name=TEXT) | {"required": ["name"]}, NAMED, "$.note: is not described"),
    "a member that is one too many": (
        thing(a=TEXT, b=TEXT),
        thing(a=TEXT) | {"additionalProperties": False},
        "$.b: is one too many",
    ),
    "a further member of the wrong type": (
        thing(a=TEXT, b={"type": "boolean"}),
        thing(a=TEXT) | {"additionalProperties": TEXT},
        "$.b: is boolean, not string",
    ),
    "inside a list": ({"type": "array", "items": TEXT}, {"type": "array", "items": SIDE}, "$[]: is one of all"),
    "a list of anything": ({"type": "array"}, {"type": "array", "items": TEXT}, "$[]: is anything, not string"),
}
WIDER = {
    "more values": ({"type": "string", "enum": ["a", "b", "c"]}, SIDE),
    "a number for an integer": ({"type": "number"}, {"type": "integer"}),
    "null as well": ({"type": ["string", "null"]}, TEXT),
    "a longer limit": (TEXT | {"maxLength": 11}, TEXT | {"maxLength": 10}),
    "one more that is optional": (thing(a=TEXT, b=TEXT), thing(a=TEXT)),
    "whatever there is": ({}, NAMED),
    "any member": ({"type": "object", "additionalProperties": True}, NAMED),
    "a length that the values have": (SIDE | {"minLength": 1}, SIDE),
}
FULLER = {
    "one more member": (NAMED | {"properties": NAMED["properties"] | {"more": TEXT}}, ROW),
    "always there": (NAMED | {"required": ["name", "note"]}, ROW),
    "never null": (TEXT, {"type": ["string", "null"]}),
    "one of the forms": (ROW, {"anyOf": [ROW, {"type": "null"}]}),
    "a reference for the same written out": (SIDE, {"type": "string", "enum": ["b", "a"]}),
}


@pytest.mark.parametrize(("ours", "theirs", "finding"), ASKED.values(), ids=ASKED)
def test_what_is_asked_more_narrowly_is_found(ours: Any, theirs: Any, finding: str) -> None:
    assert list(HERE.narrower(ours, theirs)) == [finding]


@pytest.mark.parametrize(("ours", "theirs", "finding"), ANSWERED.values(), ids=ANSWERED)
def test_what_is_answered_otherwise_is_found(ours: Any, theirs: Any, finding: str) -> None:
    found = list(HERE.poorer(ours, theirs))

    assert len(found) == 1
    assert found[0].startswith(finding)


@pytest.mark.parametrize(("ours", "theirs"), WIDER.values(), ids=WIDER)
def test_what_is_asked_more_widely_is_fine(ours: Any, theirs: Any) -> None:
    assert list(HERE.narrower(ours, theirs)) == []


@pytest.mark.parametrize(("ours", "theirs"), FULLER.values(), ids=FULLER)
def test_what_is_answered_more_fully_is_fine(ours: Any, theirs: Any) -> None:
    assert list(HERE.poorer(ours, theirs)) == []


ROUTE = {
    "operationId": "changeRow",
    "security": [{"bearerAuth": []}],
    "x-rate-limit-groups": ["general"],
    "x-counts-as-query": True,
    "parameters": [{"name": "side", "in": "query", "schema": SIDE}],
    "requestBody": {"required": True, "content": {"application/json": {"schema": ROW}}},
    "responses": {
        "200": {"content": {"application/json": {"schema": ROW}}},
        "404": {"content": {"application/json": {"schema": NAMED}}},
    },
}
OTHER = {
    "name": ({"operationId": "other"}, "operation: operationId is 'other', not 'changeRow'"),
    "allowance": ({"x-counts-as-query": False}, "operation: x-counts-as-query is False, not True"),
    "limits": ({"x-rate-limit-groups": []}, "operation: x-rate-limit-groups is [], not ['general']"),
    "nobody asked who": ({"security": []}, "security: anybody may ask"),
    "nobody refused": ({"security": [{}, {"bearerAuth": []}]}, "security: anybody may ask"),
    "cookies only": ({"security": [{"cookieAuth": []}]}, "security: a bearer token does not do"),
    "no parameter": ({"parameters": []}, "query side: is not known"),
    "another place": (
        {"parameters": [{"name": "side", "in": "header", "schema": SIDE}]},
        "query side: is not known",
    ),
    "a narrower parameter": (
        {"parameters": [{"name": "side", "in": "query", "schema": {"type": "string", "enum": ["a"]}}]},
        "query side: takes only ['a']",
    ),
    "a required parameter": (
        {"parameters": [{"name": "side", "in": "query", "schema": SIDE, "required": True}]},
        "query side: may not be left out",
    ),
    "no body": ({"requestBody": None}, "body: is not known"),
    "another kind of body": (
        {"requestBody": {"content": {"text/plain": {"schema": TEXT}}}},
        "body: may not be application/json",
    ),
    "a narrower body": (
        {"requestBody": {"content": {"application/json": {"schema": NAMED | {"required": ["name", "note"]}}}}},
        "body.note: may not be left out",
    ),
    "a status fewer": ({"responses": {"200": ROUTE["responses"]["200"]}}, "404: only they answer so"),
    "a status more": (
        {"responses": ROUTE["responses"] | {"409": {"description": ""}}},
        "409: only we answer so",
    ),
    "another kind of answer": (
        {"responses": ROUTE["responses"] | {"200": {"content": {"text/html": {"schema": TEXT}}}}},
        "200: is sent as ['text/html'], not as ['application/json']",
    ),
    "a poorer answer": (
        {"responses": ROUTE["responses"] | {"200": {"content": {"application/json": {"schema": thing(name=TEXT)}}}}},
        "200.name: is not always there",
    ),
}


def routed(route: dict[str, Any]) -> dict[str, Any]:
    return PARTS | {"paths": {"/row": {"put": route}}}


@pytest.mark.parametrize(("change", "finding"), OTHER.values(), ids=OTHER)
def test_an_operation_that_differs_is_found(change: dict[str, Any], finding: str) -> None:
    ours = copy.deepcopy(ROUTE) | change

    found = Comparison(routed(ours), routed(ROUTE)).operation("/row", "put")

    assert finding in found


def test_an_operation_that_takes_more_and_says_more_is_fine() -> None:
    more = {
        "parameters": [*ROUTE["parameters"], {"name": "page", "in": "query", "schema": TEXT}],
        "security": [{"bearerAuth": []}, {"cookieAuth": []}],
    }

    assert Comparison(routed(ROUTE | more), routed(ROUTE)).operation("/row", "put") == []


def test_a_body_where_they_ask_for_none_may_not_be_compulsory() -> None:
    without = {name: part for name, part in ROUTE.items() if name != "requestBody"}

    assert Comparison(routed(ROUTE), routed(without)).operation("/row", "put") == ["body: may not be left out"]


def test_what_they_leave_open_everywhere_is_open_here() -> None:
    unsaid = {name: part for name, part in ROUTE.items() if name != "security"}
    theirs = routed(unsaid) | {"security": [{"bearerAuth": []}]}

    assert Comparison(routed(ROUTE), theirs).operation("/row", "put") == []
