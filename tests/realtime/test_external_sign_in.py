"""Users of an external issuer at the socket: the three ways in, and what happens while the issuer is away."""

import time
from uuid import UUID

import pytest

from accounts import external, external_keys
from accounts.models import User
from realtime import consumers, credentials
from tests.accounts.issuer import AUDIENCE, NAME, Issuer
from tests.realtime.acts import changed, commit, until
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


async def test_a_token_that_runs_out_closes_the_socket(running, issuer, monkeypatch):
    monkeypatch.setattr(consumers.hub, "AGAIN_S", 0.01)
    soon = int(time.time()) + 1 - int(external.LEEWAY.total_seconds())
    async with Client(f"/ws/prices?token={issuer.token('first', sub=ANNS, iat=soon - 60, exp=soon)}") as client:
        await client.subscribe(channels=["setups"])

        assert (await client.next())["code"] == "unauthorized"
        assert await client.next() == {"close": 4401}


@pytest.mark.django_db
def test_a_token_is_good_until_it_runs_out_by_the_issuers_clock(issuer):
    exp = int(time.time()) + 600

    member = credentials.Token(issuer.token("first", sub=ANNS, exp=exp)).check()

    assert member == credentials.Member(UUID(ANNS), exp + external.LEEWAY.total_seconds())
