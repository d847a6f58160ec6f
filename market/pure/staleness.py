"""When a symbol that should be trading has been silent for too long."""

from __future__ import annotations

FEED_CADENCE_S = 5
CYCLES = 5
LEAST_S = 120.0
# What a vendor's plan without real time knows is this old. [market seconds]
DELAY_S = 900


def stale_after_s(speed: float) -> float:
    """Return how long a symbol may be without a new bar while the market is open. [market seconds].

    Two minutes, or five cycles of the feed: the scheduler runs it at most once a wall second, so that at 60x a cycle
    takes a market minute.

    Parameters
    ----------
    speed : float
        Market seconds a wall second, above 0.

    Notes
    -----
    Source: our decision on staleness at speed, docs/market.md.
    """
    return max(LEAST_S, CYCLES * max(FEED_CADENCE_S, speed))


def silent_s(newest: int | None, *, open_ts: int, now_s: float) -> float:
    """Return how long ago the newest bar ended, counted from the open at the earliest. [seconds]."""
    since = open_ts if newest is None else max(newest + 60, open_ts)
    return now_s - since
