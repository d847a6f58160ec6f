"""A few threads that talk to Postgres and Redis, so that the event loop never waits for either."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connections

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """Threads with database connections of their own.

    Parameters
    ----------
    count
        How many calls may run at once; further ones wait their turn.
    keep
        Whether the connection stays open between calls: for a single thread that asks all the time.
    """

    def __init__(self, count: int, *, keep: bool = False) -> None:
        self._keep = keep
        self._executor = ThreadPoolExecutor(count, thread_name_prefix="realtime")

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the function returns, called in one of the threads."""
        call = partial(self._call, partial(function, *args, **kwargs))
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)

    async def close(self) -> None:
        """Give the connections back and end the threads."""
        if self._keep:
            await asyncio.get_running_loop().run_in_executor(self._executor, connections.close_all)
        self._executor.shutdown(wait=False)

    def _call(self, function: Callable[[], T]) -> T:
        try:
            return function()
        except (OperationalError, InterfaceError):
            connections.close_all()  # a dead connection would fail every later call, too
            raise
        finally:
            if not self._keep:
                connections.close_all()
