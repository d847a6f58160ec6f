"""What the server has been asked: calls a route, answers a status, calls at one time, and what clients did wrong."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LAST_PROBLEMS = 50


class Stats:
    """Counters since the last reset; safe to use from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Begin to count again."""
        with self._lock:
            self._routes: Counter[str] = Counter()
            self._statuses: Counter[str] = Counter()
            self._minutes: Counter[int] = Counter()
            self._problems: deque[str] = deque(maxlen=LAST_PROBLEMS)
            self._bytes = self._refused_by_plan = self._keys_in_addresses = 0
            self._under_way = self._most_under_way = 0

    @contextmanager
    def call(self, route: str, market_s: float) -> Iterator[None]:
        """Count a call while it is under way."""
        with self._lock:
            self._routes[route] += 1
            self._minutes[int(market_s // 60)] += 1
            self._under_way += 1
            self._most_under_way = max(self._most_under_way, self._under_way)
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1

    def answered(self, status: int, size: int) -> None:
        """Count an answer."""
        with self._lock:
            self._statuses[str(status)] += 1
            self._bytes += size

    def problem(self, sentence: str) -> None:
        """Keep what a client asked that it should not have."""
        with self._lock:
            self._problems.append(sentence)

    def key_in_address(self) -> None:
        """Count a key that was sent where logs show it."""
        with self._lock:
            self._keys_in_addresses += 1

    def refused_by_plan(self) -> None:
        """Count a call beyond the plan."""
        with self._lock:
            self._refused_by_plan += 1

    def read(self) -> dict[str, Any]:
        """Return every counter."""
        with self._lock:
            return {
                "calls": self._routes.total(),
                "routes": dict(self._routes),
                "statuses": dict(self._statuses),
                "most_under_way": self._most_under_way,
                "most_in_a_market_minute": max(self._minutes.values(), default=0),
                "market_minutes": len(self._minutes),
                "refused_by_plan": self._refused_by_plan,
                "keys_in_addresses": self._keys_in_addresses,
                "bytes": self._bytes,
                "problems": list(self._problems),
            }
