"""What a test turns and reads: the clock, the plan, the counters, and the server as a process."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from config.store import BASE_DIR
from tests.live.stack import _free_port
from tests.massive_server.clock import ServerClock
from tests.massive_server.serving import KEY, SEED, serving

SPY = "/v2/snapshot/locale/us/markets/stocks/tickers/SPY"
STATUS = "/v1/marketstatus/now"


def post(server, name, **facts):
    return httpx.post(f"{server.url}/__sim__/{name}", json=facts)


def test_a_running_clock_runs_from_its_anchor():
    wall = time.time()

    clock = ServerClock(market_at=1_000_000.0, wall_at=wall - 2, speed=60)

    ran = (clock.now() - datetime.fromtimestamp(1_000_000, UTC)).total_seconds()
    assert 120 <= ran < 180


def test_the_clock_is_set_to_run_beside_another(server, get):
    wall_at = datetime.now(UTC) - timedelta(seconds=10)

    answer = post(server, "clock", market_at="2026-03-09T14:00:00+00:00", speed=60, wall_at=wall_at.isoformat())

    assert answer.json()["market_at"] > "2026-03-09T14:10"
    assert get(SPY)["ticker"]["min"]["t"] >= 1000 * int(datetime(2026, 3, 9, 14, 9, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    "facts", [{"market_at": "2026-03-09T14:00:00"}, {"market_at": "noon"}, {"speed": 3}, {"at": "x"}]
)
def test_a_clock_that_cannot_be_is_refused(server, facts):
    assert post(server, "clock", **facts).status_code == 400


def test_the_same_seed_and_moment_give_the_same_bytes(server, http):
    with serving(at=server.control.clock.now()) as other:
        paths = [
            SPY,
            STATUS,
            "/v3/snapshot/indices?ticker.any_of=I:SPX",
            "/v3/reference/options/contracts/O:SPY260309C00650000",
        ]

        twin = [httpx.get(other.url + path, headers={"Authorization": f"Bearer {KEY}"}).content for path in paths]

        assert twin == [http.get(path).content for path in paths]


def test_another_seed_is_another_market(server, get):
    with serving(at=server.control.clock.now(), seed=SEED + 1) as other:
        body = httpx.get(other.url + SPY, headers={"Authorization": f"Bearer {KEY}"}).json()

    assert body["ticker"]["day"] != get(SPY)["ticker"]["day"]


def test_a_plan_of_three_calls_a_minute_answers_429_to_the_fourth(server, http):
    post(server, "plan", calls_per_minute=3)

    answers = [http.get(STATUS) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert 1 <= int(answers[3].headers["retry-after"]) <= 60
    assert server.control.stats.read()["refused_by_plan"] == 2


def test_a_plan_with_delay_answers_as_it_was_and_says_so(server, get):
    before = server.control.clock.now() - timedelta(minutes=15)
    post(server, "plan", delay_s=900)

    body = get("/v3/snapshot/indices", ticker__any_of="I:SPX")
    stock = get(SPY)

    assert (body["status"], body["results"][0]["timeframe"], stock["status"]) == ("DELAYED",) * 3
    assert stock["ticker"]["lastTrade"]["t"] == 1_000_000_000 * int(before.timestamp())


def test_calls_are_counted_by_route_and_answer(server, http):
    for path in (STATUS, SPY, SPY, "/nowhere"):
        http.get(path)

    stats = httpx.get(f"{server.url}/__sim__/stats").json()

    assert stats["calls"] == 4
    assert stats["routes"] == {
        STATUS: 1,
        "/v2/snapshot/locale/us/markets/stocks/tickers/{ticker}": 2,
        "unknown": 1,
    }
    assert stats["statuses"] == {"200": 3, "404": 1}
    assert (stats["most_under_way"], stats["most_in_a_market_minute"], stats["market_minutes"]) == (1, 4, 1)


def test_calls_at_one_time_are_counted(server, http):
    post(server, "fault", kind="delay", times=None, facts={"seconds": 0.4})
    threads = [threading.Thread(target=http.get, args=(STATUS,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert server.control.stats.read()["most_under_way"] == 4


def test_a_reset_forgets_everything(server, http):
    post(server, "fault", kind="500", times=None)
    post(server, "plan", calls_per_minute=1)
    http.get(STATUS)

    post(server, "reset")

    assert [http.get(STATUS).status_code for _ in range(3)] == [200, 200, 200]
    assert server.control.stats.read()["calls"] == 3


def test_long_answers_are_packed_for_who_can_unpack_them(server, http):
    plain = httpx.get(server.url + SPY, headers={"Authorization": f"Bearer {KEY}", "Accept-Encoding": "identity"})
    packed = http.get(SPY)

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()


def test_it_runs_as_a_process():
    port = _free_port()
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "tests.massive_server",
        "--port",
        str(port),
        "--key",
        "k",
        "--seed",
        "7",
    ]
    with subprocess.Popen([*command, "--at", "2026-03-09T15:00:30+00:00"], cwd=BASE_DIR) as process:
        try:
            answer = _patiently(f"http://127.0.0.1:{port}{SPY}")
            with serving(at=datetime(2026, 3, 9, 15, 0, 30, tzinfo=UTC), seed=7) as here:
                same = httpx.get(here.url + SPY, headers={"Authorization": f"Bearer {KEY}"})
        finally:
            process.terminate()
            code = process.wait(10)

    assert answer.content == same.content
    assert code in (0, -15)


def _patiently(url):
    give_up = time.monotonic() + 90  # it imports a calendar of forty years
    while True:
        try:
            return httpx.get(url, headers={"Authorization": "Bearer k"})
        except httpx.ConnectError:
            assert time.monotonic() < give_up, "the server did not start"
            time.sleep(0.1)
