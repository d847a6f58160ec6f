"""The names of channels: what a socket may subscribe to, how frames spell it, and the groups of a hub."""

from __future__ import annotations

import re
from uuid import UUID

from django.db.models import TextChoices

from realtime.errors import ForbiddenChannel, InvalidChannel

# One member a socket process, its hub: the first carries empty messages, the others what is never stored.
RING_GROUP = "rt.ring"
PRICES_GROUP = "rt.prices"
POSITIONS_GROUP = "rt.positions"

_WRITTEN_OUT = re.compile(r"(?P<name>[a-z]+):(?P<member>[a-z0-9_-]{3,64})", re.ASCII)


class Channel(TextChoices):
    """What a user can listen to; everything here is private to him."""

    SETUPS = "setups"
    POSITIONS = "positions"
    ALERTS = "alerts"
    BRIEF = "brief"
    JOURNAL = "journal"


def wire_name(channel: str, user_id: UUID) -> str:
    """Return how frames of this user spell the channel: `setups:<id>`, lower case."""
    return f"{channel}:{user_id}"


def requested(text: str, user_id: UUID | None) -> Channel:
    """Return the channel that a client asks for: `setups:<own id>`, or `setups` as a short form of it.

    Raises
    ------
    InvalidChannel
        If no channel is called so.
    ForbiddenChannel
        If it belongs to somebody else, or nobody has said who is asking.
    """
    text = text.strip().lower()
    match = _WRITTEN_OUT.fullmatch(text)
    name, member = (match["name"], match["member"]) if match else (text, str(user_id))
    if name not in Channel.values:
        raise InvalidChannel(name=text)
    if user_id is None or member != str(user_id):
        raise ForbiddenChannel(name=text)
    return Channel(name)
