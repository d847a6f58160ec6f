"""A client that watches its trader's positions: every stored event, and of each position the snapshots that matter."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from tests.contract.frames import assert_frame
from tests.live.listener import Listener
from tests.live.stack import Stack

HELD_AGAINST_THE_CONTRACT = 300


class PositionListener(Listener):
    """Keeps of each position its newest snapshot, and its last one before each stretch without good prices.

    Attributes
    ----------
    updates : int
        How many snapshots came.
    newest, last_good : dict
        By position: the last snapshot; the last one that was of then, as it stood when a stale one came.
    owners : set of str
        Whose they were by their own account.
    """

    def __init__(self, stack: Stack, *, number: int) -> None:
        super().__init__(stack, number=number, topic="positions")
        self.number = number
        self._stack = stack
        self.updates = 0
        self.newest: dict[str, dict[str, Any]] = {}
        self.last_good: dict[str, dict[str, Any]] = {}
        self.owners: set[str] = set()

    def take(self, frame: dict[str, Any]) -> None:
        """Keep an event whole, and of a snapshot what is told of it above."""
        if frame["type"] == "ack" and self.joined_anew:
            self._read_anew()
        if frame["type"] != "position_update":
            super().take(frame)
            return
        self.updates += 1
        if self.updates <= HELD_AGAINST_THE_CONTRACT:
            assert_frame(frame)
        snapshot = frame["data"]["snapshot"]
        before = self.newest.get(snapshot["id"])
        if snapshot["stale"] and before is not None and not before["stale"]:
            self.last_good[snapshot["id"]] = before
        self.newest[snapshot["id"]] = snapshot
        self.owners.add(frame["data"]["userId"])

    def _read_anew(self) -> None:
        # Snapshots are not stored: as the page does, who was cut off asks for what he may have missed.
        with closing(self._stack.http(self.number)) as client:
            for row in client.get("/api/positions/live").raise_for_status().json()["positions"]:
                self.newest[row["id"]] = row

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the events of one type, as they came."""
        return [frame for frame in list(self.frames) if frame["type"] == name]
