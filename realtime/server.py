"""uvicorn's WebSocket protocol with an end to patience; run as `--ws realtime.server:SocketProtocol`.

A close is not an abort: the stock protocol waits for the peer to read what is left for it, and a peer that has stopped
reading holds memory for as long as it likes.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

PATIENCE_S = 5.0  # how long a peer may take to read what was sent before the close
CLOSE_GOING_AWAY = 1001


class SocketProtocol(WebSocketsSansIOProtocol):
    """Aborts what stays unwritable after a close, and says 1001 where the stock protocol says 1012."""

    patience: asyncio.TimerHandle | None = None

    async def send(self, message: Any) -> None:
        """Send the application's message; a close starts the clock even while the peer does not read."""
        if message["type"] == "websocket.close":
            self.lose_patience_later()
        await super().send(message)

    def shutdown(self) -> None:
        """Close because the server goes: the contract's code for that is 1001, the stock protocol's 1012."""
        if not self.handshake_complete or self.close_sent or self.transport.is_closing():
            super().shutdown()
            return
        self.lose_patience_later()
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": CLOSE_GOING_AWAY})
        self.conn.send_close(CLOSE_GOING_AWAY)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()

    def keepalive_timeout(self) -> None:
        """Close a peer that answers no pings."""
        self.lose_patience_later()
        super().keepalive_timeout()

    def handle_parser_exception(self) -> None:
        """Close after a frame that is no frame, or too large."""
        self.lose_patience_later()
        super().handle_parser_exception()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        if self.patience is not None:
            self.patience.cancel()
        super().connection_lost(exc)

    def lose_patience_later(self) -> None:
        """Give the peer `PATIENCE_S` to read, then end the connection whatever is left."""
        if self.patience is None:
            self.patience = self.loop.call_later(PATIENCE_S, self._abort_if_stuck)

    def _abort_if_stuck(self) -> None:
        # With an empty buffer the stock close timer is enough.
        if not self.writable.is_set() or self.transport.get_write_buffer_size():
            self.transport.abort()


class _HideTokens(logging.Filter):
    """uvicorn logs addresses with their query, and a query may carry a token."""

    _TOKEN = re.compile(r"(?<=[?&]token=)[^&\s\"]+")

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(self._TOKEN.sub("...", arg) if isinstance(arg, str) else arg for arg in record.args)
        return True


for _name in ("uvicorn.error", "uvicorn.access"):
    logging.getLogger(_name).addFilter(_HideTokens())
