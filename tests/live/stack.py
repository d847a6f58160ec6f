"""The whole coach as real processes, started by its own launcher, for tests that kill parts of it."""

from __future__ import annotations

import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import psycopg
import redis

from config.store import BASE_DIR, Store

SECRET = "a-shared-secret-of-the-live-tests-only"
PATIENCE_S = 120.0
# A server lets go of an idle connection after five seconds: who keeps it as long asks on one that is being closed.
KEPT = httpx.Limits(keepalive_expiry=2.0)
# Starting Django takes seconds, and tests move the clock often: one process does it for all of them.
CLOCK_LOOP = """
import sys
import django
from django.core.management import call_command
from django.db import connection
django.setup()
for line in sys.stdin:
    connection.close()
    call_command("clock", *line.split())
"""
ENDED = "-- the launcher has ended --"


def user_id(number: int) -> str:
    """Return the id of the numbered test user."""
    return str(UUID(f"00000000-0000-4000-8000-{number:012d}"))


def bearer(number: int) -> str:
    """Return the numbered test user's token."""
    return f"e2e:{SECRET}:{user_id(number)}"


def headers(number: int) -> dict[str, str]:
    """Return the headers of a request by the numbered test user."""
    return {"Authorization": f"Bearer {bearer(number)}"}


def eventually(what: Callable[[], Any], *, seconds: float = PATIENCE_S, why: str = "") -> Any:
    """Return the first true answer of `what`; fail when there is none in time."""
    give_up = time.monotonic() + seconds
    while True:
        answer = what()
        if answer:
            return answer
        if time.monotonic() > give_up:
            raise AssertionError(f"not within {seconds:g} s: {why or what}")
        time.sleep(0.05)


class Stack:
    """One launcher and its children, on a store and a port of their own."""

    START_S = 120.0
    LAUNCHER = "config.launch"

    def __init__(self, name: str = "live", **environment: str) -> None:
        self.store = Store(name)
        self.port = _free_port()
        self.lines: list[str] = []
        self._news: queue.Queue[str] = queue.Queue()
        self._environment = environment
        self._hand: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Where the pages and the API are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        """Where the socket is."""
        return f"ws://127.0.0.1:{self.port}/ws/prices"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every process of this stack."""
        mine = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "COACH_ENV": "test",
            "COACH_STORE": self.store.name,
            "PORT": str(self.port),
            "E2E_BYPASS_AUTH": "true",
            "E2E_BYPASS_SHARED_SECRET": SECRET,
            "RATE_LIMIT_GENERAL": "100000",
            **self._environment,
        }
        return {**os.environ, **mine}

    def start(self) -> None:
        """Start with fresh data and wait for the ready line."""
        self._news = queue.Queue()  # the last line of a launcher before this one is no news
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", self.LAUNCHER, "--no-flower", "--reset"],
            cwd=BASE_DIR,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()
        try:
            self.wait_for_line(r"ready: http", seconds=self.START_S)
        except AssertionError:
            self.stop()
            raise

    def stop(self) -> int:
        """Stop as Ctrl-C does, and return the launcher's exit code."""
        if self._hand is not None:
            self._hand.communicate()
            self._hand = None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(60)

    def wait_for_line(self, pattern: str, *, seconds: float = PATIENCE_S) -> str:
        """Return the next line of the log that matches; lines before it are passed over."""
        give_up = time.monotonic() + seconds
        while True:
            try:
                line = self._news.get(timeout=max(0.01, give_up - time.monotonic()))
            except queue.Empty:
                tail = "\n".join(self.lines[-40:])
                raise AssertionError(f"no line like {pattern!r} within {seconds:g} s; last lines:\n{tail}") from None
            if line == ENDED:
                raise AssertionError("the launcher ended; last lines:\n" + "\n".join(self.lines[-40:]))
            if re.search(pattern, line):
                return line

    def process_id(self, name: str) -> int:
        """Return the id of a child as it runs now."""
        found = [re.search(rf"\b{name} runs as process (\d+)", line) for line in self.lines]
        return int([match for match in found if match][-1].group(1))

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Kill a child and all it started, and wait until the launcher has started another and all are well again."""
        before = self.process_id(name)
        os.killpg(before, number)
        eventually(lambda: self.process_id(name) != before, why=f"{name} was started again")
        eventually(self._is_ready, why=f"the coach is ready again after {name} was killed")

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=5).is_success
        except httpx.TransportError:
            return False

    def clock(self, *arguments: str) -> str:
        """Move the market clock, and return what the command says."""
        if self._hand is None:
            self._hand = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-u", "-c", CLOCK_LOOP],
                cwd=BASE_DIR,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._hand.stdin is not None
        assert self._hand.stdout is not None
        self._hand.stdin.write(" ".join(arguments) + "\n")
        self._hand.stdin.flush()
        said = self._hand.stdout.readline().strip()
        assert said, f"clock {arguments}: no answer"
        return said

    def manage(self, *arguments: str) -> str:
        """Run a management command in this stack's environment."""
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "manage.py", *arguments],
            cwd=BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def database(self) -> psycopg.Connection[Any]:
        """Return a connection of the test's own, in autocommit mode."""
        return psycopg.connect(self.store.database_url, autocommit=True)

    def redis(self) -> redis.Redis:
        """Return a Redis client of the test's own."""
        return redis.Redis.from_url(self.store.redis_url)

    def http(self, number: int | None = None) -> httpx.Client:
        """Return an HTTP client, signed in as the numbered test user if one is named."""
        return httpx.Client(
            base_url=self.url, headers=headers(number) if number is not None else {}, timeout=30, limits=KEPT
        )

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip())
            self._news.put(line.rstrip())
        self._news.put(ENDED)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
