"""What a JSON object must be like so that Postgres keeps it and an answer can carry it again."""

from __future__ import annotations

import json
from typing import Any

LARGEST_BYTES = 32 * 1024
DEEPEST = 32
# jsonb writes 1e300 out as an integer of 301 digits, which no answer of ours could hold.
LARGEST_NUMBER = 2**53


def complaint(value: object) -> str | None:
    """Return why a parsed JSON value cannot be stored as an object; None when it can."""
    if not isinstance(value, dict):
        return "Expected an object."
    waiting: list[tuple[Any, int]] = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if depth > DEEPEST:
            return f"Nested deeper than {DEEPEST} levels."
        if isinstance(item, str) and "\x00" in item:
            return "Null characters cannot be stored."
        if isinstance(item, int | float) and not abs(item) <= LARGEST_NUMBER:
            return f"Numbers beyond {LARGEST_NUMBER} cannot be stored."
        if isinstance(item, dict):
            waiting += [(part, depth + 1) for pair in item.items() for part in pair]
        elif isinstance(item, list):
            waiting += [(part, depth + 1) for part in item]
    size = len(json.dumps(value, ensure_ascii=False).encode())
    return f"At most {LARGEST_BYTES // 1024} KiB are kept." if size > LARGEST_BYTES else None
