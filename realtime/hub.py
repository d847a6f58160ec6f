"""The one reader of the event log in a socket process: follows it, and hands each event to its hearers' sockets."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import UUID
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import InterfaceError, OperationalError
from redis.exceptions import RedisError

from realtime import audiences, credentials, log, looking
from realtime.audiences import Members
from realtime.channels import POSITIONS_GROUP, PRICES_GROUP, RING_GROUP
from realtime.errors import TooManySockets
from realtime.log import Entry
from realtime.session_news import SessionNews
from realtime.threads import Threads
from realtime.values import Breath, Listener, Lookers, pass_on_positions

logger = logging.getLogger(__name__)

SILENCE_S = 1.0  # without a ring the log is looked at this often
CLOCK_S = 1.0  # how often the phase is looked at
AGAIN_S = 1.0  # wait after trouble with Redis or Postgres
KNOWN_WITHIN_S = 5.0  # how long a socket waits for the hub to find its place in the log
STOP_S = 0.2  # wait before a task is cancelled again
OUTAGES = (OperationalError, InterfaceError, RedisError, OSError)


class Hub:
    """Sockets of this process, and the tasks that feed them.

    Attributes
    ----------
    at : int or None
        The last event taken from the log: an event up to here is found by a replay, a later one comes live. None until
        the log has been read once.
    told : int
        Up to here every event has been handed to its sockets.
    sockets, users
        All listeners, those of a user.
    lookers
        Those that look at symbols.
    """

    def __init__(self) -> None:
        self.at: int | None = None
        self.told = 0
        self.sockets: set[Listener] = set()
        self.users: dict[UUID, set[Listener]] = {}
        self.lookers = Lookers()
        self.addresses: Counter[str] = Counter()
        self.threads, self.checks = Threads(4), credentials.Checks()
        self.bell = asyncio.Event()
        self._reader = Threads(1, keep=True)
        self._known = asyncio.Event()
        self._session = SessionNews()
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
        if not self._session.text:
            await self.threads.run(self._session.look)
        return self._session.text

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
        breath = Breath()
        for user_id, members in heard.items():
            listeners = tuple(self.users.get(user_id, ()))
            text = entry.frame(user_id, members) if listeners else ""
            for listener in listeners:
                listener.hear(entry.id, entry.channel, text)
            await breath.take()
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
        for group in (RING_GROUP, PRICES_GROUP, POSITIONS_GROUP):
            await layer.group_add(group, channel)
        self.bell.set()  # whatever was rung before we could hear it
        while True:
            message = await layer.receive(channel)
            match message["type"]:
                case "ring":
                    self.bell.set()
                case "prices":
                    await self.lookers.pass_on(message["frames"])
                case "positions":
                    await pass_on_positions(message["frames"], self.users)

    async def _keep_looking(self) -> None:
        await asyncio.sleep(looking.REFRESH_S)
        await self.threads.run(looking.look, list(self.lookers.symbols))

    async def _watch_clock(self) -> None:
        await asyncio.sleep(CLOCK_S)
        if await self.threads.run(self._session.look):
            breath = Breath()
            for listener in tuple(self.sockets):
                listener.latest("status", self._session.text)
                await breath.take()


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
