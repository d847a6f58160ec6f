"""The addresses of the socket; an upgrade anywhere else is refused."""

from collections.abc import Awaitable, Callable
from typing import Any

from django.urls import re_path

from realtime.consumers import Socket


async def nowhere(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """Answer 404, or 403 where the server cannot say so."""
    await receive()
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.http.response.start", "status": 404, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b""})


websocket_urlpatterns = [
    re_path(r"^ws(?:/(?:prices/?)?)?$", Socket.as_asgi()),
    re_path(r"", nowhere),  # without it the router raises, and the server answers 500
]
