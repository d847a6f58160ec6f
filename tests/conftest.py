"""What every test stands on: the test settings, real Postgres and Redis, and a clean Redis for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import services


def pytest_configure(config: pytest.Config) -> None:
    """Have the servers up before Django connects."""
    services.ensure_running()


@pytest.fixture(autouse=True)
def _clean_redis() -> Iterator[None]:
    """Remove what this test process wrote to Redis, after each test."""
    yield
    from config.redis import client, key

    names = list(client().scan_iter(match=key("*"), count=1000))
    if names:
        client().delete(*names)
