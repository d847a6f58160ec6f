from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pytest
from pytest_httpserver import HTTPServer

from market.vendors.calls.deadline import Deadline
from market.vendors.calls.recording import RecordedTransport, RecordingTransport
from market.vendors.calls.transport import Answer, NoAnswerError, Transport

KEY = "sk-test-4f1c9a7e2b"


def asks(through: httpx.BaseTransport, base: str = "https://api.massive.com") -> Transport:
    return Transport(base, {"Authorization": f"Bearer {KEY}"}, through=through)


@contextmanager
def keeps_connections() -> Iterator[tuple[str, list[int]]]:
    """Serve on this machine, keeping connections open; give its address and from which port each question came."""
    peers: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            peers.append(self.client_address[1])
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", peers
        finally:
            server.shutdown()
            serving.join()


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


def test_what_cannot_be_written_is_told_all_the_same(
    httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    httpserver.expect_request("/v1/a").respond_with_json({"x": 1})
    recording = RecordingTransport(tmp_path / "full")
    transport = asks(recording, httpserver.url_for("").rstrip("/"))
    write_text = Path.write_text

    def full(file: Path, text: str, **how: Any) -> NoReturn:
        write_text(file, text[:10], **how)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    told = [transport.get("/v1/a", {}, Deadline(5)).body for _ in range(3)]
    lost, left = recording.unwritten, list((tmp_path / "full").iterdir())
    monkeypatch.setattr(Path, "write_text", write_text)
    transport.get("/v1/a", {}, Deadline(5))

    assert [json.loads(body) for body in told] == [{"x": 1}] * 3
    assert (lost, left) == (3, [])
    assert (recording.unwritten, len(list((tmp_path / "full").iterdir()))) == (0, 1)
    said = [record for record in caplog.records if record.name == "market.vendors.calls.recording"]
    assert [record.getMessage() for record in said] == [
        "market.vendors.not_recording",
        "market.vendors.recording_has_holes",
    ]
    assert vars(said[1])["unwritten"] == 3


def test_a_folder_that_cannot_be_made_breaks_no_call(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request("/v1/a").respond_with_json({"x": 1})
    (tmp_path / "file").write_text("in the way")
    recording = RecordingTransport(tmp_path / "file" / "recording")

    asks(recording, httpserver.url_for("").rstrip("/")).get("/v1/a", {}, Deadline(5))

    assert recording.unwritten == 1


def test_a_forked_process_opens_connections_of_its_own(tmp_path: Path) -> None:
    with keeps_connections() as (host, peers):
        transport = asks(RecordingTransport(tmp_path), host)
        transport.get("/v1/a", {}, Deadline(5))
        transport.get("/v1/a", {}, Deadline(5))
        assert len(set(peers)) == 1

        if (child := os.fork()) == 0:
            try:
                transport.get("/v1/a", {}, Deadline(5))
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        transport.get("/v1/a", {}, Deadline(5))

    assert [peers[0] == peer for peer in peers] == [True, True, False, True]


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
