"""How long a task waits for its start at fifty a second: on our worker, and on a bare Celery with the same broker."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from celery import Celery

from bench import database  # first: it has Django stand, which models need

# isort: split
from django.conf import settings

from bench import processes
from bench.processes import Process
from bench.row import Row, faster, none_of, percentile
from config.redis import client

BENCH = "tasks"
RATE = 50.0
COUNT = 500
ROUNDS = 2  # of each, in turn: a machine that is busy for a second is busy for both
QUICK = 50
WARM_UP = 20
PATIENCE_S = 30.0
NAME = "bare Celery no-op"


def run(*, quick: bool = False) -> list[Row]:
    """Measure both workers in turn."""
    count = QUICK if quick else COUNT
    os.environ["REDIS_URL"] = settings.REDIS_URL
    from bench import bare_celery, probe  # noqa: PLC0415 -- the address of the broker has to stand first

    ours, bare = [], []
    with database.fresh(), processes.worker(include="bench.probe"), _bare_worker(bare_celery.app):

        def send_ours(sent_at: float) -> None:
            probe.probe.apply_async(kwargs={"sent_at": sent_at}, queue="feed")

        def send_bare(sent_at: float) -> None:
            bare_celery.probe.apply_async(kwargs={"sent_at": sent_at})

        _starts_ms(send_ours, probe.STARTS, WARM_UP)
        _starts_ms(send_bare, bare_celery.STARTS, WARM_UP)
        for _ in range(ROUNDS):
            ours += _starts_ms(send_ours, probe.STARTS, count)
            bare += _starts_ms(send_bare, bare_celery.STARTS, count)
    case = f"{RATE:g} a second, 2 children"
    return [
        *(
            faster(BENCH, case, f"sent to started, p{at}", percentile(ours, at), percentile(bare, at), NAME)
            for at in (50, 99)
        ),
        none_of(BENCH, case, "never started", ROUNDS * count - len(ours), "tasks"),
    ]


@contextmanager
def _bare_worker(app: Celery) -> Iterator[Process]:
    command = (
        f"{sys.executable} -W ignore -m celery --quiet -A bench.bare_celery worker --concurrency 2"
        " --hostname bare@%h --without-mingle --without-gossip --loglevel WARNING"
    )
    with Process("bare-celery", command) as process:
        process.until(processes.listening(app, command), "ready")
        yield process


def _starts_ms(send: Callable[[float], None], starts: str, count: int) -> list[float]:
    """Send so many at the pace, and return how long each waited once all have started."""
    client().delete(starts)
    began = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, began + number / RATE - time.monotonic()))
        send(time.time())
    give_up = time.monotonic() + PATIENCE_S
    while client().llen(starts) < count and time.monotonic() < give_up:
        time.sleep(0.05)
    return [1000 * float(each) for each in client().lrange(starts, 0, -1)]
