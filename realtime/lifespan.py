"""What a socket process does when it starts and when it ends; the `lifespan` application of config/asgi.py."""

from __future__ import annotations

import gc
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from realtime import hub

# Thousands of sockets live long and make little garbage: with Python's own thresholds the collector costs more than
# the frames do.
GC_THRESHOLDS = (50_000, 20, 20)
# The loop and the thread that reads the log take turns; Python's own 5 ms would stand in the way of every frame.
SWITCH_INTERVAL_S = 0.0005


Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


async def application(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ARG001 -- ASGI's signature
    """Start the hub with the server, and stop it after the last socket was told to go."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            hub.of_this_process()
            gc.collect()
            gc.freeze()
            gc.set_threshold(*GC_THRESHOLDS)
            sys.setswitchinterval(SWITCH_INTERVAL_S)
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await hub.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
