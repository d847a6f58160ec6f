"""What a statement of ours returns: its rows by the names of their columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection


def returned_by(statement: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
    """Run a statement and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
