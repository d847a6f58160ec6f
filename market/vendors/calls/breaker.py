"""Stops asking for a while what has failed several times in a row."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FAILURES = 5
OPEN_S = 15.0


class Breaker:
    """Open after `failures` in a row: nobody is let through for `open_s`, then one probe, whose outcome decides.

    One a family of endpoints and process; safe to share between threads.
    """

    def __init__(
        self, failures: int = FAILURES, open_s: float = OPEN_S, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = failures
        self._open_s = open_s
        self._monotonic = monotonic
        self._failed = 0
        self._opens_again_at = 0.0
        self._lock = threading.Lock()

    def wait_s(self) -> float:
        """Return 0 when a call may go out, else for how long none may; who gets 0 while open, probes. [seconds]."""
        with self._lock:
            if self._failed < self._most:
                return 0.0
            left = self._opens_again_at - self._monotonic()
            if left <= 0:
                # Should the probe never report, the next one goes after another spell.
                self._opens_again_at = self._monotonic() + self._open_s
            return max(0.0, left)

    def worked(self) -> None:
        """Note an answer, of whatever kind: somebody is there."""
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        """Note a call without a usable answer."""
        with self._lock:
            self._failed += 1
            if self._failed >= self._most:
                self._opens_again_at = self._monotonic() + self._open_s
