"""What the key's plan allows: calls in a wall minute, and data in real time or a quarter of an hour late."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from dataclasses import dataclass

from tests.massive_server.message import Answer

MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan.

    Attributes
    ----------
    calls_per_minute : int or None
        None for as many as there are.
    delay_s : float
        How late its data are; above 0 every answer says DELAYED. [market seconds]
    """

    calls_per_minute: int | None = None
    delay_s: float = 0.0

    @property
    def delayed(self) -> bool:
        """The plan is not real-time."""
        return self.delay_s > 0


class Gate:
    """Counts calls against a plan, over the last minute of the wall clock."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._calls: deque[float] = deque()
        self._lock = threading.Lock()

    def refusal(self) -> Answer | None:
        """Count a call; return the answer to one too many, which says when there will be room."""
        if self.plan.calls_per_minute is None:
            return None
        with self._lock:
            now = time.monotonic()
            while self._calls and self._calls[0] <= now - MINUTE_S:
                self._calls.popleft()
            if len(self._calls) < self.plan.calls_per_minute:
                self._calls.append(now)
                return None
            wait = math.ceil(self._calls[0] + MINUTE_S - now)
        said = "You've exceeded the maximum requests per minute, please wait or upgrade your subscription."
        return Answer(429, {"status": "ERROR", "error": said}, headers={"Retry-After": str(wait)})
