"""The test's own addresses: `/__sim__/clock`, `/fault`, `/plan`, `/reset` and `/stats`."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import orjson

from tests.massive_server.clock import ServerClock
from tests.massive_server.faults import Fault, FaultBook
from tests.massive_server.message import Answer, Request
from tests.massive_server.plan import Gate, Plan
from tests.massive_server.stats import Stats

PREFIX = "/__sim__/"


class Control:
    """Everything about the server that a test may change, and what it may read."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.stats = Stats()
        self.reset()

    def reset(self) -> None:
        """Have no faults, no plan, the wall's time, and count from here."""
        self.clock = ServerClock.live()
        self.faults = FaultBook(self.seed)
        self.gate = Gate(Plan())
        self.stats.reset()

    def answer(self, request: Request) -> Answer:
        """Answer a call under `/__sim__/`; 400 says what was wrong with it."""
        name = request.path.removeprefix(PREFIX)
        try:
            facts: dict[str, Any] = orjson.loads(request.body) if request.body else {}
            return Answer(200, self._do(request.method, name, facts))
        except (ValueError, TypeError, KeyError) as error:
            return Answer(400, {"error": f"{request.method} {name}: {error}"})

    def set_clock(self, *, market_at: str, speed: float = 0.0, wall_at: str | None = None) -> None:
        """Let market time be `market_at` at the wall time `wall_at`, now unless given, and run from there."""
        at = datetime.fromisoformat(market_at)
        if at.tzinfo is None or speed < 0:
            raise ValueError("an instant with a zone and a speed of 0 or more")
        wall = time.time() if wall_at is None else datetime.fromisoformat(wall_at).timestamp()
        self.clock = ServerClock(at.timestamp(), wall, speed)

    def _do(self, method: str, name: str, facts: dict[str, Any]) -> dict[str, Any]:
        match method, name:
            case "POST", "clock":
                self.set_clock(**facts)
            case "POST", "fault":
                self.faults.add(Fault(**facts))
            case "POST", "faults/clear":
                self.faults.clear()
            case "POST", "plan":
                self.gate = Gate(Plan(**facts))
            case "POST", "reset":
                self.reset()
            case "POST", "stats/reset":
                self.stats.reset()
            case "GET", "stats":
                return self.stats.read()
            case _:
                raise ValueError("no such thing")
        return {"market_at": self.clock.now().isoformat()}
