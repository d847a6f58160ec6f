"""A Redis that accepts connections and never answers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pytest_django import Settings

from config import redis as our_redis
from market.vendors.calls import patience


@dataclass
class Silent:
    """A listening socket; the kernel accepts for it, and nobody reads."""

    server: socket.socket

    def called(self) -> int:
        """Return how many connections came since the last question."""
        count = 0
        while True:
            try:
                self.server.accept()[0].close()
            except BlockingIOError:
                return count
            count += 1


@pytest.fixture
def silent_redis(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Silent]:
    """Have every client of Redis speak to nobody, and forget about it afterwards."""
    monkeypatch.setattr(patience, "ask", patience.Patience().ask)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        settings.REDIS_URL = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        our_redis.client.cache_clear()
        yield Silent(server)
    our_redis.client.cache_clear()
