"""The existing front end's ways: how it calls the API from its page, and how it opens the socket."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import closing, suppress
from typing import Any, Self

import httpx

from tests.contract.schemas import assert_response, contract
from tests.live.screens import READS, Operation, is_usable, values
from tests.live.stack import KEPT

JSON = "application/json"
TRIES = 3  # a failed GET is repeated twice, whatever the status


class FrontEnd:
    """A page of `origin` in a browser: preflights, bearer on each request, failed GETs again.

    Every answer is held against what the browser lets the page see, against the contract, and against what the `screen`
    reads of it.
    """

    def __init__(self, api: str, origin: str, token: str | None = None) -> None:
        self.screen = ""
        self.called: set[Operation] = set()
        self.read: set[tuple[Operation, str]] = set()
        self.answers = 0
        self._origin = origin
        self._token = token
        self._client = httpx.Client(base_url=api, timeout=30, headers={"Origin": origin}, limits=KEPT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def call(self, operation: Operation, *, query: str = "", body: Any = ..., **request: Any) -> httpx.Response:
        """Call an operation as the client does.

        `body` is sent as JSON; without one there is neither body nor content type. `request` fills the path, and may
        have a `content_type` that goes with an empty body.
        """
        template, method = operation
        content_type = request.pop("content_type", None if body is ... else JSON)
        path = template.format(**request) + query
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        headers |= {"Content-Type": content_type} if content_type else {}
        self._ask_first(method, path, headers)
        content = b"" if body is ... else json.dumps(body).encode()
        tries = TRIES if method == "get" else 1
        for _ in range(tries):
            answer = self._client.request(method.upper(), path, headers=headers, content=content or None)
            self._hold(operation, answer)
            if answer.is_success:
                break
        return answer

    def get(self, operation: Operation, *, query: str = "", **names: str) -> Any:
        """Return the body of a good answer to a GET."""
        answer = self.call(operation, query=query, **names)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def elsewhere(self, path: str, body: Any) -> httpx.Response:
        """Send what this member does on our own pages meanwhile: the client has no screen for it."""
        return self._client.post(path, json=body, headers={"Authorization": f"Bearer {self._token}"})

    def _ask_first(self, method: str, path: str, headers: dict[str, str]) -> None:
        # A browser does: the bearer header makes every request one of another origin's that has to be allowed.
        names = ",".join(sorted(name.lower() for name in headers))
        asked = {"Access-Control-Request-Method": method.upper(), "Access-Control-Request-Headers": names}
        answer = self._client.options(path, headers=asked)
        assert answer.is_success, (path, answer.status_code)
        self._assert_visible(answer)
        assert method.upper() in answer.headers["access-control-allow-methods"]
        allowed = answer.headers["access-control-allow-headers"].split(", ")
        assert [name for name in headers if name.lower() not in allowed] == []
        assert answer.headers["access-control-max-age"] == "86400"

    def _hold(self, operation: Operation, answer: httpx.Response) -> None:
        self.answers += 1
        self._assert_visible(answer)
        assert answer.headers["content-type"].startswith(JSON), answer.headers
        assert answer.headers["x-request-id"]
        template, method = operation
        said = answer.json()
        if str(answer.status_code) in contract()["paths"][template][method]["responses"]:
            assert_response(answer, template, method)
        if not answer.is_success:
            # Some screens print the one, some the other, unchecked.
            assert isinstance(said["error"], str), said
            assert isinstance(said["message"], str), said
            assert said["error"].strip(), said
            assert said["message"].strip(), said
            return
        self.called.add(operation)
        for path, kind in READS.get((self.screen, operation), {}).items():
            for value in values(said, path):
                assert is_usable(value, kind), f"{self.screen}: {path} is {value!r}, not a {kind}"
                self.read.add((operation, path))

    def _assert_visible(self, answer: httpx.Response) -> None:
        # Else the browser keeps status and body from the page, whatever they are.
        assert answer.headers.get("access-control-allow-origin") == self._origin, answer.request.url
        assert answer.headers.get("access-control-allow-credentials") == "true"


class PageHost:
    """The host the page comes from: forwards `/ws/prices`, upgrade included, and has nothing else for us."""

    def __init__(self) -> None:
        self.forwarded = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.target = 0

    @property
    def origin(self) -> str:
        """What a browser says of pages from here."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, target: int) -> None:
        """Forward to this port of the same machine."""
        self.target = target
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                browser, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._forward, args=(browser,), daemon=True).start()

    def _forward(self, browser: socket.socket) -> None:
        head = browser.recv(65_536)
        if not head.startswith(b"GET /ws/prices"):
            browser.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            browser.close()
            return
        self.forwarded += 1
        coach = socket.create_connection(("127.0.0.1", self.target))
        coach.sendall(head)
        back = threading.Thread(target=_pump, args=(coach, browser), daemon=True)
        back.start()
        _pump(browser, coach)
        back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with closing(sink), suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
