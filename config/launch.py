"""Runs the whole coach on one machine: private services, processes of the Procfile, one prefixed log, a clean stop."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config import prepare
from config.services import Service, ensure_database, postgres, redis_server
from config.store import BASE_DIR, Store
from config.supervise import Child, ChildEnded, Printer, Supervisor


def arguments(argv: list[str]) -> argparse.Namespace:
    """Return the parsed command line of `bin/up`."""
    parser = argparse.ArgumentParser(prog="bin/up", description="Run the coach on this machine.")
    parser.add_argument("--reset", action="store_true", help="drop this store's private data first")
    parser.add_argument("--no-flower", action="store_true", help="leave out the Celery dashboard")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000), help="default: $PORT or 8000")
    return parser.parse_args(argv)


def environment(store: Store, port: int) -> dict[str, str]:
    """Return the environment of every child."""
    return {
        **os.environ,
        # The Procfile says `python`: this one, whatever the shell would find.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "COACH_STORE": store.name,
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        # A private machine's own business: no runtime folder, and workers that run as root.
        "PYTHONWARNINGS": "ignore:XDG_RUNTIME_DIR,ignore:You're running the worker with superuser",
        "FLOWER_BASIC_AUTH": f"admin:{store.secrets()['flower_password']}",
    }


def procfile(path: Path, *, without: set[str]) -> list[tuple[str, str]]:
    """Return (name, command) of each line of the Procfile."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.split(":", 1) for line in lines if line and not line.startswith("#"))
    return [(name.strip(), command.strip()) for name, command in pairs if name.strip() not in without]


def private_services(store: Store) -> list[Service]:
    """Return the servers this machine has to run itself: none where the environment names others."""
    services = []
    if not os.environ.get("DATABASE_URL"):
        services.append(postgres(store))
    if not os.environ.get("REDIS_URL"):
        services.append(redis_server(store))
    return services


async def run(options: argparse.Namespace, store: Store) -> int:
    """Start everything, say when it is ready, and stop everything on a signal."""
    printer = Printer()
    supervisor = Supervisor(printer)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    env = environment(store, options.port)
    try:
        for service in private_services(store):
            child = Child(
                service.name,
                service.command,
                env=dict(os.environ),
                user=service.user,
                stop_signal=_stop_of(service),
            )
            await supervisor.start(child)
            await supervisor.until(service.answers, child, seconds=60)
        if not os.environ.get("DATABASE_URL"):
            ensure_database(store)
        await prepare.database_and_pages(supervisor, env)
        for name, command in procfile(BASE_DIR / "Procfile", without={"flower"} if options.no_flower else set()):
            shell = ("/bin/sh", "-c", f"exec {command}")
            process = {"COACH_PROCESS": "web"} if name == "web" else {"COACH_PROCESS": "work"}
            await supervisor.start(Child(name, shell, env={**env, **process}))
        announced = asyncio.create_task(prepare.announce_when_ready(printer, store, options.port))
        await stop.wait()
        announced.cancel()
        printer.line("up", "stopping")
    except (prepare.CannotStart, ChildEnded) as error:
        printer.line("up", str(error))
        return 1
    finally:
        await supervisor.stop_all()
    return 0


def _stop_of(service: Service) -> signal.Signals:
    # Postgres: SIGINT is its fast stop; SIGTERM would wait for every client to leave by itself.
    return signal.SIGINT if service.name == "postgres" else signal.SIGTERM


def main(argv: list[str] | None = None) -> int:
    """Run `bin/up`; the return value is the process's exit code."""
    options = arguments(sys.argv[1:] if argv is None else argv)
    os.chdir(BASE_DIR)
    try:
        store = prepare.choose_store()
        prepare.check_machine(options.port)
        with prepare.claim(store):
            if options.reset:
                shutil.rmtree(store.root, ignore_errors=True)
            prepare.check_store(store)
            prepare.mark(store)
            return asyncio.run(run(options, store))
    except (prepare.CannotStart, ImproperlyConfigured) as error:
        print(f"up: {error}", file=sys.stderr)  # noqa: T201 -- this is a command
        return 1


if __name__ == "__main__":
    sys.exit(main())
