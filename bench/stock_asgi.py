"""The baseline of `reads` as an ASGI application, for the same uvicorn as ours."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.stock_settings"

from typing import Any

from django.core.asgi import get_asgi_application

from bench.lifespan import lifespan

_django = get_asgi_application()


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Serve HTTP, and say yes to the server's start and stop."""
    await (lifespan if scope["type"] == "lifespan" else _django)(scope, receive, send)
