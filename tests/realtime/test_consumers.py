import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError

from accounts import tokens
from accounts.models import User
from market import feed
from realtime import consumers, credentials, log, looking, prices
from realtime.consumers import Socket
from tests.realtime.acts import changed, commit, detected, in_thread, signed_in, until
from tests.realtime.client import Client
from tests.realtime.test_prices import AAPL

BYPASS_ID = "00000000-0000-4000-8000-000000000001"


def ids(frames):
    return [frame["id"] for frame in frames if "id" in frame]


# The handshake


async def test_the_first_frame_is_the_status(running):
    async with Client() as client:
        assert await client.silence() == []


@pytest.mark.parametrize("path", ["/ws/prices", "/ws/prices/", "/ws/", "/ws"])
async def test_both_addresses_lead_to_the_socket(running, path):
    async with Client(path):
        pass


@pytest.mark.parametrize(
    ("origin", "bypass", "welcome"),
    [
        (None, False, True),
        ("https://coach.test", False, True),
        ("https://app.example", False, True),
        ("https://evil.example", False, False),
        ("null", False, False),
        ("null", True, True),
    ],
)
async def test_only_pages_on_the_list_may_connect(running, settings, origin, bypass, welcome):
    settings.CORS_ALLOW_ALL_ORIGINS = False
    settings.ALLOWED_ORIGINS = ["https://app.example"]
    settings.E2E_BYPASS_AUTH = bypass
    client = Client(origin=origin)

    assert await client.connect() is welcome
    await client.disconnect()


async def test_a_server_that_cannot_say_404_refuses_all_the_same(running):
    assert not await Client("/ws/elsewhere").connect()


async def test_a_client_that_is_gone_before_the_door_opens_leaves_nothing(running, caplog):
    async def send(_message):
        raise OSError("gone")

    async def receive():
        return {"type": "websocket.connect"}

    await Socket.as_asgi()({"type": "websocket", "headers": [], "query_string": b""}, receive, send)

    assert running.sockets == set()
    assert caplog.records == []


# Who it is


@pytest.mark.parametrize("way", ["query", "header", "message", "action"])
async def test_a_good_token_opens_the_users_channels(running, ann, way):
    token = await in_thread(tokens.issue, ann)
    path = f"/ws/prices?token={token}" if way == "query" else "/ws/prices"
    headers = {"authorization": f"Bearer {token}"} if way == "header" else {}
    async with Client(path, headers=headers) as client:
        if way in ("message", "action"):
            await client.say(**{"type" if way == "message" else "action": "auth"}, token=token)
            assert await client.next() == {"type": "ack", "action": "auth", "channels": [], "rejected": [], "at": 0}

        [ack] = await client.subscribe(channels=[f"setups:{ann.pk}"])

    assert (ack["channels"], ack["rejected"]) == ([f"setups:{ann.pk}"], [])


async def test_a_test_token_is_a_token_where_those_are_on(running, settings):
    settings.E2E_BYPASS_AUTH = True
    settings.E2E_BYPASS_SHARED_SECRET = ""
    async with Client(f"/ws/prices?token=e2e:{BYPASS_ID}") as client:
        [ack] = await client.subscribe(channels=["setups"])

    assert ack["channels"] == [f"setups:{BYPASS_ID}"]


@pytest.mark.parametrize("way", ["query", "header", "malformed header", "message"])
async def test_a_bad_token_is_told_so_and_shown_out(running, way):
    path = "/ws/prices?token=rubbish" if way == "query" else "/ws/prices"
    headers = {"header": {"authorization": "Bearer rubbish"}, "malformed header": {"authorization": "Bearer"}}.get(
        way, {}
    )
    async with Client(path, headers=headers) as client:
        if way == "message":
            await client.say(type="auth", token="rubbish")
        refused = await client.next()
        assert (refused["type"], refused["code"]) == ("error", "unauthorized")
        assert await client.next() == {"close": 4401}


async def test_a_connection_never_changes_hands(running, ann, bob):
    async with Client(user=ann) as client:
        await client.say(type="auth", token=await in_thread(tokens.issue, bob))

        assert (await client.next())["code"] == "unauthorized"
        assert await client.next() == {"close": 4401}


@pytest.mark.parametrize(
    ("origin", "trusted"),
    [
        (None, True),
        ("https://coach.test", True),
        ("http://coach.test:3001", True),
        ("https://app.example", True),
        ("https://evil.example", False),
        ("null", False),
    ],
)
async def test_the_cookie_counts_only_for_pages_we_trust_with_it(running, ann, settings, origin, trusted):
    settings.CORS_ALLOW_ALL_ORIGINS = True  # as on a laptop: everybody may connect
    settings.E2E_BYPASS_AUTH = True
    settings.ALLOWED_ORIGINS = ["https://app.example"]
    cookie = await in_thread(signed_in, ann)
    async with Client(headers={"cookie": cookie}, origin=origin) as client:
        frames = await client.subscribe(channels=["setups"])

    assert frames[-1]["channels"] == ([f"setups:{ann.pk}"] if trusted else [])


@pytest.mark.parametrize("ending", ["signed out everywhere", "switched off", "no such session"])
async def test_a_cookie_that_is_no_longer_good_makes_a_visitor(running, ann, ending):
    cookie = await in_thread(signed_in, ann)
    match ending:
        case "signed out everywhere":
            await in_thread(ann.sign_out_everywhere)
        case "switched off":
            await in_thread(lambda: User.objects.filter(pk=ann.pk).update(is_active=False))
        case _:
            cookie = f"{django_settings.SESSION_COOKIE_NAME}=unknown"
    async with Client(headers={"cookie": cookie}) as client:
        [refused, ack] = await client.subscribe(channels=["setups"])

    assert (refused["code"], ack["channels"], ack["at"]) == ("forbidden_channel", [], None)


async def test_a_good_token_goes_before_the_cookie(running, ann, bob):
    cookie = await in_thread(signed_in, ann)
    async with Client(user=bob, headers={"cookie": cookie}) as client:
        [ack] = await client.subscribe(channels=["setups"])

    assert ack["channels"] == [f"setups:{bob.pk}"]


async def test_a_socket_does_not_outlive_its_credentials(monkeypatch, running, ann):
    monkeypatch.setattr(credentials, "RECHECK_S", 0.01)
    monkeypatch.setattr(consumers.hub, "AGAIN_S", 0.01)
    async with Client(user=ann) as client:
        await in_thread(ann.sign_out_everywhere)

        assert (await client.next())["code"] == "unauthorized"
        assert await client.next() == {"close": 4401}


async def test_an_outage_does_not_show_anybody_out(monkeypatch, running, ann, caplog):
    monkeypatch.setattr(credentials, "RECHECK_S", 0.01)
    monkeypatch.setattr(consumers.hub, "AGAIN_S", 0.01)
    async with Client(user=ann) as client:

        def unreachable(_self):
            raise OperationalError("away")

        monkeypatch.setattr(credentials.Token, "check", unreachable)
        await until(lambda: any(record.message == "realtime.socket.unchecked" for record in caplog.records))

        assert await client.silence() == []


# What may be asked


async def test_a_private_channel_belongs_to_its_user_and_the_socket_stays_open(running, ann, bob):
    mine, theirs = f"setups:{ann.pk}", f"setups:{bob.pk}"
    async with Client(user=ann) as client:
        [refused, ack] = await client.subscribe(channels=[theirs, mine.upper()])
        assert refused == {"type": "error", "message": f"Forbidden channel: {theirs}", "code": "forbidden_channel"}
        assert (ack["channels"], ack["rejected"]) == ([mine], [{"channel": theirs, "code": "forbidden_channel"}])

        await commit(changed(bob))
        [event_id] = await commit(changed(ann))
        assert ids([await client.next()]) == [event_id]
        assert await client.silence() == []


async def test_a_visitor_gets_prices_and_no_private_channel(running, ann):
    async with Client() as client:
        frames = await client.subscribe(symbols=["SPX"], channels=["setups:user-123", f"setups:{ann.pk}", "alerts"])
        assert [frame.get("code") for frame in frames] == ["forbidden_channel"] * 3 + [None]
        assert frames[-1]["channels"] == ["SPX"]

        [event_id] = await commit(changed(ann))
        await until(lambda: running.told == event_id)
        assert await client.silence() == []


@pytest.mark.parametrize(
    ("frame", "message", "code"),
    [
        ("no json", "Invalid JSON message", "invalid_json"),
        ("[1]", "Invalid JSON message", "invalid_json"),
        (b"\x00{}", "Invalid JSON message", "invalid_json"),
        ('{"type":"order"}', "Unknown message type: order", "unknown_type"),
        ('{"type":"subscribe","symbols":[" not a symbol "]}', "Unknown symbol: NOT A SYMBOL", "unknown_symbol"),
        ('{"type":"subscribe","channels":["Secrets:ABC"]}', "Invalid channel: secrets:abc", "invalid_channel"),
        ('{"type":"subscribe","channels":["setups:ABC"]}', "Forbidden channel: setups:abc", "forbidden_channel"),
    ],
)
async def test_a_refusal_is_the_contracts_and_the_socket_stays_open(running, frame, message, code):
    async with Client() as client:
        await client.send(frame)

        assert await client.next() == {"type": "error", "message": message, "code": code}
        assert [each["type"] for each in await client.silence()] in ([], ["ack"])


async def test_symbols_and_channels_share_the_limit_and_held_ones_are_free(running, ann, settings):
    settings.SOCKET_LIMITS = settings.SOCKET_LIMITS | {"subscriptions": 3}
    async with Client(user=ann) as client:
        [ack] = await client.subscribe(symbols=["A", "B"], channels=["setups"])
        assert len(ack["channels"]) == 3

        [refused, ack] = await client.subscribe(symbols=["A", "b ", "C", "D"], channels=["setups"])
        assert refused == {"type": "error", "message": "Maximum 3 subscriptions", "code": "too_many_subscriptions"}
        assert ack["channels"] == ["A", "B", f"setups:{ann.pk}"]
        assert ack["rejected"] == [{"channel": "C", "code": "too_many_subscriptions"}]

        await client.say(type="unsubscribe", symbols=["a", "ZZZ", "not a symbol"], channels=["setups", "rumours"])
        [ack] = await client.subscribe(symbols=["C"], channel="positions")
        assert ack["channels"] == ["C", f"positions:{ann.pk}"]


async def test_128_is_the_limit_and_a_whole_watchlist_fits(running, ann):
    async with Client(user=ann) as client:
        frames = await client.subscribe(symbols=[f"S{number}" for number in range(200)], channels=["setups"])

    assert [frame.get("message") for frame in frames] == ["Maximum 128 subscriptions"] * 2 + [None]
    assert len(frames[-1]["channels"]) == 128


async def test_after_unsubscribing_nothing_more_is_heard(running, ann):
    async with Client(user=ann) as client:
        await client.subscribe(channels=["setups", "positions"])
        await client.say(action="unsubscribe", channel=f"setups:{ann.pk}")
        await client.silence()

        await commit(changed(ann))
        [event_id] = await commit(changed(ann, channel="positions", type="position_advice", payload=ADVICE))
        assert ids([await client.next()]) == [event_id]


ADVICE = {
    "userId": "u",
    "advice": {"positionId": "p", "type": "roll", "urgency": "low", "message": "m", "suggestedAction": {}},
    "generatedAt": "2026-02-09T17:00:00Z",
}


async def test_a_clients_position_is_noted_and_not_answered(running, ann):
    async with Client(user=ann) as client:
        await client.say(type="ack", at=12)

        assert await client.silence() == []
        assert [socket.acknowledged for socket in running.sockets] == [12]


async def test_a_frame_above_64_kb_closes_with_1009(running):
    async with Client() as client:
        await client.say(type="ping", pad="x" * 65_000)
        assert (await client.next())["type"] == "pong"
        await client.say(type="ping", pad="ä" * 33_000)
        assert await client.next() == {"close": 1009}


async def test_a_client_that_floods_is_told_once_and_closed(running, ann, settings):
    settings.SOCKET_LIMITS = settings.SOCKET_LIMITS | {"messages_at_once": 4, "messages_per_s": 1}
    async with Client(user=ann) as flooding, Client() as calm:
        for _ in range(3):
            await flooding.say(type="ping")
        for number in range(50):
            await flooding.say(type="subscribe", symbols=[f"S{number}"])

        types = [(await flooding.next())["type"] for _ in range(3)]
        answered = await flooding.until("error")
        assert types == ["pong"] * 3
        assert [frame["type"] for frame in answered] == ["ack", "error"]
        assert answered[-1] == {"type": "error", "message": "Maximum 1 messages a second"}
        assert await flooding.next() == {"close": 4429}
        assert set(running.lookers.symbols) == {"S0"}  # nothing beyond the limit was worked on
        assert await calm.silence() == []  # a limit of one connection is nobody else's


async def test_one_address_and_one_user_hold_only_so_many_connections(running, ann, bob, settings):
    settings.SOCKET_LIMITS = settings.SOCKET_LIMITS | {"per_user": 1, "per_address": 2}
    async with Client(user=ann, address="10.0.0.1"), Client(address="10.0.0.1"):
        await until(lambda: ann.pk in running.users)  # who she is, is found out after the first frame
        async with Client(address="10.0.0.1") as third:
            assert await third.next() == {"type": "error", "message": "Maximum 2 connections for one address"}
            assert await third.next() == {"close": 4429}
        async with Client(user=ann, address="10.0.0.2") as again:
            assert await again.next() == {"type": "error", "message": "Maximum 1 connections for one user"}
            assert await again.next() == {"close": 4429}
        async with Client(user=bob, address="10.0.0.2") as other:
            assert await other.silence() == []
    assert (running.sockets, running.users, running.addresses) == (set(), {}, {})


async def test_who_was_turned_away_and_still_says_who_he_is_leaves_nothing(running, ann, settings):
    settings.SOCKET_LIMITS = settings.SOCKET_LIMITS | {"per_address": 1}
    async with Client(address="10.0.0.1"), Client(address="10.0.0.1") as refused:
        await refused.say(type="auth", token=tokens.issue(ann))
        assert (await refused.until("error"))[-1]["message"] == "Maximum 1 connections for one address"
        assert await refused.next() == {"close": 4429}
        await until(lambda: ann.pk in running.users)

    assert (running.sockets, running.users, running.addresses) == (set(), {}, {})


async def test_behind_a_proxy_the_address_is_the_clients(running, settings):
    settings.TRUSTED_PROXIES = 1
    async with Client(address="10.0.0.9", headers={"x-forwarded-for": "1.2.3.4, 203.0.113.7"}):
        assert dict(running.addresses) == {"203.0.113.7": 1}


# Events


async def test_a_detection_reaches_its_hearers_with_their_own_members_and_nobody_else(running, ann, bob, circle):
    subject = uuid4()
    circle.let_hear(subject, ann)
    async with Client(user=ann) as mine, Client(user=bob) as others:
        for client in (mine, others):
            await client.subscribe(channels=["setups"])
        [event_id] = await commit(detected(subject))

        frame = await mine.next()
        assert (frame["type"], frame["id"], frame["channel"]) == ("setup_detected", event_id, f"setups:{ann.pk}")
        assert frame["data"]["trackedSetupId"] == f"tracked-{ann.pk}"
        assert await others.silence() == []


async def test_all_tabs_of_a_user_hear_the_same(running, ann):
    async with Client(user=ann) as one, Client(user=ann) as two:
        for client in (one, two):
            await client.subscribe(channels=["setups"])
        await commit(changed(ann))

        assert await one.next() == await two.next()


async def test_what_was_missed_comes_first_in_order_then_the_ack_then_live(running, ann, bob, circle):
    subject = uuid4()
    circle.let_hear(subject, ann)
    [seen] = await commit(changed(ann))
    missed = await commit(changed(ann), changed(bob), detected(subject), changed(ann, channel="journal"), changed(ann))
    wanted = [missed[0], missed[2], missed[4]]
    await until(lambda: running.told == missed[-1])
    async with Client(user=ann) as client:
        frames = await client.subscribe(channels=["setups"], since=seen)
        assert ids(frames) == wanted
        assert frames[-1]["at"] == missed[-1]

        live = await commit(changed(ann))
        assert ids([await client.next()]) == live
        assert await client.silence() == []


async def test_without_since_only_what_comes_is_told(running, ann):
    old = await commit(changed(ann))
    await until(lambda: running.told == old[0])
    async with Client(user=ann) as client:
        [ack] = await client.subscribe(channels=["setups"])
        assert ack["at"] == old[0]
        new = await commit(changed(ann))
        assert ids([await client.next()]) == new


async def test_without_since_an_event_on_its_way_to_others_comes_too(monkeypatch, running, ann):
    looking, go_on = asyncio.Event(), asyncio.Event()
    find = running._hearers

    async def slow(entry):
        looking.set()
        await go_on.wait()
        return await find(entry)

    old = await commit(changed(ann))
    await until(lambda: running.told == old[0])
    monkeypatch.setattr(running, "_hearers", slow)
    new = await commit(changed(ann))
    await looking.wait()
    async with Client(user=ann) as client:
        frames = await client.subscribe(channels=["setups"])
        go_on.set()
        assert (ids(frames), frames[-1]["at"]) == (new, old[0])
        assert await client.silence() == []


async def test_subscribing_again_tells_nothing_twice(running, ann):
    [event_id] = await commit(changed(ann))
    await until(lambda: running.told == event_id)
    async with Client(user=ann) as client:
        assert ids(await client.subscribe(channels=["setups"], since=0)) == [event_id]
        assert ids(await client.subscribe(channels=["setups"], since=0)) == []


@pytest.mark.parametrize("since", ["too new", -1, "12", None.__class__.__name__, 1.5, 10**30])
async def test_what_cannot_be_told_again_is_a_reload_and_then_live(running, ann, since):
    [last] = await commit(changed(ann))
    await until(lambda: running.told == last)
    async with Client(user=ann) as client:
        frames = await client.subscribe(channels=["setups", "journal"], since=last + 1 if since == "too new" else since)
        assert frames[:-1] == [
            {"type": "reload", "channel": f"setups:{ann.pk}", "at": last},
            {"type": "reload", "channel": f"journal:{ann.pk}", "at": last},
        ]

        live = await commit(changed(ann))
        assert ids([await client.next()]) == live


async def test_more_than_can_be_told_is_a_reload(monkeypatch, running, ann):
    monkeypatch.setattr(log, "MOST_REPLAYED", 2)
    events = await commit(*(changed(ann) for _ in range(3)))
    await until(lambda: running.told == events[-1])
    async with Client(user=ann) as client:
        frames = await client.subscribe(channels=["setups"], since=0)

    assert [frame["type"] for frame in frames] == ["reload", "ack"]


async def test_a_full_replay_reaches_even_a_slow_reader(running, ann, settings):
    settings.SOCKET_LIMITS = settings.SOCKET_LIMITS | {"queue": 8}
    events = await commit(*(changed(ann, number) for number in range(log.MOST_REPLAYED)))
    await until(lambda: running.told == events[-1])
    async with Client(user=ann) as client:
        assert ids(await client.subscribe(channels=["setups"], since=0)) == events


async def test_an_event_between_joining_and_replaying_comes_once(monkeypatch, running, ann):
    read = log.replay
    holding, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(*args, **kwargs):
        found = read(*args, **kwargs)
        loop.call_soon_threadsafe(holding.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(5)
        return found

    before = await commit(changed(ann))
    await until(lambda: running.told == before[0])
    monkeypatch.setattr(log, "replay", slow)
    async with Client(user=ann) as client:
        await client.say(type="subscribe", channels=["setups"], since=0)
        await holding.wait()
        between = await commit(changed(ann))
        await until(lambda: running.told == between[0])
        go_on.set()
        frames = await client.until("ack")

        assert ids(frames) == before + between
        assert frames[-1]["at"] == between[0]
        assert await client.silence() == []


async def test_a_client_that_knows_more_than_this_process_is_told_nothing_twice(running, ann):
    # Another process has told it the event; this one has yet to read the log.
    running._tasks[0].cancel()
    [known] = await commit(changed(ann))
    async with Client(user=ann) as client:
        frames = await client.subscribe(channels=["setups"], since=known)
        assert (ids(frames), frames[-1]["at"]) == ([], known)

        [unknown] = await commit(changed(ann))
        for entry in await in_thread(log.after, 0):
            await running._deliver(entry)
        assert ids([await client.next()]) == [unknown]
        assert await client.silence() == []


# Slow readers


async def test_a_reader_that_falls_too_far_behind_is_closed_and_harms_nobody(running, ann, settings):
    settings.SOCKET_LIMITS = settings.SOCKET_LIMITS | {"queue": 16}
    async with Client(user=ann) as slow, Client(user=ann) as quick:
        for client in (slow, quick):
            await client.subscribe(channels=["setups"])
        slow.wire.open.clear()

        events = [(await commit(changed(ann)))[0] for _ in range(30)]

        assert [(await quick.next())["id"] for _ in events] == events
        slow.wire.open.set()
        frames = [await slow.next()]
        while "close" not in frames[-1]:
            frames.append(await slow.next())
        assert frames[-1] == {"close": 4410}
        missed_from = ids(frames)[-1] if ids(frames) else 0

    async with Client(user=ann) as back:
        frames = await back.subscribe(channels=["setups"], since=missed_from)
        assert ids(frames) == [event_id for event_id in events if event_id > missed_from]


async def test_a_reader_that_falls_behind_while_replaying_is_closed_too(monkeypatch, running, ann, settings):
    settings.SOCKET_LIMITS = settings.SOCKET_LIMITS | {"queue": 8}
    events = await commit(*(changed(ann) for _ in range(100)))
    await until(lambda: running.told == events[-1])
    async with Client(user=ann) as slow:
        slow.wire.open.clear()
        await slow.say(type="subscribe", channels=["setups"], since=0)
        await until(lambda: any(len(socket.outbox) > 32 for socket in running.sockets))
        last = await commit(*(changed(ann) for _ in range(20)))
        await until(lambda: running.told == last[-1])
        slow.wire.open.set()

        frames = [await slow.next()]
        while "close" not in frames[-1]:
            frames.append(await slow.next())
        assert frames[-1] == {"close": 4410}


# Prices


async def test_a_symbol_whose_price_is_known_is_answered_at_once(monkeypatch, running):
    monkeypatch.setattr(
        feed, "quotes", lambda symbols: {symbol: replace(AAPL, symbol=symbol) for symbol in symbols if symbol == "AAPL"}
    )
    async with Client() as client:
        await client.say(type="subscribe", symbols=[" aapl ", "ZZZZ"])
        assert (await client.next())["channels"] == ["AAPL", "ZZZZ"]
        price = await client.next("price")

        assert (price["symbol"], price["price"]) == ("AAPL", 203.1111)
        assert looking.symbols() == {"AAPL", "ZZZZ"}
        assert await client.silence() == []


async def test_the_second_looker_is_answered_from_memory(monkeypatch, running):
    async with Client() as one, Client() as two:
        await one.subscribe(symbols=["AAPL"])
        await running.lookers.pass_on(prices.frames({"AAPL": AAPL}))
        monkeypatch.setattr(prices, "first_look", None)  # asking would fail

        await two.subscribe(symbols=["AAPL"])

        assert await one.next() == await two.next("price")


async def test_a_round_reaches_those_who_look_and_only_its_newest_price_when_they_are_slow(running):
    async with Client() as client:
        await client.subscribe(symbols=["AAPL"])
        assert await client.silence() == []
        client.wire.open.clear()
        for number in range(5):
            quotes = {"AAPL": replace(AAPL, price=200.0 + number), "TSLA": replace(AAPL, symbol="TSLA")}
            await running.lookers.pass_on(prices.frames(quotes))
            await asyncio.sleep(0)
        client.wire.open.set()

        # The first was on its way when the reader stopped; of the others only the last is worth reading.
        assert [(await client.next())["price"] for _ in range(2)] == [200.0, 204.0]
        assert await client.silence() == []


async def test_prices_come_later_when_redis_is_away_now(monkeypatch, running, caplog):
    def away(_symbols):
        raise consumers.RedisError("away")

    monkeypatch.setattr(prices, "first_look", away)
    async with Client() as client:
        [ack] = await client.subscribe(symbols=["AAPL"])
        await running.lookers.pass_on(prices.frames({"AAPL": AAPL}))

        assert (await client.next())["type"] == "price"
        assert ack["channels"] == ["AAPL"]
    assert [record.message for record in caplog.records] == ["realtime.prices.unseen"]


async def test_leaving_gives_everything_back(running, ann):
    async with Client(user=ann) as client:
        await client.subscribe(symbols=["AAPL"], channels=["setups"])
        assert (set(running.lookers.symbols), set(running.users)) == ({"AAPL"}, {ann.pk})

    assert (running.sockets, running.lookers.symbols, running.users) == (set(), {}, {})


# Trouble


async def test_a_database_that_is_away_when_somebody_subscribes_closes_with_1011(monkeypatch, running, ann):
    def away(*_args, **_kwargs):
        raise OperationalError("away")

    async with Client(user=ann) as client:
        monkeypatch.setattr(log, "replay", away)
        await client.say(type="subscribe", channels=["setups"], since=-1)

        assert await client.next() == {"close": 1011}


async def test_a_mistake_of_ours_closes_with_1011_and_is_logged(monkeypatch, running, caplog):
    def mistake(_text):
        raise KeyError("mistake")

    async with Client() as client:
        monkeypatch.setattr(consumers.protocol, "parse", mistake)
        await client.say(type="ping")

        assert await client.next() == {"close": 1011}
    assert [record.message for record in caplog.records] == ["realtime.socket.failed"]


async def test_nobody_hears_what_is_not_his_in_a_thousand_tries(running, ann, bob):
    names = [f"{channel}:{bob.pk}" for channel in ("setups", "positions", "alerts", "brief", "journal")]
    async with Client(user=ann) as stranger, Client() as visitor:
        for client in (stranger, visitor):
            for _ in range(100):
                await client.say(type="subscribe", channels=names, since=0)
                frames = await client.until("ack")
                assert [frame.get("code") for frame in frames[:-1]] == ["forbidden_channel"] * 5
        events = await commit(changed(bob))
        await until(lambda: running.told == events[0])
        assert [await client.silence() for client in (stranger, visitor)] == [[], []]
