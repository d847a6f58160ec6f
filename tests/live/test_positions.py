"""A position through the whole coach: opened in the book, valued by the worker, stored, heard by its owner alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.contract.frames import assert_frame
from tests.live.stack import Stack, bearer, eventually, user_id

pytestmark = pytest.mark.live

OWNER, OTHER = 31, 32
# No route opens positions here: the book does, in a process of its own, with the contracts that the market lists.
OPEN = """
from uuid import UUID
import numpy as np
from decimal import Decimal
from market import clock, option_chains
from positions import book
from positions.ledger import Trade
from positions.pure.structures import Kind, Leg
now = clock.now()
chain = option_chains.chain("SPY", now=now, expiries=4, max_age_s=60)
day = chain.expiries[-1]
of_day = chain.take((chain.expiry == np.datetime64(day)) & chain.is_call)
at = np.argsort(np.abs(of_day.strike - chain.spot))[:2]
low, high = sorted(of_day.strike[at].tolist())
legs = [Leg(Kind.CALL, side, Decimal(str(strike)), day, "SPY") for side, strike in ((2, low), (-2, high))]
trades = [Trade(leg=leg, price=Decimal(price)) for leg, price in zip(legs, ("9.00", "8.50"))]
print(book.open_position(UUID("{owner}"), "SPY", trades, at=now, now=now))
"""


@pytest.fixture
def morning(stack: Stack) -> Iterator[None]:
    """Two traders with accounts, at ten of the first session."""
    for number in (OWNER, OTHER):
        with closing(stack.http(number)) as client:
            client.get("/api/watchlist").raise_for_status()
    first_day = stack.manage("clock").split("T")[0]
    stack.clock("--at", f"{first_day}T10:00:00", "--speed", "15", "--go")
    yield
    stack.clock("--speed", "30", "--go")


def listening(socket: ClientConnection) -> None:
    socket.send(json.dumps({"type": "subscribe", "channels": ["positions"]}))


def updates(socket: ClientConnection, *, seconds: float) -> Iterator[dict[str, Any]]:
    """Yield the snapshots that come, until nothing comes for so long."""
    while True:
        try:
            frame = json.loads(socket.recv(timeout=seconds))
        except TimeoutError:
            return
        assert_frame(frame)
        if frame["type"] == "position_update":
            yield frame["data"]["snapshot"]


def test_an_open_position_is_valued_stored_and_pushed_to_its_owner(stack: Stack, morning: None) -> None:
    address = f"{stack.socket_url}?token="
    with connect(address + bearer(OWNER)) as mine, connect(address + bearer(OTHER)) as theirs:
        listening(mine)
        listening(theirs)

        position = UUID(stack.manage("shell", "-c", OPEN.format(owner=user_id(OWNER))).splitlines()[-1])
        heard = updates(mine, seconds=90)
        first = next(heard)

        assert (first["id"], first["type"], first["quantity"]) == (str(position), "call_spread", 2)
        assert (first["costBasis"], first["stale"], len(first["legs"])) == (100.0, False, 2)
        assert first["pnl"] == pytest.approx(first["currentValue"] - 100.0)
        # The market moves on, and so does the position.
        later = next(heard)
        assert later["updatedAt"] > first["updatedAt"]
        stack.clock("--pause")
        seen = eventually(lambda: stored(stack, position), why="the mark is stored")
        assert seen > Decimal(0)
        assert list(updates(theirs, seconds=1)) == []


def stored(stack: Stack, position: UUID) -> Decimal | None:
    """Return what the position is worth by its row."""
    with stack.database() as database:
        row = database.execute("SELECT value FROM positions_mark WHERE position_id = %s", [position]).fetchone()
    return row[0] if row else None
