"""The four phases of a trading day."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """Where the equity session stands; cadences of the schedule are given for each of these."""

    CLOSED = "closed"
    PRE = "pre"
    OPEN = "open"
    AFTER = "after"
