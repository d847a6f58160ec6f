"""The bench's client against the server that it is held against in `push`."""

import asyncio

import pytest
from websockets.asyncio.server import serve

from bench.wire import Connection


class Client:
    def __init__(self):
        self.heard = []
        self.opened = asyncio.Event()
        self.closed = asyncio.get_running_loop().create_future()
        self.connection = Connection("/?a=1", self.opened.set, self.heard.append, self.closed.set_result)


async def talk(serve_one):
    """Return a client that has talked to this server until the connection was closed."""
    async with serve(serve_one, "127.0.0.1", 0, compression=None) as server:
        client = Client()
        port = server.sockets[0].getsockname()[1]
        await asyncio.get_running_loop().create_connection(lambda: client.connection, "127.0.0.1", port)
        await asyncio.wait_for(client.opened.wait(), 5)
        client.connection.say(b"x" * 300)
        await asyncio.wait_for(client.closed, 5)
        return client


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
async def test_frames_of_every_length_come_whole_and_in_order(size):
    async def serve_one(connection):
        said = await connection.recv()
        assert connection.request.path == "/?a=1"
        for text in ("a" * size, "between", said):
            await connection.send(text)
        await connection.close(4410)

    client = await talk(serve_one)

    assert client.heard == [b"a" * size, b"between", b"x" * 300]
    assert client.closed.result() == 4410


async def test_pings_are_answered():
    async def serve_one(connection):
        await connection.recv()
        await asyncio.wait_for(await connection.ping(b"still there?"), 5)
        await connection.send("thanks")
        await connection.close()

    assert (await talk(serve_one)).heard == [b"thanks"]


async def test_a_connection_that_breaks_has_no_code_of_a_close():
    async def serve_one(connection):
        await connection.recv()
        connection.transport.abort()

    assert (await talk(serve_one)).closed.result() == 1006
