"""The local server of the vendor massive as a process of its own, and a market clock that it shares with the coach."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

import httpx

from config.store import BASE_DIR
from tests.live.stack import Stack, _free_port, eventually

EASTERN = ZoneInfo("America/New_York")
START_S = 90.0


class VendorProcess:
    """The server, with its control addresses as methods."""

    def __init__(self, *, key: str, seed: int) -> None:
        self.key, self.seed = key, seed
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # A connection kept for later may be one that the server is just closing, and a command is not sent twice.
        self._http = httpx.Client(
            base_url=f"{self.url}/__sim__", timeout=10, limits=httpx.Limits(max_keepalive_connections=0)
        )

    def __enter__(self) -> Self:
        command = (sys.executable, "-W", "ignore", "-m", "tests.massive_server")
        arguments = ("--port", str(self.port), "--key", self.key, "--seed", str(self.seed))
        self._process = subprocess.Popen([*command, *arguments], cwd=BASE_DIR)
        try:
            eventually(self._answers, seconds=START_S, why="the vendor's server answers")
        except AssertionError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        self._process.terminate()
        self._process.wait(10)

    def tell(self, name: str, **facts: object) -> None:
        """Set the clock, a fault or a plan."""
        self._http.post(f"/{name}", json=facts).raise_for_status()

    def fault(
        self, kind: str, *, times: int | None = None, path: str = "", probability: float = 1.0, **facts: Any
    ) -> None:
        """Switch a fault on."""
        self.tell("fault", kind=kind, times=times, path=path, probability=probability, facts=facts)

    def stats(self) -> dict[str, Any]:
        """Return its counters."""
        found: dict[str, Any] = self._http.get("/stats").json()
        return found

    def _answers(self) -> bool:
        try:
            return self._http.get("/stats").is_success
        except httpx.TransportError:
            return False


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of market time that coach and vendor go through together, at one speed."""

    market_at: datetime
    wall_at: datetime
    speed: float

    def now(self) -> datetime:
        """Return the market time."""
        return self.market_at + self.speed * (datetime.now(self.wall_at.tzinfo) - self.wall_at)

    def until(self, at: datetime) -> None:
        """Sleep until market time has come so far."""
        time.sleep(max(0.0, (at - self.now()) / timedelta(seconds=self.speed)))


def start_together(stack: Stack, vendor: VendorProcess, at: datetime, speed: float) -> Run:
    """Stand coach and vendor at an instant, then let both run from it; the coach's row says from which wall time."""
    local = at.astimezone(EASTERN).strftime("%Y-%m-%dT%H:%M:%S")
    stack.clock("--rehearse", "--at", local, "--pause")
    vendor.tell("clock", market_at=at.isoformat())
    stack.clock("--speed", f"{speed:g}", "--go")
    with stack.database() as database:
        row = database.execute("SELECT market_at, wall_at, speed FROM market_clockstate").fetchone()
    assert row is not None
    run = Run(*row)
    vendor.tell("clock", market_at=run.market_at.isoformat(), wall_at=run.wall_at.isoformat(), speed=run.speed)
    return run
