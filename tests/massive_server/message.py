"""What comes in and what goes out: a request as the routes see it, and an answer before it is bytes on a wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """One GET or POST. `query` keeps what was asked for as it came, in order, decoded."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def base(self) -> str:
        """The address this server was reached at."""
        return f"http://{self.headers.get('host', 'localhost')}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a body that is an object to be written as JSON or ready bytes, and headers."""

    status: int
    payload: Any = None
    content: bytes | None = None
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    def bytes(self) -> bytes:
        """Return the body."""
        if self.content is not None:
            return self.content
        return b"" if self.payload is None else orjson.dumps(self.payload)


class Refusal(Exception):
    """The server will not answer this; `answer` says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer
