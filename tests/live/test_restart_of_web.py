"""The web process is told to go while events pour in; five hundred clients come back, and nobody misses anything."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import ExitStack

import pytest

from bench.sockets import Sockets
from tests.live.stack import Stack, bearer, eventually, user_id

pytestmark = pytest.mark.live

CLIENTS = 500
FIRST_USER = 20_000
EVENTS = 3_000
# What `realtime.events.publish` writes; the hubs look once a second without a ring, so none is needed.
PUBLISH = """
INSERT INTO realtime_event (user_id, channel, type, symbol, payload, facts, created_at, written_at)
VALUES (%(user)s, 'setups', 'setup_changed', 'SPX', jsonb_build_object('n', %(number)s::int), '{}', now(), now())
"""


class Writer(threading.Thread):
    """Writes numbered events, each for one client in turn, until all are written."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(daemon=True)
        self.written = 0
        self._stack = stack

    def run(self) -> None:
        with self._stack.database() as database:
            for number in range(EVENTS):
                database.execute(PUBLISH, {"user": user_id(FIRST_USER + number % CLIENTS), "number": number})
                self.written = number + 1
                time.sleep(0.004)


def member(number: int) -> dict[str, object]:
    """Return how the swarm opens a user's socket."""
    user = user_id(number)
    subscribe = {"type": "subscribe", "channels": [f"setups:{user}"]}
    return {"user": user, "path": f"/ws/prices?token={bearer(number)}", "subscribe": subscribe}


def test_a_restart_of_the_web_process_says_1001_and_loses_nothing_for_500_sockets(stack: Stack):
    with Sockets(stack.port) as sockets, ExitStack() as end:
        sockets.grow([member(FIRST_USER + number) for number in range(CLIENTS)], resume=True)
        writer = Writer(stack)
        writer.start()
        end.callback(writer.join)
        eventually(lambda: writer.written > EVENTS // 6, why="events pour in")

        stack.kill("web", signal.SIGTERM)

        writer.join()
        heard = sockets.gather(expect=EVENTS, quiet_s=15)
    assert sorted(number for number, _ in heard.events) == list(range(EVENTS))
    assert (heard.foreign, heard.out_of_order, heard.doubled, heard.reloads) == (0, 0, 0, 0)
    assert heard.closes.pop("1001") == CLIENTS
    assert set(heard.closes) <= {"1006"}  # who knocked before anybody was at home again
    assert (heard.sockets, heard.connections) == (CLIENTS, 2 * CLIENTS)
