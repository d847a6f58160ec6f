"""Keeps every raw answer of the vendor in a folder, and answers from such a folder instead of the network.

A recording is a folder of JSON files, one an answer: what was asked (method, path and query, never a key), what came
back (status, a few headers, the body as text) and when. Of equal questions the answers are told in the order they came,
the last of them for ever. Files named like the official client's mocks (`v3/reference/splits.json`) are read too.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import httpx

logger = logging.getLogger(__name__)

SECRETS = frozenset({"apikey"})  # in any case
KEPT_HEADERS = ("content-type", "retry-after", "x-request-id")


class Asked(NamedTuple):
    """What two equal questions have in common."""

    path: str
    query: tuple[tuple[str, str], ...]

    @property
    def said(self) -> str:
        """The question in one line, without secrets."""
        return f"{self.path}?{'&'.join(f'{name}={value}' for name, value in self.query)}".rstrip("?")


class NotRecordedError(httpx.RequestError):
    """The recording holds no answer to a question."""


def asked(url: httpx.URL) -> Asked:
    """Return the question of an address: its path and its parameters in order of their names, without secrets."""
    query = [(name, value) for name, value in parse_qsl(url.query.decode("ascii"), keep_blank_values=True)]
    return Asked(url.path, tuple(sorted((name, value) for name, value in query if name.lower() not in SECRETS)))


class RecordingTransport(httpx.BaseTransport):
    """Passes every question on, and writes down what came back. What cannot be written is told all the same.

    Attributes
    ----------
    unwritten : int
        How many answers this process could not write down since it last could; the first of them is logged.
    """

    def __init__(self, folder: Path, *, now_s: Callable[[], float] = time.time) -> None:
        self.unwritten = 0
        self._folder = folder
        self._now_s = now_s
        self._numbers = count()
        self._network: httpx.BaseTransport | None = None
        self._pid = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer of the network, read whole."""
        response = self._through().handle_request(request)
        response.read()
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        self._keep(request, response, headers)
        return httpx.Response(response.status_code, headers=headers, content=response.content)

    def close(self) -> None:
        """Close what questions were passed on to."""
        if self._network is not None and self._pid == os.getpid():
            self._network.close()

    def _through(self) -> httpx.BaseTransport:
        # Two processes must not speak through one socket, and workers fork.
        if self._network is None or self._pid != os.getpid():
            self._network, self._pid = httpx.HTTPTransport(trust_env=False), os.getpid()
        return self._network

    def _keep(self, request: httpx.Request, response: httpx.Response, headers: dict[str, str]) -> None:
        at = datetime.fromtimestamp(self._now_s(), UTC)
        question = asked(request.url)
        facts = {
            "asked_at": at.isoformat(),
            "method": request.method,
            "path": question.path,
            "query": question.query,
            "status": response.status_code,
            "headers": headers,
            "body": response.text,
        }
        # Several processes write into one folder: the stamp orders, the rest tells them apart.
        name = f"{at:%Y%m%dT%H%M%S%f}-{threading.get_native_id()}-{next(self._numbers)}.json"
        try:
            _write(self._folder / name, json.dumps(facts, indent=1))
        except OSError:
            self.unwritten += 1
            if self.unwritten == 1:
                logger.exception("market.vendors.not_recording", extra={"folder": str(self._folder)})
        else:
            if self.unwritten:
                logger.warning("market.vendors.recording_has_holes", extra={"unwritten": self.unwritten})
            self.unwritten = 0


class RecordedTransport(httpx.BaseTransport):
    """Answers from a folder; a question that is not in it is `NotRecordedError`."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder}: no folder of recorded answers")
        self._answers: defaultdict[Asked, list[dict[str, Any]]] = defaultdict(list)
        self._told: defaultdict[Asked, int] = defaultdict(int)
        self._lock = threading.Lock()
        for file in sorted(folder.rglob("*.json")):
            question, facts = _read(file, folder)
            self._answers[question].append(facts)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the next recorded answer to a question."""
        question = asked(request.url)
        answers = self._answers.get(question)
        if not answers:
            logger.warning("market.vendors.not_recorded", extra={"question": question.said})
            raise NotRecordedError(f"the recording has no answer to {question.said}", request=request)
        with self._lock:
            told = answers[min(self._told[question], len(answers) - 1)]
            self._told[question] += 1
        return httpx.Response(told["status"], headers=told["headers"], text=told["body"])


def _write(file: Path, text: str) -> None:
    # Under another name until it is whole: half a file would be played back as a body.
    part = file.with_suffix(".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        part.replace(file)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def _read(file: Path, folder: Path) -> tuple[Asked, dict[str, Any]]:
    text = file.read_text(encoding="utf-8")
    try:
        facts = json.loads(text)
    except ValueError:
        facts = None
    if isinstance(facts, dict) and {"asked_at", "path", "query", "status", "body"} <= facts.keys():
        query = tuple(sorted((name, value) for name, value in facts["query"]))
        return Asked(facts["path"], query), facts
    return _of_mock(file.relative_to(folder)), {"status": 200, "headers": {}, "body": text}


def _of_mock(name: Path) -> Asked:
    """Return the question that the name of an official mock stands for: `&` begins the query, `;` is a colon."""
    whole = name.with_suffix("").as_posix().removesuffix("/index").replace(";", ":")
    path, _, query = whole.partition("&")
    return Asked(f"/{path}", tuple(sorted(parse_qsl(query, keep_blank_values=True))))
