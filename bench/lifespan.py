"""The answer of baselines to the server's start and stop."""

from __future__ import annotations

from typing import Any


async def lifespan(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001 -- ASGI's signature
    """Say yes to the server's start and stop."""
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return
