"""How fast one connection may talk: a bucket of messages that fills at a steady rate."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """Lets `at_once` messages through, and from then on `per_s` a second.

    Who has gone beyond it once is on his way out: nothing more of his is let through, or a flood would still be
    worked on while the close waits behind what is queued.

    Parameters
    ----------
    now
        Monotonic seconds.
    """

    __slots__ = ("_at", "_left", "_most", "_now", "_per_s")

    def __init__(self, per_s: float, at_once: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self._per_s, self._most, self._now = per_s, at_once, now
        self._left = at_once
        self._at = now()

    def take(self) -> bool:
        """Say whether one more message may be worked on."""
        at = self._now()
        self._left = min(self._most, self._left + self._per_s * (at - self._at))
        self._at = at
        if self._left < 1:
            self._left = self._most = float("-inf")
            return False
        self._left -= 1
        return True
