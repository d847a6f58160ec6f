"""What tells one host from another of the same name."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.store import BASE_DIR
from ops import host


@pytest.fixture(autouse=True)
def _afresh() -> Iterator[None]:
    host.fingerprint.cache_clear()
    yield
    host.fingerprint.cache_clear()


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a made-up host's own facts."""
    monkeypatch.setattr(host, "BOOT", tmp_path / "boot")
    monkeypatch.setattr(host, "PROCESSES", tmp_path / "processes")
    return tmp_path


def runs(system: Path, boot: str, processes: str) -> str:
    (system / "boot").write_text(f"{boot}\n")
    (system / "processes").unlink(missing_ok=True)
    (system / "processes").symlink_to(processes)
    host.fingerprint.cache_clear()
    return host.fingerprint()


def test_hosts_and_their_containers_differ_and_processes_of_one_do_not(system: Path) -> None:
    prints = [runs(system, boot, processes) for boot in ("one", "two") for processes in ("pid:[1]", "pid:[2]")]

    assert len(set(prints)) == 4
    assert runs(system, "one", "pid:[1]") == prints[0]
    assert {len(each) for each in prints} == {16}


def test_a_system_that_does_not_say_has_none(system: Path) -> None:
    assert host.fingerprint() == ""


@pytest.mark.skipif(not host.BOOT.exists(), reason="not Linux")
def test_a_child_runs_on_the_same_host() -> None:
    asked = "from ops import host; print(host.fingerprint())"

    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=BASE_DIR)

    assert said.stdout.strip() == host.fingerprint() != ""
