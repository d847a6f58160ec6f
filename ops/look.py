"""One look at both clocks, so that everything judged together is judged by the same instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from django.utils import timezone

from market import calendar, clock, clock_setting, running_hours
from ops.pure.judgement import Clocks


def look() -> Clocks:
    """Return wall and market time, today's session, and since when market time has run without a jump."""
    now, setting = clock.now(), clock_setting.current()
    begins, ends = _running(setting.mode, now)
    return Clocks(
        wall=timezone.now(),
        market=now,
        session=calendar.session(clock.market_date(now)),
        speed=0.0 if clock.paused() else clock.speed(),
        runs_since=begins,
        runs_until=ends,
        set_at=None if setting.live else setting.wall_at,
    )


def _running(mode: str, now: datetime) -> tuple[datetime, datetime]:
    """Return the stretch of market time around `now` in which the clock runs."""
    hours = running_hours.windows(mode)
    if hours is not None:
        at = int(np.searchsorted(hours.starts, now.timestamp(), side="right")) - 1
        if at >= 0:
            return _instant(hours.starts[at]), _instant(hours.ends[at])
    return now - timedelta(days=366), now + timedelta(days=366)


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
