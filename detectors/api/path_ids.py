"""Ids that stand in addresses."""

from __future__ import annotations

from uuid import UUID

from config.http.errors import InvalidInput


def as_uuid(text: str) -> UUID:
    """Return the id that an address names.

    Raises
    ------
    InvalidInput
        If it is none.
    """
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(issues=["id: expected a UUID"], where="path") from None
