"""The one reader of the event log in a socket process: follows it, and hands each event to its hearers' sockets."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import Any, Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import InterfaceError, OperationalError
from redis.exceptions import RedisError

from market import clock
from realtime import audiences, credentials, log, looking
from realtime.audiences import Members
from realtime.channels import PRICES_GROUP, RING_GROUP
from realtime.errors import TooManySockets
from realtime.log import Entry
from realtime.messages import Status
from realtime.threads import Threads

logger = logging.getLogger(__name__)

SILENCE_S = 1.0  # without a ring the log is looked at this often
CLOCK_S = 1.0  # how often the phase is looked at
AGAIN_S = 1.0  # wait after trouble with Redis or Postgres
KNOWN_WITHIN_S = 5.0  # how long a socket waits for the hub to find its place in the log
STOP_S = 0.2  # wait before a task is cancelled again
BREATH = 200  # sockets served before others get a turn
OUTAGES = (OperationalError, InterfaceError, RedisError, OSError)


class Listener(Protocol):
    """What the hub sees of a socket; neither call may wait."""

    def hear(self, event_id: int, channel: str, text: str) -> None:
        """Take an event."""

    def latest(self, key: str, text: str) -> None:
        """Take a value that the next one replaces."""


class Hub:
    """Sockets of this process, and the tasks that feed them.

    Attributes
    ----------
    at : int or None
        The last event taken from the log: an event up to here is found by a replay, a later one comes live. None until
        the log has been read once.
    told : int
        Up to here every event has been handed to its sockets.
    sockets, users, symbols
        All listeners, those of a user, those that look at a symbol.
    prices
        The last frame of each symbol in `symbols`.
    """

    def __init__(self) -> None:
        self.at: int | None = None
        self.told = 0
        self.sockets: set[Listener] = set()
        self.users: dict[UUID, set[Listener]] = {}
        self.symbols: dict[str, set[Listener]] = {}
        self.addresses: Counter[str] = Counter()
        self.prices: dict[str, str] = {}
        self.threads, self.checks = Threads(4), credentials.Checks()
        self.bell = asyncio.Event()
        self._reader = Threads(1, keep=True)
        self._known = asyncio.Event()
        self._status = ""
        self._phase: tuple[object, ...] = ()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to follow the log, the layer and the clock."""
        steps = (self._follow, self._listen, self._keep_looking, self._watch_clock, self.checks.keep_keys)
        self._tasks = [asyncio.create_task(_forever(step), name=f"hub.{step.__name__}") for step in steps]

    async def stop(self) -> None:
        """End the tasks and give the connections back."""
        pending = set(self._tasks)
        while pending:
            # More than once: a Redis client that is connecting swallows the first.
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=STOP_S)
        for threads in (self._reader, self.threads, self.checks):
            await threads.close()

    async def known(self) -> None:
        """Wait until `at` is known.

        Raises
        ------
        TimeoutError
            If the log cannot be read.
        """
        async with asyncio.timeout(KNOWN_WITHIN_S):
            await self._known.wait()

    async def status(self) -> str:
        """Return the `status` frame of now."""
        if not self._status:
            await self._look_at_clock()
        return self._status

    def arrive(self, listener: Listener, address: str) -> None:
        """Take in a socket that comes from this address.

        Raises
        ------
        TooManySockets
            If the address holds as many as it may.
        """
        limit = settings.SOCKET_LIMITS["per_address"]
        if address and self.addresses[address] >= limit:
            raise TooManySockets(limit=limit, holder="address")
        self.addresses[address] += 1
        self.sockets.add(listener)

    def identify(self, listener: Listener, user_id: UUID) -> None:
        """Note whose socket it is: from now on it is offered what the user hears.

        Raises
        ------
        TooManySockets
            If the user holds as many as he may.
        """
        limit, held = settings.SOCKET_LIMITS["per_user"], self.users.get(user_id, set())
        if listener not in held and len(held) >= limit:
            raise TooManySockets(limit=limit, holder="user")
        self.users[user_id] = held | {listener}

    def leave(self, listener: Listener, address: str, user_id: UUID | None) -> None:
        """Forget a socket that is gone; a second time changes nothing."""
        # First: one that was turned away at the door may have said who it is before it was gone.
        if user_id in self.users:
            self.users[user_id] -= {listener}
            if not self.users[user_id]:
                del self.users[user_id]
        if listener not in self.sockets:
            return
        self.sockets.remove(listener)
        self.addresses[address] -= 1
        if not self.addresses[address]:
            del self.addresses[address]

    def look(self, listener: Listener, symbols: Collection[str]) -> None:
        """Let the listener have the prices of these symbols."""
        for symbol in symbols:
            self.symbols.setdefault(symbol, set()).add(listener)

    def look_away(self, listener: Listener, symbols: Collection[str]) -> None:
        """Stop that."""
        for symbol in symbols:
            lookers = self.symbols.get(symbol, set())
            lookers.discard(listener)
            if not lookers:
                self.symbols.pop(symbol, None)
                self.prices.pop(symbol, None)

    async def _follow(self) -> None:
        if self.at is None:
            self.at = self.told = await self._reader.run(log.newest)
            self._known.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(SILENCE_S):
                await self.bell.wait()
        self.bell.clear()
        full = True
        while full:  # what comes after the question rings again
            entries = await self._reader.run(log.after, self.at)
            for entry in entries:
                await self._deliver(entry)
            full = len(entries) == log.BATCH

    async def _deliver(self, entry: Entry) -> None:
        # Before any await: a socket that joins from here on finds this event in its replay.
        before, self.at = self.at, entry.id
        try:
            heard = await self._hearers(entry)
        except OUTAGES:
            self.at = before
            raise
        for count, (user_id, members) in enumerate(heard.items(), start=1):
            listeners = tuple(self.users.get(user_id, ()))
            text = entry.frame(user_id, members) if listeners else ""
            for listener in listeners:
                listener.hear(entry.id, entry.channel, text)
            if count % BREATH == 0:
                await asyncio.sleep(0)
        self.told = entry.id

    async def _hearers(self, entry: Entry) -> dict[UUID, Members]:
        if entry.user_id is not None:
            return {entry.user_id: {}}
        assert entry.subject is not None  # noqa: S101 -- the table's constraint
        try:
            return await self._reader.run(audiences.hearers, entry.type, entry.subject, list(self.users))
        except OUTAGES:
            raise
        except Exception:
            # One room's mistake must not stop the log for everybody.
            logger.exception("realtime.audience.failed", extra={"type": entry.type, "event": entry.id})
            return {}

    async def _listen(self) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        for group in (RING_GROUP, PRICES_GROUP):
            await layer.group_add(group, channel)
        self.bell.set()  # whatever was rung before we could hear it
        while True:
            message = await layer.receive(channel)
            if message["type"] == "ring":
                self.bell.set()
            else:
                await self._pass_on(message["frames"])

    async def _pass_on(self, frames: dict[str, str]) -> None:
        served = 0
        for symbol, text in frames.items():
            if symbol not in self.symbols:
                continue
            self.prices[symbol] = text
            for listener in tuple(self.symbols[symbol]):
                listener.latest(symbol, text)
                served += 1
                if served % BREATH == 0:
                    await asyncio.sleep(0)

    async def _keep_looking(self) -> None:
        await asyncio.sleep(looking.REFRESH_S)
        await self.threads.run(looking.look, list(self.symbols))

    async def _watch_clock(self) -> None:
        await asyncio.sleep(CLOCK_S)
        if await self._look_at_clock():
            for count, listener in enumerate(tuple(self.sockets), start=1):
                listener.latest("status", self._status)
                if count % BREATH == 0:
                    await asyncio.sleep(0)

    async def _look_at_clock(self) -> bool:
        # True when a frame is due: the phase has changed, or a market minute has passed.
        state, minute = await self.threads.run(_state)
        phase = (state["status"], state["session"], minute)
        if phase == self._phase:
            return False
        self._phase, self._status = phase, Status(state=state).text()
        return True


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def of_this_process() -> Hub:
    """Return the hub of the running event loop, started at the first call; a server has one loop, so one hub."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
        _hubs[loop].start()
    return _hubs[loop]


async def stop() -> None:
    """Stop the running loop's hub, if it has one."""
    hub = _hubs.pop(asyncio.get_running_loop(), None)
    if hub is not None:
        await hub.stop()


def _state() -> tuple[dict[str, Any], object]:
    now = clock.now()
    return clock.state().as_wire(), now.replace(second=0, microsecond=0)


async def _forever(step: Callable[[], Awaitable[None]]) -> None:
    troubled = False
    while True:
        try:
            await step()
            troubled = False
        except OUTAGES as problem:
            # The rows wait, and so do we; one line an outage, not one a second.
            if not troubled:
                logger.warning("realtime.hub.waits", extra={"task": step.__name__, "problem": repr(problem)})
            troubled = True
            await asyncio.sleep(AGAIN_S)
        except Exception:
            logger.exception("realtime.hub.failed", extra={"task": step.__name__})
            await asyncio.sleep(AGAIN_S)
