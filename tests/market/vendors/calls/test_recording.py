from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from pytest_httpserver import HTTPServer

from market.vendors.calls.deadline import Deadline
from market.vendors.calls.recording import RecordedTransport, RecordingTransport
from market.vendors.calls.transport import Answer, NoAnswerError, Transport

KEY = "sk-test-4f1c9a7e2b"


def asks(through: httpx.BaseTransport, base: str = "https://api.massive.com") -> Transport:
    return Transport(base, {"Authorization": f"Bearer {KEY}"}, through=through)


def test_what_was_recorded_is_told_again_without_a_network(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_ordered_request("/v1/a", query_string="b=2&a=1").respond_with_json({"first": 1})
    httpserver.expect_ordered_request("/v1/a").respond_with_data("busy", 429, {"Retry-After": "3"})
    host = httpserver.url_for("").rstrip("/")
    recording = asks(RecordingTransport(tmp_path / "new", now_s=iter(range(10)).__next__), host)
    first = recording.get("/v1/a", {"b": "2", "a": "1"}, Deadline(5))
    second = recording.get("/v1/a", {"b": "2", "a": "1"}, Deadline(5))
    httpserver.clear()

    again = asks(RecordedTransport(tmp_path / "new"))
    told = [again.get("/v1/a", {"a": "1", "b": "2"}, Deadline(5)) for _ in range(3)]

    assert (json.loads(first.body), second) == ({"first": 1}, Answer(429, b"busy", "3"))
    assert told == [first, second, second]


def test_a_recording_holds_everything_but_the_key(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request("/query").respond_with_json({"x": 1})
    transport = asks(RecordingTransport(tmp_path, now_s=lambda: 1770649200.0), httpserver.url_for("").rstrip("/"))
    transport.get("/query", {"function": "EARNINGS", "apikey": KEY, "apiKey": KEY}, Deadline(5))

    (file,) = tmp_path.iterdir()
    text = file.read_text()
    facts = json.loads(text)

    assert KEY not in text
    assert {name: facts[name] for name in ("asked_at", "method", "path", "query", "status")} == {
        "asked_at": "2026-02-09T15:00:00+00:00",
        "method": "GET",
        "path": "/query",
        "query": [["function", "EARNINGS"]],
        "status": 200,
    }


def test_what_is_not_recorded_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoAnswerError, match=r"no answer to /v3/x\?limit=1&sort=date$") as missing:
        asks(RecordedTransport(tmp_path)).get("/v3/x", {"sort": "date", "limit": "1"}, Deadline(5))
    assert missing.value.final


def test_a_missing_folder_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no folder of recorded answers"):
        RecordedTransport(tmp_path / "nowhere")


def test_plain_bodies_named_like_their_question_are_a_recording_too(tmp_path: Path) -> None:
    folder = tmp_path / "v3" / "snapshot" / "options"
    folder.mkdir(parents=True)
    (folder / "I;SPX&limit=2.json").write_text('{"results": []}')

    told = asks(RecordedTransport(tmp_path)).get("/v3/snapshot/options/I:SPX", {"limit": "2"}, Deadline(5))

    assert told == Answer(200, b'{"results": []}', None)
