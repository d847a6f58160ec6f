"""The protocol over real connections: uvicorn in the test's own loop."""

import asyncio
import json
import logging
import socket

import pytest
import uvicorn
from channels.routing import URLRouter
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from accounts import tokens
from realtime import server
from realtime.routing import websocket_urlpatterns
from realtime.server import SocketProtocol
from tests.realtime.acts import changed, commit, in_thread, until


class Flood:
    """Sends far more than any network buffer holds when asked to, and closes with 4410."""

    def __init__(self):
        self.closing = asyncio.Event()
        self.ended = asyncio.Event()

    async def __call__(self, scope, receive, send):
        if scope["type"] != "websocket":
            return
        await receive()
        await send({"type": "websocket.accept"})
        try:
            while (message := await receive())["type"] == "websocket.receive":
                if message["text"] == "flood":
                    flooding = asyncio.create_task(self.flood(send))
                    await self.closing.wait()
                    flooding.cancel()
                    await asyncio.gather(flooding, return_exceptions=True)
                    await send({"type": "websocket.close", "code": 4410})
                else:
                    await send({"type": "websocket.send", "text": message["text"]})
        finally:
            self.ended.set()

    async def flood(self, send):
        while True:
            await send({"type": "websocket.send", "text": "x" * 100_000})


class Served:
    """A uvicorn that serves the application with our protocol."""

    def __init__(self, app):
        self.config = uvicorn.Config(
            app,
            port=0,
            ws=SocketProtocol,
            lifespan="off",
            log_config=None,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=3,
        )
        self.server = uvicorn.Server(self.config)

    async def __aenter__(self):
        self.running = asyncio.create_task(self.server._serve())
        await until(lambda: self.server.started)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self.server.should_exit = True
        await asyncio.wait_for(self.running, 10)

    @property
    def connections(self):
        return self.server.server_state.connections


@pytest.fixture
def flood():
    return Flood()


async def close_code(client):
    """Read everything that is left and return the code of the close."""
    try:
        while True:
            await client.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code


async def stuck_client(port):
    """Return a connection that has asked for the flood and reads no further."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, ("127.0.0.1", port))
    handshake = (
        "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await loop.sock_sendall(raw, handshake.encode())
    assert b"101" in await loop.sock_recv(raw, 1024)
    await loop.sock_sendall(raw, bytes([0x81, 0x85, 0, 0, 0, 0]) + b"flood")  # a masked text frame
    return raw


async def test_a_peer_that_does_not_read_is_cut_off_after_the_close(monkeypatch, flood):
    monkeypatch.setattr(server, "PATIENCE_S", 0.1)
    async with Served(flood) as served:
        raw = await stuck_client(served.port)
        await until(lambda: any(not protocol.writable.is_set() for protocol in served.connections))

        flood.closing.set()

        await asyncio.wait_for(flood.ended.wait(), 5)
        await until(lambda: not served.connections)
        raw.close()


async def test_the_stock_protocol_would_wait_for_it(monkeypatch, flood):
    # The control: without our patience the same peer keeps its place.
    monkeypatch.setattr(server, "PATIENCE_S", 3600)
    async with Served(flood) as served:
        raw = await stuck_client(served.port)
        await until(lambda: any(not protocol.writable.is_set() for protocol in served.connections))
        flood.closing.set()
        with pytest.raises(TimeoutError):
            await until(lambda: not served.connections, seconds=0.5)
        raw.close()


async def test_a_peer_that_reads_gets_everything_and_then_the_close(flood):
    async with Served(flood) as served, connect(f"ws://127.0.0.1:{served.port}/") as client:
        await client.send("hello")
        assert await client.recv() == "hello"
        await client.send("flood")
        assert len(await client.recv()) == 100_000
        flood.closing.set()

        assert await close_code(client) == 4410


async def test_a_server_that_goes_says_1001_within_its_patience(monkeypatch, flood):
    monkeypatch.setattr(server, "PATIENCE_S", 0.1)
    async with Served(flood) as served:
        raw = await stuck_client(served.port)
        client = await connect(f"ws://127.0.0.1:{served.port}/")
        await until(lambda: any(not protocol.writable.is_set() for protocol in served.connections))
        served.server.should_exit = True

        assert await close_code(client) == 1001
        await until(lambda: not served.connections, seconds=2)
        flood.closing.set()
        raw.close()


async def test_a_peer_that_answers_no_pings_is_cut_off(monkeypatch, flood):
    monkeypatch.setattr(server, "PATIENCE_S", 0.1)
    served = Served(flood)
    served.config.ws_ping_interval = served.config.ws_ping_timeout = 0.1
    async with served:
        raw = await stuck_client(served.port)
        await until(lambda: served.connections)

        await until(lambda: not served.connections)
        flood.closing.set()
        raw.close()


async def test_too_large_a_frame_is_1009(flood):
    served = Served(flood)
    served.config.ws_max_size = 65_536
    async with served, connect(f"ws://127.0.0.1:{served.port}/") as client:
        await client.send("x" * 65_536)
        assert len(await client.recv()) == 65_536
        await client.send("x" * 65_537)

        assert await close_code(client) == 1009


async def test_tokens_do_not_reach_the_log(flood, caplog):
    caplog.set_level(logging.INFO)
    async with Served(flood) as served, connect(f"ws://127.0.0.1:{served.port}/?a=1&token=se.cr-et&b=2") as client:
        await client.send("hello")
        await client.recv()

    assert "se.cr-et" not in caplog.text
    assert "/?a=1&token=...&b=2" in caplog.text


# The coach's own socket behind it


@pytest.fixture
async def coach(running):
    async with Served(URLRouter(websocket_urlpatterns)) as served:
        yield served


async def test_replay_and_live_events_over_a_real_connection(coach, running, ann):
    missed = await commit(changed(ann), changed(ann))
    await until(lambda: running.told == missed[-1])
    token = await in_thread(tokens.issue, ann)
    async with connect(f"ws://127.0.0.1:{coach.port}/ws/prices?token={token}") as client:
        await client.send(json.dumps({"type": "subscribe", "channels": ["setups"], "since": missed[0]}))
        types = [json.loads(await client.recv())["type"] for _ in range(3)]
        live = await commit(changed(ann))

        assert types == ["status", "setup_changed", "ack"]
        assert json.loads(await client.recv())["id"] == live[0]


async def test_a_reader_that_stops_is_closed_and_gone_while_others_read_on(monkeypatch, coach, running, ann, bob):
    monkeypatch.setattr(server, "PATIENCE_S", 0.1)
    payload = changed(ann).payload | {"setupType": "x" * 20_000}
    token = await in_thread(tokens.issue, ann)
    stuck = await connect(f"ws://127.0.0.1:{coach.port}/ws/prices?token={token}", max_queue=1)
    await stuck.send(json.dumps({"type": "subscribe", "channels": ["setups"]}))
    async with connect(f"ws://127.0.0.1:{coach.port}/ws/?token={await in_thread(tokens.issue, bob)}") as reader:
        await reader.send(json.dumps({"type": "subscribe", "channels": ["setups"]}))
        await until(lambda: sum(bool(socket.cuts) for socket in running.sockets) == 2)
        stuck.transport.pause_reading()

        async def flood():
            await commit(*(changed(ann, payload=payload) for _ in range(200)))

        await until(lambda: ann.pk not in running.users, doing=flood, seconds=30)
        [event_id] = await commit(changed(bob))

        frames = [json.loads(await reader.recv()) for _ in range(3)]
        assert [frame.get("id") for frame in frames] == [None, None, event_id]
    await until(lambda: not running.sockets)
    stuck.transport.abort()


async def test_an_origin_that_is_not_welcome_gets_no_socket(coach, settings):
    settings.CORS_ALLOW_ALL_ORIGINS = False
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://127.0.0.1:{coach.port}/ws/prices", origin="https://evil.example")

    assert refused.value.response.status_code == 403


async def test_a_restart_says_1001_to_everybody(coach, running):
    async with connect(f"ws://127.0.0.1:{coach.port}/ws/prices") as client:
        assert json.loads(await client.recv())["type"] == "status"
        coach.server.should_exit = True

        assert await close_code(client) == 1001
    await until(lambda: not running.sockets)


@pytest.mark.parametrize("path", ["/", "/wss", "/ws/price", "/ws/prices/more", "/api/watchlist"])
async def test_an_upgrade_anywhere_else_is_404(coach, path):
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://127.0.0.1:{coach.port}{path}")

    assert refused.value.response.status_code == 404
