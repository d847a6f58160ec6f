"""From ordinary code into the channel layer: one event loop a process, which keeps its connection to Redis.

`async_to_sync` makes a loop for every call, and the layer keeps its connections by loop: each ring would open a
connection of its own, at three times the cost of the act that rings.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Mapping
from typing import Any

from channels.layers import get_channel_layer


def group_send(group: str, message: Mapping[str, Any], *, timeout_s: float) -> None:
    """Send a message to a group, and wait until Redis has it. Not to be called from an event loop: it blocks.

    Raises
    ------
    TimeoutError
        If Redis does not take it in time.
    redis.exceptions.RedisError, OSError
        If it cannot be reached.
    """
    asyncio.run_coroutine_threadsafe(_send(group, message, timeout_s), _speaker.loop()).result()


async def _send(group: str, message: Mapping[str, Any], timeout_s: float) -> None:
    async with asyncio.timeout(timeout_s):
        await get_channel_layer().group_send(group, message)


class _Speaker:
    """An event loop in a thread of its own, begun at the first word."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="realtime-layer", daemon=True).start()
            return self._loop


_speaker = _Speaker()
# A worker's child has its parent's loop, but not the thread that runs it; and nobody there holds the lock.
os.register_at_fork(after_in_child=_speaker.__init__)  # type: ignore[misc]
