"""The base of every task: safe to hand to a second worker, bounded in time, one copy at a time where it says so."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

import redis
from celery import Task
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connections

from config.work.lease import Lease
from config.work.run import running

logger = logging.getLogger(__name__)

# What a run returns when another copy of its task is at work: it did nothing, on purpose.
SKIPPED: dict[str, Any] = {"skipped": "another copy is running"}


class CoachTask(Task):
    """A task whose defaults hold when a worker restarts, is killed, hangs, or runs it twice.

    Class attributes
    ----------------
    lease_s : float or None
        Set by `@shared_task(lease_s=N)`: at most one copy runs at a time, anywhere; a second one returns `SKIPPED`.
        A leased task is killed before its lease ends: its time limit is the lease unless it names a shorter one.
    """

    acks_late = True
    reject_on_worker_lost = True
    ignore_result = True
    # Far below Redis' visibility timeout of 120 s, or a second worker would get the message of a slow one.
    soft_time_limit = 50
    time_limit = 60
    lease_s: float | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Bound a leased task by its lease; the decorator makes one subclass a task.

        Raises
        ------
        ValueError
            If a task may work longer than its lease lasts: then two copies could run.
        """
        super().__init_subclass__(**kwargs)
        if cls.lease_s is None:
            return
        if "time_limit" not in vars(cls):
            cls.time_limit = int(cls.lease_s)
            cls.soft_time_limit = min(cls.soft_time_limit, max(1, int(0.8 * cls.lease_s)))
        if cls.time_limit > cls.lease_s:
            raise ValueError(f"{cls.__name__}: time_limit={cls.time_limit} s outlasts lease_s={cls.lease_s} s")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the body under its lease, with its name on every log line."""
        # `run`, not `super().__call__`: that would hide the message's own request behind an empty one.
        with running(self.name, self.request.id or "direct"):
            try:
                if self.lease_s is None:
                    return self.run(*args, **kwargs)
                return self._alone(Lease(self.name, seconds=self.lease_s), *args, **kwargs)
            except SoftTimeLimitExceeded:
                abandon_connections()
                raise

    def _alone(self, lease: Lease, *args: Any, **kwargs: Any) -> Any:
        if not lease.acquire():
            logger.debug("work.lease.held")
            return dict(SKIPPED)
        try:
            return self.run(*args, **kwargs)
        finally:
            _give_back(lease)


def abandon_connections() -> None:
    """Give up this thread's connections to the database, in whatever state they are; the next query opens new ones.

    A time limit strikes anywhere: in the middle of a statement, or of the end of a transaction. What Django remembers
    of that connection then would make every later task of this process fail.
    """
    for connection in connections.all(initialized_only=True):
        del connections[connection.alias]
        if connection.connection is not None:
            # Not given back to a pool: Postgres rolls back what was begun.
            with suppress(Exception):
                connection.connection.close()


def _give_back(lease: Lease) -> None:
    try:
        kept = lease.release()
    except redis.RedisError:
        # The work is done; the lease ends by itself.
        logger.warning("work.lease.unreachable", extra={"lease": lease.name})
    else:
        if not kept:
            logger.warning("work.lease.lost", extra={"lease": lease.name, "lease_s": lease.seconds})
