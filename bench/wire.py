"""The thinnest WebSocket client that can hold thousands of connections: text frames in, masked frames out."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from typing import cast

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
WHOLE = 0x80  # the frame is a whole message, as every one of ours is
MASKED = 0x80
NO_MASK = bytes(4)  # a client has to mask; zeros leave the bytes as they are
SHORT, MEDIUM = 126, 127


class Connection(asyncio.Protocol):
    """One connection.

    Parameters
    ----------
    path
        With its query.
    opened, heard, closed
        Called at the end of the handshake, with the text of each frame, and with the code of the close: 1006 when the
        connection broke without one.
    """

    def __init__(
        self, path: str, opened: Callable[[], None], heard: Callable[[bytes], None], closed: Callable[[int], None]
    ) -> None:
        self._path = path
        self._opened, self._heard, self._closed = opened, heard, closed
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._open = False
        self._code = 1006

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self._transport = cast("asyncio.Transport", transport)  # TCP; uvloop's is no subclass
        self._transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- asyncio's signature
        """Say so."""
        self._closed(self._code)

    def data_received(self, data: bytes) -> None:
        """Take frames as they become whole."""
        data = self._rest + data if self._rest else data
        if not self._open:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._rest = head
                return
            if b" 101 " not in head.partition(b"\r\n")[0]:
                self._transport.abort()
                return
            self._open, self._rest = True, b""
            self._opened()
        at = 0
        while (found := _frame(data, at)) is not None:
            opcode, body, at = found
            self._take(opcode, body)
        self._rest = data[at:]

    def say(self, text: bytes) -> None:
        """Send a text frame."""
        self._send(TEXT, text)

    def drop(self) -> None:
        """Break the connection, without a word."""
        if self._transport is not None:
            self._transport.abort()

    def _take(self, opcode: int, body: bytes) -> None:
        if opcode == TEXT:
            self._heard(body)
        elif opcode == PING:
            self._send(PONG, body)
        elif opcode == CLOSE:
            self._code = int.from_bytes(body[:2], "big") or self._code
            self._send(CLOSE, body[:2])

    def _send(self, opcode: int, body: bytes) -> None:
        if len(body) < SHORT:
            head = bytes((WHOLE | opcode, MASKED | len(body)))
        else:
            head = struct.pack("!BBH", WHOLE | opcode, MASKED | SHORT, len(body))
        self._transport.write(head + NO_MASK + body)


def _frame(data: bytes, at: int) -> tuple[int, bytes, int] | None:
    """Return opcode, body and where the next frame begins; None while the frame is not whole."""
    if len(data) < at + 2:
        return None
    opcode, size, start = data[at] & 0x0F, data[at + 1], at + 2
    if size >= SHORT:
        width = 2 if size == SHORT else 8
        if len(data) < start + width:
            return None
        size = int.from_bytes(data[start : start + width], "big")
        start += width
    if len(data) < start + size:
        return None
    return opcode, data[start : start + size], start + size
