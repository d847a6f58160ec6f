"""Wall seconds between runs at a market speed, and how long a job's silence is still fine."""

from __future__ import annotations

TICK_S = 1.0
RESEND_S, LEAST_RESEND_S = 60.0, 5.0
LONGEST_BACKOFF = 16
# A message must be gone when the next one of its job is sent.
EXPIRES_SHARE = 0.9

STALE_CYCLES, LEAST_STALE_S, MOST_STALE_S = 3, 60.0, 1200.0


def interval_s(cadence: int, speed: float) -> float:
    """Return the wall seconds from one run to the next; a paused clock (speed 0) counts as 1x.

    Parameters
    ----------
    cadence : int
        From one run to the next. [market s]
    speed : float
        Market seconds a wall second.
    """
    return max(TICK_S, cadence / (speed or 1.0))


def expires_s(cadence: int | None, speed: float) -> float:
    """Return for how many wall seconds a message of that cadence is worth running."""
    return EXPIRES_SHARE * interval_s(cadence or 1, speed)


def expires_before_resend_s(speed: float) -> float:
    """Return for how many wall seconds a message of a time-of-day job may wait for a worker.

    A little less than until the next one is sent: one that was begun at the last moment has written so by then.
    """
    return EXPIRES_SHARE * resend_s(speed)


def resend_s(speed: float, *, failures: int = 0) -> float:
    """Return the wall seconds until a time-of-day job that is not done is sent again, doubled with each failure."""
    return max(LEAST_RESEND_S, RESEND_S / (speed or 1.0)) * min(1 << failures, LONGEST_BACKOFF)


def stale_after_s(interval: float) -> float:
    """Return after how many wall seconds without a completed cycle a job of that interval counts as stale."""
    return min(max(STALE_CYCLES * interval, LEAST_STALE_S), MOST_STALE_S)
