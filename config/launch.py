"""Runs the whole coach on one machine: private services, processes of the Procfile, one prefixed log, a clean stop."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from django.core.exceptions import ImproperlyConfigured

from config import prepare, readiness
from config.guard import Guard
from config.services import Service, Unusable, end_leftovers, ensure_database, postgres, redis_server
from config.store import BASE_DIR, Store
from config.supervise import Child, ChildEnded, Printer, Supervisor

PROCFILE = BASE_DIR / "Procfile"
FLOWER_PORT = 5555
INTERRUPTED = 128 + signal.SIGINT


def arguments(argv: list[str]) -> argparse.Namespace:
    """Return the parsed command line of `bin/up`."""
    parser = argparse.ArgumentParser(prog="bin/up", description="Run the coach on this machine.")
    parser.add_argument("--reset", action="store_true", help="drop this store's private data first")
    parser.add_argument("--no-flower", action="store_true", help="leave out the Celery dashboard")
    parser.add_argument("--only", type=_names, metavar="NAME[,NAME]", help="run these processes of the Procfile only")
    parser.add_argument("--port", type=_port, default=os.environ.get("PORT") or "8000", help="default: $PORT or 8000")
    return parser.parse_args(argv)


def environment(store: Store, port: int) -> dict[str, str]:
    """Return the environment of every child."""
    return {
        **os.environ,
        # The Procfile says `python`: this one, whatever the shell would find.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "COACH_STORE": store.name,
        "COACH_MACHINE": prepare.machine(),
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        # A private machine's own business: no runtime folder, and workers that run as root.
        "PYTHONWARNINGS": "ignore:XDG_RUNTIME_DIR,ignore:You're running the worker with superuser",
        "FLOWER_BASIC_AUTH": f"admin:{store.secrets()['flower_password']}",
    }


def procfile(path: Path, *, without: Collection[str] = ()) -> list[tuple[str, str]]:
    """Return (name, command) of each line of the Procfile."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.split(":", 1) for line in lines if line and not line.startswith("#"))
    return [(name.strip(), command.strip()) for name, command in pairs if name.strip() not in without]


async def run(options: argparse.Namespace, store: Store, held: TextIO) -> int:
    """Start everything, say when it is ready, and stop everything on a signal, whenever it comes."""
    printer = Printer()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    guard = Guard(held.fileno())
    supervisor = Supervisor(printer, guard)
    starting = asyncio.create_task(_start(options, store, supervisor, printer))
    stopped = asyncio.create_task(stop.wait())
    failure: BaseException | None = None
    try:
        await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        failure = starting.exception() if starting.done() else None
        if failure is None:
            await stopped
            printer.line("up", "stopping")
    finally:
        starting.cancel()
        stopped.cancel()
        await supervisor.stop_all()
        guard.close()
    if isinstance(failure, prepare.CannotStart | ChildEnded | Unusable):
        # Last, below the lines of those who stopped.
        printer.line("up", str(failure))
        return 1
    if failure is not None:
        raise failure
    return 0


async def _start(options: argparse.Namespace, store: Store, supervisor: Supervisor, printer: Printer) -> None:
    env = environment(store, options.port)
    wanted = procfile(PROCFILE, without=_left_out(options, printer))
    names = [name for name, _ in wanted]
    if "web" in names:
        await prepare.packages(supervisor, env)
    await _services(store, supervisor)
    await prepare.database_and_pages(supervisor, env, pages="web" in names)
    started_at = datetime.now(UTC)
    for name, command in wanted:
        shell = ("/bin/sh", "-c", f"exec {command}")
        process = {
            "COACH_PROCESS": "web" if name == "web" else "work",
            # Who holds a connection, in `pg_stat_activity`.
            "PGAPPNAME": f"{name}@{env['COACH_MACHINE']}",
        }
        await supervisor.start(Child(name, shell, env={**env, **process}))
    await readiness.announce(supervisor, printer, store, readiness.Start(started_at, names, options.port, env))


async def _services(store: Store, supervisor: Supervisor) -> None:
    # None where the environment names others.
    for variable, make in (("DATABASE_URL", postgres), ("REDIS_URL", redis_server)):
        if os.environ.get(variable):
            continue
        service: Service = await asyncio.to_thread(make, store)
        child = Child(
            service.name,
            service.command,
            env=dict(os.environ),
            user=service.user,
            stop_signal=service.stop_signal,
            is_service=True,
            chatter=service.chatter,
        )
        await supervisor.start(child)
        await supervisor.until(service.answers, child, seconds=60)
    if not os.environ.get("DATABASE_URL"):
        await asyncio.to_thread(ensure_database, store)


def _left_out(options: argparse.Namespace, printer: Printer) -> set[str]:
    unwanted = {name for name, _ in procfile(PROCFILE) if options.only and name not in options.only}
    return unwanted | _without_flower(options, printer, unwanted)


def _without_flower(options: argparse.Namespace, printer: Printer, unwanted: set[str]) -> set[str]:
    if options.no_flower or "flower" in unwanted:
        return {"flower"}
    port = int(os.environ.get("FLOWER_PORT") or FLOWER_PORT)
    if reason := prepare.port_trouble(port):
        # A second coach on this machine; it can do without a second dashboard.
        printer.line("up", f"flower is left out: port {port} {reason} (FLOWER_PORT names another)")
        return {"flower"}
    return set()


def _names(text: str) -> set[str]:
    known = [name for name, _ in procfile(PROCFILE)]
    wanted = {part.strip() for part in text.split(",") if part.strip()}
    if not wanted or not wanted <= set(known):
        raise argparse.ArgumentTypeError(f"{text!r}: expected some of {', '.join(known)}")
    return wanted


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= prepare.MOST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a port from 1 to {prepare.MOST_PORT}")
    return int(text)


def main(argv: list[str] | None = None) -> int:
    """Run `bin/up`; the return value is the process's exit code: 0 after a stop, 1 when it cannot run."""
    os.chdir(BASE_DIR)
    try:
        store = prepare.choose_store()  # before the arguments: .env may name the port
        options = arguments(sys.argv[1:] if argv is None else argv)
        with prepare.claim(store) as held:
            for name, pid in end_leftovers(store).items():
                print(f"up: ended {name} of an earlier run (process {pid})", file=sys.stderr)  # noqa: T201 -- see below
            prepare.check_machine(options.port if not options.only or "web" in options.only else None)
            if options.reset:
                shutil.rmtree(store.root, ignore_errors=True)
            prepare.check_store(store)
            prepare.mark(store)
            return asyncio.run(run(options, store, held))
    except (prepare.CannotStart, Unusable, ImproperlyConfigured) as error:
        print(f"up: {error}", file=sys.stderr)  # noqa: T201 -- this is a command
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
