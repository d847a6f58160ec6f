import asyncio
import json
import os
import re
import sys
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from config import readiness
from config.launch import PROCFILE, procfile
from config.store import Store
from config.supervise import Printer, Supervisor

AT = datetime(2026, 2, 9, 14, 30, tzinfo=UTC)
EVERYTHING = ["web", "worker", "worker_slow", "beat"]


def test_the_names_of_heartbeats_are_those_of_the_procfile():
    named = {
        name: re.search(r"--hostname (\w+)@\$\{COACH_MACHINE:-%h\}", command) for name, command in procfile(PROCFILE)
    }

    assert {name: found[1] for name, found in named.items() if found} | {"beat": "beat"} == readiness.NODES


@pytest.fixture
def announced(httpserver: HTTPServer, capsys, monkeypatch):
    """Announce a start while health answers with these successes, given in seconds after the start."""

    def announce(names, successes, **environment):
        answers = iter(successes)

        def workers(_request):
            after = next(answers)
            done = [{"name": job, "lastSuccessAt": at(seconds)} for job, seconds in after.items()]
            return Response(json.dumps({"workers": done}), content_type="application/json")

        httpserver.expect_request("/health/workers").respond_with_handler(workers)
        env = {**os.environ, "COACH_MACHINE": "here", **environment}
        start = readiness.Start(AT, names, httpserver.port, env)
        monkeypatch.setattr(readiness, "LOOK_S", 0.01)
        monkeypatch.setattr(Store, "secrets", lambda _store: {"admin_password": "a", "demo_password": "d"})
        asyncio.run(readiness.announce(Supervisor(Printer()), Printer(), Store("mine"), start))
        return [line.partition("| ")[2] for line in capsys.readouterr().out.splitlines()]

    return announce


def at(seconds):
    return None if seconds is None else (AT + timedelta(seconds=seconds)).isoformat()


def test_ready_is_said_when_each_part_has_worked_since_the_start(announced):
    jobs = ("beat", "market_feed_worker", "worker_health_alert_worker")

    lines = announced(
        EVERYTHING,
        [
            dict(zip(jobs, (-5, None, -1), strict=True)),
            dict(zip(jobs, (1, None, 2), strict=True)),
            dict(zip(jobs, (1, 3, 2), strict=True)),
        ],
    )

    assert lines[:2] == ["waiting for beat, feed, worker_slow", "waiting for feed"]
    assert lines[-1].startswith("ready: http://127.0.0.1:")


@pytest.mark.parametrize(
    ("hosts", "called"),
    [(["*"], "127.0.0.1"), (["coach.example", "other"], "coach.example"), ([".coach.example"], "coach.example")],
)
def test_the_web_is_asked_under_a_name_that_it_answers_to(monkeypatch, hosts, called):
    monkeypatch.setattr("config.settings.web.ALLOWED_HOSTS", hosts)

    assert readiness._known_as() == called


@pytest.mark.parametrize(
    ("names", "successes"),
    [
        (["web"], {}),
        (["web", "worker"], {"beat": None}),
        (["web", "beat"], {"beat": 1}),
        (["web", "beat", "worker_slow"], {"beat": 1, "worker_health_alert_worker": 1}),
    ],
)
def test_nobody_waits_for_what_runs_elsewhere(announced, names, successes):
    assert announced(names, [successes])[-1].startswith("ready: http://127.0.0.1:")


def test_a_machine_without_pages_waits_for_its_own_processes_and_names_them(announced, monkeypatch, tmp_path):
    # Stands in for manage.py; it fails at first, as where the database is away while Django starts.
    script = """
import pathlib, sys
asked_before = pathlib.Path(sys.argv[1])
print(*sys.argv[2:])
if not asked_before.exists():
    asked_before.touch()
    sys.exit(1)
"""
    monkeypatch.setattr(readiness, "MANAGE", (sys.executable, "-c", script, str(tmp_path / "asked")))
    monkeypatch.setattr(readiness, "AGAIN_S", 0.01)

    lines = announced(["worker", "beat"], [])

    asked = "machine market@here beat@here --since 2026-02-09T14:30:00+00:00"
    assert [line for line in lines if "runs as" not in line] == [asked, asked, "ready: worker, beat on here"]
