"""What the vendor publishes about its wire, as JSON Schemas of answers and as names of parameters."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "massive_api" / "openapi_rest.json.gz"
# The description asks for members that real answers leave out: see spec/market-data-provider.md, section 7.
LEFT_OUT = {"day": (), "last_quote": (), "greeks": ()}


@cache
def description() -> dict[str, Any]:
    """Return the published OpenAPI document; a test that needs it is skipped where it is absent."""
    if not SHARED.exists():
        pytest.skip(f"{SHARED.name} is not there")
    found: dict[str, Any] = json.loads(gzip.decompress(SHARED.read_bytes()))
    return found


def parameters(path: str) -> set[str]:
    """Return the names that may stand in the query of a path."""
    return {each["name"] for each in description()["paths"][path]["get"].get("parameters", []) if each["in"] == "query"}


def assert_valid(body: Any, path: str) -> None:
    """Hold an answer against the schema of its path."""
    schema = description()["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.Draft7Validator(_as_it_is(schema)).validate(body)


def _as_it_is(schema: Any) -> Any:
    """Return a schema that lets be empty what real answers have empty, and refuses members that nobody published."""
    if isinstance(schema, list):
        return [_as_it_is(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _as_it_is(value) for name, value in schema.items()}
    members = found.get("properties")
    if isinstance(members, dict):
        for name in LEFT_OUT:
            if name in members:
                members[name].pop("required", None)
                found["required"] = [each for each in found.get("required", []) if each != name]
    # OpenAPI 3.0 lets `required` be empty, JSON Schema 4 does not; an empty one says nothing.
    if found.get("required") == []:
        del found["required"]
    return found
