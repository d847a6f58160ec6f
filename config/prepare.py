"""What has to be true before the coach can run: a machine that can, a store that fits, data and pages in place."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from config.store import BASE_DIR, Store
from config.supervise import Printer, Supervisor

LEAST_DISK_BYTES = 500 * 1024 * 1024
OLDEST_PYTHON = (3, 11)
HELP = "(see docs/troubleshooting.md)"
MANAGE = (sys.executable, str(BASE_DIR / "manage.py"))


class CannotStart(Exception):
    """Something on this machine is in the way; the sentence says what and what to do."""


def choose_store() -> Store:
    """Return the store that the environment asks for."""
    from config.settings import environment  # noqa: PLC0415 -- reads the environment, which `main` has prepared

    return environment.STORE


def check_machine(store: Store, port: int) -> None:
    """Check what can be wrong before anything is started.

    Raises
    ------
    CannotStart
        If Python is too old, the port is taken, the disk is full, or the store belongs to another provider.
    """
    if sys.version_info < OLDEST_PYTHON:
        raise CannotStart(f"Python {sys.version.split()[0]} is too old: 3.11 or newer is needed {HELP}")
    free = shutil.disk_usage(BASE_DIR).free
    if free < LEAST_DISK_BYTES:
        raise CannotStart(f"only {free // 1024**2} MB are free on this disk: 500 MB are needed {HELP}")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotStart(
                f"port {port} is taken ({error.strerror}): stop what uses it,"
                f" or choose another with PORT=8001 bin/up {HELP}"
            ) from None
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


async def database_and_pages(supervisor: Supervisor, env: Mapping[str, str]) -> None:
    """Install the front end's packages, bring the database up to date, collect static files and seed the demo."""
    await _packages(supervisor, env)
    for name, command in (
        ("migrate", ("migrate", "--verbosity", "0")),
        ("static", ("collectstatic", "--noinput", "--verbosity", "0")),
        ("seed", ("seed",)),
    ):
        if name == "static" and not _static_is_stale():
            continue
        if await supervisor.once(name, (*MANAGE, *command), env):
            raise CannotStart(f"`manage.py {command[0]}` failed; its lines above say why")
        if name == "static":
            _static_stamp().write_text(_static_digest(), encoding="utf-8")


async def announce_when_ready(printer: Printer, store: Store, port: int, stop: asyncio.Event) -> None:
    """Print the ready line once web, worker, beat and feed have all answered."""
    address = f"http://127.0.0.1:{port}"
    waiting_for = ""
    async with httpx.AsyncClient(base_url=address, timeout=5) as client:
        while not stop.is_set():
            missing = await _missing(client)
            if not missing:
                break
            if missing != waiting_for:
                waiting_for = missing
                printer.line("up", f"waiting for {missing}")
            await asyncio.sleep(0.25)
    secrets = store.secrets()
    printer.line("up", f"staff: {address}/admin/ (user admin, password {secrets['admin_password']})")
    printer.line("up", f"ready: {address} (user demo, password {secrets['demo_password']})")


async def _missing(client: httpx.AsyncClient) -> str:
    try:
        if (await client.get("/health")).status_code != httpx.codes.OK:
            return "web"
        up = (await client.get("/health/up")).json()
    except httpx.TransportError:
        return "web"
    return ", ".join(name for name, well in up.items() if not well)


async def _packages(supervisor: Supervisor, env: Mapping[str, str]) -> None:
    lock = BASE_DIR / "package-lock.json"
    stamp = BASE_DIR / "node_modules" / ".coach-lock"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return
    npm = shutil.which("npm") or str(Path(sys.executable).parent / "npm")
    command = (npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error")
    if await supervisor.once("npm", command, env):
        raise CannotStart(f"npm could not install the front end's packages: is its registry reachable? {HELP}")
    stamp.write_text(digest, encoding="utf-8")


def _static_digest() -> str:
    digest = hashlib.sha256((BASE_DIR / "package-lock.json").read_bytes())
    for path in sorted((BASE_DIR / "static").rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(BASE_DIR)).encode() + path.read_bytes())
    return digest.hexdigest()


def _static_stamp() -> Path:
    return BASE_DIR / "var" / "static" / ".digest"


def _static_is_stale() -> bool:
    return not _static_stamp().exists() or _static_stamp().read_text(encoding="utf-8") != _static_digest()


def _marker(store: Store) -> str | None:
    path = store.root / "provider.json"
    return json.loads(path.read_text(encoding="utf-8"))["provider"] if path.exists() else None


def _provider() -> str:
    from config.settings.environment import MARKET_PROVIDER  # noqa: PLC0415 -- reads the environment

    # Replays of different folders must not share a store either.
    return f"{MARKET_PROVIDER}:{os.environ['REPLAY_PATH']}" if MARKET_PROVIDER == "replay" else MARKET_PROVIDER
