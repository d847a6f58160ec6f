import asyncio
import json
import math
from dataclasses import replace

import pytest
import redis
from channels.layers import get_channel_layer

from market import feed
from market.vendors.protocol import Quote
from realtime import layer, looking, prices
from realtime.channels import PRICES_GROUP
from tests.contract.frames import assert_frame
from tests.realtime.conftest import NOON

NAN = math.nan
AAPL = Quote("AAPL", 203.111111, 200.0, 1_200_000, NOON, volume_minute=3_400.0)


def frame(quote):
    [text] = prices.frames({quote.symbol: quote}).values()
    read = json.loads(text)
    assert_frame(read)
    return read


def test_a_price_says_what_the_contract_asks_and_how_good_it_is():
    assert frame(AAPL) == {
        "type": "price",
        "symbol": "AAPL",
        "price": 203.1111,
        "change": 3.11,
        "changePct": 1.56,
        "volume": 3_400,
        "timestamp": "2026-02-09T17:00:00Z",
        "dayVolume": 1_200_000,
        "stale": False,
        "delayed": False,
        "simulated": True,
    }


@pytest.mark.parametrize(
    ("changes", "sent"),
    [
        ({"volume_minute": NAN, "volume_today": NAN}, {"volume": 0, "dayVolume": None, "unavailable": ["volume"]}),
        ({"prev_close": NAN}, {"change": 0, "changePct": 0, "unavailable": ["change", "changePct"]}),
        ({"prev_close": 0.0}, {"change": 203.11, "changePct": 0}),
        ({"prev_close": 203.111111}, {"change": 0, "changePct": 0}),
        ({"stale": True, "delayed": True}, {"stale": True, "delayed": True}),
    ],
)
def test_numbers_that_nobody_knows_are_0_and_named(changes, sent):
    read = frame(replace(AAPL, **changes))

    assert {name: read[name] for name in sent} == sent
    assert ("unavailable" in read) == ("unavailable" in sent)


def test_a_symbol_without_a_price_has_no_frame():
    assert prices.frames({"AAPL": replace(AAPL, price=NAN)}) == {}


def test_the_feed_tells_us_of_every_round():
    assert prices.publish in feed._quote_sinks


async def test_a_round_sends_one_message_with_only_what_somebody_looks_at():
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(PRICES_GROUP, channel)
    await asyncio.to_thread(looking.look, ["AAPL", "TSLA"])

    await asyncio.to_thread(prices.publish, {"AAPL": AAPL, "MSFT": replace(AAPL, symbol="MSFT")})

    message = await asyncio.wait_for(layer.receive(channel), 5)
    assert message == {"type": "prices", "frames": prices.frames({"AAPL": AAPL})}
    assert layer.channels[channel].empty()


def test_without_anybody_looking_nothing_is_sent(monkeypatch):
    monkeypatch.setattr(layer, "group_send", None)  # calling it would fail

    prices.publish({"AAPL": AAPL})


def test_a_feed_round_survives_a_silent_redis(monkeypatch, caplog):
    def refuse():
        raise redis.ConnectionError("no server")

    monkeypatch.setattr(looking, "client", refuse)

    prices.publish({"AAPL": AAPL})

    assert [record.message for record in caplog.records] == ["realtime.prices.lost"]


def test_a_first_look_is_answered_with_what_is_known(monkeypatch):
    monkeypatch.setattr(feed, "quotes", lambda symbols: {"AAPL": AAPL})

    assert prices.first_look(["AAPL", "ZZZZ"]) == prices.frames({"AAPL": AAPL})
    assert looking.symbols() == {"AAPL", "ZZZZ"}
