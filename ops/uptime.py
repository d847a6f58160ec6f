"""How long this process has been up."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.utils import timezone

_STARTED_S = time.monotonic()


def uptime_s() -> float:
    """Return the wall seconds since this process started."""
    return time.monotonic() - _STARTED_S


def started_at() -> datetime:
    """Return the wall time at which this process started."""
    return timezone.now() - timedelta(seconds=uptime_s())
