"""The baseline of `tasks`: Celery as it comes, no Django, one no-op that says when it began."""

from __future__ import annotations

import os
import time

import redis
from celery import Celery

STARTS = "bench:bare-starts"
URL = os.environ.get("REDIS_URL", "")

# Not as the current one: in the bench's own process that is the coach's.
app = Celery(
    "bare",
    broker=URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host="),
    set_as_current=False,
)
app.conf.update(
    task_ignore_result=True,
    task_default_queue="bench-bare",
    broker_transport_options={"global_keyprefix": "bench-bare:"},
)


@app.task(name="bare.probe")
def probe(*, sent_at: float) -> None:
    """Note how long the message was under way."""
    took_s = time.time() - sent_at
    with redis.Redis.from_url(URL) as client:
        client.rpush(STARTS, took_s)
