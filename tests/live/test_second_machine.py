"""Two machines under one Postgres and Redis: each job once, each event once, and either of a pair may die."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from ops.beat import LEASE_S
from simulation.pure.listings import LISTINGS
from tests.live.listener import Listener
from tests.live.machines import Machine, SharedServers
from tests.live.stack import bearer, eventually
from tests.live.test_faults import assert_each_once, stored

pytestmark = pytest.mark.live

Pair = tuple[Machine, Machine]
USER = 11
SHARD = 50
SATURDAY, SUNDAY = 5, 6
# More than one shard of detector work.
NAMES = list(LISTINGS)[: SHARD + 2]
AFTER_THE_CLOSE = ["session bars at the close", "setup expiry after the close", "setup outcomes after the close"]
# What a loaded machine may add to a wait that is measured. [s]
SLACK_S = 8


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """Two machines that were started at the same moment on an empty database, and their one user."""
    with SharedServers("machines") as servers, ExitStack() as running:
        both = Machine("a", servers), Machine("b", servers)
        with ThreadPoolExecutor(2) as pool:
            starts = [pool.submit(machine.start) for machine in both]
        for machine, start in zip(both, starts, strict=True):
            if start.exception() is None:
                running.callback(machine.stop)
        for start in starts:
            start.result()
        _follow(both[0])
        yield both


def _follow(machine: Machine) -> None:
    with closing(machine.http(USER)) as client:
        default = client.get("/api/watchlist").json()["defaultWatchlist"]
        client.put(f"/api/watchlist/{default['id']}", json={"symbols": NAMES[:SHARD]}).raise_for_status()
        client.post("/api/watchlist", json={"name": "more", "symbols": NAMES[SHARD:]}).raise_for_status()
        # The five-minute range breaks first, so that there is something to hear within minutes.
        client.put("/api/preferences", json={"orb_period": 5}).raise_for_status()


@pytest.fixture
def morning(pair: Pair) -> Pair:
    """Both machines at 9:30 of a day that nobody has seen, slow enough for a loaded machine to tell in time."""
    day = date.fromisoformat(today(pair[0])) + timedelta(days=1)
    while day.weekday() in (SATURDAY, SUNDAY):
        day += timedelta(days=1)
    pair[0].clock("--at", f"{day}T09:30:00", "--speed", "20", "--go")
    return pair


def today(machine: Machine) -> str:
    """Return the date that the market stands in."""
    return machine.clock().split("T")[0]


def rows(machine: Machine, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return what the machines' database answers."""
    with machine.database() as database:
        return database.execute(query, values or ()).fetchall()


def wall(machine: Machine) -> Any:
    """Return the database's wall time."""
    return rows(machine, "SELECT clock_timestamp()")[0][0]


def more_events(machine: Machine, *, seconds: float = 90) -> None:
    """Wait until something more has happened to the user."""
    before = len(stored(machine, after=0))
    eventually(lambda: len(stored(machine, after=0)) > before, seconds=seconds, why="setups go on")


def assert_no_job_doubled(machine: Machine, since: Any) -> None:
    """Hold the runs since then against their due times: one run for each."""
    doubled = rows(
        machine,
        "SELECT job, due_at, count(*) FROM ops_jobrun WHERE due_at IS NOT NULL AND queued_at >= %s"
        " GROUP BY 1, 2 HAVING count(*) > 1",
        since,
    )
    assert doubled == []


def leader(pair: Pair) -> Machine:
    """Return the machine whose beat leads."""
    found = rows(
        pair[0], "SELECT instance FROM ops_heartbeat WHERE name = 'beat' ORDER BY last_success_at DESC LIMIT 1"
    )
    return next(machine for machine in pair if found == [(f"beat@{machine.name}",)])


def test_both_webs_tell_each_event_once_and_both_workers_take_their_share(morning: Pair) -> None:
    one, other = morning
    began = wall(one)

    with Listener(one, number=USER) as here, Listener(other, number=USER) as there:
        for listener in (here, there):
            listener.until(5)
        eventually(lambda: len(_scanners(one, began)) == 2, why="both workers scan")
        eventually(lambda: {SHARD, len(NAMES) - SHARD} <= _shards(one, began), why="shards of both sizes are scanned")
        one.clock("--pause")
        for listener in (here, there):
            assert_each_once(one, listener)
        late = max(here.joined_at, there.joined_at)
        assert [at for at in here.ids if at > late] == [at for at in there.ids if at > late]

    assert _scanners(one, began) == ["market@a", "market@b"]


def _scanners(machine: Machine, since: Any) -> list[str]:
    query = """SELECT DISTINCT instance FROM ops_jobrun
               WHERE job = 'detectors.advance' AND state = 'done' AND started_at >= %s ORDER BY 1"""
    return [name for (name,) in rows(machine, query, since)]


def _shards(machine: Machine, since: Any) -> set[int]:
    query = """SELECT DISTINCT (counters->>'symbols')::int FROM ops_jobrun
               WHERE job = 'detectors.advance' AND state = 'done' AND started_at >= %s"""
    return {size for (size,) in rows(machine, query, since)}


def test_either_worker_may_die_in_the_middle_of_a_scan(morning: Pair) -> None:
    one, other = morning
    with Listener(other, number=USER) as listener:
        listener.until(1)
        one.hold_launcher(still=True)
        try:
            with one.database() as holder:
                holder.autocommit = False
                # Every scan writes its cursor; a row may not be there yet, so the lock is on the table.
                holder.execute("LOCK TABLE detectors_symbolcursor IN EXCLUSIVE MODE")
                # Both of the first minute's may be the other machine's; then a later minute's is this one's.
                eventually(lambda: rows(other, _WAITS, f"worker@{one.name}") == [(True,)], why="its worker scans")
                one.kill_for_good("worker")
                holder.rollback()
            # Alone now: nobody starts the dead one again.
            more_events(other)
        finally:
            one.hold_launcher(still=False)
        other.clock("--pause")
        assert_each_once(other, listener)


_WAITS = """SELECT count(*) > 0 FROM pg_stat_activity
            WHERE wait_event_type = 'Lock' AND query ILIKE '%%symbolcursor%%' AND application_name = %s"""


def test_either_web_may_die_and_its_clients_go_on_at_the_other(morning: Pair) -> None:
    one, other = morning
    with Listener(one, other, number=USER) as moving, Listener(other, number=USER) as staying:
        moving.until(1)

        one.kill("web", signal.SIGKILL)

        more_events(other)
        other.clock("--pause")
        for listener in (moving, staying):
            assert_each_once(other, listener)
        assert moving.connections >= 2
        assert all(since in (moving.joined_at, *moving.ids) for since in moving.joined_anew)
        assert moving.joined_anew


def test_the_other_beat_takes_over_and_no_job_is_doubled_or_missed(pair: Pair) -> None:
    died = leader(pair)
    follows = next(machine for machine in pair if machine is not died)
    day = today(died)
    # The three jobs after the close fall due within the next 25 wall seconds, the first while nobody leads.
    died.clock("--at", f"{day}T16:00:30", "--speed", "20", "--go")
    began = wall(died)
    died.hold_launcher(still=True)
    try:
        died.kill_for_good("beat")
        eventually(lambda: leader(pair) is follows, seconds=LEASE_S + SLACK_S, why="the other beat leads")
        eventually(lambda: len(_after_the_close(follows, day)) == 3, why="the jobs after the close are done")
    finally:
        died.hold_launcher(still=False)

    assert _after_the_close(follows, day) == [(job, 1) for job in AFTER_THE_CLOSE]
    eventually(lambda: rows(died, _STANDS_BY, f"beat@{died.name}") == [(True,)], why="the dead beat stands by again")
    assert_no_job_doubled(follows, began)
    gap = "SELECT max(gap) FROM (SELECT queued_at - lag(queued_at) OVER (ORDER BY queued_at) gap FROM ops_jobrun"
    gap += " WHERE job = 'setup expiry' AND queued_at >= %s) gaps"
    # A slot is three wall seconds long: between the last one before and the first one after lies the lease.
    assert rows(follows, gap, began)[0][0].total_seconds() <= LEASE_S + 3 + SLACK_S


_STANDS_BY = "SELECT stopped_at IS NULL FROM ops_heartbeat WHERE name = 'beat in waiting' AND instance = %s"


def _after_the_close(machine: Machine, day: str) -> list[tuple[Any, ...]]:
    query = "SELECT job, attempts FROM ops_jobrun WHERE job = ANY(%s) AND run_key = %s AND state = 'done' ORDER BY job"
    return rows(machine, query, AFTER_THE_CLOSE, day)


_LEFT_RUNNING = "SELECT job FROM ops_jobrun WHERE state = 'running' AND instance LIKE %s"
_STILL_UP = "SELECT name FROM ops_heartbeat WHERE stopped_at IS NULL AND instance = %s"


def test_a_machine_that_is_stopped_drains_and_joins_again(morning: Pair) -> None:
    goes = leader(morning)
    stays = next(machine for machine in morning if machine is not goes)
    with Listener(goes, stays, number=USER) as moving:
        moving.until(1)
        began = wall(stays)
        with connect(f"{goes.socket_url}?token={bearer(USER)}") as socket:
            assert goes.terminate() == 0
            assert _close_code(socket) == 1001

        # In good order: nothing left half done, and the lease given back rather than run out.
        assert rows(stays, _LEFT_RUNNING, f"%@{goes.name}") == []
        assert rows(stays, _STILL_UP, f"beat@{goes.name}") == []
        eventually(lambda: leader(morning) is stays, seconds=SLACK_S, why="the other beat leads at once")
        more_events(stays)
        assert httpx.get(f"{stays.url}/health/ready").is_success
        assert_no_job_doubled(stays, began)

        stood = stays.clock()
        jumps = rows(stays, "SELECT jumps FROM market_clockstate")
        goes.start()
        assert rows(stays, "SELECT jumps FROM market_clockstate") == jumps
        assert stays.clock() > stood
        stays.clock("--pause")
        assert_each_once(stays, moving)


def _close_code(socket: Any) -> int:
    try:
        while True:
            socket.recv(timeout=10)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0
