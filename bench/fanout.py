"""What one detection and one bar cost the database when 10, 1,000 and 10,000 traders follow a symbol."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from bench import database  # first: it has Django stand, which models need

# isort: split
from accounts.models import User
from bench.row import Row
from detectors import detections, tracking
from market import clock
from market.models import Following
from market.pure.bars import Bars
from market.pure.sessions import Session, make_session
from tests.factories.detectors import DetectedSetupFactory

WATCHERS = (10, 1_000, 10_000)
RUNS = 5
FIRST_DAY = date(2026, 2, 9)
DETECTED_MINUTE = 30


@dataclass(frozen=True)
class Cost:
    """What one act took, its commit included."""

    took_ms: float
    statements: int
    reached: int


def run() -> list[Row]:
    """Measure a detection for each audience, and the bar that moves the setups of the largest one."""
    with database.fresh():
        measured = {count: _days(count) for count in WATCHERS}
    spent = {cost.statements for stored, _ in measured.values() for cost in stored}
    if len(spent) != 1:
        raise AssertionError(f"a detection took {sorted(spent)} statements, depending on who watches")
    stored = [row for count in WATCHERS for row in _rows(f"one detection, {count:,} watchers", measured[count][0])]
    return [*stored, *_rows(f"one bar moves {WATCHERS[-1]:,} setups", measured[WATCHERS[-1]][1])]


def _days(watchers: int) -> tuple[list[Cost], list[Cost]]:
    """Return what detections and moves cost; each run is a day of its own, so that no budget is spent."""
    symbol = f"W{watchers}"
    _follow(symbol, watchers)
    days = [make_session(FIRST_DAY + timedelta(days=n)) for n in range(1 + RUNS)]
    costs = [_day(symbol, session, watchers) for session in days][1:]  # the first warms up
    return [stored for stored, _ in costs], [moved for _, moved in costs]


def _follow(symbol: str, watchers: int) -> None:
    users = User.objects.bulk_create(User(username=f"{symbol}-{n}", email="") for n in range(watchers))
    Following.objects.bulk_create(Following(user=user, symbol=symbol, auto_track=True) for user in users)
    database.analyse()


def _day(symbol: str, session: Session, watchers: int) -> tuple[Cost, Cost]:
    """Detect a setup that everybody tracks, then read the bar that reaches its target."""
    at = session.open_at + timedelta(minutes=DETECTED_MINUTE)
    found = DetectedSetupFactory.build(
        symbol=symbol, variant=None, session_date=session.date, detected_at=at, valid_until=session.close_at
    )
    bar = Bars.from_rows(np.array([[at.timestamp(), 101, found.target, 100.5, 104, 900, np.nan]]))
    then = at + timedelta(seconds=63)
    with clock.standing(then):
        stored = _cost(lambda: detections.store(found, now=at).tracked)
        moved = _cost(lambda: tracking.move(symbol, bar, session, scanned=True, now=then))
    if (stored.reached, moved.reached) != (watchers, watchers):
        raise AssertionError(f"{watchers} watch, {stored.reached} were tracked and {moved.reached} moved")
    return stored, moved


def _cost(act: Callable[[], int]) -> Cost:
    with database.statements() as sent:
        started = time.perf_counter()
        reached = act()
        took_ms = 1000 * (time.perf_counter() - started)
    return Cost(took_ms, len(sent), reached)


def _rows(case: str, costs: list[Cost]) -> list[Row]:
    took_ms = statistics.median(cost.took_ms for cost in costs)
    return [
        Row("fanout", case, "start to commit", round(took_ms, 1), "ms"),
        Row("fanout", case, "SQL", max(cost.statements for cost in costs), "statements"),
    ]
