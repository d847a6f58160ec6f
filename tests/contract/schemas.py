"""The wire contract as checks: does this value match that schema of docs/contract/openapi.yaml?"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.contract.our_schema import assert_promised, operations

CONTRACT = Path(__file__).parents[2] / "docs" / "contract" / "openapi.yaml"
_URI = "urn:coach:contract"


@cache
def contract() -> dict[str, Any]:
    """Return the whole OpenAPI document."""
    with CONTRACT.open(encoding="utf-8") as text:
        document: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return document


def response_schema(path: str, method: str, status: int) -> dict[str, Any]:
    """Return the JSON schema of one answer, with absolute references.

    Parameters
    ----------
    path
        As the contract spells it: `/api/watchlist/{id}`.

    Raises
    ------
    KeyError
        If the contract knows no such route, method or status, or the answer is not JSON.
    """
    operation = contract()["paths"][path][method.lower()]
    answer = operation["responses"][str(status)]
    where = f"#/paths/{_escaped(path)}/{method.lower()}/responses/{status}"
    if "$ref" in answer:
        where = answer["$ref"]
        answer = contract()["components"]["responses"][where.rsplit("/", 1)[-1]]
    if "schema" not in answer["content"]["application/json"]:
        raise KeyError(where)
    return {"$ref": f"{_URI}{where}/content/application~1json/schema"}


def assert_matches(schema_name: str, instance: object) -> None:
    """Fail, naming every problem, unless `instance` (parsed JSON) matches a schema of the contract's components."""
    if schema_name not in contract()["components"]["schemas"]:
        raise KeyError(schema_name)
    _assert_valid({"$ref": f"{_URI}#/components/schemas/{schema_name}"}, instance, schema_name)


def assert_response(response: Any, path: str, method: str = "get") -> Any:
    """Fail unless a test client's answer is one the contract allows for this route; return its parsed body.

    Where the route is served, our own schema has to describe the answer, too, down to the last member.

    `path` is spelled as in the contract: `/api/watchlist/{id}`.
    """
    body = response.json()
    title = f"{method.upper()} {path} -> {response.status_code}"
    _assert_valid(response_schema(path, method, response.status_code), body, title)
    if (path, method.lower()) in operations():
        assert_promised(response, path, method)
    return body


def _assert_valid(schema: dict[str, Any], instance: object, title: str) -> None:
    validator = Draft202012Validator(schema, registry=_registry(), format_checker=FormatChecker())
    problems = sorted(validator.iter_errors(instance), key=lambda problem: problem.json_path)
    if problems:
        listed = "\n".join(f"  {problem.json_path}: {problem.message}" for problem in problems)
        raise AssertionError(f"{title} breaks the contract:\n{listed}")


@cache
def _registry() -> Registry[Any]:
    resource = Resource(contents=contract(), specification=DRAFT202012)
    return Registry().with_resource(_URI, resource)


def _escaped(path: str) -> str:
    # JSON pointer, then URI fragment: braces are not allowed in one.
    return path.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
