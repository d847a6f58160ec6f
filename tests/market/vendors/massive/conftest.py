"""A host that answers what a test gave it, and the vendor that asks it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import stamina
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from market.vendors.massive.vendor import MassiveVendor

ANSWERS = Path(__file__).parent / "answers"
KEY = "sk-test-4f1c9a7e2b"


def recorded(name: str) -> Any:
    """Return one of the answers written down here."""
    return json.loads((ANSWERS / f"{name}.json").read_text(encoding="utf-8"))


@dataclass
class Wire:
    """Answers a path with what it was given, in turn and the last for ever; remembers every question."""

    host: HTTPServer
    asked: list[Request] = field(default_factory=list)
    _told: dict[str, list[Response | Callable[[Request], Response]]] = field(default_factory=dict)
    _under: dict[str, Callable[[Request], Response]] = field(default_factory=dict)

    def says(self, path: str, *answers: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """Have a path answered with JSON, with raw bytes, or by a function of the request."""
        self._told[path] = [self._response(answer, status, headers) for answer in answers]

    def says_under(self, prefix: str, answer: Callable[[Request], Response]) -> None:
        """Have every path with this beginning answered by a function of the request."""
        self._under[prefix] = answer

    def handle(self, request: Request) -> Response:
        """Answer one question."""
        self.asked.append(request)
        for prefix, answer in self._under.items():
            if request.path.startswith(prefix):
                return answer(request)
        told = self._told.get(request.path)
        if not told:
            return self._response({"status": "NOT_FOUND", "request_id": "n", "message": "no such path"}, 404, None)
        answer = told.pop(0) if len(told) > 1 else told[0]
        if callable(answer) and not isinstance(answer, Response):
            return answer(request)
        return answer

    def url(self, path: str) -> str:
        """Return the absolute address of a path, as `next_url` has it."""
        return self.host.url_for(path)

    def paths(self) -> list[str]:
        """Return the paths asked for, in order."""
        return [request.path for request in self.asked]

    @staticmethod
    def _response(answer: object, status: int, headers: dict[str, str] | None) -> Any:
        if callable(answer):  # a response of werkzeug is callable too
            return answer
        body = answer if isinstance(answer, bytes | str) else json.dumps(answer)
        return Response(body, status=status, headers=headers, content_type="application/json")


@pytest.fixture(scope="session")
def make_httpserver() -> Iterator[HTTPServer]:
    """Return a host that answers several at a time, as the real one does."""
    with HTTPServer(threaded=True) as server:
        yield server


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def wire(httpserver: HTTPServer) -> Wire:
    """Return the host of a test."""
    wire = Wire(httpserver)
    httpserver.expect_request(re.compile(".*")).respond_with_handler(wire.handle)
    return wire


@pytest.fixture
def massive(wire: Wire, settings: Settings) -> MassiveVendor:
    """Return the vendor, asking the host of this test."""
    settings.MARKET_PROVIDER_BASE_URL = wire.url("").rstrip("/")
    settings.MARKET_PROVIDER_API_KEY = KEY
    settings.MARKET_PROVIDER_RPS = 1_000
    return MassiveVendor()
