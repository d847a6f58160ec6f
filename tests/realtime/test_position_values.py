"""Values of positions: to the sockets of their owner that listen, the latest of each, and to nobody else."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis
from channels.layers import get_channel_layer

from accounts.models import User
from realtime import layer, position_values
from realtime.channels import POSITIONS_GROUP
from realtime.hub import Hub
from realtime.values import pass_on_positions
from tests.contract.frames import assert_frame
from tests.factories.accounts import UserFactory
from tests.realtime.acts import in_thread, until
from tests.realtime.client import Client
from tests.realtime.conftest import NOON

POSITION = uuid4()


def snapshot(position: UUID = POSITION, pnl: float = 12.5) -> dict[str, Any]:
    """Return the least that the contract asks of a live position."""
    return {
        "id": str(position),
        "symbol": "SPX",
        "type": "call",
        "quantity": 1,
        "entryPrice": 30.0,
        "entryDate": "2026-02-06",
        "currentPrice": 30.125,
        "currentValue": 3012.5,
        "costBasis": 3000.0,
        "pnl": pnl,
        "pnlPct": 0.42,
        "daysHeld": 3,
        "updatedAt": NOON,
    }


def frames(*users: User, pnl: float = 12.5) -> dict[str, dict[str, str]]:
    told = {str(POSITION): snapshot(pnl=pnl)}
    return {
        str(user.pk): {key: position_values.frame(user.pk, each, at=NOON) for key, each in told.items()}
        for user in users
    }


def test_a_frame_is_the_contracts_without_a_place_in_the_log() -> None:
    user = uuid4()

    frame = json.loads(position_values.frame(user, snapshot(), at=NOON))

    assert_frame(frame)
    assert (frame["channel"], frame["data"]["userId"]) == (f"positions:{user}", str(user))
    assert frame["data"]["updatedAt"] == frame["data"]["snapshot"]["updatedAt"] == "2026-02-09T17:00:00Z"
    assert "id" not in frame


async def test_a_cycle_travels_by_user_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(position_values, "AT_ONCE", 2)
    joined = get_channel_layer()
    channel = await joined.new_channel()
    await joined.group_add(POSITIONS_GROUP, channel)
    one, other = uuid4(), uuid4()
    told = {one: {uuid4(): snapshot(), uuid4(): snapshot()}, other: {uuid4(): snapshot()}}

    await asyncio.to_thread(position_values.publish, told, at=NOON)

    pieces = [(await asyncio.wait_for(joined.receive(channel), 5))["frames"] for _ in range(2)]
    assert [set(piece) for piece in pieces] == [{str(one)}, {str(other)}]
    assert [set(map(UUID, piece[str(user)])) for piece, user in zip(pieces, (one, other), strict=True)] == [
        set(told[one]),
        set(told[other]),
    ]
    assert joined.channels[channel].empty()


def test_when_nothing_moved_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer, "group_send", None)  # calling it would fail

    assert position_values.publish({}, at=NOON)


def test_a_silent_redis_costs_a_push_and_no_cycle(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise redis.ConnectionError("no server")

    monkeypatch.setattr(layer, "group_send", refuse)

    sent = position_values.publish({uuid4(): {POSITION: snapshot()}}, at=NOON)

    assert not sent
    assert [record.message for record in caplog.records] == ["realtime.positions.lost"]


async def test_a_push_reaches_every_listening_socket_of_its_owner(running: Hub, ann: User, bob: User) -> None:
    async with Client(user=ann) as one, Client(user=ann) as two, Client(user=ann) as deaf, Client(user=bob) as other:
        for client in (one, two, other):
            await client.subscribe(channels=["positions"])
        await deaf.subscribe(channels=["setups"])
        told = {ann.pk: {POSITION: snapshot()}}

        async def tell() -> None:
            await in_thread(partial(position_values.publish, told, at=NOON))

        await until(lambda: not one.wire.empty() and not two.wire.empty(), doing=tell)

        for client in (one, two):
            assert (await client.next())["data"]["snapshot"]["pnl"] == 12.5
        assert await deaf.silence() == []
        assert await other.silence() == []


async def test_only_the_latest_value_waits_for_a_slow_reader(running: Hub, ann: User) -> None:
    async with Client(user=ann) as client:
        await client.subscribe(channels=["positions"])
        client.wire.open.clear()
        for pnl in range(50):
            await pass_on_positions(frames(ann, pnl=pnl), running.users)
            await asyncio.sleep(0)
        client.wire.open.set()

        heard = [frame["data"]["snapshot"]["pnl"] for frame in await client.silence()]

    # The first was on its way when the reader stopped; of the others the last is left.
    assert heard == [0, 49]


async def test_who_stops_listening_hears_no_more(running: Hub, ann: User) -> None:
    async with Client(user=ann) as client:
        await client.subscribe(channels=["positions"])
        await client.say(type="unsubscribe", channels=["positions"])
        assert await client.silence() == []

        await pass_on_positions(frames(ann), running.users)

        assert await client.silence() == []


async def test_a_thousand_attempts_to_hear_another_leak_nothing(running: Hub, ann: User, bob: User) -> None:
    """P15: named, listed, spelt otherwise, before and after signing in, from his own and from no account."""
    forms = [f"positions:{ann.pk}", f"POSITIONS:{ann.pk}", f" positions:{ann.pk} ", f"positions:{str(ann.pk).upper()}"]
    forms += [f"positions:{str(ann.pk).replace('-', '')}", f"positions:{ann.username}", "positions:*", "positions:"]
    crowd = [bob, *await in_thread(lambda: [UserFactory() for _ in range(3)])]
    attempts, leaked = 0, []
    clients = [Client(user=user) for user in crowd] + [Client()]
    for client in clients:
        await client.__aenter__()
    async with Client(user=ann) as owner:
        await owner.subscribe(channels=["positions"])
        while attempts < 1_000:
            for client in clients:
                client_forms = [*forms, "positions"]  # the last is his own
                await client.say(type="subscribe", channels=client_forms)
                said = await client.until("ack")
                granted = said[-1]["channels"]
                assert not [name for name in granted if str(ann.pk) in name]
                leaked += [frame for frame in said if frame["type"] == "position_update"]
                attempts += len(forms)
            await pass_on_positions(frames(ann), running.users)
        assert (await owner.next())["type"] == "position_update"
    for client in clients:
        leaked += [frame for frame in await client.silence() if frame["type"] == "position_update"]
        await client.__aexit__()

    assert attempts >= 1_000
    assert leaked == []
