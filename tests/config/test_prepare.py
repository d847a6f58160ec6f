import asyncio
import fcntl
import os
import shutil
import socket
import threading

import pytest

from config import prepare, readiness
from config import store as store_module
from config.launch import procfile
from config.store import Store


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "VAR_DIR", tmp_path)
    monkeypatch.setattr(prepare, "BASE_DIR", tmp_path)
    return Store("simulated")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_machine_that_has_all_it_takes_passes(fresh):
    prepare.check_machine(free_port())


def test_a_taken_port_is_named_with_the_way_out(fresh):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(prepare.CannotStart, match=rf"port {port} is taken: .*PORT={port + 1} bin/up"):
            prepare.check_machine(port)


def test_a_full_disk_is_told_before_anything_is_half_written(fresh, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1024 * 1024))

    with pytest.raises(prepare.CannotStart, match="only 1 MB are free"):
        prepare.check_machine(free_port())


def test_a_machine_that_serves_no_pages_needs_no_port(fresh):
    prepare.check_machine(None)


def test_an_old_python_is_named(fresh, monkeypatch):
    monkeypatch.setattr(prepare, "OLDEST_PYTHON", (99, 0))

    with pytest.raises(prepare.CannotStart, match="is too old"):
        prepare.check_machine(free_port())


def test_a_store_of_another_provider_is_refused(fresh):
    fresh.root.mkdir()
    (fresh.root / "provider.json").write_text('{"provider": "massive"}')

    with pytest.raises(prepare.CannotStart, match="holds data of the provider 'massive', not 'simulated from seed"):
        prepare.check_store(fresh)


def test_the_mark_of_a_store_lets_its_own_provider_in(fresh):
    prepare.check_store(fresh)
    prepare.mark(fresh)

    prepare.check_store(fresh)


def test_two_launchers_never_share_a_store(fresh, monkeypatch):
    monkeypatch.setattr(prepare, "NOTICING_S", 0)
    says = rf"another bin/up \(process {os.getpid()}\) runs on the store 'simulated'"
    with prepare.claim(fresh), pytest.raises(prepare.CannotStart, match=says):
        prepare.claim(fresh)

    prepare.claim(fresh).close()


def test_a_store_whose_launcher_was_killed_is_waited_for(fresh, monkeypatch):
    held = prepare.claim(fresh)
    held.truncate(0)  # as the guard does, before it ends the children
    waits = []

    def wait(seconds):
        waits.append(seconds)
        if len(waits) == 30:
            held.close()

    monkeypatch.setattr(prepare.time, "sleep", wait)

    with prepare.claim(fresh) as mine:
        mine.seek(0)
        assert mine.read() == str(os.getpid())
    assert len(waits) == 30


def test_children_that_never_go_are_told_at_last(fresh, monkeypatch):
    monkeypatch.setattr(prepare, "CLEARING_S", 0)
    with prepare.claim(fresh) as held:
        held.truncate(0)

        with pytest.raises(prepare.CannotStart, match="another bin/up"):
            prepare.claim(fresh)


def test_a_start_that_waits_for_anothers_static_files_can_be_stopped(fresh, tmp_path):
    (tmp_path / "var").mkdir()

    async def start_and_stop():
        starting = asyncio.create_task(prepare.database_and_pages(None, {}))
        for _ in range(3):  # until it has found the files taken
            await asyncio.sleep(0)
        assert not starting.done()
        starting.cancel()
        await asyncio.wait([starting])

    with (tmp_path / "var" / "static.lock").open("a") as others:
        fcntl.flock(others, fcntl.LOCK_EX)
        launcher = threading.Thread(target=asyncio.run, args=(start_and_stop(),), daemon=True)
        launcher.start()
        launcher.join(10)

        assert not launcher.is_alive()


def test_static_files_are_collected_once_the_other_is_done(fresh, tmp_path, monkeypatch):
    (tmp_path / "var" / "static").mkdir(parents=True)
    monkeypatch.setattr(prepare, "_static_digest", lambda: "of today")
    commands = []

    class Once:
        async def once(self, name, command, env):
            commands.append(command[2:])
            return 0

    async def start():
        starting = asyncio.create_task(prepare.database_and_pages(Once(), {}))
        for _ in range(3):
            await asyncio.sleep(0)
        assert commands == []
        fcntl.flock(others, fcntl.LOCK_UN)
        await starting

    with (tmp_path / "var" / "static.lock").open("a") as others:
        fcntl.flock(others, fcntl.LOCK_EX)
        asyncio.run(start())

    assert commands == [("prepare",)]
    assert (tmp_path / "var" / "static" / ".digest").read_text() == "of today"


def test_the_procfile_is_read_without_what_is_left_out(tmp_path):
    (tmp_path / "Procfile").write_text("# note\nweb: serve --port 1:2\n\nflower: watch\n")

    assert procfile(tmp_path / "Procfile", without={"flower"}) == [("web", "serve --port 1:2")]


@pytest.mark.parametrize(
    ("host", "asked"), [("", "127.0.0.1"), ("::", "127.0.0.1"), ("::1", "[::1]"), ("10.0.0.5", "10.0.0.5")]
)
def test_the_ready_line_names_an_address_that_answers(host, asked):
    assert readiness._reachable(host) == asked
