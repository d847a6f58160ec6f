"""The only clock: what time it is on the market, live, replayed or simulated. See docs/market.md."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from market import calendar, clock_setting, running_hours
from market.market_state import MarketState
from market.models import ClockState
from market.pure.market_time import Anchor, market_time, settled_minute
from market.pure.phase import Phase
from market.pure.sessions import new_york_date

__all__ = ["Phase", "market_date", "now", "phase", "set_state", "settle", "standing", "state"]


LIVE_PROVIDER = "massive"


def now() -> datetime:
    """Return the market time, aware UTC; it never goes back unless somebody sets the clock back."""
    if _standing:
        return _standing[-1].at
    setting = clock_setting.current()
    return _latest.not_before(_reading(setting), jumps=setting.jumps)


def market_date(at: datetime | None = None) -> date:
    """Return the New York date of an instant, now unless given."""
    return new_york_date(at or now())


def phase(at: datetime | None = None) -> Phase:
    """Return the phase of the equity session at an instant, now unless given."""
    return state(at).phase


def state(at: datetime | None = None) -> MarketState:
    """Return where the equity session stands at an instant, now unless given."""
    return calendar.state(at or now())


def settle(at: datetime | None = None) -> int:
    """Return the left edge of the newest minute that is complete at an instant. [Unix seconds]."""
    return settled_minute((at or now()).timestamp())


def mode() -> str:
    """Return live, replay or simulated."""
    return str(_setting().mode)


def speed() -> float:
    """Return the market seconds that pass in a wall second, 1 when live."""
    setting = _setting()
    return 1.0 if setting.live else setting.speed


def paused() -> bool:
    """Say whether market time stands still."""
    return _setting().paused


def set_state(
    *,
    mode: str | None = None,
    market_at: datetime | None = None,
    speed: float | None = None,
    paused: bool | None = None,
) -> None:
    """Set the clock for every process; what is not given stays, and time goes on from where it stands.

    Raises
    ------
    ValueError
        If the speed is not above 0, or the live clock is asked to be anything but the wall clock: the clock of a live
        market can be taken in hand by tests alone.
    """
    if speed is not None and not speed > 0:
        raise ValueError(f"speed={speed:g}: market time can only run forward; pause it instead")
    with transaction.atomic():
        row, _ = ClockState.objects.select_for_update().get_or_create(pk=ClockState.THE_ONE)
        stands_at = _reading(clock_setting.of(row))
        jumped = market_at is not None or mode not in (None, row.mode)
        if mode == ClockState.Mode.LIVE:
            row.speed, row.paused = 1.0, False
        row.mode = row.mode if mode is None else mode
        row.speed = row.speed if speed is None else speed
        row.paused = row.paused if paused is None else paused
        if row.mode == ClockState.Mode.LIVE and (market_at or row.paused or row.speed != 1):
            raise ValueError("the live clock is the wall clock: it cannot be set, paused or sped up")
        if row.mode != ClockState.Mode.LIVE and not may_be_set():
            raise ValueError("a live market keeps the world's time: its clock cannot run by itself")
        row.market_at = row.noted_at = market_at or stands_at
        row.wall_at = _wall()
        row.jumps += jumped
        row.save()
    clock_setting.publish(clock_setting.of(row))


def may_be_set() -> bool:
    """Say whether market time may be anything but the world's; a live market's only in tests, which rehearse days."""
    return settings.MARKET_PROVIDER != LIVE_PROVIDER or settings.COACH_ENV == "test"


def pause() -> None:
    """Stop market time."""
    set_state(paused=True)


def go_on() -> None:
    """Let market time run again."""
    set_state(paused=False)


def set_speed(speed: float) -> None:
    """Run at another speed from here on."""
    set_state(speed=speed)


def jump(to: datetime) -> None:
    """Go to another market time, forward or back."""
    set_state(market_at=to)


def note_progress() -> None:
    """Write down the market time, so that a restart goes on from here; the live clock needs no note."""
    if not clock_setting.current().live:
        ClockState.objects.filter(pk=ClockState.THE_ONE).exclude(mode=ClockState.Mode.LIVE).update(noted_at=now())


def resume() -> None:
    """Go on from the last market time noted; called once when the processes start, before any of them works."""
    row = ClockState.objects.filter(pk=ClockState.THE_ONE).first()
    if row and row.mode != ClockState.Mode.LIVE:
        set_state(market_at=row.noted_at or row.market_at)


class Standing:
    """A clock in the hand of a test: it moves when it is told to."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def move_to(self, at: datetime) -> None:
        """Stand at another instant."""
        self.at = at

    def forward(self, *, minutes: float = 0, seconds: float = 0) -> None:
        """Move on by a span of market time."""
        self.at += timedelta(minutes=minutes, seconds=seconds)


_standing: list[Standing] = []


@contextmanager
def standing(at: datetime) -> Iterator[Standing]:
    """Let the clock of this process, all its threads included, stand at an instant; for tests."""
    new_york_date(at)  # refuses an instant without a time zone
    hand = Standing(at.astimezone(UTC))
    _standing.append(hand)
    try:
        yield hand
    finally:
        _standing.remove(hand)


def _setting() -> clock_setting.Setting:
    # A standing clock is nobody's setting.
    return clock_setting.Setting() if _standing else clock_setting.current()


def _wall() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _reading(setting: clock_setting.Setting) -> datetime:
    if setting.live or setting.market_at is None or setting.wall_at is None:
        return _wall()
    anchor = Anchor(setting.market_at.timestamp(), setting.wall_at.timestamp(), setting.speed, paused=setting.paused)
    hours = running_hours.windows(setting.mode)
    return datetime.fromtimestamp(market_time(anchor, time.time(), hours), UTC)


class _Latest:
    """The latest market time this process has told.

    Processes hear of a new speed a moment apart, and wall clocks are set back by a few milliseconds now and then:
    whoever has already told a later time stays there until market time has caught up.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: tuple[int, datetime] | None = None

    def not_before(self, at: datetime, *, jumps: int) -> datetime:
        """Return `at`, or what was told before if that is later and nobody has set the clock since."""
        with self._lock:
            if self._told and self._told[0] == jumps:
                at = max(at, self._told[1])
            self._told = (jumps, at)
            return at

    def forget(self) -> None:
        """Tell whatever comes next."""
        with self._lock:
            self._told = None


_latest = _Latest()


def forget() -> None:
    """Know nothing of the clock any more; for tests, which put another store under a running process."""
    clock_setting.forget()
    _latest.forget()
