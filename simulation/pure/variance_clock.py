"""How much of a usual day's variance lies between an instant and the ends of the sessions to come."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

from market.pure.bars import Floats
from market.pure.panel import MINUTE_S
from simulation.pure import regimes
from simulation.pure.drivers import SESSION_SHARE
from simulation.pure.paths import FULL_SESSION
from simulation.pure.session import Hours


def days_left(now_ts: float, hours: Sequence[Hours]) -> tuple[Floats, Floats]:
    """Return the variance still to come until each session's open and until its close, in that of a usual day.

    A night carries three tenths of a day's variance, evenly; a session carries the rest as its minutes usually move, a
    half day in proportion to its length.

    Parameters
    ----------
    now_ts : float
        [Unix seconds]
    hours : sequence of Hours, length s + 1
        Sessions in their order. The first one only says when the night before the second began.

    Returns
    -------
    to_open, to_close : float64, shape (s,)
        0 once the instant is over, and growing from session to session. [usual days]
    """
    nights = np.array([_night_left(now_ts, before.close_ts, day.open_ts) for before, day in pairwise(hours)])
    sessions = np.array([_session_left(now_ts, day.open_ts, day.close_ts) for day in hours[1:]])
    to_close = np.cumsum(nights + sessions)
    return to_close - sessions, to_close


def _night_left(now_ts: float, close_ts: int, open_ts: int) -> float:
    left = (open_ts - max(now_ts, close_ts)) / (open_ts - close_ts)
    return (1.0 - SESSION_SHARE) * max(0.0, left)


def _session_left(now_ts: float, open_ts: int, close_ts: int) -> float:
    minutes = (close_ts - open_ts) // MINUTE_S
    left = float(np.interp(now_ts, open_ts + MINUTE_S * np.arange(minutes + 1), _still_to_come(minutes)))
    return SESSION_SHARE * minutes / FULL_SESSION * left


@lru_cache(maxsize=16)
def _still_to_come(minutes: int) -> Floats:
    """Return the share of a session's variance that lies behind each edge of its minutes, 1 at the open, 0 at last."""
    square = regimes.restlessness(minutes) ** 2
    left: Floats = np.concatenate([np.cumsum(square[::-1])[::-1], [0.0]]) / square.sum()
    left.setflags(write=False)
    return left
