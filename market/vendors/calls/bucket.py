"""How many calls all processes together may make in a second and in a minute."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import redis

from config.redis import client, key
from market.errors import RateLimited

logger = logging.getLogger(__name__)

# What can wait leaves this share of a window to what cannot: prices come before history.
RESERVE = 0.2
LONGEST_PAUSE_S = 60.0

# Each window is the list of its latest calls, newest first: a call may go when the one `most` before it has left the
# window. Exact, unlike a bucket that refills, which lets nearly twice its size through a window of the vendor's.
_TAKE = """
local now = tonumber(ARGV[1])
if now < 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local wait = tonumber(redis.call('GET', KEYS[1]) or '0') - now
for i = 2, #KEYS do
  local most, window = tonumber(ARGV[3 * i - 4]), tonumber(ARGV[3 * i - 2])
  local oldest = redis.call('LINDEX', KEYS[i], most - 1)
  if oldest then wait = math.max(wait, tonumber(oldest) + window - now) end
end
if wait > 0 then return wait end
for i = 2, #KEYS do
  redis.call('LPUSH', KEYS[i], now)
  redis.call('LTRIM', KEYS[i], 0, ARGV[3 * i - 3] - 1)
  redis.call('PEXPIRE', KEYS[i], ARGV[3 * i - 2])
end
return 0
"""
_PAUSE = """
local now = tonumber(ARGV[1])
if now < 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
if now + ARGV[2] > tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('SET', KEYS[1], now + ARGV[2], 'PX', ARGV[2])
end
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many calls in any stretch of so many seconds."""

    calls: int
    seconds: float

    def most(self, *, urgent: bool) -> int:
        """Return how many calls of a window may be out before this one has to wait."""
        return self.calls if urgent else max(1, self.calls - math.ceil(RESERVE * self.calls))


class Bucket:
    """Lets calls out at the pace of the plan, in one order for all processes that share a Redis.

    With Redis away each process keeps the limits by itself. `now_s` replaces the clock of Redis in tests.
    """

    def __init__(
        self,
        provider: str,
        limits: Sequence[Limit],
        *,
        sleep: Callable[[float], None] = time.sleep,
        now_s: Callable[[], float] | None = None,
    ) -> None:
        self._provider = provider
        self._limits = [limit for limit in limits if limit.calls > 0]
        self._sleep = sleep
        self._now_s = now_s
        self._alone = _Alone(self._limits, now_s or time.monotonic)

    def take(self, *, within_s: float, urgent: bool = False) -> None:
        """Wait until a call may go out.

        Raises
        ------
        RateLimited
            If that would take longer than `within_s`; at once, without waiting for nothing.
        """
        left = within_s
        while (wait := self._wait_s(urgent)) > 0:
            if wait > left:
                raise RateLimited(provider=self._provider, retry_after=wait)
            self._sleep(wait)
            left -= wait

    def pause(self, seconds: float) -> None:
        """Let nobody out for a while: the vendor asked for it."""
        for_s = min(seconds, LONGEST_PAUSE_S)
        if for_s <= 0:
            return
        self._alone.pause(for_s)
        try:
            _script(_PAUSE)(keys=[self._key("pause")], args=[self._now_ms(), math.ceil(1000 * for_s)])
        except redis.RedisError:
            logger.warning("market.vendors.bucket_unreachable")

    def _wait_s(self, urgent: bool) -> float:  # noqa: FBT001 -- one caller, four lines above
        keys = [self._key("pause"), *(self._key(f"{limit.seconds:g}s") for limit in self._limits)]
        numbers = [(each.most(urgent=urgent), each.calls, round(1000 * each.seconds)) for each in self._limits]
        try:
            wait_ms = _script(_TAKE)(keys=keys, args=[self._now_ms(), *(one for three in numbers for one in three)])
        except redis.RedisError:
            logger.warning("market.vendors.bucket_unreachable")
            return self._alone.wait_s(urgent=urgent)
        return int(wait_ms) / 1000

    def _now_ms(self) -> int:
        return -1 if self._now_s is None else round(1000 * self._now_s())

    def _key(self, name: str) -> str:
        return key("pace", self._provider, name)


class _Alone:
    """The same limits for one process."""

    def __init__(self, limits: Sequence[Limit], now_s: Callable[[], float]) -> None:
        self._windows = [(limit, deque[float](maxlen=limit.calls)) for limit in limits]
        self._paused_until = float("-inf")
        self._now_s = now_s
        self._lock = threading.Lock()

    def wait_s(self, *, urgent: bool) -> float:
        """Return how long a call has to wait; 0 lets it out."""
        with self._lock:
            now = self._now_s()
            waits = [self._paused_until - now]
            for limit, out in self._windows:
                most = limit.most(urgent=urgent)
                if len(out) >= most:
                    waits.append(out[-most] + limit.seconds - now)
            if max(waits) > 0:
                return max(waits)
            for _, out in self._windows:
                out.append(now)
            return 0.0

    def pause(self, seconds: float) -> None:
        """Let nobody out for a while."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._now_s() + seconds)


@lru_cache
def _script(source: str) -> Any:
    return client().register_script(source)
