"""When a start is over: the processes of this machine are up, and what they do together has worked since."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx

from config.prepare import MANAGE
from config.store import Store
from config.supervise import Printer, Supervisor

LOOK_S = 0.25
AGAIN_S = 1.0
# Under which names the processes of the Procfile write their heartbeats.
NODES = {"worker": "market", "worker_slow": "slow", "beat": "beat"}
# What has to have worked before we say ready: the job whose last success tells it, and the processes it takes.
SIGNS_OF_LIFE = {
    "beat": ("beat", {"beat"}),
    "feed": ("market_feed_worker", {"beat", "worker"}),
    "worker_slow": ("worker_health_alert_worker", {"beat", "worker_slow"}),
}
# Elsewhere nobody made demo users.
WITH_DEMO = ("development", "test")


@dataclass(frozen=True)
class Start:
    """What was started: since when, names of the Procfile, the port of its web, the environment of the processes."""

    at: datetime
    names: Collection[str]
    port: int
    env: Mapping[str, str]


async def announce(supervisor: Supervisor, printer: Printer, store: Store, start: Start) -> None:
    """Print the ready line once everything that runs here has worked since this start."""
    if start.env.get("DATABASE_URL") or "web" not in start.names:
        # Others may work on the same records, or nobody here answers: only heartbeats tell whose work it was.
        await _until_up(supervisor, start)
    if "web" not in start.names:
        printer.line("up", f"ready: {', '.join(start.names)} on {start.env['COACH_MACHINE']}")
        return
    address = f"http://{_reachable(start.env.get('HOST', ''))}:{start.port}"
    await _until_well(printer, start, address)
    _tell(printer, store, address)


def _tell(printer: Printer, store: Store, address: str) -> None:
    from config.settings.environment import COACH_ENV  # noqa: PLC0415 -- reads the environment

    if COACH_ENV not in WITH_DEMO:
        printer.line("up", f"ready: {address}")
        return
    secrets = store.secrets()
    printer.line("up", f"staff: {address}/admin/ (user admin, password {secrets['admin_password']})")
    printer.line("up", f"ready: {address} (user demo, password {secrets['demo_password']})")


async def _until_up(supervisor: Supervisor, start: Start) -> None:
    instances = [f"{NODES[name]}@{start.env['COACH_MACHINE']}" for name in start.names if name in NODES]
    command = (*MANAGE, "machine", *instances, "--since", start.at.isoformat())
    # It ends early when its database goes away in the middle of starting Django, for instance.
    while instances and await supervisor.once("machine", command, start.env):  # noqa: ASYNC110 -- a process, not a flag
        await asyncio.sleep(AGAIN_S)


async def _until_well(printer: Printer, start: Start, address: str) -> None:
    waiting_for = ""
    async with httpx.AsyncClient(base_url=address, headers={"Host": _known_as()}, timeout=5) as client:
        while missing := await _missing(client, start):
            if missing != waiting_for:
                waiting_for = missing
                printer.line("up", f"waiting for {missing}")
            await asyncio.sleep(LOOK_S)


async def _missing(client: httpx.AsyncClient, start: Start) -> str:
    try:
        answer = await client.get("/health/workers")
        done = {worker["name"]: worker["lastSuccessAt"] for worker in answer.json()["workers"]}
    except (httpx.TransportError, ValueError, KeyError):
        return "web"
    waiting = [
        part
        for part, (job, needed) in SIGNS_OF_LIFE.items()
        if needed <= set(start.names) and (not done.get(job) or datetime.fromisoformat(done[job]) < start.at)
    ]
    return ", ".join(waiting)


def _known_as() -> str:
    """Return a name that the web answers to: in production it refuses to be called by an address."""
    from config.settings.web import ALLOWED_HOSTS  # noqa: PLC0415 -- reads the environment

    return ALLOWED_HOSTS[0].lstrip(".").replace("*", "127.0.0.1")


def _reachable(host: str) -> str:
    # Who listens everywhere is asked here.
    if host in ("", "0.0.0.0", "::"):  # noqa: S104 -- compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
