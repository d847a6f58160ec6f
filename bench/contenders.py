"""Who pushes in `push`: ours, stock Channels consumers on either layer, and a bare `websockets` server."""

from __future__ import annotations

import asyncio
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from uuid import UUID

import orjson
import redis
from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings
from django.db import transaction

from accounts import tokens
from accounts.models import User
from bench import bare, processes, stock
from bench.processes import Process
from realtime.events import NewEvent, publish_all

Stamps = dict[int, float]  # number of an event -> the wall time at which it was true [Unix seconds]
AT = "2026-02-09T17:00:00Z"


def payload(user_id: UUID, number: int) -> dict[str, Any]:
    """Return what each contender pushes for an event; `n` is its number."""
    return {
        "setupId": str(UUID(int=number)),
        "userId": str(user_id),
        "symbol": "SPX",
        "setupType": "gap_fill",
        "previousStatus": "active",
        "status": "archived",
        "reason": "manual",
        "changedAt": AT,
        "n": number,
    }


def frame(user_id: UUID, number: int) -> dict[str, Any]:
    """Return the frame of ours that baselines send too, byte for byte but for the position in our log."""
    return {
        "type": "setup_changed",
        "channel": f"setups:{user_id}",
        "data": payload(user_id, number),
        "position": number,
    }


class Contender(ABC):
    """A server with its way to push to one user."""

    name: str
    is_slow = False  # a minute a burst: measured at the fewest sockets, and its burst only

    @abstractmethod
    def serving(self) -> AbstractContextManager[tuple[Process, int]]:
        """Run the server and give its port."""

    @abstractmethod
    def member(self, user: User) -> dict[str, Any]:
        """Return how a user's socket is opened."""

    @abstractmethod
    def push(self, users: Sequence[User], numbers: Sequence[int]) -> Stamps:
        """Push events of these numbers as fast as it goes; event n is for user n modulo their count.

        Whatever an event costs its sender belongs inside: the burst's clock runs from this call.
        """

    @abstractmethod
    def pace(self, users: Sequence[User], numbers: Sequence[int], *, rate: float) -> Stamps:
        """Push that many a second, each by itself."""


class Ours(Contender):
    """The web process; events are published in transactions, as acts do."""

    name = "ours"

    def serving(self) -> AbstractContextManager[tuple[Process, int]]:
        """Run the web process by its Procfile line."""
        return processes.web()

    def member(self, user: User) -> dict[str, Any]:
        """Sign in with a token and subscribe to the user's own channel."""
        subscribe = {"type": "subscribe", "channels": [f"setups:{user.pk}"]}
        return {"user": str(user.pk), "path": f"/ws/prices?token={tokens.issue(user)}", "subscribe": subscribe}

    def push(self, users: Sequence[User], numbers: Sequence[int]) -> Stamps:
        """Publish all in one transaction."""
        return self._publish(users, numbers)

    def push_each(self, users: Sequence[User], numbers: Sequence[int]) -> Stamps:
        """Publish each in a transaction of its own, one after the other."""
        stamps: Stamps = {}
        for number in numbers:
            stamps |= self._publish(users, [number])
        return stamps

    def pace(self, users: Sequence[User], numbers: Sequence[int], *, rate: float) -> Stamps:
        """Publish each in a transaction of its own."""
        stamps: Stamps = {}
        for number in _in_time(numbers, rate):
            stamps |= self._publish(users, [number])
        return stamps

    @staticmethod
    def _publish(users: Sequence[User], numbers: Sequence[int]) -> Stamps:
        events = [_event(users[number % len(users)].pk, number) for number in numbers]
        committed: list[float] = []
        with transaction.atomic():
            # Asked for first, so called first: before the ring.
            transaction.on_commit(lambda: committed.append(time.time()))
            publish_all(events)
        return dict.fromkeys(numbers, committed[0])


class Stock(Contender):
    """Consumers as the documentation writes them, a group a user, under our uvicorn."""

    def __init__(self, kind: str) -> None:
        self.name = {"core": "RedisChannelLayer", "pubsub": "RedisPubSubChannelLayer"}[kind]
        self._kind = kind
        self.is_slow = kind == "core"  # what it loses is enough

    def serving(self) -> AbstractContextManager[tuple[Process, int]]:
        """Run the stock application in the place of ours."""
        return processes.web(f"stock-{self._kind}", application="bench.stock:application", BENCH_LAYER=self._kind)

    def member(self, user: User) -> dict[str, Any]:
        """Say who it is in the address: the baseline checks nobody."""
        return {"user": str(user.pk), "path": f"/?user={user.pk}", "subscribe": None}

    def push(self, users: Sequence[User], numbers: Sequence[int]) -> Stamps:
        """Send each to its group, one after the other over one connection."""
        return asyncio.run(self._send(users, numbers, None))

    def pace(self, users: Sequence[User], numbers: Sequence[int], *, rate: float) -> Stamps:
        """Send each at its time."""
        return asyncio.run(self._send(users, numbers, rate))

    async def _send(self, users: Sequence[User], numbers: Sequence[int], rate: float | None) -> Stamps:
        made = {"core": RedisChannelLayer, "pubsub": RedisPubSubChannelLayer}[self._kind]
        layer = made(**stock.layer_setting(self._kind, settings.REDIS_URL)["CONFIG"])
        stamps: Stamps = {}
        started = time.monotonic()
        for count, number in enumerate(numbers):
            if rate is not None:
                await asyncio.sleep(max(0.0, started + count / rate - time.monotonic()))
            user_id = users[number % len(users)].pk
            stamps[number] = time.time()
            await layer.group_send(f"user.{user_id}", {"type": "tell", "frame": frame(user_id, number)})
        await (layer.close_pools() if self._kind == "core" else layer.flush())
        return stamps


class Bare(Contender):
    """A bare `websockets` server behind one Redis subscription."""

    name = "bare websockets"

    @contextmanager
    def serving(self) -> Iterator[tuple[Process, int]]:
        """Run the bare server."""
        port = processes.free_port()
        with Process("bare", f"{sys.executable} -W ignore -m bench.bare {port}") as process:
            process.until(lambda: processes.answers(port), "listening")
            yield process, port

    def member(self, user: User) -> dict[str, Any]:
        """Say who it is in the address."""
        return {"user": str(user.pk), "path": f"/?user={user.pk}", "subscribe": None}

    def push(self, users: Sequence[User], numbers: Sequence[int]) -> Stamps:
        """Publish each to Redis, one after the other."""
        return self._publish(users, iter(numbers))

    def pace(self, users: Sequence[User], numbers: Sequence[int], *, rate: float) -> Stamps:
        """Publish each at its time."""
        return self._publish(users, _in_time(numbers, rate))

    @staticmethod
    def _publish(users: Sequence[User], numbers: Iterator[int]) -> Stamps:
        stamps: Stamps = {}
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            for number in numbers:
                user_id = users[number % len(users)].pk
                stamps[number] = time.time()
                client.publish(bare.CHANNEL, f"{user_id} ".encode() + orjson.dumps(frame(user_id, number)))
        return stamps


def _event(user_id: UUID, number: int) -> NewEvent:
    return NewEvent(
        type="setup_changed", channel="setups", symbol="SPX", payload=payload(user_id, number), user_id=user_id
    )


def _in_time(numbers: Sequence[int], rate: float) -> Iterator[int]:
    started = time.monotonic()
    for count, number in enumerate(numbers):
        time.sleep(max(0.0, started + count / rate - time.monotonic()))
        yield number
