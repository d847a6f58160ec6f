import os
import signal
import subprocess
import sys

import pytest

from config import launch, prepare
from config import store as store_module
from config.store import BASE_DIR, Store


def up(*arguments, **environment):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("E2E_", "COACH_", "MARKET_"))}
    kept.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "config.launch", *arguments],
        cwd=BASE_DIR,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"DEBUG": "yes"}, "DEBUG='yes': expected true or false"),
        ({"PORT": "http"}, "PORT='http': expected a number"),
        ({"COACH_STORE": "../elsewhere"}, "COACH_STORE='../elsewhere': expected letters, digits, - and _"),
        ({"COACH_STORE": "static"}, "and not static"),
        ({"COACH_STORE": "test"}, "the store 'test' belongs to bin/test"),
        ({"REPLAY_DATE": "today"}, "REPLAY_DATE='today': expected a date such as 2026-02-09"),
        ({"DATABASE_URL": "u:secret@host"}, "DATABASE_URL: expected an address that starts with postgres://"),
        ({"REDIS_URL": "host:6379"}, "REDIS_URL: expected an address that starts with redis://"),
    ],
)
def test_a_bad_setting_is_one_sentence_and_exit_code_1(setting, sentence):
    done = up(**setting)

    assert done.returncode == 1
    assert done.stderr.startswith("up: ")
    assert len(done.stderr.splitlines()) == 1
    assert sentence in done.stderr
    assert "secret" not in done.stderr


@pytest.mark.parametrize("port", ["0", "65536", "web", "-1"])
def test_a_port_that_is_none_is_named(port, capsys):
    with pytest.raises(SystemExit) as ended:
        launch.arguments([f"--port={port}"])

    assert ended.value.code == 2
    assert f"'{port}': expected a port from 1 to 65535" in capsys.readouterr().err


def test_the_port_comes_from_the_environment_unless_it_is_given(monkeypatch):
    monkeypatch.setenv("PORT", "3001")

    assert launch.arguments([]).port == 3001
    assert launch.arguments(["--port", "8001"]).port == 8001


def test_a_second_coach_on_the_machine_leaves_the_dashboard_out(monkeypatch, capsys):
    monkeypatch.setattr(prepare, "port_trouble", lambda port: "is taken" if port == 5555 else "")
    options = launch.arguments([])

    assert launch._left_out(options, launch.Printer()) == {"flower"}
    assert "flower is left out: port 5555 is taken" in capsys.readouterr().out
    monkeypatch.setenv("FLOWER_PORT", "5556")
    assert launch._left_out(options, launch.Printer()) == set()


@pytest.mark.parametrize(
    ("only", "left"),
    [("web", ["web"]), ("worker, worker_slow", ["worker", "worker_slow"]), ("beat,web,beat", ["web", "beat"])],
)
def test_a_machine_may_run_some_of_the_processes(only, left):
    without = launch._left_out(launch.arguments(["--only", only]), launch.Printer())

    assert [name for name, _ in launch.procfile(launch.PROCFILE, without=without)] == left


def test_a_machine_that_is_told_nothing_runs_them_all(monkeypatch):
    monkeypatch.setattr(prepare, "port_trouble", lambda _port: "")
    without = launch._left_out(launch.arguments([]), launch.Printer())

    assert [name for name, _ in launch.procfile(launch.PROCFILE, without=without)] == [
        "web",
        "worker",
        "worker_slow",
        "beat",
        "flower",
    ]


@pytest.mark.parametrize("only", ["", ",", "web,postgres", "Web"])
def test_a_process_that_there_is_not_is_named(only, capsys):
    with pytest.raises(SystemExit) as ended:
        launch.arguments(["--only", only])

    assert ended.value.code == 2
    assert f"{only!r}: expected some of web, worker, worker_slow, beat, flower" in capsys.readouterr().err


@pytest.fixture
def stopped_while(tmp_path, monkeypatch):
    """Run the launcher with a start of ours, and a Ctrl-C in its middle."""
    monkeypatch.setattr(store_module, "VAR_DIR", tmp_path)

    def run(start):
        monkeypatch.setattr(launch, "_start", start)
        store = Store("mine")
        store.root.mkdir()
        with prepare.claim(store) as held:
            return launch.asyncio.run(launch.run(launch.arguments([]), store, held))

    return run


def test_ctrl_c_in_the_middle_of_the_start_ends_what_has_been_started(stopped_while):
    pids = []

    async def start(_options, _store, supervisor, _printer):
        sleeper = launch.Child("sleeper", (sys.executable, "-c", "import signal; signal.pause()"), env=dict(os.environ))
        await supervisor.start(sleeper)
        pids.append(sleeper.process.pid)
        signal.raise_signal(signal.SIGINT)
        await supervisor.once("npm", (sys.executable, "-c", "import signal; signal.pause()"), dict(os.environ))

    assert stopped_while(start) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_what_is_in_the_way_is_the_last_line(stopped_while, capsys):
    async def start(_options, _store, supervisor, _printer):
        await supervisor.start(
            launch.Child("web", (sys.executable, "-c", "import signal; signal.pause()"), env=dict(os.environ))
        )
        raise prepare.CannotStart("no npm")

    assert stopped_while(start) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "up         | no npm"


def test_a_mistake_of_ours_is_not_hidden(stopped_while):
    async def start(*_arguments):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stopped_while(start)
