"""How the ids of detections and of automatically tracked setups follow from what they are about."""

from __future__ import annotations

import datetime as dt
import hashlib
from uuid import UUID, uuid5

from detectors.pure.detection import Key

_DETECTIONS = UUID("6f1d3a52-3f0e-5c1b-9f63-0a1e5f6c7d21")


def detection_id(key: Key, *, session_date: dt.date, ruleset: str, source: str) -> UUID:
    """Return the id of a detection, the same wherever and whenever it is made.

    Parameters
    ----------
    session_date : date
        The session's date in New York; with the rest it is the unique key of a stored detection.
    """
    symbol, setup_type, direction, fingerprint, occurrence = key
    parts = (session_date.isoformat(), symbol, setup_type, direction, fingerprint, str(occurrence), ruleset, source)
    return uuid5(_DETECTIONS, "|".join(parts))


def tracked_id(detection: UUID, user: UUID) -> UUID:
    """Return the id of the setup that tracks a detection for a user; `statements.STORE` computes the same in SQL.

    The first 17 digits are the detection's, with the version digit 8 (RFC 9562: our own layout), so that the rows of
    one detection lie together in the index; the rest is a digest of both ids.
    """
    digest = hashlib.md5(f"{detection}:{user}".encode(), usedforsecurity=False).hexdigest()
    return UUID(tracked_prefix(detection) + digest[:15])


def tracked_prefix(detection: UUID) -> str:
    """Return the part that the ids of all setups of one detection share, 17 hex digits."""
    return f"{detection.hex[:12]}8{detection.hex[13:17]}"
