"""Runs the server in a thread of a test, on a port that is free, or in the foreground of a process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import uvicorn

from tests.massive_server.app import MassiveServer
from tests.massive_server.clock import ServerClock
from tests.massive_server.control import Control

KEY, SEED = "a-key-of-the-tests", 20260209
HOST = "127.0.0.1"
START_S = 10.0


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs in this process; `control` is its inside."""

    url: str
    app: MassiveServer

    @property
    def control(self) -> Control:
        """What a test may change and read."""
        return self.app.control


@contextmanager
def serving(*, key: str = KEY, seed: int = SEED, at: datetime | None = None) -> Iterator[Running]:
    """Serve in a thread while the block runs, with the clock standing at an instant if one is given."""
    app = MassiveServer(key, seed)
    if at is not None:
        app.control.clock = ServerClock.standing(at)
    listening = socket.create_server((HOST, 0))
    server = uvicorn.Server(_config(app))
    thread = threading.Thread(target=server.run, args=([listening],), name="massive-server", daemon=True)
    thread.start()
    give_up = time.monotonic() + START_S
    while not server.started:
        if time.monotonic() > give_up:
            raise TimeoutError(f"the server did not start within {START_S:g} s")
        time.sleep(0.01)
    try:
        yield Running(f"http://{HOST}:{listening.getsockname()[1]}", app)
    finally:
        server.should_exit = True
        thread.join(START_S)
        listening.close()


def serve(app: MassiveServer, port: int) -> None:
    """Serve until the process is told to stop."""
    uvicorn.Server(_config(app, port)).run()


def _config(app: MassiveServer, port: int = 0) -> uvicorn.Config:
    # A call that hangs on purpose must not keep the server from ending.
    return uvicorn.Config(
        app,
        host=HOST,
        port=port,
        lifespan="off",
        ws="none",
        log_config=None,  # loggers belong to whoever shares the process
        timeout_graceful_shutdown=1,
    )
