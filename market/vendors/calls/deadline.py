"""How long somebody is willing to wait for an answer, all attempts and waits together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Deadline:
    """A stretch of wall time that begins when it is made. [seconds]."""

    seconds: float
    monotonic: Callable[[], float] = time.monotonic
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_began", self.monotonic())

    @property
    def left_s(self) -> float:
        """What remains of it; never below 0."""
        return max(0.0, self.seconds - (self.monotonic() - self._began))
