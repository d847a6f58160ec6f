"""Moves bytes: one pool of connections a process, no key outside the header, no answer longer than its deadline."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from market.vendors.calls.deadline import Deadline
from market.vendors.calls.recording import NotRecordedError

CONNECT_S, READ_S = 3.0, 10.0
LIMITS = httpx.Limits(max_connections=32, max_keepalive_connections=32, keepalive_expiry=60.0)

# They write whole addresses or headers into the log, at levels a deployment may turn on.
_TALKATIVE = {"httpx": logging.WARNING, "httpcore": logging.INFO, "hpack": logging.INFO, "h2": logging.INFO}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever it is."""

    status: int
    body: bytes
    retry_after: str | None = None


class NoAnswerError(Exception):
    """Nothing usable came back: refused, reset, cut off, or too slow. `final` when another attempt would not help."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


@dataclass(slots=True)
class Transport:
    """Asks one host; safe to share between threads, and made anew in a process that was forked.

    `through` answers instead of the network: a recording, or a test.
    """

    base_url: str
    headers: Mapping[str, str]
    through: httpx.BaseTransport | None = None
    read_s: float = READ_S
    _client: httpx.Client | None = field(default=None, init=False)
    _pid: int = field(default=0, init=False)

    def get(self, target: str, params: Mapping[str, str], deadline: Deadline) -> Answer:
        """Return the answer of a path on the host; `target` may carry a query of its own.

        Raises
        ------
        NoAnswerError
            If there is none within the deadline.
        """
        left = deadline.left_s
        if left <= 0:
            raise NoAnswerError("TooSlow")
        timeout = httpx.Timeout(min(self.read_s, left), connect=min(CONNECT_S, left), pool=min(CONNECT_S, left))
        try:
            with self._http().stream("GET", target, params=dict(params) or None, timeout=timeout) as response:
                return Answer(response.status_code, _read(response, deadline), response.headers.get("retry-after"))
        except NotRecordedError as missing:
            raise NoAnswerError(str(missing), final=True) from None
        except httpx.RequestError as trouble:
            # Its text may hold an address; its kind says enough.
            raise NoAnswerError(type(trouble).__name__) from None

    def is_ours(self, url: str) -> bool:
        """Say whether an absolute address lies on the host that the key belongs to."""
        try:
            theirs = httpx.URL(url)
        except httpx.InvalidURL:
            return False
        ours = httpx.URL(self.base_url)
        return (theirs.scheme, theirs.host, _port(theirs)) == (ours.scheme, ours.host, _port(ours))

    def _http(self) -> httpx.Client:
        # Two processes must not speak through one socket, and workers fork.
        if self._client is None or self._pid != os.getpid():
            for name, level in _TALKATIVE.items():
                logging.getLogger(name).setLevel(level)
            self._client, self._pid = self._made(), os.getpid()
        return self._client

    def _made(self) -> httpx.Client:
        # Not HTTP/2: over one connection a caller whose time is up would end the answers of all the others.
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "coach", **self.headers}
        return httpx.Client(
            base_url=self.base_url, headers=headers, limits=LIMITS, transport=self.through, trust_env=False
        )


def target_of(url: str) -> str:
    """Return path and query of an absolute address: host, port and user of it are not taken over."""
    return httpx.URL(url).raw_path.decode("ascii")


def _read(response: httpx.Response, deadline: Deadline) -> bytes:
    # A read's timeout starts anew with every piece: a host that drips would hold us for ever.
    pieces = []
    for piece in response.iter_bytes():
        pieces.append(piece)
        if deadline.left_s <= 0:
            raise NoAnswerError("TooSlow")
    return b"".join(pieces)


def _port(url: httpx.URL) -> int | None:
    return url.port or {"http": 80, "https": 443}.get(url.scheme)
