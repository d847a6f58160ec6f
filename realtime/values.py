"""What is never stored, on its way to sockets: prices to those who look, values of positions to their owners."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Protocol
from uuid import UUID

from realtime.channels import Channel

BREATH = 200  # sockets served before others get a turn


class Listener(Protocol):
    """What the hub sees of a socket; neither call may wait."""

    def hear(self, event_id: int, channel: str, text: str) -> None:
        """Take an event."""

    def latest(self, key: str, text: str, channel: str | None = None) -> None:
        """Take a value that the next one replaces; one of a private channel only if it listens to that."""


Users = Mapping[UUID, Collection[Listener]]


class Breath:
    """Gives other sockets a turn after every so many served."""

    def __init__(self) -> None:
        self._served = 0

    async def take(self) -> None:
        """Count one more."""
        self._served += 1
        if self._served % BREATH == 0:
            await asyncio.sleep(0)


class Lookers:
    """Who looks at which symbol.

    Attributes
    ----------
    symbols
        The listeners of each symbol that anybody looks at.
    prices
        The last frame of each of them.
    """

    def __init__(self) -> None:
        self.symbols: dict[str, set[Listener]] = {}
        self.prices: dict[str, str] = {}

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

    async def pass_on(self, frames: Mapping[str, str]) -> None:
        """Hand the prices of a feed round to those who look."""
        breath = Breath()
        for symbol, text in frames.items():
            if symbol not in self.symbols:
                continue
            self.prices[symbol] = text
            for listener in tuple(self.symbols[symbol]):
                listener.latest(symbol, text)
                await breath.take()


async def pass_on_positions(frames: Mapping[str, Mapping[str, str]], users: Users) -> None:
    """Hand each user's values to his own sockets; whose sockets they are was settled when they signed in."""
    breath = Breath()
    for user, texts in frames.items():
        for listener in tuple(users.get(UUID(user), ())):
            for position, text in texts.items():
                listener.latest(f"position:{position}", text, Channel.POSITIONS)
            await breath.take()
