"""How the market clock is set: one row in Postgres, copied to Redis, remembered for a moment by each process."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from datetime import datetime
from time import monotonic, sleep

import orjson
import redis
from django.db import Error as DatabaseError

from config.redis import client, key
from market import off_loop
from market.models import ClockState

logger = logging.getLogger(__name__)

# A change is heard everywhere within this many wall seconds: counted from before a reading, which may itself take long.
MAX_AGE_S = 0.25


@dataclass(frozen=True, slots=True)
class Setting:
    """The row as a value; see `ClockState`."""

    mode: str = ClockState.Mode.LIVE
    market_at: datetime | None = None
    wall_at: datetime | None = None
    speed: float = 1.0
    paused: bool = False
    jumps: int = 0

    @property
    def live(self) -> bool:
        """Market time is wall time."""
        return self.mode == ClockState.Mode.LIVE


_remembered: Setting | None = None
_read_again_at = float("-inf")


def current() -> Setting:
    """Return how the clock is set: from memory, else from Redis, else from the row.

    With both stores away the last known setting stands: a stopped database must not stop time.
    """
    asked_at = monotonic()
    if _remembered is not None and asked_at < _read_again_at:
        return _remembered
    try:
        return _remember(_copy() or publish(off_loop.read(_row)), asked_at)
    except DatabaseError:
        if _remembered is None:
            raise
        logger.warning("market.clock.unread", exc_info=True)
        return _remember(_remembered, monotonic())


def publish(setting: Setting) -> Setting:
    """Have every process follow this setting; without Redis they read the row."""
    fields = {**asdict(setting), "mode": str(setting.mode)}
    try:
        client().set(key("clock"), orjson.dumps(fields))
    except redis.RedisError:
        logger.warning("market.clock.uncopied", exc_info=True)
    return _remember(setting, monotonic())


def wait_until_heard() -> None:
    """Return once no process goes by an earlier setting any more."""
    sleep(MAX_AGE_S)


def forget() -> None:
    """Read again at the next question."""
    global _remembered, _read_again_at
    _remembered, _read_again_at = None, float("-inf")


def _remember(setting: Setting, asked_at: float) -> Setting:
    global _remembered, _read_again_at
    _remembered, _read_again_at = setting, asked_at + MAX_AGE_S
    return setting


def _copy() -> Setting | None:
    try:
        packed = client().get(key("clock"))
    except redis.RedisError:
        logger.warning("market.clock.uncopied", exc_info=True)
        return None
    if packed is None:
        return None
    fields = orjson.loads(packed)
    for name in ("market_at", "wall_at"):
        fields[name] = fields[name] and datetime.fromisoformat(fields[name])
    return Setting(**fields)


def _row() -> Setting:
    row = ClockState.objects.filter(pk=ClockState.THE_ONE).first()
    return Setting() if row is None else of(row)


def of(row: ClockState) -> Setting:
    """Return a row as a value."""
    return Setting(
        mode=row.mode,
        market_at=row.market_at,
        wall_at=row.wall_at,
        speed=row.speed,
        paused=row.paused,
        jumps=row.jumps,
    )
