"""What every test stands on: the test settings, real Postgres and Redis, and a clean Redis for each test."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, settings

from tests import services
from tests.live.stack import Stack

# How long an example takes says something about the machine, not about us.
settings.register_profile("coach", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("coach")


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


@pytest.fixture(autouse=True)
def _fresh_clock_and_calendar() -> Iterator[None]:
    """Start every test with a clock that nobody has set, the published calendar, and nothing known of health."""
    from market import clock, overrides
    from ops import checks

    clock.forget()
    checks.forget()
    # A test that writes an override makes its process read the table again; the next test starts without any.
    overrides.remember({})
    yield
    clock.forget()


@pytest.fixture(autouse=True)
def _one_minute_of_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count a test's requests in one minute: two of them must not stand on both sides of its end."""
    from config.http import throttles

    monkeypatch.setattr(throttles, "time", SimpleNamespace(time=lambda: 1_770_000_015.0))


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Return the one coach of real processes of this run; each test restores what it killed."""
    running = Stack()
    running.start()
    yield running
    assert running.stop() == 0, "the launcher did not stop cleanly"
