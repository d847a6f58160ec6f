"""Real processes for a bench: the coach's own by their Procfile lines, baselines by theirs, on the tests' servers."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psutil
from celery import Celery
from django.conf import settings
from django.db import connection

from config.celery import app as celery_app
from config.launch import procfile
from config.store import BASE_DIR, VAR_DIR

LOGS = VAR_DIR / "bench" / os.environ.get("COACH_TEST_LANE", "0")  # two runs at one time do not write into one file
PATIENCE_S = 60.0
STOP_S = 20.0
_NODE = re.compile(r"--hostname (\w+@)")


class DidNotStart(RuntimeError):
    """A process ended, or said nothing, before it was of use; its log says why."""


class Process:
    """A child in a session of its own, its output in a file of `LOGS`."""

    def __init__(self, name: str, command: str, **environment: str) -> None:
        self.name = name
        self.log = LOGS / f"{name}.log"
        LOGS.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._child = subprocess.Popen(  # noqa: S603 -- our own Procfile
                ("/bin/sh", "-c", f"exec {command}"),
                cwd=BASE_DIR,
                env=surroundings(**environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The id of the process itself."""
        return self._child.pid

    def until(self, ready: Callable[[], object], why: str) -> None:
        """Wait for a true answer.

        Raises
        ------
        DidNotStart
            If the process ends before, or a minute has passed.
        """
        give_up = time.monotonic() + PATIENCE_S
        while not ready():
            if self._child.poll() is not None or time.monotonic() > give_up:
                tail = self.log.read_text(errors="replace")[-2000:]
                raise DidNotStart(f"{self.name}: not {why}; its log ends with\n{tail}")
            time.sleep(0.05)

    def resident(self) -> list[psutil.Process]:
        """Return the process and all it has started."""
        parent = psutil.Process(self.pid)
        return [parent, *parent.children(recursive=True)]

    def stop(self) -> None:
        """End it as the launcher does, and everything it has started."""
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
            try:
                self._child.wait(STOP_S)
            except subprocess.TimeoutExpired:
                os.killpg(self._child.pid, signal.SIGKILL)
                self._child.wait()


def surroundings(**more: str) -> dict[str, str]:
    """Return the environment of a child: this process's settings, the bench's database and no test's limits."""
    database = connection.settings_dict
    host = str(database["HOST"]).replace("/", "%2F")
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(BASE_DIR),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": f"postgres://{database['USER']}@{host}/{database['NAME']}",
        "REDIS_URL": settings.REDIS_URL,
        "COACH_PROCESS": "work",
        "COACH_MACHINE": settings.MACHINE,
        "RATE_LIMIT_GENERAL": "1000000",
        "SOCKET_PER_ADDRESS": "20000",
        **more,
    }


def line_of(name: str) -> str:
    """Return the command of a Procfile line."""
    return dict(procfile(BASE_DIR / "Procfile"))[name]


@contextmanager
def web(
    name: str = "web", *, application: str = "config.asgi:application", port: int = 0, **more: str
) -> Iterator[tuple[Process, int]]:
    """Run the web process, or another application under the very same uvicorn; give its port."""
    port = port or free_port()
    command = line_of("web").replace("config.asgi:application", application)
    with Process(name, command, COACH_PROCESS="web", PORT=str(port), **more) as process:
        process.until(lambda: answers(port), "listening")
        yield process, port


@contextmanager
def worker(name: str = "worker", *, include: str = "", **more: str) -> Iterator[Process]:
    """Run a worker by its Procfile line, with one more module's tasks if named, until it takes orders."""
    command = line_of(name)
    command += f" --include {include}" if include else ""
    with Process(name, command, **more) as process:
        process.until(listening(celery_app, command), "ready")
        yield process


def listening(app: Celery, command: str) -> Callable[[], object]:
    """Return a question: whether the worker that this command starts takes orders."""
    name = _NODE.findall(command)[0] + settings.MACHINE
    return lambda: app.control.ping([name], timeout=0.5)


def answers(port: int) -> bool:
    """Say whether somebody listens there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory_mb(processes: list[psutil.Process]) -> tuple[float, float]:
    """Return the resident and the proportional set size of some processes together. [MiB]"""
    found = [process.memory_full_info() for process in processes]
    return sum(each.rss for each in found) / 2**20, sum(each.pss for each in found) / 2**20
