"""The socket: what the contract says about connecting, asking and being refused. Delivery is the hub's."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any
from uuid import UUID

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from redis.exceptions import RedisError

from accounts import address
from config.http.errors import Unauthorized
from config.http.origin import is_allowed
from realtime import credentials, hub, log, prices, protocol, subscriptions
from realtime.channels import requested, wire_name
from realtime.credentials import Credentials, Member
from realtime.errors import NotWelcome, Refusal, TooManyMessages, TooManySockets
from realtime.messages import Ack, Error, Message, Pong, Reload
from realtime.outbox import CLOSE_BROKEN, Outbox
from realtime.pace import Pace

logger = logging.getLogger(__name__)

CLOSE_TOO_LARGE = 1009
CLOSE_UNAUTHORIZED = 4401
CLOSE_TOO_SLOW = 4410
CLOSE_TOO_MANY = 4429


class Socket(AsyncWebsocketConsumer):
    """One connection.

    It joins no layer group: the hub hands it events through `hear` and values through `latest`, which only queue.
    `cuts` holds the private channels it listens to, each with the log position after which it hears live.
    """

    # Nor has it a channel of its own on the layer: that would be one Redis subscription a socket.
    channel_layer_alias = "none"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limits = settings.SOCKET_LIMITS
        self.outbox = Outbox(self._send_text, self._send_close, self.limits["queue"])
        self.pace = Pace(self.limits["messages_per_s"], self.limits["messages_at_once"])
        self.hub: hub.Hub | None = None
        self.member: Member | None = None
        self.address = ""
        self.symbols: set[str] = set()
        self.cuts: dict[str, int] = {}
        self.acknowledged: int | None = None
        self._held: deque[tuple[int, str, str]] | None = None
        self._checking: asyncio.Task[None] | None = None

    @property
    def user_id(self) -> UUID | None:
        """Whose socket this is; None while nobody has said."""
        return self.member.user_id if self.member else None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Handle a message of the server; what breaks closes the socket with 1011, so that the client comes back."""
        try:
            await getattr(self, get_handler_name(message))(message)
        except (StopConsumer, asyncio.CancelledError):
            raise
        except hub.OUTAGES as problem:
            logger.warning("realtime.socket.broken", extra={"problem": repr(problem)})
            self.outbox.close(CLOSE_BROKEN)
        except Exception:
            logger.exception("realtime.socket.failed")
            self.outbox.close(CLOSE_BROKEN)

    # Who comes and goes

    async def connect(self) -> None:
        """Let in pages that may call us, say where the session stands, and find out who it is."""
        headers = dict(self.scope["headers"])
        origin = headers[b"origin"].decode("latin-1") if b"origin" in headers else None
        host = headers.get(b"host", b"").decode("latin-1")
        try:
            if not is_allowed(origin, host):
                await self.close()  # before accepting: HTTP 403
                return
            await self.accept()
        except OSError:
            raise StopConsumer from None  # gone before the door was open
        self.hub = hub.of_this_process()
        await self.outbox.say(await self.hub.status())
        self.address = self._seen_from(headers)
        try:
            self.hub.arrive(self, self.address)
        except TooManySockets as refusal:
            self._refuse_and_close(refusal, CLOSE_TOO_MANY)
            return
        given = credentials.given_token(headers, self.scope["query_string"])
        if given is not None:
            await self._sign_in(given)
        elif (session := credentials.given_session(headers, origin, host)) is not None:
            await self._sign_in(session, insist=False)

    def _seen_from(self, headers: dict[bytes, bytes]) -> str:
        peer = (self.scope.get("client") or ("",))[0]
        forwarded_for = headers.get(b"x-forwarded-for", b"").decode("latin-1")
        return address.seen_through(peer, forwarded_for, proxies=settings.TRUSTED_PROXIES)

    async def disconnect(self, code: int) -> None:  # noqa: ARG002 -- Channels' signature
        """Leave everything behind."""
        self.outbox.drop()
        if self._checking is not None:
            self._checking.cancel()
        if self.hub is not None:
            self.hub.lookers.look_away(self, self.symbols)
            self.hub.leave(self, self.address, self.user_id)

    async def _sign_in(self, given: Credentials, *, insist: bool = True) -> None:
        # A cookie that is no longer good makes an anonymous visitor; a token has to be good.
        try:
            member = await self.hub.checks.run(given)
        except Unauthorized as problem:
            if insist:
                self._refuse_and_close(NotWelcome(reason=str(problem)), CLOSE_UNAUTHORIZED)
            return
        if self.user_id not in (None, member.user_id):
            reason = "This connection belongs to another user"
            self._refuse_and_close(NotWelcome(reason=reason), CLOSE_UNAUTHORIZED)
            return
        try:
            self.hub.identify(self, member.user_id)
        except TooManySockets as refusal:
            self._refuse_and_close(refusal, CLOSE_TOO_MANY)
            return
        self.member = member
        if self._checking is not None:
            self._checking.cancel()
        self._checking = asyncio.create_task(self._keep_checking(given))

    async def _keep_checking(self, given: Credentials) -> None:
        # A token runs out, a session ends, a user is shut out: his socket must not outlive that by long.
        while True:
            await asyncio.sleep(max(self.member.good_for_s(), hub.AGAIN_S))
            try:
                self.member = await self.hub.checks.run(given)
            except Unauthorized as problem:
                self._refuse_and_close(NotWelcome(reason=str(problem)), CLOSE_UNAUTHORIZED)
                return
            except hub.OUTAGES as problem:
                logger.warning("realtime.socket.unchecked", extra={"problem": repr(problem)})
                await asyncio.sleep(hub.AGAIN_S)

    # What the client says

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:  # noqa: ARG002 -- Channels' signature; a binary frame is no JSON
        """Do what a frame says, or say why not."""
        if not self.pace.take():
            self._refuse_and_close(TooManyMessages(limit=self.limits["messages_per_s"]), CLOSE_TOO_MANY)
            return
        if text_data and len(text_data.encode()) > self.limits["frame_bytes"]:
            self.outbox.close(CLOSE_TOO_LARGE)
            return
        try:
            said = protocol.parse(text_data)
        except Refusal as refusal:
            await self._refuse(refusal)
            return
        match said:
            case protocol.Subscribe():
                await self._subscribe(said)
            case protocol.Unsubscribe():
                self._unsubscribe(said)
            case protocol.Ping():
                await self._say(Pong())
            case protocol.Authenticate():
                await self._sign_in(credentials.Token(said.token))
                await self._say(Ack(action="auth", at=self.hub.told))
            case protocol.Acknowledge():
                self.acknowledged = said.at

    async def _subscribe(self, said: protocol.Subscribe) -> None:
        limit = self.limits["subscriptions"]
        room = limit - len(self.symbols) - len(self.cuts)
        looked = subscriptions.sort(said.symbols, subscriptions.symbol, self.symbols, room=room, limit=limit)
        room -= len(looked.new)
        heard = subscriptions.sort(said.channels, self._channel, self.cuts, room=room, limit=limit)
        for _, refusal in (*looked.refused, *heard.refused):
            await self._refuse(refusal)
        at = await self._join(heard.new, said.since)
        ack = Ack(
            action="subscribe",
            channels=[*looked.granted, *(wire_name(name, self.user_id) for name in heard.granted)],
            rejected=looked.as_rejected() + heard.as_rejected(),
            at=at,
        )
        await self._say(ack)
        await self._look(looked.new)

    def _unsubscribe(self, said: protocol.Unsubscribe) -> None:
        # The contract: unknown names are ignored.
        gone = subscriptions.sort(said.symbols, subscriptions.symbol, self.symbols, room=0, limit=0)
        left = subscriptions.sort(said.channels, self._channel, self.cuts, room=0, limit=0)
        for name in left.granted:
            del self.cuts[name]
        self.symbols.difference_update(gone.granted)
        self.hub.lookers.look_away(self, gone.granted)

    def _channel(self, text: str) -> str:
        return requested(text, self.user_id)

    async def _join(self, names: list[str], since: object) -> int | None:
        # Join, replay up to the cut, then what was held: an event in between is not lost, and dropped by its id if it
        # comes twice. Returns the position up to which this socket has been told everything.
        if self.user_id is None:
            return None
        await self.hub.known()
        start = self.hub.at
        if since is None:
            since = self.hub.told  # an event on its way to others right now is part of what comes
        position = since if isinstance(since, int) else -1  # what is no position cannot be told from
        self.cuts |= dict.fromkeys(names, max(start, position))
        if names and position != start:
            self._held = deque()
            heard = await self.hub.threads.run(log.replay, self.user_id, names, since=position, upto=start)
            if heard is None:
                self.cuts |= dict.fromkeys(names, start)
                for name in names:
                    await self._say(Reload(channel=wire_name(name, self.user_id), at=start))
            for each in heard or ():
                await self.outbox.say(each.entry.frame(self.user_id, each.members))
            await self._release()
        return max(self.hub.told, *(cut for cut in self.cuts.values() if cut > start), 0)

    async def _release(self) -> None:
        while self._held:
            event_id, channel, text = self._held.popleft()
            if event_id > self.cuts.get(channel, event_id):
                await self.outbox.say(text)
        self._held = None

    async def _look(self, names: list[str]) -> None:
        self.symbols.update(names)
        self.hub.lookers.look(self, names)
        unseen = [name for name in names if name not in self.hub.lookers.prices]
        frames: dict[str, str] = {}
        if unseen:
            try:
                frames = await self.hub.threads.run(prices.first_look, unseen)
            except RedisError as problem:
                logger.warning("realtime.prices.unseen", extra={"problem": repr(problem)})
        for name in names:
            # The hub's is newer where a round has come in meanwhile.
            if text := self.hub.lookers.prices.get(name) or frames.get(name):
                self.latest(name, text)

    # What it hears

    def hear(self, event_id: int, channel: str, text: str) -> None:
        """Take an event from the hub, unless it is not listening or has it from the replay."""
        cut = self.cuts.get(channel)
        if cut is None:
            return
        if self._held is not None:
            self._held.append((event_id, channel, text))
            keeps_up = len(self._held) <= self.limits["queue"]
        else:
            keeps_up = event_id <= cut or self.outbox.hear(text)
        if not keeps_up:
            logger.info("realtime.socket.too_slow", extra={"user": str(self.user_id)})
            self.cuts.clear()
            self.outbox.abandon(CLOSE_TOO_SLOW)

    def latest(self, key: str, text: str, channel: str | None = None) -> None:
        """Take a value from the hub, unless it belongs to a channel that it is not listening to."""
        if channel is None or channel in self.cuts:
            self.outbox.latest(key, text)

    # What it says

    async def _say(self, message: Message) -> None:
        await self.outbox.say(message.text())

    async def _refuse(self, refusal: Refusal) -> None:
        await self._say(Error(message=str(refusal), code=refusal.code))

    def _refuse_and_close(self, refusal: Refusal, code: int) -> None:
        self.outbox.hear(Error(message=str(refusal), code=refusal.code).text())
        self.outbox.close(code)

    async def _send_text(self, text: str) -> None:
        await self.send(text_data=text)

    async def _send_close(self, code: int) -> None:
        await self.close(code)
