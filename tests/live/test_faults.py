"""Parts of the running coach are killed; nothing is lost and nothing doubled."""

from __future__ import annotations

import signal
from contextlib import closing

import pytest

from tests.live.listener import Listener
from tests.live.stack import Stack, eventually, user_id

pytestmark = pytest.mark.live

WATCHED = ["SPX", "NDX", "SPY", "QQQ", "IWM", "AAPL", "NVDA", "TSLA", "AMZN", "META", "MSFT", "GOOGL"]


@pytest.fixture
def morning(stack: Stack):
    """A user who follows twelve symbols, at 9:30 of a fresh copy of the first session."""
    with closing(stack.http(11)) as client:
        default = client.get("/api/watchlist").json()["defaultWatchlist"]
        client.put(f"/api/watchlist/{default['id']}", json={"symbols": WATCHED}).raise_for_status()
        # The five-minute range breaks first, so that there is something to hear within minutes.
        client.put("/api/preferences", json={"orb_period": 5}).raise_for_status()
    first_day = stack.manage("clock").split("T")[0]
    stack.clock("--pause")
    with stack.database() as database:
        database.execute("TRUNCATE detectors_detectedsetup, detectors_trackedsetup CASCADE")
        database.execute("DELETE FROM detectors_symbolcursor")
        database.execute("DELETE FROM market_sessionbars")
    stack.clock("--at", f"{first_day}T09:30:00", "--speed", "60", "--go")
    yield
    stack.clock("--speed", "30", "--go")


def stored(stack: Stack, *, after: int) -> list[int]:
    """Return the ids of the events that user 11 hears, in order."""
    query = """
        SELECT e.id FROM realtime_event e WHERE e.user_id = %(user)s AND e.id > %(after)s
        UNION ALL
        SELECT e.id FROM realtime_event e JOIN detectors_trackedsetup t
            ON t.detected_setup_id = e.subject AND t.user_id = %(user)s AND t.origin = 'auto'
        WHERE e.user_id IS NULL AND e.id > %(after)s ORDER BY 1
    """
    with stack.database() as database:
        return [at for (at,) in database.execute(query, {"user": user_id(11), "after": after}).fetchall()]


def detections(stack: Stack) -> list[tuple[object, ...]]:
    """Return what was detected, without ids and wall times."""
    query = """SELECT session_date, symbol, setup_type, direction, fingerprint, occurrence, count(*)
               FROM detectors_detectedsetup GROUP BY 1, 2, 3, 4, 5, 6"""
    with stack.database() as database:
        return list(database.execute(query).fetchall())


def assert_each_once(stack: Stack, listener: Listener) -> None:
    """Hold the client's events against the log: all of them, in order, once."""
    # A scan that was under way when the clock stopped may still add to both.
    eventually(lambda: listener.ids == stored(stack, after=listener.joined_at), why="client equals log")
    assert listener.ids == sorted(set(listener.ids))
    assert all(count == 1 for *_, count in detections(stack))
    with stack.database() as database:
        twice = database.execute(
            """SELECT user_id, detected_setup_id FROM detectors_trackedsetup WHERE origin = 'auto'
               GROUP BY 1, 2 HAVING count(*) > 1"""
        ).fetchall()
        events = database.execute(
            """SELECT subject FROM realtime_event WHERE type = 'setup_detected' AND user_id IS NULL AND id > %s
               GROUP BY 1 HAVING count(*) > 1""",
            [listener.joined_at],  # earlier tests found the same setups on the same day
        ).fetchall()
    assert (twice, events) == ([], [])


def test_a_worker_killed_in_the_middle_of_a_scan_changes_nothing(stack: Stack, morning):
    with Listener(stack, number=11) as listener:
        listener.until(1)
        with stack.database() as holder:
            holder.autocommit = False
            # Every scan writes its cursor; a row may not be there yet, so the lock is on the table.
            holder.execute("LOCK TABLE detectors_symbolcursor IN EXCLUSIVE MODE")
            waiting = """SELECT count(*) FROM pg_stat_activity
                         WHERE wait_event_type = 'Lock' AND query ILIKE '%symbolcursor%' AND pid <> pg_backend_pid()"""
            with stack.database() as watcher:
                eventually(lambda: watcher.execute(waiting).fetchone()[0], why="a scan waits for the cursor")
            stack.kill("worker", signal.SIGKILL)
            holder.rollback()
        before = len(stored(stack, after=0))
        eventually(lambda: len(stored(stack, after=0)) > before, seconds=90, why="setups go on")
        stack.clock("--pause")
        assert_each_once(stack, listener)


@pytest.mark.parametrize("victim", ["redis", "postgres", "web"])
def test_a_server_killed_during_the_session_loses_and_doubles_nothing(stack: Stack, morning, victim):
    with Listener(stack, number=11) as listener:
        listener.until(1)

        stack.kill(victim, signal.SIGKILL)

        before = eventually(lambda: _count(stack), seconds=60, why="the database answers")
        eventually(lambda: _count(stack) > before, seconds=120, why=f"setups go on after {victim}")
        stack.clock("--pause")
        assert_each_once(stack, listener)
        eventually(lambda: listener.connections >= (2 if victim == "web" else 1), why="the client came back")


def _count(stack: Stack) -> int:
    try:
        return len(stored(stack, after=0))
    except Exception:  # noqa: BLE001 -- while Postgres recovers, any error of the driver means: not yet
        return 0
