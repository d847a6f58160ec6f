from __future__ import annotations

import logging
import random
from contextlib import suppress
from typing import Any

import httpx
import pytest
from werkzeug import Request, Response

from config.redis import client as redis_client
from config.redis import key as redis_key
from market.errors import NotEntitled, ProviderUnavailable, RateLimited
from market.vendors.calls.bucket import RESERVE, Bucket, Limit
from market.vendors.calls.transport import Transport
from market.vendors.massive import endpoints
from market.vendors.massive.client import Client, NotFoundError, _PassingError
from market.vendors.massive.refusals import Refusals
from tests.market.vendors.conftest import Silent
from tests.market.vendors.massive.conftest import KEY, Wire

FINE = {"status": "OK", "request_id": "r1", "results": [{"ticker": "AAPL", "market": "stocks"}]}
PATH = "/v3/reference/tickers"


class Hand:
    """A clock that moves when somebody sleeps, and when a test moves it."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def hand() -> Hand:
    return Hand()


def made(wire: Wire, hand: Hand, *limits: Limit, **how: Any) -> Client:
    transport = Transport(wire.url("").rstrip("/"), {"Authorization": f"Bearer {KEY}"})
    bucket = Bucket("massive", limits, reserve=RESERVE, sleep=hand.sleep, now_s=hand)
    return Client("massive", transport, bucket, monotonic=hand, rng=random.Random(1), **how)


@pytest.fixture
def client(wire: Wire, hand: Hand) -> Client:
    return made(wire, hand)


def ask(client: Client, **how: Any) -> list[str]:
    return [row.ticker for row in client.get(endpoints.TICKERS, params={"ticker": "AAPL"}, **how).results or ()]


def test_the_key_travels_in_the_header_alone(wire: Wire, client: Client) -> None:
    wire.says(PATH, FINE)

    assert ask(client) == ["AAPL"]
    (request,) = wire.asked
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert KEY not in request.url
    assert (request.method, request.args.to_dict()) == ("GET", {"ticker": "AAPL"})


@pytest.mark.parametrize("status", ["OK", "DELAYED"])
@pytest.mark.parametrize("results", [{"results": []}, {"results": None}, {}])
def test_empty_answers_are_answers(wire: Wire, client: Client, status: str, results: dict[str, Any]) -> None:
    wire.says(PATH, {"status": status, "request_id": "r"} | results)

    found = client.get(endpoints.TICKERS)

    assert (found.results or [], found.delayed) == ([], status == "DELAYED")


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, {"status": "ERROR", "error": "the world ended"}, "it reports an error: the world ended"),
        (400, {"status": "ERROR", "request_id": "r", "error": "bad limit"}, "it did not understand the question"),
        (401, {"status": "ERROR", "request_id": "r", "error": "Unknown API Key"}, "it refuses the API key"),
        (401, {"status": "ERROR", "message": "API Key was not provided"}, "it refuses the API key"),
        (401, "<html>no</html>", "it refuses the API key"),
        (403, {"status": "NOT_AUTHORIZED", "request_id": "r", "message": "not your plan"}, "not_entitled"),
        (302, "", "an unexpected answer, HTTP 302"),
        (418, "", "an unexpected answer, HTTP 418"),
    ],
)
def test_what_another_attempt_would_not_change_is_asked_once(
    wire: Wire, client: Client, status: int, body: object, reason: str
) -> None:
    wire.says(PATH, body, status=status)

    with pytest.raises(ProviderUnavailable) as refused:
        ask(client)

    assert refused.value.reason == reason
    assert refused.value.status == 503
    assert len(wire.asked) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
def test_what_may_pass_is_asked_again(wire: Wire, client: Client, status: int) -> None:
    wire.says(PATH, Response("<html>busy</html>", status), FINE)

    assert ask(client) == ["AAPL"]
    assert len(wire.asked) == 2


@pytest.mark.parametrize("body", [b'{"status":"OK","resul', b"", b"<html>", b'{"results": {"not": "a list"}}'])
def test_an_answer_that_is_cut_off_is_asked_for_again(wire: Wire, client: Client, body: bytes) -> None:
    wire.says(PATH, body, FINE)

    assert ask(client) == ["AAPL"]


def test_after_three_attempts_it_is_unavailable(wire: Wire, client: Client) -> None:
    wire.says(PATH, "", status=500)

    with pytest.raises(ProviderUnavailable, match=r"massive cannot be used at the moment: HTTP 500$"):
        ask(client)
    assert len(wire.asked) == 3


def test_after_three_attempts_it_is_rate_limited(wire: Wire, client: Client) -> None:
    wire.says(PATH, "", status=429, headers={"Retry-After": "2"})

    with pytest.raises(RateLimited) as refused:
        ask(client)
    assert (refused.value.retry_after, len(wire.asked)) == (2.0, 3)


@pytest.mark.parametrize(("header", "within_s", "asked"), [("31", 60.0, 1), ("25", 60.0, 3), ("5", 4.0, 1)])
def test_who_is_told_to_wait_too_long_does_not(
    wire: Wire, client: Client, header: str, within_s: float, asked: int
) -> None:
    wire.says(PATH, "", status=429, headers={"Retry-After": header})

    with pytest.raises(RateLimited) as refused:
        ask(client, deadline=client.deadline(within_s))
    assert refused.value.retry_after == float(header)
    assert len(wire.asked) == asked


def test_a_throttled_call_slows_everybody_down(wire: Wire, hand: Hand) -> None:
    one, other = made(wire, hand, Limit(50, 1.0)), made(wire, hand, Limit(50, 1.0))
    busy = Response("", 429, {"Retry-After": "7"})
    wire.says(PATH, lambda _: busy, FINE)

    assert ask(one) == ["AAPL"]
    assert hand.slept == [7.0]
    wire.says(PATH, lambda _: Response("", 429, {"Retry-After": "9"}))
    with pytest.raises(RateLimited):
        ask(one, deadline=one.deadline(3))
    with pytest.raises(RateLimited) as refused:
        ask(other, deadline=other.deadline(3))
    assert refused.value.retry_after == 9.0


def test_waits_between_attempts_grow_and_are_jittered(client: Client) -> None:
    trouble = _PassingError("HTTP 500")
    first = [client._worth_waiting(client.deadline(20))(trouble) for _ in range(200)]
    hook = client._worth_waiting(client.deadline(20))
    growing = [hook(trouble) for _ in range(200)]

    assert all(0 <= wait <= 0.25 for wait in first)
    assert max(first) - min(first) > 0.2
    assert max(growing[:2]) <= 0.5
    assert 4.5 < max(growing) <= 5.0
    assert hook(ValueError("not ours")) is False


def test_nobody_waits_beyond_the_deadline(wire: Wire, client: Client, hand: Hand) -> None:
    def slow(_: Request) -> Response:
        hand.now += 3.0
        return Response("", 500)

    wire.says(PATH, slow)

    with pytest.raises(ProviderUnavailable):
        ask(client, deadline=client.deadline(4.0))
    assert len(wire.asked) == 2


def test_without_a_key_nothing_is_asked(wire: Wire, hand: Hand) -> None:
    client = made(wire, hand, configured=False)

    with pytest.raises(ProviderUnavailable, match="not configured: MARKET_PROVIDER_API_KEY is not set"):
        ask(client)
    assert wire.asked == []


def test_a_refused_plan_is_remembered_for_an_hour_by_all(wire: Wire, hand: Hand) -> None:
    wire.says(PATH, {"status": "NOT_AUTHORIZED"}, status=403)
    wire.says("/v3/reference/splits", {"status": "OK"})
    one, other = made(wire, hand), made(wire, hand)

    for client in (one, other):
        with pytest.raises(NotEntitled):
            ask(client)
    assert other.get(endpoints.SPLITS).results is None

    assert wire.paths() == [PATH, "/v3/reference/splits"]
    (name,) = redis_client().keys(redis_key("*refused*"))
    assert 3590 < redis_client().ttl(name) <= 3600


def test_another_key_is_asked_for_what_the_last_one_was_refused(wire: Wire, hand: Hand) -> None:
    wire.says(PATH, {"status": "NOT_AUTHORIZED"}, status=403)
    with pytest.raises(NotEntitled):
        ask(made(wire, hand, refusals=Refusals("massive", "of the small plan")))

    wire.says(PATH, FINE)
    assert ask(made(wire, hand, refusals=Refusals("massive", "of the large plan"))) == ["AAPL"]
    with pytest.raises(NotEntitled):
        ask(made(wire, hand, refusals=Refusals("massive", "of the small plan")))
    assert b"of the small plan" not in b"".join(redis_client().keys(redis_key("*refused*")))


@pytest.mark.parametrize("body", ["<html>Forbidden</html>", "", {"status": "ERROR", "message": "blocked"}])
def test_a_403_of_somebody_on_the_way_is_no_word_on_the_plan(wire: Wire, client: Client, body: object) -> None:
    wire.says(PATH, body, status=403)
    with pytest.raises(ProviderUnavailable, match="an unexpected answer, HTTP 403") as refused:
        ask(client)
    assert not isinstance(refused.value, NotEntitled)

    wire.says(PATH, FINE)
    assert ask(client) == ["AAPL"]


def test_an_unknown_name_is_remembered_and_others_are_asked_for(wire: Wire, client: Client) -> None:
    for _ in range(2):
        with pytest.raises(NotFoundError):
            client.get(endpoints.CHAIN, endpoints.CHAIN.path(underlying="NOPE"))
    with pytest.raises(NotFoundError):
        client.get(endpoints.CHAIN, endpoints.CHAIN.path(underlying="NADA"))

    assert wire.paths() == ["/v3/snapshot/options/NOPE", "/v3/snapshot/options/NADA"]


def test_a_family_that_fails_five_times_is_left_alone_for_a_while(wire: Wire, client: Client, hand: Hand) -> None:
    wire.says(PATH, "", status=500)
    wire.says("/v3/reference/splits", {"status": "OK"})
    for _ in range(2):
        with pytest.raises(ProviderUnavailable):
            ask(client)
    assert len(wire.asked) == 5

    with pytest.raises(ProviderUnavailable, match="it failed several times in a row, next attempt in 15 s"):
        ask(client)
    assert client.get(endpoints.SPLITS).status == "OK"
    assert len(wire.asked) == 6

    hand.now += 15.0
    wire.says(PATH, FINE)
    assert ask(client) == ask(client) == ["AAPL"]


def test_answers_we_do_not_like_open_no_breaker(wire: Wire, client: Client) -> None:
    wire.says(PATH, "", status=400)
    for _ in range(7):
        with pytest.raises(ProviderUnavailable, match="did not understand"):
            ask(client)

    assert len(wire.asked) == 7


def test_history_gets_its_share_of_a_small_plan_while_prices_want_all_of_it(wire: Wire, hand: Hand) -> None:
    client = made(wire, hand, Limit(5, 60.0))
    wire.says(PATH, FINE)
    for _ in range(36):
        with suppress(RateLimited):
            ask(client, urgent=True, deadline=client.deadline(4.0))
        hand.now += 5.0

    assert ask(client) == ["AAPL"]
    assert hand.slept == []


def test_prices_use_what_history_leaves_them(wire: Wire, hand: Hand) -> None:
    client = made(wire, hand, Limit(5, 60.0))
    wire.says(PATH, FINE)
    for _ in range(4):
        ask(client)
    with pytest.raises(RateLimited):
        ask(client)

    assert ask(client, urgent=True) == ["AAPL"]
    assert len(wire.asked) == 5


def test_a_small_plan_never_hears_too_many_requests(wire: Wire, hand: Hand) -> None:
    """A host that allows five calls a minute, as strictly as can be, and callers of both kinds for two minutes."""
    seen: list[float] = []

    def strict(_: Request) -> Response:
        seen.append(hand.now)
        window = [at for at in seen if at > hand.now - 60.0]
        return Response("", 429) if len(window) > 5 else Response('{"status":"OK"}')

    wire.says(PATH, strict)
    client = made(wire, hand, Limit(50, 1.0), Limit(5, 60.0))
    throttled = 0
    for _ in range(24):
        for urgent in (True, False):
            try:
                client.get(endpoints.TICKERS, urgent=urgent, deadline=client.deadline(4.0))
            except RateLimited:
                throttled += 1
        hand.now += 5.0

    assert len(seen) == 10
    assert throttled == 38  # by our own pace, before anything was sent


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_thousand_calls_survive_a_host_that_fails_one_in_ten(hand: Hand, seed: int) -> None:
    dice, bad_in_a_row, bad = random.Random(seed), 0, 0

    def moody(_: httpx.Request) -> httpx.Response:
        nonlocal bad_in_a_row, bad
        # Three in a row are more than three attempts can survive; every other tenth must go unnoticed.
        bad_in_a_row = bad_in_a_row + 1 if bad_in_a_row < 2 and dice.random() < 0.10 else 0
        bad += bad_in_a_row > 0
        return httpx.Response(dice.choice([500, 429])) if bad_in_a_row else httpx.Response(200, json={"status": "OK"})

    transport = Transport("https://api.massive.com", {}, through=httpx.MockTransport(moody))
    client = Client("massive", transport, Bucket("massive", [Limit(1000, 1.0)], sleep=hand.sleep, now_s=hand))

    for _ in range(1000):
        hand.now += 0.05
        assert client.get(endpoints.TICKERS).status == "OK"
    assert bad > 80


def test_the_key_is_in_no_log(wire: Wire, client: Client, hand: Hand, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    trouble = (b"{", Response("", 500), Response("", 429), Response("", 401), Response("", 400), Response("", 403))
    for answer in trouble:
        wire.says(PATH, answer)
        hand.now += 20.0  # longer than any breaker stays open
        with pytest.raises((ProviderUnavailable, RateLimited)):
            ask(client)

    ours = [record for record in caplog.records if record.name != "werkzeug"]
    assert KEY not in "".join(f"{record.getMessage()}{vars(record)}" for record in ours)
    assert len([record for record in ours if record.getMessage() == "market.massive.call"]) >= 9


def test_a_call_says_what_it_was(wire: Wire, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    wire.says("/v3/snapshot/options/I:SPX", {"status": "OK", "request_id": "r7"})
    client.get(endpoints.CHAIN, endpoints.CHAIN.path(underlying="I:SPX"))

    (record,) = [record for record in caplog.records if record.getMessage() == "market.massive.call"]
    facts = {name: getattr(record, name) for name in ("path", "status", "request_id", "bytes", "ms")}
    assert facts == {
        "path": "/v3/snapshot/options/{underlying}",
        "status": 200,
        "request_id": "r7",
        "bytes": 36,
        "ms": 0,
    }


@pytest.mark.parametrize(
    ("status", "event"), [(400, "market.massive.bad_question"), (401, "market.massive.key_refused")]
)
def test_what_somebody_must_change_is_an_error(
    wire: Wire, client: Client, caplog: pytest.LogCaptureFixture, status: int, event: str
) -> None:
    wire.says(PATH, {"error": "no"}, status=status)
    with pytest.raises(ProviderUnavailable):
        ask(client)

    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [event]


def test_a_redis_that_hangs_holds_no_call_beyond_its_deadline(wire: Wire, silent_redis: Silent) -> None:
    transport = Transport(wire.url("").rstrip("/"), {})
    client = Client("massive", transport, Bucket("massive", [Limit(50, 1.0)]))

    with pytest.raises(ProviderUnavailable, match="Redis does not answer"):
        ask(client, deadline=client.deadline(3.0))

    assert wire.asked == []
    assert silent_redis.called() == 1  # half a second, and no second try within what was left


def test_an_address_without_a_name_that_is_not_found_is_asked_for_again(wire: Wire, client: Client) -> None:
    wire.says(PATH, {"status": "NOT_FOUND"}, status=404)
    with pytest.raises(ProviderUnavailable, match="it knows no such thing"):
        ask(client)
    wire.says(PATH, FINE)

    assert ask(client) == ["AAPL"]
