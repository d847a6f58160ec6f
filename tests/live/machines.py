"""Two machines of one coach on this host: a Postgres and a Redis for both, and a launcher for each."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any, Self

import psycopg
import redis

from config import services
from config.store import Store
from tests.live.stack import Stack, eventually


class SharedServers:
    """The Postgres and the Redis that machines are pointed at, with nothing in them yet."""

    def __init__(self, name: str) -> None:
        self.store = Store(name)
        self._running: list[tuple[services.Service, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> Self:
        services.end_leftovers(self.store)
        shutil.rmtree(self.store.root, ignore_errors=True)
        for make in (services.postgres, services.redis_server):
            service = make(self.store)
            process = services.start(service, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self._running.append((service, process))
            services.wait_until_answering(service, process)
        services.ensure_database(self.store)
        return self

    def __exit__(self, *_: object) -> None:
        for service, process in reversed(self._running):
            process.send_signal(service.stop_signal)
            process.wait(30)


class Machine(Stack):
    """One machine: a store, a port and a name of its own, the servers and the key of all."""

    # Two start at once, on what may be two busy cores.
    START_S = 300.0

    def __init__(self, name: str, servers: SharedServers) -> None:
        super().__init__(
            f"machine-{name}",
            COACH_MACHINE=name,
            DATABASE_URL=servers.store.database_url,
            REDIS_URL=servers.store.redis_url,
            SECRET_KEY="the-one-key-of-both-machines-of-the-live-tests",
        )
        self.name = name
        self._servers = servers

    def database(self) -> psycopg.Connection[Any]:
        """Return a connection of the test's own to the database of all machines."""
        return psycopg.connect(self._servers.store.database_url, autocommit=True)

    def redis(self) -> redis.Redis:
        """Return a client of the test's own of the Redis of all machines."""
        return redis.Redis.from_url(self._servers.store.redis_url)

    def hold_launcher(self, *, still: bool) -> None:
        """Keep the launcher from starting anything again, or let it go on."""
        os.kill(self._process.pid, signal.SIGSTOP if still else signal.SIGCONT)

    def terminate(self) -> int:
        """Stop as a supervisor does, with SIGTERM, and return the launcher's exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(60)

    def kill_for_good(self, name: str) -> None:
        """Kill a child while its launcher stands still, and wait until it is gone."""
        victim = self.process_id(name)
        os.killpg(victim, signal.SIGKILL)
        # Its launcher cannot reap it; a zombie does no work.
        eventually(lambda: _is_zombie(victim), why=f"{name} of {self.name} is dead")


def _is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
