"""What the socket and the API say over real connections, held against the contract."""

from __future__ import annotations

import json
from contextlib import closing

import httpx
import jwt
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.contract.frames import assert_frame
from tests.live.stack import Stack, bearer, headers, user_id

pytestmark = pytest.mark.live


def receive(socket, *types, seconds=30):
    """Return the next frame of one of these types; every frame on the way is held against both schemas."""
    while True:
        frame = json.loads(socket.recv(timeout=seconds))
        assert_frame(frame)
        if frame["type"] in types:
            return frame


def close_code(socket):
    """Read to the end, and return the code the server closed with."""
    try:
        while True:
            socket.recv(timeout=10)
    except ConnectionClosed as closed:
        return closed.rcvd.code


def test_the_first_frame_is_the_status_and_symbols_are_served_to_anyone(stack: Stack):
    with connect(stack.socket_url, origin="null") as socket:
        first = json.loads(socket.recv(timeout=10))
        assert_frame(first)
        assert first["type"] == "status"

        socket.send(json.dumps({"type": "subscribe", "symbols": [" spx ", "SPY"]}))

        seen = {receive(socket, "price")["symbol"], receive(socket, "price")["symbol"]}
        assert seen <= {"SPX", "SPY"}


def test_a_private_channel_is_served_to_its_user_and_refused_to_all_others(stack: Stack):
    mine = f"setups:{user_id(1)}"
    with connect(f"{stack.socket_url}?token={bearer(1)}") as socket:
        socket.send(json.dumps({"type": "subscribe", "channels": [mine, f"positions:{user_id(2)}"]}))
        assert receive(socket, "error") == {
            "type": "error",
            "message": f"Forbidden channel: positions:{user_id(2)}",
            "code": "forbidden_channel",
        }
        assert receive(socket, "ack")["channels"] == [mine]
    with connect(stack.socket_url) as anonymous:
        anonymous.send(json.dumps({"type": "subscribe", "channels": [mine]}))
        assert receive(anonymous, "error")["code"] == "forbidden_channel"
        anonymous.send(json.dumps({"type": "ping"}))
        assert receive(anonymous, "pong") == {"type": "pong"}


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("no json", "invalid_json"),
        ("[1, 2]", "invalid_json"),
        (b"\x00\x01", "invalid_json"),
        ('{"type": "order"}', "unknown_type"),
        ('{"type": "subscribe", "symbols": ["NOT A SYMBOL"]}', "unknown_symbol"),
        ('{"type": "subscribe", "channels": ["secrets"]}', "invalid_channel"),
        ('{"type": "subscribe", "channels": ["setups:a b"]}', "invalid_channel"),
    ],
)
def test_a_bad_frame_gets_the_contracts_error_and_the_socket_stays_open(stack: Stack, frame, code):
    with connect(stack.socket_url) as socket:
        socket.send(frame)
        assert receive(socket, "error")["code"] == code

        socket.send('{"type": "ping"}')
        assert receive(socket, "pong") == {"type": "pong"}


def test_the_129th_subscription_is_refused_and_the_others_stay(stack: Stack):
    with connect(stack.socket_url) as socket:
        socket.send(json.dumps({"type": "subscribe", "symbols": [f"S{number}" for number in range(1_000)]}))
        refused = receive(socket, "error")
        assert refused["code"] == "too_many_subscriptions"
        assert len(receive(socket, "ack")["channels"]) == 128


def test_a_frame_above_64_kb_closes_with_1009(stack: Stack):
    with connect(stack.socket_url) as socket:
        socket.send("x" * 65_537)

        assert close_code(socket) == 1009


@pytest.mark.parametrize("token", ["rubbish", jwt.encode({"sub": user_id(1), "exp": 1}, "k" * 32)])
def test_a_bad_or_expired_token_closes_the_socket_with_4401(stack: Stack, token):
    with connect(f"{stack.socket_url}?token={token}") as socket:
        assert close_code(socket) == 4401


def test_a_bad_or_expired_token_is_401_over_http(stack: Stack):
    with closing(stack.http()) as client:
        for token in ("rubbish", jwt.encode({"sub": user_id(1), "exp": 1}, "k" * 32), "e2e:wrong:" + user_id(1)):
            answer = client.get("/api/watchlist", headers={"Authorization": f"Bearer {token}"})
            assert (answer.status_code, answer.json()["error"]) == (401, "Unauthorized")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/watchlist", {"symbols": ["NOT A SYMBOL"]}),
        ("POST", "/api/watchlist", {"symbols": "SPX"}),
        ("POST", "/api/watchlist", {"symbols": []}),
        ("POST", "/api/watchlist", {"symbols": ["SPX"], "name": 7}),
        ("POST", "/api/tracked-setups", {"symbol": "SPX"}),
        (
            "POST",
            "/api/tracked-setups",
            {"symbol": "SPX", "setup_type": "x", "direction": "up", "opportunity_data": {}},
        ),
        ("PATCH", "/api/tracked-setups/not-a-uuid", {"status": "archived"}),
        ("PATCH", f"/api/tracked-setups/{user_id(9)}", {}),
        ("GET", "/api/tracked-setups?status=open", None),
        ("GET", "/api/chart/SPX?timeframe=2m", None),
        ("GET", "/api/symbols/search?limit=51", None),
        ("GET", "/api/levels/SPX?timeframe=hourly", None),
    ],
)
def test_bad_input_is_400_with_every_issue_and_writes_nothing(stack: Stack, method, path, body):
    with closing(stack.http(3)) as client:
        before = client.get("/api/watchlist").json(), client.get("/api/tracked-setups").json()["trackedSetups"]

        answer = client.request(method, path, json=body) if body is not None else client.request(method, path)

        assert answer.status_code == 400, answer.text
        assert answer.json()["error"] in ("VALIDATION_ERROR", "Invalid symbols")
        assert answer.json()["message"]
        assert "Traceback" not in answer.text
        after = client.get("/api/watchlist").json(), client.get("/api/tracked-setups").json()["trackedSetups"]
        assert after == before


def test_malformed_json_and_16_mb_are_refused_without_a_trace(stack: Stack):
    with closing(stack.http(3)) as client:
        malformed = client.post(
            "/api/watchlist", content=b'{"symbols": [', headers={"Content-Type": "application/json"}
        )
        large = client.post("/api/watchlist", content=b" " * 16_000_000)

        assert (malformed.status_code, malformed.json()["error"]) == (400, "VALIDATION_ERROR")
        assert (large.status_code, large.json()["error"]) == (413, "Payload too large")


def test_twenty_rapid_requests_without_a_token_are_401_or_429(stack: Stack):
    with httpx.Client(base_url=stack.url) as client:
        statuses = {client.get("/api/watchlist").status_code for _ in range(20)}

    assert statuses <= {401, 429}


def test_another_users_rows_can_be_neither_read_nor_changed(stack: Stack):
    with closing(stack.http(4)) as owner, closing(stack.http(5)) as stranger:
        listed = owner.post("/api/watchlist", json={"symbols": ["AAPL"], "name": "mine"}).json()["watchlist"]["id"]
        made = owner.post(
            "/api/tracked-setups",
            json={"symbol": "AAPL", "setup_type": "orb_breakout", "direction": "bullish", "opportunity_data": {}},
        ).json()["trackedSetup"]["id"]

        answers = [
            stranger.put(f"/api/watchlist/{listed}", json={"name": "theirs"}),
            stranger.delete(f"/api/watchlist/{listed}"),
            stranger.patch(f"/api/tracked-setups/{made}", json={"notes": "theirs"}),
            stranger.delete(f"/api/tracked-setups/{made}"),
        ]

        assert {answer.status_code for answer in answers} == {404}
        assert all(answer.json()["error"] == "Not found" for answer in answers)
        bulk = stranger.post("/api/tracked-setups/bulk", json={"action": "delete", "ids": [made]}).json()
        assert bulk["notFound"] == [made]
        assert made not in stranger.get("/api/tracked-setups").text
        kept = owner.get("/api/tracked-setups").json()["trackedSetups"]
        assert [(row["id"], row["notes"]) for row in kept] == [(made, None)]
        owner.delete(f"/api/tracked-setups/{made}")
        owner.delete(f"/api/watchlist/{listed}")


def test_health_answers_without_a_token(stack: Stack):
    with closing(stack.http()) as client:
        for path in ("/", "/health", "/health/ready", "/health/detailed", "/health/workers"):
            assert client.get(path).status_code == 200, path
        assert client.get("/health/diagnose").status_code == 404


def test_a_simulated_detection_reaches_its_user_within_seconds_and_nobody_else(stack: Stack):
    with (
        connect(f"{stack.socket_url}?token={bearer(6)}") as mine,
        connect(f"{stack.socket_url}?token={bearer(7)}") as others,
        closing(stack.http(6)) as client,
    ):
        for socket, number in ((mine, 6), (others, 7)):
            socket.send(json.dumps({"type": "subscribe", "channels": [f"setups:{user_id(number)}"]}))
            receive(socket, "ack")

        made = client.post("/api/tracked-setups/e2e/simulate-detected", json={"symbol": "NDX"})

        assert made.status_code == 201
        frame = receive(mine, "setup_detected", seconds=5)
        assert frame["channel"] == f"setups:{user_id(6)}"
        assert frame["data"]["trackedSetupId"] == made.json()["trackedSetup"]["id"]
        others.send('{"type": "ping"}')
        assert receive(others, "pong", "setup_detected")["type"] == "pong"
        assert headers(7)  # the other user exists only as a token
