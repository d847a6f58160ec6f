"""Which market time the server answers at: one that stands, or one that runs from an anchor."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class ServerClock:
    """Market time is `market_at + speed x (wall time since wall_at)`; with speed 0 it stands.

    Attributes
    ----------
    market_at : float
        [Unix seconds]
    wall_at : float
        When it was that late. [Unix seconds]
    speed : float
        Market seconds a wall second, 0 or more.
    """

    market_at: float
    wall_at: float
    speed: float

    @classmethod
    def live(cls) -> ServerClock:
        """Return the clock of the wall."""
        now = time.time()
        return cls(now, now, 1.0)

    @classmethod
    def standing(cls, at: datetime) -> ServerClock:
        """Return a clock that stands."""
        return cls(at.timestamp(), time.time(), 0.0)

    def now(self) -> datetime:
        """Return the market time."""
        elapsed = max(0.0, time.time() - self.wall_at)
        return datetime.fromtimestamp(self.market_at + self.speed * elapsed, UTC)
