"""Our own schema as a check: is this answer one of those that /api/schema/ promises, and nothing more?"""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from config.http.schema_views import document

METHODS = ("get", "post", "put", "patch", "delete")
_URI = "urn:coach:ours"


@cache
def ours() -> dict[str, Any]:
    """Return our whole document, as it is served."""
    return dict(json.loads(document()[0]))


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """Return every operation by path and method."""
    return {(path, method): one for path, item in ours()["paths"].items() for method, one in item.items()}


def assert_promised(response: Any, path: str, method: str = "get") -> None:
    """Fail unless an answer matches our schema of its status, and every member of it is described there."""
    title = f"{method.upper()} {path} -> {response.status_code}"
    answers = operations()[path, method.lower()]["responses"]
    assert str(response.status_code) in answers, f"{title} is not described"
    answer = answers[str(response.status_code)]
    if "$ref" in answer:
        answer = ours()["components"]["responses"][answer["$ref"].rsplit("/", 1)[-1]]
    schema = _resolved(answer["content"]["application/json"]["schema"])
    validator = Draft202012Validator(schema, registry=_registry(), format_checker=FormatChecker())
    problems = [f"  {problem.json_path}: {problem.message}" for problem in validator.iter_errors(response.json())]
    assert not problems, f"{title} is not what our schema says:\n" + "\n".join(sorted(problems))


def closed(part: Any) -> Any:
    """Return schemas under which a member that is not described is a mistake."""
    if isinstance(part, list):
        return [closed(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    inside = {name: closed(inner) for name, inner in part.items()}
    return {"additionalProperties": False, **inside} if isinstance(part.get("properties"), dict) else inside


def _resolved(schema: dict[str, Any]) -> Any:
    # References of a part stand for the whole document.
    text = json.dumps(closed(copy.deepcopy(schema)))
    return json.loads(text.replace('"#/components/', f'"{_URI}#/components/'))


@cache
def _registry() -> Registry[Any]:
    resource = Resource(contents=closed(ours()), specification=DRAFT202012)
    return Registry().with_resource(_URI, resource)
