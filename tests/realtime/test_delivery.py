"""Everything at once: several writers, rollbacks, lost rings, and a client that is cut off again and again."""

import asyncio
import json
import random
from uuid import uuid4

from realtime import events, hub
from tests.realtime.acts import changed, commit, detected, roll_back
from tests.realtime.client import Client


class Writer:
    """Publishes own and shared events of a user, and takes some back."""

    def __init__(self, user, circle, seed):
        self.user, self.circle = user, circle
        self.chance = random.Random(seed)
        self.committed = []

    async def write(self, acts):
        for number in range(acts):
            kind = self.chance.random()
            if kind < 0.15:
                await roll_back(changed(self.user))
            elif kind < 0.4:
                self.committed += await commit(self.shared())
            else:
                self.committed += await commit(*(changed(self.user, number) for _ in range(self.chance.randint(1, 4))))

    def shared(self):
        subject = uuid4()
        self.circle.let_hear(subject, self.user)
        return detected(subject)


class Reader:
    """Reads a few frames, vanishes, and comes back with the last id it has seen."""

    def __init__(self, user, seed):
        self.user = user
        self.chance = random.Random(seed)
        self.seen = []
        self.connections = 0

    async def read_until(self, done):
        while not done():
            self.connections += 1
            client = Client(user=self.user)
            await client.connect()
            await client.say(type="subscribe", channels=["setups"], since=self.seen[-1] if self.seen else 0)
            await self.read(client, self.chance.randint(3, 40), done)
            await client.disconnect()

    async def read(self, client, frames, done):
        for _ in range(frames):
            try:
                sent = await asyncio.wait_for(client.wire.get(), 0.2)
            except TimeoutError:
                return
            frame = json.loads(sent["text"])
            if "id" in frame:
                self.seen.append(frame["id"])
            if done():
                return


async def test_each_event_comes_once_and_in_order(monkeypatch, running, ann, bob, circle):
    monkeypatch.setattr(hub, "SILENCE_S", 0.02)
    ring, chance = events.ring, random.Random(1)
    monkeypatch.setattr(events, "ring", lambda: ring() if chance.random() > 0.2 else None)
    writers = [Writer(ann, circle, seed) for seed in range(3)]
    stranger = Writer(bob, circle, 3)
    readers = [Reader(ann, seed) for seed in range(2)]
    writing = asyncio.gather(*(writer.write(40) for writer in (*writers, stranger)))

    def committed():
        return sorted(event_id for writer in writers for event_id in writer.committed)

    async with asyncio.timeout(60):
        await asyncio.gather(
            writing,
            *(
                reader.read_until(lambda reader=reader: writing.done() and reader.seen[-1:] == committed()[-1:])
                for reader in readers
            ),
        )

    assert [reader.seen for reader in readers] == [committed()] * 2
    assert len(committed()) > 150
    assert all(reader.connections > 3 for reader in readers)
