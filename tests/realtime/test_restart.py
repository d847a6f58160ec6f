"""The web process is told to go while events pour in; five hundred clients come back, and nobody misses anything."""

import threading
from contextlib import ExitStack

import pytest
from django.db import connection, transaction

from accounts import tokens
from accounts.models import User
from bench import processes
from bench.sockets import Sockets
from realtime.events import NewEvent, publish
from tests.factories.accounts import UserFactory
from tests.live.stack import eventually

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

CLIENTS = 500
EVENTS = 1_500


class Writer(threading.Thread):
    """Publishes numbered events, each in an act of its own for one client in turn, until all are written."""

    def __init__(self, users):
        super().__init__(daemon=True)
        self.written = 0
        self._users = users
        self.ending = threading.Event()

    def run(self):
        for number in range(EVENTS):
            user = self._users[number % len(self._users)]
            with transaction.atomic():
                publish(
                    NewEvent(
                        type="setup_changed", channel="setups", symbol="SPX", payload={"n": number}, user_id=user.pk
                    )
                )
            self.written = number + 1
            if self.ending.wait(0.002):
                break
        connection.close()


def member(user):
    """Return how the swarm opens a user's socket."""
    subscribe = {"type": "subscribe", "channels": [f"setups:{user.pk}"]}
    return {"user": str(user.pk), "path": f"/ws/prices?token={tokens.issue(user)}", "subscribe": subscribe}


def test_a_restart_says_1001_and_loses_nothing_for_500_sockets():
    users = User.objects.bulk_create(UserFactory.build_batch(CLIENTS))
    writer = Writer(users)
    with ExitStack() as end, processes.web("restarted") as (first, port), Sockets(port) as sockets:
        sockets.grow([member(user) for user in users], resume=True)
        writer.start()
        end.callback(writer.join)
        end.callback(writer.ending.set)
        eventually(lambda: writer.written > EVENTS // 4, why="events pour in")

        first.stop()
        before = writer.written
        eventually(lambda: writer.written > before + 50, why="events are written while nobody is at home")
        with processes.web("restarted-again", port=port):
            writer.join()
            heard = sockets.gather(expect=EVENTS, quiet_s=15)

    assert (heard.foreign, heard.out_of_order, heard.doubled, heard.reloads) == (0, 0, 0, 0)
    assert sorted(number for number, _ in heard.events) == list(range(EVENTS))
    assert heard.closes.pop("1001") == CLIENTS
    assert set(heard.closes) <= {"1006"}  # who knocked before anybody was at home again
    assert (heard.sockets, heard.connections) == (CLIENTS, 2 * CLIENTS)
