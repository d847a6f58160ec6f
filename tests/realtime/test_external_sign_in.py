"""Users of an external issuer at the socket: the three ways in, and what happens while the issuer is away."""

import time
from contextlib import AsyncExitStack
from uuid import UUID

import pytest

from accounts import external, external_keys
from accounts.models import User
from realtime import consumers, credentials, hub
from tests.accounts.issuer import AUDIENCE, NAME, Issuer
from tests.realtime.acts import changed, commit, in_thread, signed_in, until
from tests.realtime.client import Client

ANNS = "3f2b8c64-1f6e-4a0b-9a55-7d0c1e2f3a44"


@pytest.fixture(autouse=True)
def issuer(httpserver, settings):
    made = Issuer(httpserver, "first")
    settings.EXTERNAL_JWT_ISSUER, settings.EXTERNAL_JWT_AUDIENCE = NAME, AUDIENCE
    settings.EXTERNAL_JWT_JWKS_URL = made.url
    yield made
    external_keys.at.cache_clear()


@pytest.mark.parametrize("way", ["query", "header", "message"])
async def test_a_good_token_opens_the_users_channels(running, issuer, way):
    token = issuer.token("first", sub=ANNS)
    path = f"/ws/prices?token={token}" if way == "query" else "/ws/prices"
    async with Client(path, headers={"authorization": f"Bearer {token}"} if way == "header" else {}) as client:
        if way == "message":
            await client.say(type="auth", token=token)
            assert (await client.next())["action"] == "auth"
        [ack] = await client.subscribe(channels=[f"setups:{ANNS}"])
        assert (ack["channels"], ack["rejected"]) == ([f"setups:{ANNS}"], [])

        [event_id] = await commit(changed(User(pk=UUID(ANNS))))
        assert (await client.next("setup_changed"))["id"] == event_id


async def test_another_users_channel_is_refused_to_him(running, issuer, ann):
    async with Client(f"/ws/prices?token={issuer.token('first', sub=ANNS)}") as client:
        [refused, ack] = await client.subscribe(channels=[f"setups:{ann.pk}"])

    assert (refused["code"], ack["channels"]) == ("forbidden_channel", [])


@pytest.mark.parametrize("way", ["query", "header", "message"])
async def test_a_bad_token_is_told_so_and_shown_out(running, issuer, way):
    token = issuer.token("first", aud="anon")
    path = f"/ws/prices?token={token}" if way == "query" else "/ws/prices"
    async with Client(path, headers={"authorization": f"Bearer {token}"} if way == "header" else {}) as client:
        if way == "message":
            await client.say(type="auth", token=token)

        assert (await client.next())["code"] == "unauthorized"
        assert await client.next() == {"close": 4401}


@pytest.mark.parametrize("way", ["query", "message"])
async def test_while_the_issuer_is_away_the_client_is_asked_to_come_back(running, issuer, caplog, way):
    issuer.go_away()
    token = issuer.token("first")
    async with Client(f"/ws/prices?token={token}" if way == "query" else "/ws/prices") as client:
        if way == "message":
            await client.say(type="auth", token=token)

        assert await client.next() == {"close": 1011}

    assert "realtime.socket.broken" in caplog.messages
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_who_is_in_stays_while_the_issuer_is_away(running, issuer, monkeypatch, caplog):
    monkeypatch.setattr(credentials, "RECHECK_S", 0.01)
    monkeypatch.setattr(consumers.hub, "AGAIN_S", 0.01)
    async with Client(f"/ws/prices?token={issuer.token('first', sub=ANNS)}") as client:
        await client.subscribe(channels=["setups"])
        issuer.go_away()
        external_keys.at.cache_clear()  # even the keys that were known are gone
        await until(lambda: "realtime.socket.unchecked" in caplog.messages)

        assert await client.silence() == []


async def test_sockets_that_wait_for_an_issuer_that_hangs_hold_nobody_else(running, issuer, ann, monkeypatch):
    monkeypatch.setattr(external_keys, "TIMEOUT_S", 60)
    cookie = await in_thread(signed_in, ann)
    with issuer.hanging() as server:
        async with AsyncExitStack() as waiting:
            theirs = [
                await waiting.enter_async_context(Client(f"/ws/prices?token={issuer.token('first')}")) for _ in range(8)
            ]
            await until(server.asked.is_set)

            async with Client(headers={"cookie": cookie}) as client:
                [ack] = await client.subscribe(channels=["setups"], symbols=["SPX"])
                [event_id] = await commit(changed(ann))
                heard = await client.next("setup_changed")

            assert (ack["channels"], heard["id"]) == (["SPX", f"setups:{ann.pk}"], event_id)
            assert (server.is_holding, [each.wire.qsize() for each in theirs]) == (True, [0] * 8)
            server.let_go.set()
            assert [await each.next() for each in theirs] == [{"close": 1011}] * 8
    assert issuer.asked == 1


async def test_known_keys_go_on_while_the_issuer_hangs(running, issuer, monkeypatch):
    monkeypatch.setattr(external_keys, "TIMEOUT_S", 60)
    for age in ("RENEW_S", "RETRY_S", "PAUSE_S"):
        monkeypatch.setattr(external_keys, age, 0)
    path = f"/ws/prices?token={issuer.token('first', sub=ANNS)}"
    async with Client(path) as client:
        await client.subscribe(channels=["setups"])

    with issuer.hanging() as server:
        for _ in range(4):
            async with Client(path) as client:
                [ack] = await client.subscribe(channels=["setups"])
                assert ack["channels"] == [f"setups:{ANNS}"]
        await until(server.asked.is_set)

        assert server.is_holding


async def test_keys_are_renewed_while_nobody_uses_them(issuer, monkeypatch, transactional_db):
    monkeypatch.setattr(credentials, "KEYS_S", 0.01)
    for age in ("RENEW_S", "RETRY_S", "PAUSE_S"):
        monkeypatch.setattr(external_keys, age, 0)
    keys = external_keys.at(issuer.url)
    started = hub.of_this_process()
    await started.known()

    await until(lambda: keys.known("first"))
    issuer.publish("second")
    await until(lambda: keys.known("second"))

    assert keys.known("first") is None
    await hub.stop()


async def test_a_token_that_runs_out_closes_the_socket(running, issuer, monkeypatch):
    monkeypatch.setattr(consumers.hub, "AGAIN_S", 0.01)
    # Long enough to connect and subscribe on a busy machine.
    soon = int(time.time()) + 6 - int(external.LEEWAY.total_seconds())
    async with Client(f"/ws/prices?token={issuer.token('first', sub=ANNS, iat=soon - 60, exp=soon)}") as client:
        await client.subscribe(channels=["setups"])

        assert (await client.next())["code"] == "unauthorized"
        assert await client.next() == {"close": 4401}


@pytest.mark.django_db
def test_a_token_is_good_until_it_runs_out_by_the_issuers_clock(issuer):
    exp = int(time.time()) + 600

    token = credentials.Token(issuer.token("first", sub=ANNS, exp=exp))
    token.ask_ahead().result(10)

    member = token.check()

    assert member == credentials.Member(UUID(ANNS), exp + external.LEEWAY.total_seconds())
