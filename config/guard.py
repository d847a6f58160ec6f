"""Ends the children of a launcher that was killed: a process of its own, which waits for the end of a pipe.

It is started by its path and needs the standard library only, so that it costs little and survives whatever
happens to the environment.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PATIENCE_S = 12.0


@dataclass(frozen=True)
class Ward:
    """A process to end: workers first, the services they need last."""

    pid: int
    stop_signal: int
    is_service: bool


class Guard:
    """The launcher's end of the pipe; what it was told of and not told to forget is ended when this process dies.

    Parameters
    ----------
    held : int
        File descriptor of the store's lock, with the launcher's process id in the file. The guard has a copy, so the
        store is taken as long as the guard works; it empties the file when the launcher has gone.
    """

    def __init__(self, held: int) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and file
            [sys.executable, "-I", "-S", __file__, str(held)],
            stdin=subprocess.PIPE,
            pass_fds=(held,),
            start_new_session=True,  # neither Ctrl-C nor the end of a terminal reaches it
        )

    def watch(self, ward: Ward) -> None:
        """End this process if ours dies first."""
        self._tell(f"watch {ward.pid} {int(ward.stop_signal)} {int(ward.is_service)}")

    def forget(self, pid: int) -> None:
        """Leave this process alone from now on: it has ended."""
        self._tell(f"forget {pid}")

    def close(self) -> None:
        """Let the guard end whatever is left, and wait for it."""
        self._process.communicate()

    def _tell(self, sentence: str) -> None:
        assert self._process.stdin is not None  # noqa: S101 -- for the type checker; it is a pipe
        if self._process.poll() is None:
            self._process.stdin.write(f"{sentence}\n".encode())
            self._process.stdin.flush()


def wards(lines: Iterable[str]) -> list[Ward]:
    """Return who is left when no line comes any more."""
    left: dict[int, Ward] = {}
    for line in lines:
        verb, pid, *rest = line.split()
        if verb == "watch":
            left[int(pid)] = Ward(int(pid), int(rest[0]), rest[1] == "1")
        else:
            left.pop(int(pid), None)
    return list(left.values())


def end(left: Iterable[Ward], *, patience_s: float = PATIENCE_S) -> None:
    """Ask the workers to stop, then the services; who does not listen is killed with all it started."""
    for services in (False, True):
        asked = {ward.pid: ward.stop_signal for ward in left if ward.is_service == services}
        _signal_all(asked)
        give_up = time.monotonic() + patience_s
        while any(alive(pid) for pid in asked) and time.monotonic() < give_up:
            time.sleep(0.05)
        _signal_all({-pid: signal.SIGKILL for pid in asked if alive(pid)})


def alive(pid: int) -> bool:
    """Say whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _signal_all(signals: Mapping[int, int]) -> None:
    for pid, number in signals.items():
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue  # it ended by itself meanwhile, which is what we want


def main(held: int) -> None:
    """Wait until the launcher has gone, one way or the other, then end what it left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    left = wards(sys.stdin)
    os.ftruncate(held, 0)
    end(left)


if __name__ == "__main__":
    main(int(sys.argv[1]))
