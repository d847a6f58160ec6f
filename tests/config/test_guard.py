import fcntl
import os
import signal
import subprocess
import sys
import threading

import pytest

from config.guard import Guard, Ward, alive, end, wards

WORKER = "import signal, sys; print('up', flush=True); signal.pause()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"
# A launcher: it starts two children, hands them to a guard, and waits to be killed.
LAUNCHER = """
import fcntl, signal, subprocess, sys
from config.guard import Guard, Ward
held = open(sys.argv[1], "a+")
fcntl.flock(held, fcntl.LOCK_EX)
held.write("1")
held.flush()
guard = Guard(held.fileno())
for service in (False, True):
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], start_new_session=True)
    guard.watch(Ward(child.pid, signal.SIGTERM, service))
    print(child.pid, flush=True)
signal.pause()
"""


@pytest.fixture
def started():
    running = []

    def start(code):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True)
        running.append(process)
        assert process.stdout.readline() == b"up\n"
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


def test_who_was_told_of_and_not_forgotten_is_left():
    told = ["watch 10 15 0", "watch 11 2 1", "watch 12 15 0", "forget 10", "forget 99"]

    assert wards(told) == [Ward(11, 2, is_service=True), Ward(12, 15, is_service=False)]


def test_a_child_ends_by_its_own_signal(started):
    patient = started(WORKER)

    # Its entry must go when it ends, or the guard would wait for it to the end of its patience.
    reaper = threading.Thread(target=patient.wait)
    reaper.start()
    end([Ward(patient.pid, signal.SIGTERM, is_service=False)])
    reaper.join()

    assert patient.returncode == -signal.SIGTERM


def test_a_child_that_does_not_listen_is_killed(started):
    deaf = started(DEAF)

    end([Ward(deaf.pid, signal.SIGTERM, is_service=True)], patience_s=0.1)

    assert deaf.wait(10) == -signal.SIGKILL


def test_a_child_that_has_gone_is_nobody(started):
    gone = started(WORKER)
    gone.kill()
    gone.wait()

    end([Ward(gone.pid, signal.SIGTERM, is_service=False)])

    assert not alive(gone.pid)


def test_a_guard_that_is_closed_in_good_order_ends_nobody_it_was_told_to_forget(started, tmp_path):
    child = started(WORKER)
    with (tmp_path / "lock").open("w") as held:
        guard = Guard(held.fileno())
        guard.watch(Ward(child.pid, signal.SIGTERM, is_service=False))
        guard.forget(child.pid)
        guard.close()

    assert child.poll() is None


def test_a_killed_launcher_leaves_no_child_and_frees_the_store_when_all_have_gone(tmp_path):
    lock = tmp_path / "store.lock"
    launcher = subprocess.Popen([sys.executable, "-c", LAUNCHER, str(lock)], stdout=subprocess.PIPE, text=True)
    children = [int(launcher.stdout.readline()) for _ in range(2)]
    assert all(alive(pid) for pid in children)

    launcher.kill()
    launcher.wait()
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # the guard's copy is the last one
        assert held.read() == ""
    launcher.stdout.close()

    assert [pid for pid in children if alive(pid) and not is_zombie(pid)] == []


def is_zombie(pid):
    # Where nobody reaps orphans, as in a container without init, their entries stay.
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout.startswith("Z")


def test_nobody_may_signal_the_first_process_but_it_is_alive():
    assert alive(os.getpid())
    assert alive(1)
