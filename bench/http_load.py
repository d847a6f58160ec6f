"""A few keep-alive HTTP clients in a process of their own: `python -m bench.http_load PORT SECONDS CLIENTS`.

The request's path and token come over stdin as JSON; seconds of each answer go out the same way.
"""

from __future__ import annotations

import asyncio
import sys
import time

import orjson
import uvloop


async def _client(port: int, request: bytes, until: float, took: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.monotonic() < until:
        started = time.monotonic()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        if " 200 " not in status:
            raise RuntimeError(f"the answer was {status}")
        length = next(int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:"))
        await reader.readexactly(length)
        took.append(time.monotonic() - started)
    writer.close()


async def main(port: int, seconds: float, clients: int) -> None:
    """Ask as fast as answers come, and report."""
    said = orjson.loads(sys.stdin.buffer.read())
    request = (
        f"GET {said['path']} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {said['token']}\r\n"
        "Accept: application/json\r\n\r\n"
    ).encode()
    took: list[float] = []
    await asyncio.gather(*(_client(port, request, time.monotonic() + seconds, took) for _ in range(clients)))
    sys.stdout.buffer.write(orjson.dumps(took))


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
