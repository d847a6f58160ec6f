"""Session overrides as every process knows them: read from the database at most twice a minute."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date
from time import monotonic

from django.db import Error as DatabaseError

from market import off_loop
from market.models import SessionOverride

logger = logging.getLogger(__name__)

MAX_AGE_S = 30.0
_RETRY_S = 5.0

_rows: dict[date, SessionOverride] = {}
_read_again_at = float("-inf")


def by_date() -> Mapping[date, SessionOverride]:
    """Return the overrides, at most half a minute old.

    While the database is away the last known ones stand: the published calendar is right on all other days.
    """
    if monotonic() >= _read_again_at:
        try:
            remember(off_loop.read(lambda: {row.date: row for row in SessionOverride.objects.all()}))
        except DatabaseError:
            logger.warning("market.overrides.unread", exc_info=True)
            remember(_rows, for_s=_RETRY_S)
    return _rows


def remember(rows: dict[date, SessionOverride], *, for_s: float = MAX_AGE_S) -> None:
    """Take these as the overrides for a while."""
    global _rows, _read_again_at
    _rows, _read_again_at = rows, monotonic() + for_s


def forget(**_signal: object) -> None:
    """Read again at the next question; called when this process writes an override."""
    global _read_again_at  # noqa: PLW0603 -- one cache a process
    _read_again_at = float("-inf")
