"""Cursors for lists that are newest first: where the last page ended."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from config.http.errors import InvalidInput

M = TypeVar("M", bound=Model)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def page(query: QuerySet[M], *, by: str, cursor: str | None) -> QuerySet[M]:
    """Return the query newest first by an instant and the id, from where a cursor points."""
    ordered = query.order_by(f"-{by}", "-id")
    if cursor is None:
        return ordered
    at, pk = _read(cursor)
    return ordered.filter(Q(**{f"{by}__lt": at}) | Q(**{by: at, "id__lt": pk}))


def cursor_after(row: dict[str, Any], *, by: str) -> str:
    """Return the cursor of the rows behind this one."""
    return base64.urlsafe_b64encode(f"{row[by].isoformat()}|{row['id']}".encode()).decode()


def _read(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, pk = base64.urlsafe_b64decode(cursor.encode()).decode().split("|")
        # In UTC by arithmetic: it fails on an instant outside of the years, and on one without a zone.
        return EPOCH + (datetime.fromisoformat(at) - EPOCH), UUID(pk)
    except (ValueError, TypeError, OverflowError, binascii.Error):
        raise InvalidInput(issues=["cursor: not one of ours"], where="query") from None
