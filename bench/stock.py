"""The baseline of `push`: a consumer as Channels' documentation writes it, a layer group a user.

Runs under the very command of our own web process. `BENCH_LAYER` names the layer: `core` for the default
`RedisChannelLayer`, `pubsub` for `RedisPubSubChannelLayer`; both as they come out of the box.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings

BACKENDS = {
    "core": "channels_redis.core.RedisChannelLayer",
    "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
}


def layer_setting(kind: str, redis_url: str) -> dict[str, Any]:
    """Return the `CHANNEL_LAYERS` entry of a stock layer, under a prefix of its own."""
    # Two defaults of redis-py 8 would end the default layer at once: it gives up after five seconds, as long as that
    # layer waits for a message, and it opens a hundred connections at the most.
    core = {"address": redis_url, "socket_timeout": 60, "max_connections": 9_000}
    host = core if kind == "core" else redis_url
    return {"BACKEND": BACKENDS[kind], "CONFIG": {"hosts": [host], "prefix": f"stock-{kind}"}}


if not settings.configured:
    settings.configure(
        CHANNEL_LAYERS={"default": layer_setting(os.environ["BENCH_LAYER"], os.environ["REDIS_URL"])},
        SECRET_KEY="of a bench",  # noqa: S106 -- nothing is signed
    )

from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402 -- settings have to stand first
from channels.routing import ProtocolTypeRouter  # noqa: E402 -- as above

from bench.lifespan import lifespan  # noqa: E402 -- as above


class Stock(AsyncJsonWebsocketConsumer):
    """Joins its user's group, and sends on what the group is sent."""

    async def connect(self) -> None:
        """Join, accept, and say that it is ready."""
        query = parse_qs(self.scope["query_string"].decode())
        self.group = f"user.{query['user'][0]}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()
        await self.send_json({"type": "ack"})

    async def disconnect(self, code: int) -> None:  # noqa: ARG002 -- Channels' signature
        """Leave the group."""
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def tell(self, message: dict[str, Any]) -> None:
        """Send on what the group was sent."""
        await self.send_json(message["frame"])


application = ProtocolTypeRouter({"websocket": Stock.as_asgi(), "lifespan": lifespan})
