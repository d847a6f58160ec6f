"""What the service needs to work, asked all at once and with a time limit."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from functools import lru_cache
from typing import ParamSpec, TypeVar

import redis
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config.redis import client
from ops import workers

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE_S = 2.0
FRESH_S = 1.0
FEED_TASK = "market.refresh_feed"


class CheckFailedError(Exception):
    """A dependency does not work; the message is fit for everybody, its cause only for staff."""


@dataclass(frozen=True, slots=True)
class Check:
    """The answer of one dependency."""

    ok: bool
    latency_ms: int
    message: str = ""
    detail: str = ""


@dataclass(slots=True)
class _Look:
    # What this process found when it looked last, by its monotonic clock.
    found: dict[str, Check]
    at_s: float


_turn = threading.Lock()
_last = _Look({}, float("-inf"))


def run() -> dict[str, Check]:
    """Return every check by the contract's names: `massive` is the market data, `openai` the language model."""
    futures = {name: apart(_timed, check) for name, check in CHECKS.items()}
    give_up = time.monotonic() + PATIENCE_S
    return {name: _answer(name, future, give_up) for name, future in futures.items()}


def recent() -> dict[str, Check]:
    """Return every check as it was found within the last second; who asks meanwhile waits for the one that looks.

    Balancers ask each process several times a second: five questions to Postgres and Redis for each would be work.
    """
    with _turn:
        if time.monotonic() - _last.at_s >= FRESH_S:
            _last.found, _last.at_s = run(), time.monotonic()
        return _last.found


def forget() -> None:
    """Look again at the next question; for tests, where a dependency goes and comes within the second."""
    _last.at_s = float("-inf")


def apart(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
    """Start work in a thread of its own, so that its caller can stop waiting when a dependency hangs."""
    return _pool().submit(_and_hang_up, work, *args, **kwargs)


def _and_hang_up(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return work(*args, **kwargs)
    finally:
        # This thread is ours: nobody else would give its connection back.
        connection.close()


def _database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        raise CheckFailedError("The database does not answer") from error


def _migrations() -> None:
    try:
        missing = _missing_migrations()
    except DatabaseError as error:
        raise CheckFailedError("The database does not answer") from error
    if missing:
        _missing_migrations.cache_clear()
        raise CheckFailedError(f"{missing} database migrations have not been applied")


@lru_cache(maxsize=1)
def _missing_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _redis() -> None:
    try:
        client().ping()
    except redis.RedisError as error:
        raise CheckFailedError("Redis does not answer") from error


def _market_data() -> None:
    if settings.MARKET_PROVIDER == "massive" and not (
        settings.MARKET_PROVIDER_API_KEY or settings.MARKET_PROVIDER_RECORDED
    ):
        raise CheckFailedError("No market data provider is configured: MARKET_PROVIDER_API_KEY is not set")
    try:
        feed = next(report for report in workers.report() if report.job.task == FEED_TASK)
    except (DatabaseError, redis.RedisError) as error:
        raise CheckFailedError("Nobody knows how old the market data are") from error
    if feed.is_late or feed.success_at is None:
        raise CheckFailedError("No fresh market data") from (RuntimeError(feed.error) if feed.error else None)


def _language_model() -> None:
    raise CheckFailedError("No language model is configured: texts are written by rules")


CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "migrations": _migrations,
    "redis": _redis,
    "massive": _market_data,
    "openai": _language_model,
}


def _timed(check: Callable[[], None]) -> Check:
    began = time.monotonic()
    try:
        check()
    except CheckFailedError as failure:
        return Check(ok=False, latency_ms=_ms(began), message=str(failure), detail=str(failure.__cause__ or ""))
    except Exception as error:
        logger.exception("ops.check.broke")
        return Check(ok=False, latency_ms=_ms(began), message="The check itself broke", detail=str(error))
    return Check(ok=True, latency_ms=_ms(began))


def _answer(name: str, future: Future[Check], give_up: float) -> Check:
    try:
        return future.result(timeout=max(0.0, give_up - time.monotonic()))
    except TooLate:
        # One that waits for a thread is not to wait any longer: what hangs would fill the queue, request by request.
        future.cancel()
        logger.warning("ops.check.slow", extra={"check": name})
        return Check(ok=False, latency_ms=round(1000 * PATIENCE_S), message=f"No answer within {PATIENCE_S:g} s")


def _ms(began: float) -> int:
    return round(1000 * (time.monotonic() - began))


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2 * len(CHECKS), thread_name_prefix="ops-check")
