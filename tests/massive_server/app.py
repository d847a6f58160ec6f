"""The server as an ASGI application: key, plan and faults before the routes, bytes and more faults behind them."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from simulation.vendor import SimulatedVendor
from tests.massive_server.broken_payloads import BREAKS
from tests.massive_server.control import PREFIX, Control
from tests.massive_server.envelope import bad_parameter, cursor, not_found, read_cursor, request_id, with_next_url
from tests.massive_server.faults import Fault
from tests.massive_server.message import Answer, Refusal, Request
from tests.massive_server.parameters import Query
from tests.massive_server.routes import ROUTES
from tests.massive_server.routes.alpha_vantage import trouble
from tests.massive_server.routes.question import Question, Route
from tests.massive_server.world import World

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
LEAST_GZIPPED = 500
BAD_REQUEST, NOT_FOUND = 400, 404
NO_LINGER = struct.pack("ii", 1, 0)  # closing then resets the connection


class MassiveServer:
    """Answers as the vendor would.

    Parameters
    ----------
    key : str
        What clients have to send; the same for both vendors.
    seed : int
        Which made-up market stands behind it, and which calls faults strike.
    """

    def __init__(self, key: str, seed: int) -> None:
        self.key = key
        self.control = Control(seed)
        self.vendor = SimulatedVendor(seed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        request = await _read(scope, receive)
        if request.path.startswith(PREFIX):
            await _send(send, self.control.answer(request), request)
            return
        stats, now = self.control.stats, self.control.clock.now()
        route, words = _routed(request.path)
        with stats.call(route.template if route else "unknown", now.timestamp()):
            faults = self.control.faults.strike(request.path)
            if await _kept_waiting(faults, receive, send):
                stats.answered(0, 0)
                return
            answer = await asyncio.to_thread(self._answer, request, route, words, faults, now)
            stats.answered(answer.status, await _send(send, answer, request))

    def _answer(
        self, request: Request, route: Route | None, words: Mapping[str, str], faults: Sequence[Fault], now: datetime
    ) -> Answer:
        asked, refusal = self._admitted(request)
        for fault in faults:
            refusal = refusal or fault.refusal()
        if refusal is None:
            refusal = self.control.gate.refusal()
            if refusal is not None:
                self.control.stats.refused_by_plan()
        answer = refusal or self._routed_answer(request, asked, route, words, faults, now)
        if answer.status in (BAD_REQUEST, NOT_FOUND) and not refusal:
            self.control.stats.problem(f"{answer.status} {request.path} {dict(asked)}: {answer.payload}")
        return _spoiled(_signed(answer, request, now), faults)

    def _admitted(self, request: Request) -> tuple[tuple[tuple[str, str], ...], Answer | None]:
        """Return what was asked without the key, and the refusal of a call without the right one."""
        if request.path == "/query":  # Alpha Vantage's: its key comes in the address
            asked = tuple(pair for pair in request.query if pair[0] != "apikey")
            right = ("apikey", self.key) in request.query
            return asked, None if right else trouble("Error Message", "the parameter apikey is invalid or missing.")
        in_address = [value for name, value in request.query if name == "apiKey"]
        if in_address:
            self.control.stats.key_in_address()
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        asked = tuple(pair for pair in request.query if pair[0] != "apiKey")
        if self.key in (bearer, *in_address):
            return asked, None
        said = "Unknown API Key" if bearer or in_address else "API Key was not provided"
        return asked, Answer(401, {"status": "ERROR", "error": said})

    def _routed_answer(
        self,
        request: Request,
        asked: tuple[tuple[str, str], ...],
        route: Route | None,
        words: Mapping[str, str],
        faults: Sequence[Fault],
        now: datetime,
    ) -> Answer:
        try:
            if request.method != "GET" or route is None:
                raise not_found(f"{request.method} {request.path}: no such path")
            query, moment = _question(route, words, asked, now)
            told_at = moment - timedelta(seconds=self._lateness(faults))
            delayed = self.control.gate.plan.delayed
            told = route.answer(Question(World(self.vendor, told_at, delayed), words, query))
        except Refusal as refusal:
            return refusal.answer
        if isinstance(told, Answer):
            return told
        body = with_next_url(told, base=request.base, path=request.path, query=query, now=moment)
        body = {"status": "DELAYED" if delayed else "OK", **body}
        here = f"{request.base}{request.path}?cursor={cursor(query.asked, query.offset, moment)}"
        for fault in faults:
            if fault.kind in BREAKS:
                body = BREAKS[fault.kind](body, {**fault.facts, "address": here})
        return Answer(200, body)

    def _lateness(self, faults: Sequence[Fault]) -> float:
        stale = [float(fault.facts["seconds"]) for fault in faults if fault.kind == "stale"]
        return self.control.gate.plan.delay_s + sum(stale)


def _question(
    route: Route, words: Mapping[str, str], asked: tuple[tuple[str, str], ...], now: datetime
) -> tuple[Query, datetime]:
    """Return a call as a question, and the moment it is answered for: that of its first page."""
    # The official client repeats a word of the path among the parameters; that says nothing new.
    asked = tuple((name, value) for name, value in asked if words.get(name) != value)
    named = dict(asked)
    if "cursor" not in named:
        return route.grammar.read(asked), now
    if len(asked) > 1:
        raise bad_parameter("'cursor' holds everything: nothing may stand beside it")
    first, offset, moment = read_cursor(named["cursor"])
    return route.grammar.read(first, offset=offset), moment


def _routed(path: str) -> tuple[Route | None, dict[str, str]]:
    for route in ROUTES:
        if (words := route.match(path)) is not None:
            return route, words
    return None, {}


def _signed(answer: Answer, request: Request, now: datetime) -> Answer:
    if not isinstance(answer.payload, dict) or "status" not in answer.payload:
        return answer
    return replace(answer, payload={**answer.payload, "request_id": request_id(request.path, request.query, now)})


def _spoiled(answer: Answer, faults: Sequence[Fault]) -> Answer:
    kinds = {fault.kind for fault in faults}
    if "truncated" in kinds:
        whole = answer.bytes()
        answer = replace(answer, content=whole[: len(whole) // 2])
    if "wrong_type" in kinds:
        answer = replace(answer, content_type="text/html; charset=utf-8")
    return answer


async def _kept_waiting(faults: Sequence[Fault], receive: Receive, send: Send) -> bool:
    """Bring about what happens before an answer; True when there will be none."""
    for fault in faults:
        match fault.kind:
            case "delay":
                await asyncio.sleep(float(fault.facts["seconds"]))
            case "hang":
                while (await receive())["type"] != "http.disconnect":
                    pass
                return True
            case "reset":
                # ASGI has no word for this: the connection is uvicorn's, whose method `send` is.
                transport = send.__self__.transport  # type: ignore[attr-defined]
                transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
                transport.abort()
                while (await receive())["type"] != "http.disconnect":
                    pass
                return True
    return False


async def _read(scope: Scope, receive: Receive) -> Request:
    body = b""
    while True:
        piece = await receive()
        body += piece.get("body", b"")
        if not piece.get("more_body"):
            break
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = tuple(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
    return Request(scope["method"], scope["path"], query, headers, body)


async def _send(send: Send, answer: Answer, request: Request) -> int:
    body = answer.bytes()
    headers = {"content-type": answer.content_type, **answer.headers}
    if "gzip" in request.headers.get("accept-encoding", "") and len(body) >= LEAST_GZIPPED:
        body = gzip.compress(body, compresslevel=1)
        headers["content-encoding"] = "gzip"
    headers["content-length"] = str(len(body))
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
    return len(body)
