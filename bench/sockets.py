"""The other end of `bench.swarm`: starts the process, gives it orders and reads its answers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import orjson

from config.store import BASE_DIR

T = TypeVar("T")

QUIET_S = 5.0  # what has not come in so long a silence is lost


@dataclass(frozen=True)
class Heard:
    """What the sockets heard since the last report.

    Attributes
    ----------
    events : list of (int, float)
        Number of the event and the wall time at which a client had its frame. [Unix seconds]
    foreign, out_of_order, doubled : int
        Frames of another user's channel; steps back in a socket's numbers; numbers that came twice.
    closes : dict
        How many sockets were closed, by code, since the swarm began.
    """

    events: list[tuple[int, float]]
    foreign: int
    out_of_order: int
    doubled: int
    closes: dict[str, int]
    reloads: int
    sockets: int
    connections: int


class Sockets:
    """A swarm under orders."""

    def __init__(self, port: int) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- our own module
            [sys.executable, "-W", "ignore", "-m", "bench.swarm", str(port)],
            cwd=BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def grow(self, members: Sequence[dict[str, Any]], *, resume: bool = False) -> float:
        """Open these sockets; return the seconds until the last was acknowledged."""
        answer = self._order(do="grow", members=list(members), resume=resume)
        self.count += len(members)
        if answer["sockets"] != self.count:
            raise AssertionError(f"{self.count} sockets were opened, {answer['sockets']} stand")
        return float(answer["took_s"])

    def while_listening(self, act: Callable[[], T], *, expect: int, quiet_s: float = QUIET_S) -> tuple[T, Heard]:
        """Do something; return what came of it, and what the sockets heard of it."""
        done = act()
        return done, self.gather(expect=expect, quiet_s=quiet_s)

    def gather(self, *, expect: int, quiet_s: float = QUIET_S) -> Heard:
        """Return what the sockets heard since the last report, once there are so many events or long enough silence."""
        answer = self._order(do="gather", expect=expect, quiet_s=quiet_s)
        return Heard(**{**answer, "events": [tuple(each) for each in answer["events"]]})

    def _order(self, **order: Any) -> dict[str, Any]:
        assert self._process.stdin is not None  # noqa: S101 -- a pipe was asked for
        assert self._process.stdout is not None  # noqa: S101 -- as above
        self._process.stdin.write(orjson.dumps(order) + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the swarm has ended; its last words stand above")
        return dict(orjson.loads(answer))
