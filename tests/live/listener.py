"""A client as the page is one: listens to a channel of its own, comes back with `since` whenever it is cut off."""

from __future__ import annotations

import json
import threading
from typing import Any, Self

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.live.stack import Stack, bearer, eventually, user_id


class Listener:
    """Collects every stored event of one user, through as many connections as it takes.

    `joined_at` is the log position of its first acknowledgement: it owes every event after that, and none before.
    Cut off by one stack it comes back to the next, as behind a balancer; `joined_anew` holds each `since` it came with.
    """

    def __init__(self, *stacks: Stack, number: int, topic: str = "setups") -> None:
        self.frames: list[dict[str, Any]] = []
        self.connections = 0
        self.joined_at = 0
        self.joined_anew: list[int] = []
        self._urls = [f"{stack.socket_url}?token={bearer(number)}" for stack in stacks]
        self._failures = 0
        self._channel = f"{topic}:{user_id(number)}"
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._joined = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._joined.wait(30), "the socket never acknowledged the subscription"
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join(15)

    @property
    def ids(self) -> list[int]:
        """The ids of the stored events, as they came."""
        return [frame["id"] for frame in self.frames if "id" in frame]

    def until(self, count: int, *, seconds: float = 90) -> None:
        """Wait for that many stored events."""
        eventually(lambda: len(self.ids) >= count, seconds=seconds, why=f"{count} events, have {len(self.ids)}")

    def _listen(self) -> None:
        while not self._done.is_set():
            try:
                self._one_connection()
            except (OSError, WebSocketException):
                self._failures += 1
                self._done.wait(0.2)  # the pause of a client before it comes back

    def _one_connection(self) -> None:
        with connect(self._urls[self._failures % len(self._urls)], open_timeout=5, close_timeout=1) as socket:
            self.connections += 1
            since = {"since": self.ids[-1]} if self.ids else {"since": self.joined_at} if self._joined.is_set() else {}
            self.joined_anew += since.values()
            socket.send(json.dumps({"type": "subscribe", "channels": [self._channel], **since}))
            while not self._done.is_set():
                try:
                    frame = json.loads(socket.recv(timeout=0.2))
                except TimeoutError:
                    continue
                if frame["type"] == "ack" and not self._joined.is_set():
                    self.joined_at = frame["at"]
                    self._joined.set()
                self.take(frame)

    def take(self, frame: dict[str, Any]) -> None:
        """Keep a frame."""
        self.frames.append(frame)
