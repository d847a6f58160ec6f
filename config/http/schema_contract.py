"""The contract as a source of our own schema: its operations, its components, and what we add to them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

import yaml
from django.core.exceptions import ImproperlyConfigured
from drf_spectacular.utils import extend_schema_serializer

from config.store import BASE_DIR

FILE = BASE_DIR / "docs" / "contract" / "openapi.yaml"
SCHEMAS, RESPONSES, HEADERS = ("#/components/" + part + "/" for part in ("schemas", "responses", "headers"))
# Every error body of ours has these, whatever the contract asks of it (config.http.handler.body).
ERRORS = ("RetryableError", "RateLimitError", "QueryLimitError")
IN_EVERY_ERROR = ("code", "requestId", "timestamp")
# Sent before a request is counted.
UNCOUNTED = ("ForbiddenOrigin", "TooLarge")
REQUEST_ID = "X-Request-ID"

Schema = dict[str, Any]
Kind = TypeVar("Kind", bound=type)


@cache
def contract() -> Schema:
    """Return the whole contract. Nobody may change what comes back."""
    # The loader in C is ten times faster, and not everywhere.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document: Schema = yaml.load(FILE.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 -- both are safe
    return document


def operation(path: str, method: str) -> Schema | None:
    """Return what the contract says of a route, None when it does not know it."""
    found: Schema | None = copy.deepcopy(contract()["paths"].get(path, {}).get(method.lower()))
    return found


def adds_to(component: str) -> Callable[[Kind], Kind]:
    """Say that a serializer describes members which we send beside those of a component of the contract."""
    return extend_schema_serializer(component_name=component)


def include(result: Schema, generator: Any, **_: Any) -> Schema:  # noqa: ARG001 -- the signature of a hook
    """Put into our document what it names of the contract's components, joined with what we add to them.

    Raises
    ------
    ImproperlyConfigured
        If one of our members contradicts the contract.
    """
    components = result.setdefault("components", {})
    waiting, seen = list(_names(result["paths"])), set[str]()
    while waiting:
        reference = waiting.pop()
        if reference not in seen:
            seen.add(reference)
            kind, name = reference.split("/")[2:]
            _take_over(components, kind, name)
            waiting += _names(components[kind][name])
    _add_headers(result)
    for kind, members in components.items():
        components[kind] = dict(sorted(members.items()))
    plain: Schema = _with_plain_numbers(result)
    return plain


def _take_over(components: Schema, kind: str, name: str) -> None:
    """Make one component the contract's, if the contract has it, and ours beside it."""
    theirs = copy.deepcopy(contract()["components"].get(kind, {}).get(name))
    if theirs is None:
        return
    if kind == "schemas" and name in ERRORS:
        general = contract()["components"]["schemas"]["Error"]["properties"]
        theirs["properties"] |= {member: copy.deepcopy(general[member]) for member in IN_EVERY_ERROR}
    ours = components.setdefault(kind, {}).get(name)
    components[kind][name] = theirs if ours is None else _joined(theirs, ours, components[kind], name)


def _with_plain_numbers(part: Any) -> Any:
    # The bounds of a DecimalField are decimals, which the generator's command would write as texts.
    if isinstance(part, dict):
        return {name: _with_plain_numbers(inner) for name, inner in part.items()}
    if isinstance(part, list):
        return [_with_plain_numbers(inner) for inner in part]
    return float(part) if isinstance(part, Decimal) else part


def _names(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(reference := part.get("$ref"), str):
            yield reference
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _names(inner)


def _joined(theirs: Schema, ours: Schema, components: Schema, where: str) -> Schema:
    """Return the contract's schema with our additional members, at any depth."""
    if "$ref" in ours and "$ref" not in theirs:
        # A part that the contract writes out has a name here: the name stays, its members are both sides'.
        name = ours["$ref"].removeprefix(SCHEMAS)
        components[name] = _joined(theirs, components[name], components, name)
        return ours
    if "properties" in theirs and "properties" in ours:
        members = dict(theirs["properties"])
        for member, more in ours["properties"].items():
            inside = f"{where}.{member}"
            members[member] = _joined(members[member], more, components, inside) if member in members else more
        required = dict.fromkeys([*theirs.get("required", []), *ours.get("required", [])])
        return theirs | {"properties": members} | ({"required": list(required)} if required else {})
    if "items" in theirs and "items" in ours:
        return theirs | {"items": _joined(theirs["items"], ours["items"], components, f"{where}[]")}
    if _says(theirs) == _says(ours):
        return theirs
    raise ImproperlyConfigured(f"{where} contradicts the contract: {ours} where it says {theirs}")


def _says(schema: Schema) -> tuple[Any, ...]:
    return tuple(schema.get(word) for word in ("$ref", "type", "enum", "const", "format"))


def _add_headers(result: Schema) -> None:
    """Document the headers of every answer, which the contract states in its introduction."""
    components = result["components"]
    limits = {
        name: header
        for name, header in contract()["components"]["responses"]["RateLimited"]["headers"].items()
        if name.startswith("RateLimit-")
    }
    request_id = {"schema": {"type": "string"}, "description": "The request's own, or made up."}
    components["headers"] = {**limits, REQUEST_ID: request_id}
    counted = {name: {"$ref": HEADERS + name} for name in components["headers"]}
    uncounted = {REQUEST_ID: counted[REQUEST_ID]}
    for name, answer in components.get("responses", {}).items():
        answer["headers"] = (uncounted if name in UNCOUNTED else counted) | answer.get("headers", {})
    for item in result["paths"].values():
        for one in item.values():
            for answer in one["responses"].values():
                if "$ref" not in answer:
                    headers = counted if one.get("x-rate-limit-groups") else uncounted
                    answer["headers"] = headers | answer.get("headers", {})
