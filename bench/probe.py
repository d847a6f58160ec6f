"""A task that does nothing but say when it began: the coach's worker runs it on its own terms."""

from __future__ import annotations

import time

import redis
from celery import shared_task
from django.conf import settings

STARTS = "bench:task-starts"  # a Redis list: seconds from the message's stamp to the task's first line


@shared_task(name="bench.probe")
def probe(*, sent_at: float) -> None:
    """Note how long the message was under way."""
    took_s = time.time() - sent_at
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.rpush(STARTS, took_s)
