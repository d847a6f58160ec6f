"""A name that one process holds at a time, for a while, in Redis."""

from __future__ import annotations

import secrets
from functools import lru_cache
from typing import Any

from config.redis import client, key

# Only the holder may extend or give back: between a GET and a SET of ours the lease could pass to somebody else.
_HOLD = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


class Lease:
    """A lease of `seconds`, told apart from other holders by a token of its own.

    A holder that dies stops nobody for longer than `seconds`; one that works longer loses it and is told so.
    """

    def __init__(self, name: str, *, seconds: float) -> None:
        self.name = name
        self.seconds = seconds
        self._key = key("lease", name)
        self._token = secrets.token_hex(8)

    def acquire(self) -> bool:
        """Take the lease; False when anybody holds it, this object included."""
        return bool(client().set(self._key, self._token, nx=True, px=self._milliseconds))

    def hold(self) -> bool:
        """Take the lease, or extend it if it is already ours; False when somebody else holds it."""
        return bool(_script(_HOLD)(keys=[self._key], args=[self._token, self._milliseconds]))

    def release(self) -> bool:
        """Give the lease back; False when it was no longer ours."""
        return bool(_script(_RELEASE)(keys=[self._key], args=[self._token]))

    @property
    def _milliseconds(self) -> int:
        return max(1, round(self.seconds * 1000))


@lru_cache
def _script(source: str) -> Any:
    return client().register_script(source)
