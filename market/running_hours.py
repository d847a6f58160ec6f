"""In which hours the market clock runs when it is not the wall clock; it jumps over the others."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np

from market import calendar, overrides, published
from market.errors import ReplayIsEmpty
from market.models import ClockState
from market.pure.market_time import Windows
from market.pure.sessions import Session
from market.vendors import vendor

# The simulated day begins five minutes before the morning brief is due. It ends once the evening's work on its
# positions is done: options are settled half an hour after the close, and closed positions are looked back at at 17:45.
SIMULATED_FROM_S = -155 * 60  # 06:55, from the open at 09:30
SIMULATED_UNTIL_S = 500 * 60  # 17:50


def windows(mode: str) -> Windows | None:
    """Return the running hours of a mode; None where time runs on, which is live."""
    if mode == ClockState.Mode.LIVE:
        return None
    closed = frozenset(
        day for day, row in overrides.by_date().items() if row.kind == row.Kind.CLOSED and day in published.closes()
    )
    if mode == ClockState.Mode.SIMULATED:
        return _simulated(closed)
    days = vendor().market_days()
    return _replayed(tuple(published.session_dates() if days is None else days), closed)


@lru_cache(maxsize=2)
def _simulated(closed: frozenset[date]) -> Windows:
    opens = np.array([session.open_ts for session in _open_days(published.session_dates(), closed)], dtype=np.float64)
    return Windows(opens + SIMULATED_FROM_S, opens + SIMULATED_UNTIL_S)


@lru_cache(maxsize=2)
def _replayed(days: tuple[date, ...], closed: frozenset[date]) -> Windows:
    sessions = _open_days(days, closed)
    if not sessions:
        raise ReplayIsEmpty(provider=vendor().name)
    edges = np.array([(at.pre_at.timestamp(), at.post_at.timestamp()) for at in sessions])
    return Windows(edges[:, 0], edges[:, 1])


def _open_days(days: list[date] | tuple[date, ...], closed: frozenset[date]) -> list[Session]:
    return [session for day in days if day not in closed and (session := calendar.session(day))]
