"""What one socket still has to be sent: a bounded queue, and of prices only the newest."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

CLOSE_BROKEN = 1011
ROOM = 64  # replies wait until fewer frames than this are queued


class Outbox:
    """Sends frames one after the other and never makes a publisher wait.

    A flush task exists only while there is something to send. Three ways in: `say` for what the client asked for
    (waits for a slow reader, as it should), `hear` for events (never waits; too many close the socket) and `latest`
    for what the next value replaces anyway.

    Parameters
    ----------
    send, close
        The connection's coroutines for one text frame and for the close with its code.
    limit
        Events that may wait; one more and the reader is too slow.
    """

    def __init__(
        self, send: Callable[[str], Awaitable[None]], close: Callable[[int], Awaitable[None]], limit: int
    ) -> None:
        self._send = send
        self._close = close
        self._limit = limit
        self._queue: deque[str] = deque()
        self._newest: dict[str, str] = {}
        self._closing: int | None = None
        self._task: asyncio.Task[None] | None = None
        self._moved = asyncio.Event()
        self.closed = False

    def __len__(self) -> int:
        return len(self._queue)

    async def say(self, text: str) -> None:
        """Queue a frame behind what is waiting, once there is room."""
        while len(self._queue) >= ROOM and not self.closed:
            self._moved.clear()
            await self._moved.wait()
        self._push(text)

    def hear(self, text: str) -> bool:
        """Queue an event; False when the reader has fallen too far behind."""
        self._push(text)
        return len(self._queue) <= self._limit

    def latest(self, key: str, text: str) -> None:
        """Replace what waits under this key; sent when the queue is empty."""
        if not self.closed and self._closing is None:
            self._newest[key] = text
            self._wake()

    def close(self, code: int) -> None:
        """Send what is queued, then close."""
        if self._closing is None and not self.closed:
            self._closing = code
            self._newest.clear()
            self._wake()

    def abandon(self, code: int) -> None:
        """Forget what is queued and close: the reader does not keep up."""
        self.drop()
        self.closed = False
        self._closing = code
        self._wake()

    def drop(self) -> None:
        """Forget everything: the client is gone."""
        self.closed = True
        self._queue.clear()
        self._newest.clear()
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._moved.set()

    def _push(self, text: str) -> None:
        if not self.closed and self._closing is None:
            self._queue.append(text)
            self._wake()

    def _wake(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        try:
            while self._queue or self._newest:
                text = self._queue.popleft() if self._queue else self._newest.pop(next(iter(self._newest)))
                await self._send(text)
                self._moved.set()
            if self._closing is not None:
                self.closed = True
                await self._close(self._closing)
        except OSError:
            self.closed = True  # the client has vanished; its disconnect is on the way
        except Exception:
            # A socket that says nothing any more looks like a quiet market: shut it, and the client comes back.
            logger.exception("realtime.outbox.broken")
            await self._give_up()
        self._task = None
        self._moved.set()

    async def _give_up(self) -> None:
        self.closed = True
        self._queue.clear()
        self._newest.clear()
        try:
            await self._close(CLOSE_BROKEN)
        except Exception:
            logger.exception("realtime.outbox.not_closed")
