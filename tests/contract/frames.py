"""Holds a socket frame against the contract's schema and against our own, stricter one."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

CONTRACT = Path(__file__).resolve().parents[2] / "docs" / "contract"


@lru_cache
def _validator(file: str, definition: str) -> Validator:
    schema = json.loads((CONTRACT / file).read_text(encoding="utf-8"))
    wanted = {"$schema": schema["$schema"], "$defs": schema["$defs"], "$ref": f"#/$defs/{definition}"}
    return Draft202012Validator(wanted, format_checker=Draft202012Validator.FORMAT_CHECKER)


@lru_cache
def _contract_types() -> dict[str, str]:
    definitions = json.loads((CONTRACT / "websocket.schema.json").read_text(encoding="utf-8"))["$defs"]
    names = [reference["$ref"].split("/")[-1] for reference in definitions["ServerMessage"]["oneOf"]]
    return {definitions[name]["properties"]["type"]["const"]: name for name in names}


def assert_frame(frame: dict[str, Any]) -> None:
    """Fail unless the frame is declared in our schema, and in the contract's if it is of one of its types."""
    _validator("events.schema.json", "ServerMessage").validate(frame)
    if frame["type"] in _contract_types():
        _validator("websocket.schema.json", _contract_types()[frame["type"]]).validate(frame)
