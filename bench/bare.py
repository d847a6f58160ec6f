"""The floor of `push`: a bare `websockets` server that sends on what Redis publishes; no Django, no protocol of ours.

`python -m bench.bare PORT`. A message on the Redis channel `bench.bare` is the user, a space and the frame.
"""

from __future__ import annotations

import os
import resource
import sys
from urllib.parse import parse_qs, urlsplit

import redis.asyncio
import uvloop
from websockets.asyncio.server import ServerConnection, serve

CHANNEL = "bench.bare"


async def main(port: int) -> None:
    """Serve until the process is ended."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    users: dict[str, ServerConnection] = {}

    async def serve_one(connection: ServerConnection) -> None:
        assert connection.request is not None  # noqa: S101 -- the handshake is over
        user = parse_qs(urlsplit(connection.request.path).query)["user"][0]
        users[user] = connection
        await connection.send('{"type":"ack"}')
        await connection.wait_closed()

    listener = redis.asyncio.from_url(os.environ["REDIS_URL"]).pubsub()
    await listener.subscribe(CHANNEL)
    async with serve(serve_one, "127.0.0.1", port, compression=None, ping_interval=30, ping_timeout=60):
        async for message in listener.listen():
            if message["type"] == "message":
                user, _, frame = message["data"].decode().partition(" ")
                await users[user].send(frame)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
