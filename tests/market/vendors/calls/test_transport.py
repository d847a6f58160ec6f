from __future__ import annotations

import gzip
import logging
import os
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from market.vendors.calls.deadline import Deadline
from market.vendors.calls.transport import Answer, NoAnswerError, Transport, target_of

KEY = "sk-test-4f1c9a7e2b"


def made(host: HTTPServer) -> Transport:
    return Transport(host.url_for("").rstrip("/"), {"Authorization": f"Bearer {KEY}"})


def test_bytes_come_back_unpacked_with_their_status(httpserver: HTTPServer) -> None:
    def packed(request: Request) -> Response:
        assert request.headers["Accept-Encoding"] == "gzip"
        assert request.headers["Authorization"] == f"Bearer {KEY}"
        body = gzip.compress(b'{"a": 1}')
        return Response(body, 429, {"Content-Encoding": "gzip", "Retry-After": "7"})

    httpserver.expect_request("/v1/I:SPX", query_string={"x": "1,2"}).respond_with_handler(packed)

    assert made(httpserver).get("/v1/I:SPX", {"x": "1,2"}, Deadline(5)) == Answer(429, b'{"a": 1}', "7")


def test_a_target_may_carry_its_query(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/v1/a", query_string="cursor=a%2Bb").respond_with_data("fine")

    assert made(httpserver).get("/v1/a?cursor=a%2Bb", {}, Deadline(5)).body == b"fine"


def test_a_refused_connection_is_no_answer() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(NoAnswerError, match="ConnectError"):
        Transport(f"http://127.0.0.1:{port}", {}).get("/", {}, Deadline(5))


@pytest.fixture
def dripping() -> Iterator[int]:
    """Return the port of a host that sends a byte now and then, and never ends."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            try:
                while not over.wait(0.02):
                    connection.sendall(b"1\r\nx\r\n")
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    yield listening.getsockname()[1]
    over.set()
    thread.join()
    listening.close()


def test_a_host_that_drips_is_left_at_the_deadline(dripping: int) -> None:
    ticks = iter(range(1000))
    deadline = Deadline(5, lambda: float(next(ticks)))  # each look at the clock is a second

    with pytest.raises(NoAnswerError, match="TooSlow"):
        Transport(f"http://127.0.0.1:{dripping}", {}).get("/", {}, deadline)


def test_a_silent_host_is_left_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(NoAnswerError, match="ReadTimeout"):
            Transport(f"http://127.0.0.1:{port}", {}).get("/", {}, Deadline(0.05))


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://api.massive.com/v3/x?cursor=a", True),
        ("https://api.massive.com:443/v3/x", True),
        ("https://API.massive.com/v3/x", True),
        ("http://api.massive.com/v3/x", False),
        ("https://api.massive.com:8443/v3/x", False),
        ("https://api.massive.com.evil.example/v3/x", False),
        ("https://api.massive.com@evil.example/v3/x", False),
        ("https://evil.example/https://api.massive.com/", False),
        ("//evil.example/v3/x", False),
        ("/v3/x", False),
        ("not an address", False),
        ("https://[broken", False),
        ("", False),
    ],
)
def test_only_our_own_host_is_ours(url: str, ours: bool) -> None:
    assert Transport("https://api.massive.com", {}).is_ours(url) is ours


def test_of_an_absolute_address_only_path_and_query_are_used() -> None:
    assert target_of("https://me:pass@api.massive.com/v3/x?cursor=a%20b&limit=1#end") == "/v3/x?cursor=a%20b&limit=1"


def test_libraries_do_not_write_addresses_or_headers_into_the_log(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    httpserver.expect_request("/v1/a").respond_with_data("fine")

    made(httpserver).get("/v1/a", {"apikey": KEY}, Deadline(5))

    # The host of the test, werkzeug, writes its own lines; it is not part of the product.
    ours = [record for record in caplog.records if record.name != "werkzeug"]
    assert KEY not in "".join(f"{record.getMessage()}{record.__dict__}" for record in ours)
    assert not [record for record in ours if record.name.startswith(("httpx", "httpcore.http", "hpack"))]


def test_a_forked_process_makes_connections_of_its_own(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    httpserver.expect_request("/v1/a").respond_with_data("fine")
    transport = made(httpserver)
    transport.get("/v1/a", {}, Deadline(5))
    first = transport._client
    transport.get("/v1/a", {}, Deadline(5))
    assert transport._client is first

    monkeypatch.setattr(os, "getpid", lambda: -1)
    transport.get("/v1/a", {}, Deadline(5))

    assert isinstance(transport._client, httpx.Client)
    assert transport._client is not first
