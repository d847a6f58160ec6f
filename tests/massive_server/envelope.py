"""The vendor's envelope: what stands around results and errors, and the cursors that lead from page to page."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import orjson

from tests.massive_server.message import Answer, Refusal
from tests.massive_server.parameters import Query

Row = Any


def request_id(path: str, query: Sequence[tuple[str, str]], now: datetime) -> str:
    """Return an id that is the same for the same question at the same moment."""
    asked = repr((path, sorted(query), now.isoformat())).encode()
    return hashlib.sha256(asked).hexdigest()[:32]


def bad_parameter(what: str) -> Refusal:
    """Return the refusal of a question that is malformed or unknown here."""
    return Refusal(Answer(400, {"status": "ERROR", "error": what}))


def not_found(what: str) -> Refusal:
    """Return the refusal of a thing that does not exist."""
    return Refusal(Answer(404, {"status": "NOT_FOUND", "message": what}))


def not_authorized(what: str) -> Refusal:
    """Return the refusal of what the plan does not include."""
    return Refusal(Answer(403, {"status": "NOT_AUTHORIZED", "message": what}))


def page(rows: Sequence[Row], query: Query, encode: Callable[[Row], Any] = lambda row: row) -> dict[str, Any]:
    """Return the page of `rows` that a query is at, and where the next one begins.

    The member `next` is ours: the place at which the next page starts, for whoever writes `next_url`.
    """
    end = query.offset + query.limit
    found: dict[str, Any] = {"results": [encode(row) for row in rows[query.offset : end]]}
    return {**found, "next": end} if end < len(rows) else found


def with_next_url(payload: dict[str, Any], *, base: str, path: str, query: Query, now: datetime) -> dict[str, Any]:
    """Return a payload whose place of the next page has become an absolute address with an opaque cursor."""
    if (offset := payload.pop("next", None)) is None:
        return payload
    return {**payload, "next_url": f"{base}{path}?cursor={cursor(query.asked, offset, now)}"}


def cursor(asked: Sequence[tuple[str, str]], offset: int, now: datetime) -> str:
    """Return everything the next page needs to know as one opaque word: filters, place and the moment of the first."""
    packed = orjson.dumps([list(asked), offset, now.isoformat()])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_cursor(word: str) -> tuple[tuple[tuple[str, str], ...], int, datetime]:
    """Return what `cursor` wrote down.

    Raises
    ------
    Refusal
        If it wrote something else.
    """
    try:
        asked, offset, moment = orjson.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
        return tuple((str(name), str(value)) for name, value in asked), int(offset), datetime.fromisoformat(moment)
    except (ValueError, TypeError) as error:
        raise bad_parameter("cursor: not one of this server") from error
