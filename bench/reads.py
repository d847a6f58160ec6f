"""A trader's fifty newest setups over HTTP, against a stock DRF list of the same rows under the same uvicorn."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from datetime import timedelta
from typing import Any

import httpx
import orjson

from bench import database  # first: it has Django stand, which models need

# isort: split
from rest_framework.test import APIRequestFactory

from accounts import tokens
from accounts.models import User
from bench import processes
from bench.row import Row, faster, oftener, percentile
from config.store import BASE_DIR
from detectors.api.tracked_setups import TrackedSetupViewSet
from detectors.models import DetectedSetup, TrackedSetup
from tests.factories.detectors import DetectedSetupFactory, TrackedSetupFactory

BENCH = "reads"
ROWS = 50
OTHERS = 20  # other traders with as many rows
ADDRESS = f"/api/tracked-setups?limit={ROWS}"
CLIENTS = 4
ROUNDS, SECONDS = 3, 3.0
OK = 200
STOCK = "DRF ModelSerializer list"
CASE = f"{ROWS} tracked setups, by token"


def run(*, quick: bool = False) -> list[Row]:
    """Measure both servers in turn, then our view without a server."""
    rounds, seconds = (1, 0.5) if quick else (ROUNDS, SECONDS)
    ours: list[float] = []
    stock: list[float] = []
    with database.fresh():
        user = _rows_of_traders()
        token = tokens.issue(user)
        with (
            processes.web() as (_, port),
            processes.web("stock-reads", application="bench.stock_asgi:application") as (_, stock_port),
        ):
            _same_rows(port, stock_port, token)
            for _ in range(rounds):
                ours += _load(port, token, seconds)
                stock += _load(stock_port, token, seconds)
        inside_ms = _without_a_server(token, 20 if quick else 200)
    spent = rounds * seconds
    return [
        oftener(BENCH, CASE, f"HTTP, {CLIENTS} clients", len(ours) / spent, "requests/s", len(stock) / spent, STOCK),
        *(
            faster(
                BENCH,
                CASE,
                f"HTTP, {CLIENTS} clients, p{at}",
                1000 * percentile(ours, at),
                1000 * percentile(stock, at),
                STOCK,
            )
            for at in (50, 99)
        ),
        Row(BENCH, CASE, "in process: view, checks and JSON, p50", round(percentile(inside_ms, 50), 2), "ms"),
    ]


def _rows_of_traders() -> User:
    """Give some traders their rows; return one of them."""
    users = User.objects.bulk_create(User(id=uuid.uuid4(), username=f"r{n}", email="") for n in range(OTHERS))
    found = DetectedSetup.objects.bulk_create(DetectedSetupFactory.build() for _ in range(ROWS))
    TrackedSetup.objects.bulk_create(
        TrackedSetupFactory.build(
            user=user,
            detected_setup=each,
            opportunity_data=None,
            tracked_at=each.detected_at + timedelta(minutes=number),
        )
        for user in users
        for number, each in enumerate(found)
    )
    database.analyse()
    return users[0]


def _same_rows(port: int, stock_port: int, token: str) -> None:
    """Refuse to compare lists of different things."""
    ours, stock = (_ask(each, token) for each in (port, stock_port))
    mine, theirs = ours["trackedSetups"], stock["results"]
    if [row["id"] for row in mine] != [row["id"] for row in theirs] or len(mine) != ROWS:
        raise AssertionError("the two lists are not of the same rows")


def _ask(port: int, token: str) -> dict[str, Any]:
    answer = httpx.get(f"http://127.0.0.1:{port}{ADDRESS}", headers={"Authorization": f"Bearer {token}"}, timeout=30)
    return dict(answer.raise_for_status().json())


def _load(port: int, token: str, seconds: float) -> list[float]:
    """Return the seconds of each answer."""
    command = [sys.executable, "-W", "ignore", "-m", "bench.http_load", str(port), str(seconds), str(CLIENTS)]
    said = orjson.dumps({"path": ADDRESS, "token": token})
    done = subprocess.run(command, cwd=BASE_DIR, input=said, stdout=subprocess.PIPE, check=True)  # noqa: S603 -- our own module
    return list(orjson.loads(done.stdout))


def _without_a_server(token: str, times: int) -> list[float]:
    """Return how long our view takes for a request. [ms]"""
    view = TrackedSetupViewSet.as_view({"get": "list"})
    took = []
    for _ in range(times):
        request = APIRequestFactory().get(ADDRESS, HTTP_AUTHORIZATION=f"Bearer {token}")
        started = time.perf_counter()
        answer = view(request).render()
        took.append(1000 * (time.perf_counter() - started))
        if answer.status_code != OK:
            raise AssertionError(f"the view answered {answer.status_code}: {answer.content!r}")
    return took[times // 10 :]
