"""Thousands of sockets in a process of their own: told over stdin what to do, says over stdout what came.

`python -m bench.swarm PORT`; a line of JSON in, a line of JSON out. `bench.sockets` is the other end.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import orjson
import uvloop

from bench.wire import Connection

KNOCKING = 100  # connections on their way at one time
PATIENCE_S = 60.0  # until a server has accepted and acknowledged
AGAIN_S = 0.2  # the pause of a client before it comes back


@dataclass
class Member:
    """One socket and what it has heard.

    Attributes
    ----------
    subscribe : bytes
        What it says when the door is open; empty where the server needs no word.
    numbers : list of int
        The `n` of each event, as they came.
    at : int
        The log position it has been told, for `since`.
    """

    user: str
    path: str
    subscribe: dict[str, Any] | None
    numbers: list[int] = field(default_factory=list)
    at: int | None = None
    connections: int = 0
    reloads: int = 0


class Swarm:
    """All sockets, and the events they have heard since the last report."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._members: list[Member] = []
        self._live: dict[int, Connection] = {}
        self._ready: dict[int, asyncio.Future[None]] = {}
        self._knocking = asyncio.Semaphore(KNOCKING)
        self._returning: set[asyncio.Task[None]] = set()
        self._resume = False
        self._heard: list[tuple[int, float]] = []
        self._foreign = 0
        self._closes: dict[int, int] = {}

    async def grow(self, members: list[dict[str, Any]], *, resume: bool = False) -> dict[str, Any]:
        """Open these sockets and wait until each has been acknowledged."""
        self._resume = resume
        first = len(self._members)
        self._members += [Member(**each) for each in members]
        started = time.monotonic()
        await asyncio.gather(*(self._join(index) for index in range(first, len(self._members))))
        return {"took_s": time.monotonic() - started, "sockets": len(self._live)}

    async def gather(self, *, expect: int, quiet_s: float) -> dict[str, Any]:
        """Wait until so many events were heard, or nothing for a while; report and forget them."""
        seen, since = -1, time.monotonic()
        while len(self._heard) < expect and time.monotonic() - since < quiet_s:
            if len(self._heard) != seen:
                seen, since = len(self._heard), time.monotonic()
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)  # one too many comes after the last that was expected
        heard, self._heard = self._heard, []
        out_of_order = doubled = 0
        for member in self._members:
            doubled += len(member.numbers) - len(set(member.numbers))
            out_of_order += sum(b < a for a, b in zip(member.numbers, member.numbers[1:], strict=False))
            member.numbers.clear()
        foreign, self._foreign = self._foreign, 0
        return {
            "events": heard,
            "foreign": foreign,
            "out_of_order": out_of_order,
            "doubled": doubled,
            "closes": self._closes,
            "reloads": sum(member.reloads for member in self._members),
            "sockets": len(self._live),
            "connections": sum(member.connections for member in self._members),
        }

    async def _join(self, index: int) -> None:
        loop, member = asyncio.get_running_loop(), self._members[index]
        ready = self._ready[index] = loop.create_future()
        connection = self._live[index] = Connection(
            member.path,
            lambda: self._say_hello(index),
            lambda text: self._take(index, text),
            lambda code: self._gone(index, connection, code),
        )
        try:
            async with self._knocking, asyncio.timeout(PATIENCE_S):
                await loop.create_connection(lambda: connection, "127.0.0.1", self._port)
                await ready
        except OSError:
            # Nobody was at home, or the answer took too long: it must not come after all, beside the next one's.
            self._live.pop(index, None)
            connection.drop()
            raise

    async def _come_back(self, index: int) -> None:
        while True:
            await asyncio.sleep(AGAIN_S)
            try:
                await self._join(index)
            except OSError:
                continue  # nobody is at home yet
            return

    def _say_hello(self, index: int) -> None:
        member = self._members[index]
        member.connections += 1
        if member.subscribe is not None:
            since = {} if member.at is None else {"since": member.at}
            self._live[index].say(orjson.dumps({**member.subscribe, **since}))

    def _take(self, index: int, text: bytes) -> None:
        now = time.time()
        frame = orjson.loads(text)
        member = self._members[index]
        position = frame.get("id", frame.get("at"))
        if position is not None:
            member.at = max(member.at or 0, position)
        data = frame.get("data")
        if data is not None:
            self._foreign += frame["channel"] != f"setups:{member.user}"
            number = data.get("n", position)
            member.numbers.append(number)
            self._heard.append((number, now))
            return
        member.reloads += frame["type"] == "reload"
        if frame["type"] == "ack" and not self._ready[index].done():
            self._ready[index].set_result(None)

    def _gone(self, index: int, connection: Connection, code: int) -> None:
        if self._live.get(index) is not connection:
            return  # it was given up before
        del self._live[index]
        self._closes[code] = self._closes.get(code, 0) + 1
        if not self._ready[index].done():
            # Whoever waits for it decides what comes next.
            self._ready[index].set_exception(ConnectionError(f"closed with {code} before it was acknowledged"))
        elif self._resume:
            task = asyncio.get_running_loop().create_task(self._come_back(index))
            self._returning.add(task)
            task.add_done_callback(self._returning.discard)


async def main(port: int) -> None:
    """Do what each line says until there are no more."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    swarm = Swarm(port)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        order = orjson.loads(line)
        answer = await getattr(swarm, order.pop("do"))(**order)
        sys.stdout.buffer.write(orjson.dumps(answer, option=orjson.OPT_NON_STR_KEYS) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
