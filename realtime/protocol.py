"""What a client may say: a text frame in, a message of ours or a refusal out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from realtime.errors import InvalidJson, UnknownType


@dataclass(frozen=True)
class Subscribe:
    """Add symbols and channels; `since` is the last position the client has seen, None to hear only what comes."""

    symbols: tuple[str, ...]
    channels: tuple[str, ...]
    since: object = None


@dataclass(frozen=True)
class Unsubscribe:
    """Take symbols and channels away."""

    symbols: tuple[str, ...]
    channels: tuple[str, ...]


@dataclass(frozen=True)
class Ping:
    """A sign of life."""


@dataclass(frozen=True)
class Authenticate:
    """Credentials for a socket that came without."""

    token: str


@dataclass(frozen=True)
class Acknowledge:
    """How far the client has got; kept for the figures only."""

    at: int | None


ClientMessage = Subscribe | Unsubscribe | Ping | Authenticate | Acknowledge


def parse(text: str | None) -> ClientMessage:
    """Return what a frame says; `text` is None for a binary one. `action` is another word for `type`.

    Raises
    ------
    InvalidJson, UnknownType
        The contract's refusals.
    """
    said = _object(text)
    kind = said.get("type", said.get("action"))
    match kind:
        case "subscribe":
            return Subscribe(_texts(said, "symbols", "symbol"), _texts(said, "channels", "channel"), said.get("since"))
        case "unsubscribe":
            return Unsubscribe(_texts(said, "symbols", "symbol"), _texts(said, "channels", "channel"))
        case "ping":
            return Ping()
        case "auth":
            token = said.get("token")
            return Authenticate(token if isinstance(token, str) else "")
        case "ack":
            at = said.get("at", said.get("id"))
            return Acknowledge(at if isinstance(at, int) else None)
    raise UnknownType(name=kind if isinstance(kind, str) else orjson.dumps(kind).decode())


def _object(text: str | None) -> dict[str, Any]:
    try:
        said = orjson.loads(text or "")
    except orjson.JSONDecodeError:
        raise InvalidJson from None
    if not isinstance(said, dict):
        raise InvalidJson
    return said


def _texts(said: dict[str, Any], many: str, one: str) -> tuple[str, ...]:
    # The contract: either list may be missing, and entries that are not text are skipped.
    listed = said.get(many)
    entries = listed if isinstance(listed, list) else []
    return tuple(entry for entry in (*entries, said.get(one)) if isinstance(entry, str))
