"""What has to be true before the coach can run: a machine that can, a store that fits, data and pages in place."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import hashlib
import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from config.store import BASE_DIR, Store
from config.supervise import HELP, Supervisor

TESTS_STORE = "test"
LEAST_DISK_BYTES = 500 * 1024 * 1024
MOST_PORT = 65_535
OLDEST_PYTHON = (3, 11)
# How long the guard of a killed launcher may take to notice, and then to end what that one left.
NOTICING_S = 1.0
CLEARING_S = 40.0
TURN_S = 0.1  # how often it is looked whether another launcher is done with the static files
# An unreachable registry is told within seconds, not minutes.
NPM_PATIENCE = ("--fetch-retries", "2", "--fetch-retry-mintimeout", "1000", "--fetch-retry-maxtimeout", "5000")
MANAGE = (sys.executable, str(BASE_DIR / "manage.py"))


class CannotStart(Exception):
    """Something on this machine is in the way; the sentence says what and what to do."""


def choose_store() -> Store:
    """Return the store that the environment, or `.env`, asks for.

    Raises
    ------
    ImproperlyConfigured
        If any setting cannot be read.
    CannotStart
        If it is the one of the tests, whose servers are left running.
    """
    from config.settings import environment  # noqa: PLC0415 -- reads the environment, which `main` has prepared

    if environment.STORE.name == TESTS_STORE:
        raise CannotStart(f"the store {TESTS_STORE!r} belongs to bin/test: name another with COACH_STORE {HELP}")
    return environment.STORE


def machine() -> str:
    """Return this machine's name among those of one coach."""
    from config.settings.environment import MACHINE  # noqa: PLC0415 -- reads the environment

    return MACHINE


def check_machine(port: int | None) -> None:
    """Check what can be wrong with this machine before anything is started; without a port nothing will listen.

    Raises
    ------
    CannotStart
        If Python is too old, the port is taken, or the disk is full.
    """
    if sys.version_info < OLDEST_PYTHON:
        raise CannotStart(f"Python {sys.version.split()[0]} is too old: 3.11 or newer is needed {HELP}")
    free = shutil.disk_usage(BASE_DIR).free
    if free < LEAST_DISK_BYTES:
        raise CannotStart(f"only {free // 1024**2} MB are free on this disk: 500 MB are needed {HELP}")
    if port is not None and (reason := port_trouble(port)):
        raise CannotStart(
            f"port {port} {reason}: stop what uses it, or choose another with PORT={_next(port)} bin/up {HELP}"
        )


def port_trouble(port: int) -> str:
    """Return why nobody can listen on this port of the machine; nothing when somebody can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return "is taken" if error.errno == errno.EADDRINUSE else f"cannot be opened ({error.strerror})"
    return ""


def claim(store: Store) -> TextIO:
    """Take the store for this launcher; the returned file holds it until it and the guard's copy are closed.

    A launcher that was killed leaves a guard, which keeps the store until it has ended the children; we wait for it.

    Raises
    ------
    CannotStart
        If another launcher runs on it.
    """
    store.root.parent.mkdir(parents=True, exist_ok=True)
    # Beside the store, not in it: a reset removes what is inside.
    held = store.root.with_suffix(".lock").open("a+", encoding="utf-8")
    began = time.monotonic()
    while not _locked(held):
        holder = _holder(held)
        if time.monotonic() - began > (NOTICING_S if holder else CLEARING_S):
            held.close()
            raise CannotStart(
                f"another bin/up (process {holder}) runs on the store {store.name!r}:"
                f" stop it, or name another with COACH_STORE=other {HELP}"
            )
        time.sleep(0.1)
    held.truncate(0)
    held.write(str(os.getpid()))
    held.flush()
    return held


def check_store(store: Store) -> None:
    """Check that the store holds this provider's data, or nothing.

    Raises
    ------
    CannotStart
        If it belongs to another provider.
    """
    kept = _marker(store)
    if kept not in (None, _provider()):
        raise CannotStart(
            f"the store {store.root.relative_to(BASE_DIR)} holds data of the provider {kept!r}, not {_provider()!r}:"
            f" set COACH_STORE to another name, or drop it with bin/up --reset {HELP}"
        )


def mark(store: Store) -> None:
    """Write down whose data this store holds."""
    store.root.mkdir(parents=True, exist_ok=True)
    (store.root / "provider.json").write_text(json.dumps({"provider": _provider()}), encoding="utf-8")


async def database_and_pages(supervisor: Supervisor, env: Mapping[str, str], *, pages: bool = True) -> None:
    """Bring the database up to date, collect static files where pages are served, and seed the demo."""
    if not pages or not _static_is_stale():
        await _prepare(supervisor, env, "--no-static")
        return
    # Another store of this checkout may be starting too, and serves the same files.
    with _static_stamp().parent.with_suffix(".lock").open("a") as turn:
        # Not in a thread that waits for the lock: nothing could stop that one.
        while not _locked(turn):  # noqa: ASYNC110 -- another process holds it
            await asyncio.sleep(TURN_S)
        if not _static_is_stale():
            await _prepare(supervisor, env, "--no-static")
            return
        await _prepare(supervisor, env)
        _static_stamp().write_text(_static_digest(), encoding="utf-8")


async def _prepare(supervisor: Supervisor, env: Mapping[str, str], *options: str) -> None:
    if await supervisor.once("prepare", (*MANAGE, "prepare", *options), env):
        raise CannotStart(f"`manage.py prepare` failed; its lines above say why {HELP}")


async def packages(supervisor: Supervisor, env: Mapping[str, str]) -> None:
    """Install the front end's packages where they are not as `package-lock.json` says.

    Raises
    ------
    CannotStart
        If npm fails.
    """
    lock = BASE_DIR / "package-lock.json"
    stamp = BASE_DIR / "node_modules" / ".coach-lock"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return
    npm = shutil.which("npm") or str(Path(sys.executable).parent / "npm")
    command = (npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error", *NPM_PATIENCE)
    if await supervisor.once("npm", command, env):
        raise CannotStart(f"npm could not install the front end's packages: is its registry reachable? {HELP}")
    stamp.write_text(digest, encoding="utf-8")


def _static_digest() -> str:
    from config.settings.storage import STORAGES  # noqa: PLC0415 -- reads the environment

    # Wheels bring files, too: the page of the API.
    pins = ("package-lock.json", "requirements.txt")
    digest = hashlib.sha256(b"".join((BASE_DIR / name).read_bytes() for name in pins))
    # Tests collect without the manifest that everybody else's pages are written from.
    digest.update(STORAGES["staticfiles"]["BACKEND"].encode())
    for path in sorted((BASE_DIR / "static").rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(BASE_DIR)).encode() + path.read_bytes())
    return digest.hexdigest()


def _static_stamp() -> Path:
    return BASE_DIR / "var" / "static" / ".digest"


def _static_is_stale() -> bool:
    return not _static_stamp().exists() or _static_stamp().read_text(encoding="utf-8") != _static_digest()


def _locked(held: TextIO) -> bool:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(held: TextIO) -> str:
    # The launcher's process id; nothing once its guard has taken over.
    held.seek(0)
    return held.read()


def _next(port: int) -> int:
    return port + 1 if port < MOST_PORT else port - 1


def _marker(store: Store) -> str | None:
    path = store.root / "provider.json"
    return json.loads(path.read_text(encoding="utf-8"))["provider"] if path.exists() else None


def _provider() -> str:
    from config.settings.market import MARKET_SOURCE  # noqa: PLC0415 -- reads the environment

    return MARKET_SOURCE
