"""When the issuer is asked for its keys: rarely, by one at a time, and never in the way of what is known."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_httpserver import HTTPServer

from accounts import external_keys
from accounts.external_keys import KEPT_S, PAUSE_S, RENEW_S, RETRY_S, Keys
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


@pytest.mark.parametrize("use", [Keys.renew, lambda keys: keys.find("first")], ids=["nobody asks", "it is used"])
def test_what_is_known_is_renewed_when_it_is_old(
    keys: Keys, issuer: Issuer, watch: Watch, use: Callable[[Keys], object]
) -> None:
    found(keys, "first")
    issuer.publish("second")

    watch.now += RENEW_S - 0.1
    use(keys)
    assert (found(keys, "first"), issuer.asked) == ("first", 1)
    watch.now += 0.1
    use(keys)
    keys.ask().result(10)
    assert (found(keys, "first"), found(keys, "second"), issuer.asked) == (None, "second", 2)


def test_known_keys_go_on_while_the_issuer_is_away(keys: Keys, issuer: Issuer, watch: Watch) -> None:
    found(keys, "first")
    issuer.go_away()

    watch.now += RENEW_S
    assert [found(keys, "first") for _ in range(3)] == ["first"] * 3
    keys.ask().result(10)
    assert (found(keys, "first"), issuer.asked) == ("first", 2)
    watch.now += RETRY_S
    assert found(keys, "first") == "first"
    keys.ask().result(10)
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
    watch.now += RENEW_S

    keys.renew()
    keys.ask().result(10)
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


def test_a_known_key_is_never_waited_for(keys: Keys, issuer: Issuer, watch: Watch) -> None:
    found(keys, "first")
    watch.now += RENEW_S
    with issuer.hanging() as server:
        assert found(keys, "first") == "first"
        assert server.asked.wait(10)
        assert found(keys, "first") == "first"

        assert server.is_holding
    keys.ask().result(10)
    assert found(keys, "first") == "first"


def test_an_unknown_key_is_waited_for_by_those_who_need_it(keys: Keys, issuer: Issuer, watch: Watch) -> None:
    found(keys, "first")
    watch.now += PAUSE_S
    with issuer.hanging() as server, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(keys.find, "second", patience_s=60)
        assert server.asked.wait(10)

        assert found(keys, "first") == "first"
        with pytest.raises(Unavailable):
            keys.find("second", patience_s=0)

        assert (server.is_holding, waiting.done()) == (True, False)
        server.let_go.set()
        with pytest.raises(Unavailable):
            waiting.result(10)


def test_patience_with_an_issuer_that_hangs_has_an_end(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external_keys, "TIMEOUT_S", 0.05)
    with issuer.hanging() as server:
        keys = Keys(issuer.url)
        with pytest.raises(Unavailable):
            keys.find("first", patience_s=60)

        assert server.is_holding


def test_what_breaks_while_asking_is_logged_and_counts_as_away(
    keys: Keys, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise AssertionError("a mistake of the library")

    monkeypatch.setattr(keys._client, "get_signing_keys", broken)

    with pytest.raises(Unavailable):
        keys.find("first")
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == ["accounts.issuer.failed"]


def test_many_at_once_ask_once(keys: Keys, issuer: Issuer) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: found(keys, "first"), range(32))) == {"first"}

    assert issuer.asked == 1


def test_a_process_has_one_set_of_keys_an_address() -> None:
    assert external_keys.at("https://a.example/") is external_keys.at("https://a.example/")
    assert external_keys.at("https://a.example/") is not external_keys.at("https://b.example/")
