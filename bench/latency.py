"""From the feed's round being sent, once a bar can be known, to the frame in the client, hop by hop, in real processes.

A vendor plays 100 recorded symbols back, the market clock goes from minute to minute, and at each the bench sends the
feed's round to the real worker: how long beat takes to send it is in no figure. Hops come from stamps that the product
keeps anyway: the job runs and the events' `written_at`; the last one is the client's.
"""

from __future__ import annotations

import time
import uuid
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bench import database  # first: it has Django stand, which models need

# isort: split
from accounts import tokens
from accounts.models import User
from bench import breakouts, processes
from bench.row import Row, none_of, percentile
from bench.sockets import Sockets
from detectors.models import TrackedSetup
from detectors.tasks import SHARD
from market import calendar, clock, following
from market.models import ClockState, Following
from market.pure.sessions import Session
from market.tasks import refresh_feed
from ops.models import JobRun
from realtime.models import Event

BENCH = "latency"
DAY = date(2026, 2, 9)
QUIET_MINUTES = 30  # the opening ranges
WARM_MINUTES = 3  # of those, in which processes load what they need
SETTLED_S = 30.0  # a round's tasks have ended within this, or something is broken
FEED_AT_S = 2  # the schedule: two seconds after the minute
HOPS = ("feed sent to feed round", "feed round to scan start", "scan start to event written", "written to frame")


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    sockets: int = 500
    symbols: int = 100
    followed: int = 10
    minutes: int = 25


QUICK = Size(sockets=10, symbols=6, followed=3, minutes=4)


@dataclass(frozen=True)
class Round:
    """One minute of the feed: when its round was sent, and how many events it led to. [Unix seconds]"""

    sent_at: float
    events: int


def run(*, quick: bool = False) -> list[Row]:
    """Let the morning pass, and follow each event back to its bar."""
    size = QUICK if quick else Size()
    symbols = breakouts.names(size.symbols)
    folder = processes.LOGS / "breakouts"
    replayed = {"MARKET_PROVIDER": "replay", "REPLAY_PATH": str(folder)}
    with database.fresh(), ExitStack() as stack:
        session, before = _sessions()
        breakouts.write(folder, symbols, before, session)
        users = _traders(size, symbols)
        clock.set_state(mode=ClockState.Mode.REPLAY, market_at=session.open_at, speed=1, paused=True)
        _, port = stack.enter_context(processes.web(**replayed))
        stack.enter_context(processes.worker(**replayed))
        sockets = stack.enter_context(Sockets(port))
        sockets.grow([_member(user) for user in users])
        for minute in range(QUIET_MINUTES - WARM_MINUTES, QUIET_MINUTES + 1):
            _minute(session, minute)
        sockets.gather(expect=0, quiet_s=1)
        rounds = [_minute(session, QUIET_MINUTES + minute) for minute in range(1, size.minutes + 1)]
        return _rows(size, rounds, sockets)


def _sessions() -> tuple[Session, Session]:
    session = calendar.session(DAY)
    if session is None:
        raise AssertionError(f"{DAY} is no session")
    return session, calendar.previous_session(DAY)


def _traders(size: Size, symbols: list[str]) -> list[User]:
    """Make users who each follow some symbols; what is detected there is tracked for them."""
    users = User.objects.bulk_create(User(id=uuid.uuid4(), username=f"l{n}", email="") for n in range(size.sockets))
    Following.objects.bulk_create(
        Following(user=user, symbol=symbols[(index * size.followed + offset) % len(symbols)], auto_track=True)
        for index, user in enumerate(users)
        for offset in range(size.followed)
    )
    database.analyse()
    if following.symbols() != set(symbols):
        raise AssertionError("not every symbol is followed")
    return users


def _member(user: User) -> dict[str, Any]:
    subscribe = {"type": "subscribe", "channels": [f"setups:{user.pk}"]}
    return {"user": str(user.pk), "path": f"/ws/prices?token={tokens.issue(user)}", "subscribe": subscribe}


def _minute(session: Session, minute: int) -> Round:
    """Let the clock reach the minute's end, have the feed look, and wait until all that follows is done."""
    events, runs = Event.objects.count(), JobRun.objects.count()
    clock.set_state(market_at=session.open_at + timedelta(minutes=minute, seconds=FEED_AT_S))
    time.sleep(0.3)  # until every process has heard of the new time: the clock's copy is read four times a second
    sent_at = time.time()
    refresh_feed.delay()
    _settled(runs)
    return Round(sent_at, Event.objects.count() - events)


def _settled(runs_before: int) -> None:
    """Wait for the feed's run and for the scans that it sent: one a shard of symbols with new bars."""
    give_up = time.monotonic() + SETTLED_S
    while time.monotonic() < give_up:
        new = list(JobRun.objects.order_by("id")[runs_before:].values("task", "state", "counters"))
        fed = next((run for run in new if run["task"] == "market.refresh_feed"), None)
        scans = [run for run in new if run["task"] == "detectors.advance"]
        # Every symbol has a bar in every minute; the first round brings many of each.
        if fed and len(scans) == -(-min(fed["counters"]["completed"], fed["counters"]["symbols"]) // SHARD):
            return
        time.sleep(0.02)
    raise AssertionError(f"a feed round and its scans did not end in {SETTLED_S:g} s: {new}")


def _rows(size: Size, rounds: Sequence[Round], sockets: Sockets) -> list[Row]:
    newest = Event.objects.order_by("-id")[: sum(each.events for each in rounds)]
    events = {event.id: event for event in newest}
    hearers = _hearers(list(events.values()))
    heard = sockets.gather(expect=sum(hearers.values()))
    frames = [(events[event_id], at) for event_id, at in heard.events if event_id in events]
    hops = _hops(rounds, frames)
    case = f"{size.symbols} symbols, {size.sockets} sockets, {len(events)} events, {len(frames):,} frames"
    timed = [("feed sent to frame", [sum(each) for each in hops]), *zip(HOPS, zip(*hops, strict=True), strict=True)]
    return [
        *(
            Row(BENCH, case, f"{name}, p{at}", round(1000 * percentile(list(values), at), 1), "ms")
            for name, values in timed
            for at in (50, 99)
        ),
        none_of(BENCH, case, "lost", sum(hearers.values()) - len(frames), "frames"),
        none_of(BENCH, case, "twice", heard.doubled, "frames"),
        none_of(BENCH, case, "of another user", heard.foreign, "frames"),
        none_of(BENCH, case, "out of order", heard.out_of_order, "frames"),
    ]


def _hearers(events: Sequence[Event]) -> dict[int, int]:
    """Return how many frames each event owes: one of a user's own, one a tracked setup of a shared one."""
    tracked = Counter(
        TrackedSetup.objects.filter(detected_setup_id__in=[event.subject for event in events]).values_list(
            "detected_setup_id", flat=True
        )
    )
    return {event.id: 1 if event.user_id else tracked[event.subject] for event in events}


def _hops(rounds: Sequence[Round], frames: Sequence[tuple[Event, float]]) -> list[tuple[float, ...]]:
    """Return the seconds of each hop, a tuple a frame; a scan is the last that had begun when the event was written."""
    sent = [each.sent_at for each in rounds]
    starts = {
        task: sorted(at.timestamp() for at in JobRun.objects.filter(task=task).values_list("started_at", flat=True))
        for task in ("market.refresh_feed", "detectors.advance")
    }
    hops = []
    for event, framed_at in frames:
        written_at = event.written_at.timestamp()
        sent_at, fed_at, scanned_at = (
            of[bisect_right(of, written_at) - 1]
            for of in (sent, starts["market.refresh_feed"], starts["detectors.advance"])
        )
        hops.append((fed_at - sent_at, scanned_at - fed_at, written_at - scanned_at, framed_at - written_at))
    return hops
