"""What one detection and one bar cost the database when 10 to 100,000 traders follow a symbol."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from channels.layers import get_channel_layer

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

WATCHERS = (10, 1_000, 10_000, 100_000)
QUICK = (2, 5)
RUNS = 5
MOST_MOVED = 10_000  # a bar moves as many rows as it reaches, so more tells nothing new
MANY, FEW_RUNS = 50_000, 2  # from so many watchers on, so many runs have to do
FIRST_DAY = date(2026, 2, 9)
DETECTED_MINUTE = 30


@dataclass(frozen=True)
class Cost:
    """What one act took, its commit included; `rings` are calls of the channel layer."""

    took_ms: float
    statements: int
    rings: int
    reached: int


def run(*, quick: bool = False) -> list[Row]:
    """Measure a detection for each audience, and the bar that moves the setups of a large one."""
    audiences = QUICK if quick else WATCHERS
    moved = max(count for count in audiences if count <= MOST_MOVED)
    with database.fresh():
        measured = {count: _days(count) for count in audiences}
    first = measured[audiences[0]][0][0]  # the smallest audience says what it has to cost every other
    stored = [row for count in audiences for row in _detected(count, measured[count][0], first)]
    return [*stored, *_rows(f"one bar moves {moved:,} setups", measured[moved][1])]


def _detected(count: int, costs: list[Cost], first: Cost) -> list[Row]:
    took, sql, rings = _rows(f"one detection, {count:,} watchers", costs)
    return [took, replace(sql, must_be=first.statements), replace(rings, must_be=first.rings)]


def _days(watchers: int) -> tuple[list[Cost], list[Cost]]:
    """Return what detections and moves cost; each run is a day of its own, so that no budget is spent."""
    symbol = f"W{watchers}"
    _follow(symbol, watchers)
    runs = FEW_RUNS if watchers >= MANY else RUNS
    days = [make_session(FIRST_DAY + timedelta(days=n)) for n in range(1 + runs)]
    costs = [_day(symbol, session, watchers) for session in days][1:]  # the first warms up
    return [stored for stored, _ in costs], [moved for _, moved in costs if moved]


def _follow(symbol: str, watchers: int) -> None:
    users = User.objects.bulk_create(
        (User(username=f"{symbol}-{n}", email="") for n in range(watchers)), batch_size=5_000
    )
    Following.objects.bulk_create(
        (Following(user=user, symbol=symbol, auto_track=True) for user in users), batch_size=5_000
    )
    database.analyse()


def _day(symbol: str, session: Session, watchers: int) -> tuple[Cost, Cost | None]:
    """Detect a setup that everybody tracks, then read the bar that reaches its target."""
    at = session.open_at + timedelta(minutes=DETECTED_MINUTE)
    found = DetectedSetupFactory.build(
        symbol=symbol, variant=None, session_date=session.date, detected_at=at, valid_until=session.close_at
    )
    bar = Bars.from_rows(np.array([[at.timestamp(), 101, found.target, 100.5, 104, 900, np.nan]]))
    then = at + timedelta(seconds=63)
    with clock.standing(then):
        stored = _cost(lambda: detections.store(found, now=at).tracked, watchers)
        if watchers > MOST_MOVED:
            return stored, None
        return stored, _cost(lambda: tracking.move(symbol, bar, session, scanned=True, now=then), watchers)


def _cost(act: Callable[[], int], watchers: int) -> Cost:
    with database.statements() as sent, _rings() as rung:
        started = time.perf_counter()
        reached = act()
        took_ms = 1000 * (time.perf_counter() - started)
    if reached != watchers:
        raise AssertionError(f"{watchers} watch, {reached} were reached")
    return Cost(took_ms, len(sent), len(rung), reached)


@contextmanager
def _rings() -> Iterator[list[str]]:
    """Collect the groups that the channel layer is asked to send to, and let it."""
    layer = get_channel_layer()
    send, rung = layer.group_send, []

    async def note(group: str, message: dict[str, object]) -> None:
        rung.append(group)
        await send(group, message)

    layer.group_send = note
    try:
        yield rung
    finally:
        del layer.group_send


def _rows(case: str, costs: list[Cost]) -> list[Row]:
    took_ms = statistics.median(cost.took_ms for cost in costs)
    return [
        Row("fanout", case, "start to commit", round(took_ms, 1), "ms"),
        Row("fanout", case, "SQL", max(cost.statements for cost in costs), "statements"),
        Row("fanout", case, "channel layer", max(cost.rings for cost in costs), "calls"),
    ]
