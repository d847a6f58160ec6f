"""A server of this test's own, at an instant of a session, and what the vendor publishes about its wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from massive import RESTClient

from simulation.vendor import SimulatedVendor
from tests.massive_server.serving import KEY, SEED, Running, serving

# 11:00:30 in New York on the Monday after the clocks went forward.
MOMENT = datetime(2026, 3, 9, 15, 0, 30, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[Running]:
    """Return a server whose clock stands at `MOMENT`."""
    with serving(at=MOMENT) as running:
        yield running


@pytest.fixture
def http(server: Running) -> Iterator[httpx.Client]:
    """Return a client that has the key."""
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {KEY}"}, timeout=10) as client:
        yield client


@pytest.fixture
def get(http: httpx.Client) -> Callable[..., Any]:
    """Return what asks for a path and gives the body of an answer that has to be good."""

    def ask(path: str, **query: object) -> Any:
        answer = http.get(path, params={name.replace("__", "."): str(value) for name, value in query.items()})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


@pytest.fixture
def official(server: Running) -> Iterator[RESTClient]:
    """Return the vendor's own client."""
    client = RESTClient(KEY, base=server.url, retries=0)
    yield client
    client.client.clear()


@pytest.fixture
def truth() -> SimulatedVendor:
    """Return the market that stands behind the server."""
    return SimulatedVendor(SEED)
