"""Short blocking reads from code that may run on an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def read(query: Callable[[], T]) -> T:
    """Return the result of a database query, wherever we are.

    Sockets ask the clock and the calendar on their event loop, where Django refuses to query. The answers are cached
    for seconds, so that the loop waits for a row or two now and then, and nobody needs two kinds of clock.
    """
    if _on_a_loop():
        return _thread().submit(and_hang_up, query).result()
    return query()


def _on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


@lru_cache(maxsize=1)
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="market-read")


def and_hang_up(query: Callable[[], T]) -> T:
    """Return the result of a query in a thread of a pool, and give back the connection that it may have taken."""
    try:
        return query()
    finally:
        connection.close()
