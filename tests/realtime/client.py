"""A client of the socket under the test's control: reads when told to, and holds every frame against the schemas."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Self

from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter

from accounts import tokens
from realtime.routing import websocket_urlpatterns
from tests.contract.frames import assert_frame

PATIENCE_S = 10


class _Wire(asyncio.Queue[dict[str, Any]]):
    """What the server has sent; while `open` is not set the server's sends wait, as on a full network buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.open = asyncio.Event()
        self.open.set()

    async def put(self, item: dict[str, Any]) -> None:
        await self.open.wait()
        await super().put(item)


class Client(ApplicationCommunicator):
    """One connection to `/ws/prices`.

    Channels has such a client, too, but its package cannot be imported without a server that we do not use.
    """

    def __init__(
        self,
        path: str = "/ws/prices",
        *,
        user: Any = None,
        origin: str | None = None,
        address: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        given = {"host": "coach.test", **(headers or {})}
        if origin is not None:
            given["origin"] = origin
        if user is not None:
            path += f"?token={tokens.issue(user)}"
        path, _, query = path.partition("?")
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
            "client": (address, 50_000) if address else None,
        }
        super().__init__(URLRouter(websocket_urlpatterns), scope)
        self.wire = self._output_queue = _Wire()

    async def __aenter__(self) -> Self:
        assert await self.connect()
        assert (await self.next())["type"] == "status"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.wire.open.set()
        await self.disconnect()

    async def connect(self) -> bool:
        """Knock; say whether the door was opened."""
        await self.send_input({"type": "websocket.connect"})
        return bool((await self.receive_output(timeout=PATIENCE_S))["type"] == "websocket.accept")

    async def disconnect(self) -> None:
        """Go, without a word."""
        await self.send_input({"type": "websocket.disconnect", "code": 1006})
        await self.wait(timeout=PATIENCE_S)

    async def say(self, **message: Any) -> None:
        """Send one message."""
        await self.send(json.dumps(message, ensure_ascii=False))

    async def send(self, frame: str | bytes) -> None:
        """Send a text frame, or a binary one."""
        kind = "text" if isinstance(frame, str) else "bytes"
        await self.send_input({"type": "websocket.receive", kind: frame})

    async def next(self, *types: str) -> dict[str, Any]:
        """Return the next frame, or the next of these types; a close is `{"close": code}`."""
        while True:
            sent = await self.receive_output(timeout=PATIENCE_S)
            if sent["type"] == "websocket.close":
                return {"close": sent["code"]}
            frame = json.loads(sent["text"])
            assert_frame(frame)
            if not types or frame["type"] in types:
                return frame

    async def until(self, last: str) -> list[dict[str, Any]]:
        """Return the frames up to the first of the type `last`, that one included."""
        frames = [await self.next()]
        while frames[-1].get("type") != last:
            frames.append(await self.next())
        return frames

    async def silence(self) -> list[dict[str, Any]]:
        """Return what comes before the answer to a ping: nothing, when all is quiet."""
        await self.say(type="ping")
        return (await self.until("pong"))[:-1]

    async def subscribe(self, **message: Any) -> list[dict[str, Any]]:
        """Subscribe and return everything up to and with the ack."""
        await self.say(type="subscribe", **message)
        return await self.until("ack")
