"""Child processes with prefixed output: started, restarted when they crash, stopped in order, services last."""

from __future__ import annotations

import asyncio
import itertools
import os
import pwd
import re
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from config.guard import Guard, Ward

COLOURS = (36, 33, 32, 35, 34, 31)
HELP = "(see docs/troubleshooting.md)"
CALM_AFTER_S = 30.0
LONGEST_WAIT_S = 10.0
STOP_PATIENCE_S = 12.0
# A service that ends this often before it answers will not come.
MOST_FALSE_STARTS = 3


class Printer:
    """One log of everybody, a line at a time, each behind its process's name."""

    def __init__(self) -> None:
        self._colours: dict[str, int] = {}
        self._next = itertools.cycle(COLOURS)
        self._pretty = sys.stdout.isatty()

    def line(self, name: str, text: str) -> None:
        """Print one line."""
        prefix = f"{name:<11}| "
        if self._pretty:
            colour = self._colours.setdefault(name, next(self._next))
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        try:
            sys.stdout.write(f"{prefix}{text}\n")
            sys.stdout.flush()
        except OSError:
            # Nobody reads the log any more: `bin/up | head`, or a closed terminal. Stop in good order, silently.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            signal.raise_signal(signal.SIGTERM)


@dataclass
class Child:
    """A process to keep alive.

    Attributes
    ----------
    is_service : bool
        Others need it: it is stopped after them.
    chatter : re.Pattern or None
        Lines that say nothing to anybody; they are left out of the log.
    ends : int
        How often it has ended by itself.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    is_service: bool = False
    chatter: re.Pattern[str] | None = None
    ends: int = field(default=0, init=False)
    process: asyncio.subprocess.Process | None = field(default=None, init=False)
    keeper: asyncio.Task[None] | None = field(default=None, init=False)


class ChildEnded(RuntimeError):
    """A child ended before it was of any use."""


class Supervisor:
    """Starts children and restarts those that end by themselves, with a growing pause."""

    def __init__(self, printer: Printer, guard: Guard | None = None) -> None:
        self._printer = printer
        self._guard = guard
        self._children: list[Child] = []
        self._stopping = False

    async def start(self, child: Child) -> None:
        """Start a child and keep it alive from now on."""
        self._children.append(child)
        await self._spawn(child)
        child.keeper = asyncio.create_task(self._keep(child))

    async def once(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> int:
        """Run a command to its end and return its exit code."""
        child = Child(name, command, env)
        self._children.append(child)
        await self._spawn(child)
        return await self._finish(child)

    async def until(self, answers: Callable[[], bool], child: Child, *, seconds: float) -> None:
        """Wait until a service answers.

        Raises
        ------
        ChildEnded
            If it stays silent for that long, or ends again and again.
        """
        give_up = time.monotonic() + seconds
        while not await asyncio.to_thread(answers):
            if child.ends >= MOST_FALSE_STARTS:
                raise ChildEnded(f"{child.name} ended {child.ends} times; its lines above say why {HELP}")
            if time.monotonic() > give_up:
                raise ChildEnded(f"{child.name} did not answer within {seconds:g} s; its lines above say why {HELP}")
            await asyncio.sleep(0.05)

    async def stop_all(self) -> None:
        """Stop the workers at once, then the services in reverse order; those that do not listen are killed."""
        self._stopping = True
        await asyncio.gather(*(self._stop(child) for child in self._children if not child.is_service))
        for child in reversed(self._children):
            if child.is_service:
                await self._stop(child)

    async def _spawn(self, child: Child) -> None:
        child.process = await asyncio.create_subprocess_exec(
            *child.command,
            env=dict(child.env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=1 << 20,
            start_new_session=True,  # Ctrl-C reaches children through us, in our order
            user=pwd.getpwnam(child.user).pw_uid if child.user else None,
        )
        if self._guard is not None:
            self._guard.watch(Ward(child.process.pid, child.stop_signal, child.is_service))
        self._printer.line("up", f"{child.name} runs as process {child.process.pid}")
        if self._stopping:
            # The stop came while it was being made.
            _signal(child.process.pid, child.stop_signal, whole_group=False)

    async def _finish(self, child: Child) -> int:
        assert child.process is not None  # noqa: S101 -- for the type checker; _spawn came first
        assert child.process.stdout is not None  # noqa: S101 -- see above
        while line := await child.process.stdout.readline():
            text = line.decode(errors="replace").rstrip()
            if text and not (child.chatter and child.chatter.search(text)):
                self._printer.line(child.name, text)
        return await self._wait(child.process)

    async def _wait(self, process: asyncio.subprocess.Process) -> int:
        code = await process.wait()
        if self._guard is not None:
            self._guard.forget(process.pid)
        return code

    async def _keep(self, child: Child) -> None:
        pause = 0.5
        while True:
            started = time.monotonic()
            code = await self._finish(child)
            if self._stopping:
                return
            child.ends += 1
            if time.monotonic() - started > CALM_AFTER_S:
                pause = 0.5
            self._printer.line("up", f"{child.name} ended with code {code}; starting it again in {pause:g} s")
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_WAIT_S)
            if self._stopping:
                return
            await self._spawn(child)

    async def _stop(self, child: Child) -> None:
        process = child.process
        if process is not None and process.returncode is None:
            _signal(process.pid, child.stop_signal, whole_group=False)
            try:
                await asyncio.wait_for(self._wait(process), STOP_PATIENCE_S)
            except TimeoutError:
                _signal(process.pid, signal.SIGKILL, whole_group=True)
                await self._wait(process)
        if child.keeper is not None:
            await asyncio.wait([child.keeper], timeout=2)


def _signal(pid: int, number: signal.Signals, *, whole_group: bool) -> None:
    try:
        (os.killpg if whole_group else os.kill)(pid, number)
    except ProcessLookupError:
        return  # it ended by itself meanwhile, which is what we want
