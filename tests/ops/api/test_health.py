"""GET /health and its three longer forms, held against the contract."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.db import DatabaseError
from django.db.backends.postgresql.base import DatabaseWrapper
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import tokens
from config.redis import client as redis_client
from ops import checks, uptime, workers
from ops.models import Heartbeat
from tests.contract.schemas import assert_response
from tests.factories.accounts import UserFactory
from tests.factories.ops import HeartbeatFactory, JobRunFactory

pytestmark = pytest.mark.usefixtures("hand")


@pytest.fixture
def up_for_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uptime, "started_at", lambda: timezone.now() - timedelta(hours=3))


@pytest.fixture
def staff() -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.issue(UserFactory(is_staff=True))}"}


@pytest.fixture
def feed_is_fresh() -> None:
    now = timezone.now()
    HeartbeatFactory(name="market feed", last_cycle_completed_at=now, last_success_at=now)


@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def away(*_: Any, **__: Any) -> None:
        raise redis.ConnectionError("Error 111 connecting to secret-host:6379")

    with monkeypatch.context() as outage:
        outage.setattr(redis_client(), "ping", away)
        yield


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def away(*_: Any, **__: Any) -> None:
        raise DatabaseError("connection to secret-host refused")

    with monkeypatch.context() as outage:
        outage.setattr(DatabaseWrapper, "cursor", away)
        yield


def test_alive_touches_nothing(client: Client) -> None:
    # No database mark: a query would raise.
    response = client.get("/health")

    body = assert_response(response, "/health")
    assert (response.status_code, body["status"]) == (200, "healthy")
    assert body["uptime"] > 0


def test_a_bad_token_is_no_reason_to_refuse(client: Client, transactional_db: None) -> None:
    headers = {"Authorization": "Bearer nonsense"}

    assert client.get("/health", headers=headers).status_code == 200
    assert client.get("/health/workers", headers=headers).status_code in (200, 503)


def test_health_has_no_limit_of_requests(client: Client, settings: Any) -> None:
    settings.RATE_LIMITS = {"general": 1}

    assert [client.get("/health").status_code for _ in range(3)] == [200, 200, 200]
    assert "RateLimit-Limit" not in client.get("/health").headers


@pytest.mark.django_db(transaction=True)
def test_ready_when_database_and_redis_answer(client: Client, feed_is_fresh: None) -> None:
    response = client.get("/health/ready")

    body = assert_response(response, "/health/ready")
    assert response.status_code == 200
    assert {name: check["status"] for name, check in body["checks"].items()} == {
        "database": "pass",
        "migrations": "pass",
        "redis": "pass",
        "massive": "pass",
        "openai": "fail",
    }
    assert body["checks"]["openai"]["message"] == "No language model is configured: texts are written by rules"


@pytest.mark.django_db(transaction=True)
def test_old_market_data_are_told_and_refuse_nobody(client: Client, up_for_hours: None) -> None:
    response = client.get("/health/ready")

    body = assert_response(response, "/health/ready")
    assert response.status_code == 200
    assert body["checks"]["massive"]["status"] == "fail"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/health/ready", "/health/detailed"])
def test_a_provider_without_its_key_is_told(client: Client, feed_is_fresh: None, settings: Settings, path: str) -> None:
    settings.MARKET_PROVIDER, settings.MARKET_PROVIDER_API_KEY = "massive", ""

    body = assert_response(client.get(path), path)

    assert body["checks"]["massive"]["status"] == "fail"
    said = "No market data provider is configured: MARKET_PROVIDER_API_KEY is not set"
    assert body["checks"]["massive"]["message"] == said


@pytest.mark.django_db(transaction=True)
def test_without_redis_it_is_not_ready_but_healthy_in_detail(client: Client, no_redis: None) -> None:
    ready, detailed = client.get("/health/ready"), client.get("/health/detailed")

    assert assert_response(ready, "/health/ready")["status"] == "unhealthy"
    assert ready.status_code == 503
    body = assert_response(detailed, "/health/detailed")
    assert (detailed.status_code, body["status"]) == (200, "healthy")
    assert (body["services"]["redis"], body["services"]["database"]) == (False, True)


@pytest.mark.django_db(transaction=True)
def test_without_its_database_it_is_unhealthy(client: Client, no_database: None) -> None:
    for path in ("/health/ready", "/health/detailed"):
        response = client.get(path)
        body = assert_response(response, path)
        assert (response.status_code, body["status"]) == (503, "unhealthy")
        assert body["checks"]["database"]["message"] == "The database does not answer"


@pytest.mark.django_db(transaction=True)
def test_only_staff_read_what_the_dependency_said(client: Client, staff: dict[str, str], no_redis: None) -> None:
    everybody = client.get("/health/ready").json()["checks"]["redis"]["message"]
    operator = client.get("/health/ready", headers=staff).json()["checks"]["redis"]["message"]

    assert everybody == "Redis does not answer"
    assert operator == "Redis does not answer: Error 111 connecting to secret-host:6379"


@pytest.mark.django_db(transaction=True)
def test_a_check_that_hangs_fails_after_its_patience(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    end = threading.Event()
    monkeypatch.setattr(checks, "PATIENCE_S", 0.2)
    monkeypatch.setitem(checks.CHECKS, "redis", lambda: end.wait(10))

    body = client.get("/health/ready").json()
    end.set()

    assert body["checks"]["redis"]["message"] == "No answer within 0.2 s"
    assert body["checks"]["database"]["status"] == "pass"


@pytest.mark.django_db(transaction=True)
def test_checks_that_nobody_waits_for_any_more_are_not_made(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    end, made = threading.Event(), []
    monkeypatch.setattr(checks, "PATIENCE_S", 0.2)
    monkeypatch.setattr(checks, "CHECKS", {"redis": lambda: made.append("late")})
    hanging = [checks.apart(end.wait, 10) for _ in range(20)]

    found = checks.run()
    end.set()
    waited = [future.result(timeout=10) for future in [*hanging, checks.apart(lambda: True)]]

    assert (found["redis"].ok, all(waited), made) == (False, True, [])


@pytest.mark.django_db(transaction=True)
def test_a_check_that_breaks_says_so_to_nobody_but_staff(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks() -> None:
        raise RuntimeError("a secret")

    monkeypatch.setitem(checks.CHECKS, "redis", breaks)

    assert client.get("/health/ready").json()["checks"]["redis"]["message"] == "The check itself broke"


@pytest.mark.django_db(transaction=True)
def test_balancers_that_ask_all_the_time_are_answered_from_one_look_a_second(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    monkeypatch.setattr(checks, "CHECKS", dict.fromkeys(checks.CHECKS, lambda: looks.append(1)))
    monkeypatch.setattr(checks, "FRESH_S", 60.0)

    first = client.get("/health/ready").json()
    again = client.get("/health/ready").json()
    detailed = client.get("/health/detailed")

    assert first["checks"] == again["checks"]
    assert first["timestamp"] < again["timestamp"]
    # Staff look at the detailed answer, and see what is true now.
    assert (len(looks), detailed.status_code) == (2 * len(checks.CHECKS), 200)


@pytest.mark.django_db(transaction=True)
def test_what_broke_is_told_a_second_later(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "FRESH_S", 0.05)
    assert client.get("/health/ready").status_code == 200

    def away() -> None:
        raise checks.CheckFailedError("Redis does not answer")

    monkeypatch.setitem(checks.CHECKS, "redis", away)
    threading.Event().wait(0.06)

    assert client.get("/health/ready").status_code == 503


@pytest.mark.django_db(transaction=True)
def test_many_who_ask_at_once_make_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    looks, may_end = [], threading.Event()

    def slow() -> None:
        looks.append(1)
        may_end.wait(5)

    monkeypatch.setattr(checks, "CHECKS", {"redis": slow})
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(checks.recent) for _ in range(8)]
        may_end.set()
        found = [each.result(timeout=10) for each in asked]

    assert (len(looks), {each["redis"].ok for each in found}) == (1, {True})


def ran(name: str, *, seconds_ago: float, **fields: Any) -> Heartbeat:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    beat = HeartbeatFactory(
        name=name, last_cycle_started_at=at, last_cycle_completed_at=at, last_success_at=at, last_duration_ms=7
    )
    Heartbeat.objects.filter(pk=beat.pk).update(**fields)
    return beat


def all_is_well() -> None:
    for report in workers.report():
        if report.for_date is None:
            ran(report.job.name, seconds_ago=1)
        else:
            JobRunFactory(job=report.job.name, run_key=report.for_date.isoformat())


def test_workers_are_healthy_when_none_is_late(client: Client, transactional_db: None, up_for_hours: None) -> None:
    all_is_well()

    response = client.get("/health/workers")

    body = assert_response(response, "/health/workers")
    assert (response.status_code, body["status"]) == (200, "healthy")
    assert body["summary"]["stale"] == body["summary"]["missed"] == 0
    assert body["staleThresholdMs"] == 1_200_000
    names = {worker["name"] for worker in body["workers"]}
    assert {"beat", "setup_detector_worker", "worker_health_alert_worker"} <= names


def test_one_stale_worker_degrades_them_all(client: Client, transactional_db: None, up_for_hours: None) -> None:
    all_is_well()
    Heartbeat.objects.filter(name="detector scan").update(
        last_cycle_completed_at=timezone.now() - timedelta(seconds=90),
        last_success_at=timezone.now() - timedelta(seconds=90),
    )

    response = client.get("/health/workers")

    body = assert_response(response, "/health/workers")
    assert (response.status_code, body["status"], body["summary"]["stale"]) == (503, "degraded", 1)
    scan = next(worker for worker in body["workers"] if worker["name"] == "setup_detector_worker")
    assert (scan["state"], scan["pollIntervalMs"], scan["staleAfterMs"]) == ("stale", 15_000, 60_000)


def test_a_failing_worker_is_counted_and_its_error_is_for_staff(
    client: Client, transactional_db: None, up_for_hours: None, staff: dict[str, str]
) -> None:
    all_is_well()
    Heartbeat.objects.filter(name="market feed").update(
        last_error_at=timezone.now(), last_error_message="ProviderUnavailable: key abc", error_count=1
    )

    everybody = assert_response(client.get("/health/workers"), "/health/workers")
    operator = client.get("/health/workers", headers=staff).json()

    assert everybody["summary"]["failing"] == 1
    assert [worker["lastErrorMessage"] for worker in everybody["workers"] if worker["lastErrorMessage"]] == []
    feed = next(worker for worker in operator["workers"] if worker["name"] == "market_feed_worker")
    assert feed["lastErrorMessage"] == "ProviderUnavailable: key abc"


@pytest.mark.django_db(transaction=True)
def test_without_records_the_workers_are_not_healthy(client: Client, no_database: None) -> None:
    response = client.get("/health/workers")

    body = assert_response(response, "/health/workers")
    assert (response.status_code, body["status"], body["workers"]) == (503, "degraded", [])


@pytest.mark.parametrize("path", ["/health/diagnose", "/health/test-massive"])
def test_diagnostics_are_switched_off(client: Client, path: str) -> None:
    response = client.get(path)

    body = assert_response(response, path)
    assert (response.status_code, body["error"]) == (404, "Not found")
