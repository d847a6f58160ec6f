"""How many calls all processes together may make in a second and in a minute."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import redis

from config.redis import key
from market.errors import ProviderUnavailable, RateLimited
from market.vendors.calls import patience

# Of every window this share is for prices alone, as much is for everything else alone; the rest is for who comes first.
RESERVE = 0.2
LONGEST_PAUSE_S = 60.0
NO_PACE = "the pace of its plan cannot be kept, Redis does not answer"

# Lists of the latest calls, newest first, of all and of one kind: a call may go when in each of them the one `most`
# before it has left the window. Exact, unlike a bucket that refills, which lets through nearly twice its size.
_TAKE = """
local now = tonumber(ARGV[1])
if now < 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local wait = tonumber(redis.call('GET', KEYS[1]) or '0') - now
for i = 2, #KEYS do
  local most, window = tonumber(ARGV[2 * i - 2]), tonumber(ARGV[2 * i - 1])
  local oldest = redis.call('LINDEX', KEYS[i], most - 1)
  if oldest then wait = math.max(wait, tonumber(oldest) + window - now) end
end
if wait > 0 then return wait end
for i = 2, #KEYS do
  redis.call('LPUSH', KEYS[i], now)
  redis.call('LTRIM', KEYS[i], 0, ARGV[2 * i - 2] - 1)
  redis.call('PEXPIRE', KEYS[i], ARGV[2 * i - 1])
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

    def most(self, reserve: float) -> int:
        """Return how many calls of one kind fit into a window of which the other kind has a share for itself."""
        return max(1, self.calls - math.ceil(reserve * self.calls))


class Bucket:
    """Lets calls out at the pace of the plan, in one order for all processes that share a Redis.

    While Redis does not answer nobody gets out: how many others are at it, and what they have used of the plan, is
    known to nobody then. `reserve` is the share of each window that urgent calls leave to the others, and these to
    them. `now_s` replaces the clocks of Redis and of this process in tests.
    """

    def __init__(
        self,
        provider: str,
        limits: Sequence[Limit],
        *,
        reserve: float = 0.0,
        sleep: Callable[[float], None] = time.sleep,
        now_s: Callable[[], float] | None = None,
    ) -> None:
        self._provider = provider
        self._limits = [limit for limit in limits if limit.calls > 0]
        self._reserve = reserve
        self._sleep = sleep
        self._now_s = now_s
        self._monotonic = now_s or time.monotonic
        self._still_until = float("-inf")

    def take(self, *, within_s: float, urgent: bool = False) -> None:
        """Wait until a call may go out.

        Raises
        ------
        RateLimited
            If that would take longer than `within_s`; at once, without waiting for nothing.
        ProviderUnavailable
            If Redis does not say.
        """
        until = self._monotonic() + within_s
        while (wait := self._wait_s(urgent)) > 0:
            if wait > until - self._monotonic():
                raise RateLimited(provider=self._provider, retry_after=wait)
            self._sleep(wait)

    def pause(self, seconds: float) -> None:
        """Let nobody out for a while: the vendor asked for it. This process keeps still even if Redis is away."""
        for_s = min(seconds, LONGEST_PAUSE_S)
        if for_s <= 0:
            return
        self._still_until = max(self._still_until, self._monotonic() + for_s)
        with suppress(redis.RedisError):  # logged where it is asked
            self._run(_PAUSE, [self._key("pause")], [math.ceil(1000 * for_s)])

    def _wait_s(self, urgent: bool) -> float:  # noqa: FBT001 -- one caller, two methods above
        if (still := self._still_until - self._monotonic()) > 0:
            return still
        kind = "urgent" if urgent else "other"
        keys, numbers = [self._key("pause")], []
        for limit in self._limits:
            name, window_ms = f"{limit.seconds:g}s", round(1000 * limit.seconds)
            keys += [self._key(name), self._key(f"{name}:{kind}")]
            numbers += [limit.calls, window_ms, limit.most(self._reserve), window_ms]
        try:
            return self._run(_TAKE, keys, numbers) / 1000
        except redis.RedisError:
            raise ProviderUnavailable(provider=self._provider, reason=NO_PACE) from None

    def _run(self, script: str, keys: list[str], numbers: list[int]) -> int:
        now_ms = -1 if self._now_s is None else round(1000 * self._now_s())
        return int(patience.ask(lambda shared: shared.register_script(script)(keys=keys, args=[now_ms, *numbers])) or 0)

    def _key(self, name: str) -> str:
        return key("pace", self._provider, name)
