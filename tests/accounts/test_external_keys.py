"""When the issuer is asked for its keys: rarely, by one at a time, and never in the way of what is known."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from accounts import external_keys
from accounts.external_keys import FRESH_S, KEPT_S, PAUSE_S, RETRY_S, Keys
from config.http.errors import Unavailable
from tests.accounts.issuer import PATH, SECRET, Issuer, public_jwk


class Watch:
    """A clock that goes when the test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def issuer(httpserver: HTTPServer) -> Issuer:
    return Issuer(httpserver, "first")


@pytest.fixture
def keys(issuer: Issuer, watch: Watch) -> Keys:
    return Keys(issuer.url, now=watch)


def found(keys: Keys, kid: str) -> str | None:
    key = keys.find(kid)
    return key.key_id if key else None


def test_nothing_is_known_before_somebody_asks(keys: Keys, issuer: Issuer) -> None:
    assert (keys.known("first"), issuer.asked) == (None, 0)


def test_a_key_is_fetched_once(keys: Keys, issuer: Issuer) -> None:
    assert [found(keys, "first") for _ in range(3)] == ["first"] * 3
    assert keys.known("first") is not None
    assert issuer.asked == 1


def test_a_new_key_is_picked_up_and_a_withdrawn_one_goes(keys: Keys, issuer: Issuer, watch: Watch) -> None:
    found(keys, "first")
    issuer.publish("second")
    watch.now += PAUSE_S

    assert found(keys, "second") == "second"
    assert found(keys, "first") is None


def test_invented_ids_cost_one_question_a_pause(keys: Keys, issuer: Issuer, watch: Watch) -> None:
    assert {found(keys, f"invented {number}") for number in range(50)} == {None}
    assert issuer.asked == 1

    watch.now += PAUSE_S - 0.1
    found(keys, "another")
    assert issuer.asked == 1

    watch.now += 0.1
    assert {found(keys, f"invented {number}") for number in range(50)} == {None}
    assert issuer.asked == 2


def test_what_is_known_is_renewed_when_it_is_old(keys: Keys, issuer: Issuer, watch: Watch) -> None:
    found(keys, "first")
    issuer.publish("second")

    watch.now += FRESH_S - 0.1
    assert (found(keys, "first"), issuer.asked) == ("first", 1)
    watch.now += 0.1
    assert (found(keys, "first"), issuer.asked) == (None, 2)


def test_known_keys_go_on_while_the_issuer_is_away(keys: Keys, issuer: Issuer, watch: Watch) -> None:
    found(keys, "first")
    issuer.go_away()

    watch.now += FRESH_S
    assert [found(keys, "first") for _ in range(3)] == ["first"] * 3
    assert issuer.asked == 2
    watch.now += RETRY_S
    assert (found(keys, "first"), issuer.asked) == ("first", 3)


def test_but_not_for_ever(keys: Keys, issuer: Issuer, watch: Watch) -> None:
    found(keys, "first")
    issuer.go_away()

    watch.now += KEPT_S

    assert keys.known("first") is None
    with pytest.raises(Unavailable):
        keys.find("first")


def test_an_unknown_key_of_an_issuer_that_is_away_may_be_good(keys: Keys, issuer: Issuer, watch: Watch) -> None:
    issuer.go_away()
    for _ in range(3):
        with pytest.raises(Unavailable, match="The service that issues tokens cannot be reached"):
            keys.find("first")
    assert issuer.asked == 1

    issuer.publish("first")
    watch.now += PAUSE_S
    assert found(keys, "first") == "first"
    assert found(keys, "nobody's") is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 200),
        (b"<html>", 200),
        (b"[]", 200),
        (b'{"keys": []}', 200),
        (b'{"keys": [1, {}]}', 200),
        (b'\xff\xfe{"keys"', 200),
        (b"", 404),
        (b"", 302),
    ],
)
def test_an_answer_without_keys_is_no_answer(
    keys: Keys, issuer: Issuer, watch: Watch, caplog: pytest.LogCaptureFixture, body: bytes, status: int
) -> None:
    found(keys, "first")
    issuer.answer(body, status=status)
    watch.now += FRESH_S

    assert found(keys, "first") == "first"
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == ["accounts.issuer.away"]


def test_a_port_where_nobody_listens_is_away(watch: Watch) -> None:
    with pytest.raises(Unavailable):
        Keys(f"http://127.0.0.1:9{PATH}", now=watch).find("first")


def test_keys_for_other_purposes_do_not_verify(keys: Keys, issuer: Issuer) -> None:
    good = public_jwk("ES256", "good")
    secret = {"kty": "oct", "kid": "secret", "k": "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3JldA", "alg": "HS256"}
    encrypting = public_jwk("RS256", "encrypting") | {"use": "enc"}
    nameless = {name: value for name, value in public_jwk("ES256", "nameless").items() if name != "kid"}
    odd = public_jwk("ES256", "odd") | {"kid": ["odd"]}
    other = public_jwk("RS256", "other") | {"alg": "RS512"}
    issuer.answer(json={"keys": [good, secret, encrypting, nameless, odd, other]})

    assert found(keys, "good") == "good"
    assert [found(keys, kid) for kid in ("secret", "encrypting", "nameless", "odd", "other")] == [None] * 5
    assert SECRET not in repr(keys)


class SlowAnswer:
    """An answer that comes when the test lets it."""

    def __init__(self) -> None:
        self.asked, self.let_go = threading.Event(), threading.Event()

    def __call__(self, _request: Request) -> Response:
        self.asked.set()
        self.let_go.wait(10)
        return Response("", status=503)


def test_while_one_renews_the_others_go_on_with_what_is_known(
    keys: Keys, issuer: Issuer, watch: Watch, httpserver: HTTPServer
) -> None:
    found(keys, "first")
    slow = SlowAnswer()
    httpserver.clear_all_handlers()
    httpserver.expect_request(PATH).respond_with_handler(slow)
    watch.now += FRESH_S
    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(found, keys, "first")
        assert slow.asked.wait(10)

        assert found(keys, "first") == "first"

        assert not renewing.done()
        slow.let_go.set()
        assert renewing.result(10) == "first"


def test_many_at_once_ask_once(keys: Keys, issuer: Issuer) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: found(keys, "first"), range(32))) == {"first"}

    assert issuer.asked == 1


def test_a_process_has_one_set_of_keys_an_address() -> None:
    assert external_keys.at("https://a.example/") is external_keys.at("https://a.example/")
    assert external_keys.at("https://a.example/") is not external_keys.at("https://b.example/")
